// The one state of the page, its address, and those who listen to it.

import { fileFrom, fileInto } from "./fragment";
import { searchOf, stateFrom, type State } from "./state";

type Listener = (state: State, before: State, moved: number) => void;

const listeners = new Set<Listener>();
let current: State = stateFrom(location.search, navigator.languages);
let writing: number | undefined;
let written = true;

export function state(): State {
  return current;
}

export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function address(step: "push" | "replace"): Promise<void> {
  if (!written) return;
  const fragment = current.file ? `#${await fileInto(current.file)}` : "";
  const url = location.pathname + searchOf(current) + fragment;
  if (step === "push") history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}

/** A report is a file: its state begins as this, and is written into no address. */
export function inside(part: Partial<State>): void {
  written = false;
  current = { ...current, ...part };
}

/** Change the state; `moved` is when the hand moved. A new view is a step back; dragging a slider is not. */
export function change(part: Partial<State>, moved = performance.now()): void {
  const before = current;
  current = { ...current, ...part };
  window.clearTimeout(writing);
  if (current.view !== before.view) void address("push");
  else writing = window.setTimeout(() => void address("replace"), 120);
  for (const listener of listeners) listener(current, before, moved);
}

/** The whole address, as it is shared. */
export async function link(): Promise<string> {
  await address("replace");
  return location.href;
}

/** Read the address when the page is opened. */
export async function opened(): Promise<void> {
  const file = await fileFrom(location.hash.slice(1));
  if (file) current = { ...current, file };
}

window.addEventListener("popstate", () => {
  if (!written) return;
  const before = current;
  const next = stateFrom(location.search, navigator.languages);
  void fileFrom(location.hash.slice(1)).then((file) => {
    current = file ? { ...next, file } : next;
    for (const listener of listeners) listener(current, before, performance.now());
  });
});
