// A scenario file inside the address: after the #, which no browser sends to any server.

import type { PlainScenario } from "./types";

const MOST = 60_000;

async function through(bytes: Uint8Array<ArrayBuffer>, transform: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(transform);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** ``file=...`` for the address. */
export async function fileInto(file: PlainScenario): Promise<string> {
  const packed = await through(new TextEncoder().encode(JSON.stringify(file)), new CompressionStream("deflate-raw"));
  const text = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""));
  return `file=${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** The file that an address holds, or nothing. */
export async function fileFrom(fragment: string): Promise<PlainScenario | undefined> {
  if (!fragment.startsWith("file=") || fragment.length > MOST) return undefined;
  try {
    const packed = atob(fragment.slice(5).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
    const text = new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && "name" in value ? (value as PlainScenario) : undefined;
  } catch {
    return undefined;
  }
}
