// Latest wins. The median path is asked for first and painted at once; the fan follows when the slider rests.
// While a median run is under way later moves wait, and only the last of them is asked: so the chart moves with the hand.

import { Problem, run, type Timed } from "./api";
import { byJob, type JobState } from "./job";
import type { Answer } from "./types";

export type Stage = "median" | "fan";

export interface Painted { stage: Stage; answer: Answer; engine: number | null; ms: number }

export interface RunnerOptions {
  path: string;
  paint: (done: Painted) => void;
  failed: (error: unknown) => void;
  busy: (stage: Stage | null) => void;
  /** How far a job is, where the ensemble is too large to wait for. */
  progress?: (state: JobState) => void;
  /** There is a median path only, or a range only. */
  only?: Stage | undefined;
}

/** Draws times weeks of a fan that is made smaller instead of refused, where the user asked for no number of draws. */
const CELLS = 200 * 100;
const FEWEST = 20;
/** Milliseconds for which the hand must rest before the range is asked: a range under way would take the cores from the next move. */
const REST = 120;

function tooLarge(error: unknown): boolean {
  return error instanceof Problem && error.status === 422 && error.faults.some((fault) => fault.where === "draws");
}

let counted = 0;
const TAB = Math.random().toString(36).slice(2, 10);

/** After the browser has painted what was changed in this task. */
function afterPaint(then: () => void): void {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = then;
    channel.port2.postMessage(null);
  });
}

export class Runner {
  private readonly session: string;
  private sequence = 0;
  private waiting: { body: Record<string, unknown>; moved: number } | null = null;
  private under: AbortController | null = null;
  private stage: Stage | null = null;
  private closed = false;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private weeks = 104;

  constructor(private readonly options: RunnerOptions) {
    counted += 1;
    this.session = `${TAB}-${counted}`;
    window.addEventListener("pagehide", () => this.under?.abort());
  }

  /** Ask; `moved` is the time of the move that asks, of `performance.now()`. */
  ask(body: Record<string, unknown>, moved = performance.now()): void {
    this.waiting = { body, moved };
    this.awake();
    if (this.stage === "median") return;
    this.under?.abort();
    void this.next();
  }

  close(): void {
    this.closed = true;
    this.waiting = null;
    if (this.resting !== undefined) this.options.busy(null);
    this.awake();
    this.under?.abort();
  }

  private awake(): void {
    clearTimeout(this.resting);
    this.resting = undefined;
  }

  private async next(): Promise<void> {
    const asked = this.waiting;
    if (!asked || this.closed) return;
    this.waiting = null;
    const { only } = this.options;
    const median = only === "fan" || (await this.one("median", { ...asked.body, central: true, draws: 1 }, asked.moved));
    if (this.waiting) return this.next();
    if (!median || only === "median") return;
    const fan = (): void => {
      this.awake();
      void this.one("fan", asked.body, asked.moved);
    };
    if (only === "fan") return fan();
    this.options.busy("fan");
    this.resting = setTimeout(fan, REST);
  }

  private async one(stage: Stage, body: Record<string, unknown>, moved: number): Promise<boolean> {
    const control = new AbortController();
    this.under = control;
    this.stage = stage;
    this.sequence += 1;
    this.options.busy(stage);
    let done = false;
    try {
      const whole = { ...body, lean: true, session: this.session, sequence: this.sequence };
      const { answer, engine } = await this.sent(stage, whole, control.signal);
      if (stage === "median") this.weeks = (answer.answer["clock"] as { weeks?: number } | undefined)?.weeks ?? this.weeks;
      if (this.under === control && !this.closed) {
        this.options.paint({ stage, answer, engine, ms: performance.now() - moved });
        afterPaint(() => {
          performance.measure(`dearth:${stage}`, { start: moved, end: performance.now() });
          if (this.options.only === "median") performance.measure("dearth:fan", { start: moved, end: performance.now() });
        });
        done = true;
      }
    } catch (error) {
      if (this.under === control && !this.closed) this.report(error);
    }
    if (this.under === control) {
      this.stage = null;
      this.options.busy(null);
    }
    return done;
  }

  /** A run; a fan that is too large to wait for has fewer draws, or becomes a job if its draws were asked for. */
  private async sent(stage: Stage, body: Record<string, unknown>, signal: AbortSignal): Promise<Timed> {
    try {
      return await run(this.options.path, body, signal);
    } catch (error) {
      if (stage !== "fan" || !tooLarge(error)) throw error;
      if (body["draws"] === undefined) return run(this.options.path, { ...body, draws: Math.max(FEWEST, Math.floor(CELLS / this.weeks)) }, signal);
      const from = performance.now();
      const answer = await byJob(this.options.path.replace(/^run\//, ""), body, signal, (state) => this.options.progress?.(state));
      return { answer, engine: null, whole: performance.now() - from };
    }
  }

  private report(error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (error instanceof Problem && error.status === 409) return;
    this.options.failed(error);
  }
}
