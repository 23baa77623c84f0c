// Talking to the server that sent the page, and to nobody else.

import type { Question } from "./state";
import type { Answer, Fault, PlainScenario } from "./types";
import { whole } from "./whole";

const BASE = new URL("api/v1/", document.baseURI);

/** An answer of the server that is none: what is wrong, and the cure. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly faults: readonly Fault[],
  ) {
    super(title);
  }
}

async function problem(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as { title?: string; detail?: string; faults?: Fault[] };
    const faults = body.faults ?? [];
    return new Problem(response.status, body.detail ?? body.title ?? response.statusText, faults);
  } catch {
    return new Problem(response.status, `${response.status} ${response.statusText}`, []);
  }
}

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(new URL(path, BASE), init);
  if (!response.ok) throw await problem(response);
  return response;
}

export async function get<T>(path: string): Promise<T> {
  return (await (await send(path)).json()) as T;
}

/** The address of a path of the server, for events that it sends. */
export function url(path: string): URL {
  return new URL(path, BASE);
}

export async function remove(path: string): Promise<void> {
  await fetch(url(path), { method: "DELETE", keepalive: true });
}

const kept = new Map<string, Promise<unknown>>();

/** As `get`, once: for what does not change while the server runs. */
export function once<T>(path: string): Promise<T> {
  let found = kept.get(path);
  if (!found) {
    found = get<T>(path).catch((error: unknown) => {
      kept.delete(path);
      throw error;
    });
    kept.set(path, found);
  }
  return found as Promise<T>;
}

/** A list, given as it is or under a name. */
export async function listed<T>(path: string, name: string): Promise<T[]> {
  const found = await once<T[] | Record<string, T[]>>(path);
  return Array.isArray(found) ? found : (found[name] ?? []);
}

function json(body: unknown, signal?: AbortSignal): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: signal ?? null };
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await (await send(path, json(body, signal))).json()) as T;
}

/** Send a file as it is. */
export async function upload<T>(path: string, file: Blob): Promise<T> {
  const type = file.type || "application/octet-stream";
  return (await (await send(path, { method: "POST", body: file, headers: { "content-type": type } })).json()) as T;
}

/** Fetch a file and hand it to the user under its name. */
export async function download(path: string, name: string, body?: unknown): Promise<void> {
  const response = await send(path, body === undefined ? {} : json(body));
  save(await response.blob(), name);
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The body of a run. */
export function bodyOf(question: Question, file?: PlainScenario): Record<string, unknown> {
  const { weeks, draws, seed } = question;
  return {
    scenario: file ?? question.scenario,
    ...(Object.keys(question.set).length > 0 ? { set: question.set } : {}),
    ...(question.off.length > 0 ? { off: question.off } : {}),
    ...(weeks === undefined ? {} : { weeks }),
    ...(draws === undefined ? {} : { draws }),
    ...(seed === undefined ? {} : { seed }),
  };
}

export interface Timed { answer: Answer; engine: number | null; whole: number }

/** Run a study and say how long it took, in milliseconds. */
export async function run(path: string, body: unknown, signal: AbortSignal): Promise<Timed> {
  const from = performance.now();
  const response = await send(path, json(body, signal));
  const answer = whole((await response.json()) as Answer);
  const engine = /dur=([\d.]+)/.exec(response.headers.get("server-timing") ?? "")?.[1];
  return { answer, engine: engine === undefined ? null : Number(engine), whole: performance.now() - from };
}
