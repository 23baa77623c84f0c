// What a view is, and what the shell offers it.

import type { Painted, Stage } from "./runner";
import type { State } from "./state";

export interface View {
  element: HTMLElement;
  /** Path of the run that answers here, e.g. `run/countdown`. */
  path?: string;
  /** More of the body of that run. */
  more?: () => Record<string, unknown>;
  /** The study has a median path and no range, or the other way round. */
  only?: Stage;
  /** A new answer. */
  paint?: (done: Painted) => void;
  /** The state has changed in something else than the question. */
  moved?: (state: State, before: State) => void;
  /** Colours have changed. */
  repaint?: () => void;
  close?: () => void;
}

export interface Shell {
  headline: (first: string, second: string, settled: boolean) => void;
  failed: (error: unknown) => void;
  /** Ask, with what the view adds to the question. */
  ask: () => void;
  /** Open the view again although the question is the same. */
  again: () => void;
}

export type Opener = (shell: Shell) => View | Promise<View>;
