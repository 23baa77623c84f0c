// What the page is asked, and how that is written in the address. One writer: `change`.

import type { PlainScenario } from "./types";

export type Lang = "en" | "zh";
export type Theme = "auto" | "light" | "dark";

export interface Question {
  scenario: string;
  set: Readonly<Record<string, number>>;
  off: readonly string[];
  weeks?: number | undefined;
  draws?: number | undefined;
  seed?: number | undefined;
}

export interface State extends Question {
  view: string;
  lang: Lang;
  theme: Theme;
  /** The other side of a comparison. */
  other?: Question | undefined;
  /** Further choices of views: good, stage, week, words searched for. */
  pick: Readonly<Record<string, string>>;
  /** A scenario from a file; `scenario` is then its name. */
  file?: PlainScenario | undefined;
}

export const DEFAULT_SCENARIO = "squeeze-2025";
const NUMBERS = ["weeks", "draws", "seed"] as const;

function numberOf(text: string | null): number | undefined {
  if (text === null || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function questionFrom(query: URLSearchParams, mark: string): Question {
  const set: Record<string, number> = {};
  for (const pair of query.getAll(`set${mark}`)) {
    const at = pair.lastIndexOf("=");
    const value = numberOf(pair.slice(at + 1));
    if (at > 0 && value !== undefined) set[pair.slice(0, at)] = value;
  }
  const question: Question = {
    scenario: query.get(`scenario${mark}`) ?? DEFAULT_SCENARIO,
    set,
    off: query.getAll(`off${mark}`).filter((id) => id !== ""),
  };
  for (const key of NUMBERS) question[key] = numberOf(query.get(key + mark));
  return question;
}

function questionInto(query: URLSearchParams, question: Question, mark: string): void {
  query.set(`scenario${mark}`, question.scenario);
  for (const key of NUMBERS) if (question[key] !== undefined) query.set(key + mark, String(question[key]));
  for (const [key, value] of Object.entries(question.set)) query.append(`set${mark}`, `${key}=${value}`);
  for (const id of question.off) query.append(`off${mark}`, id);
}

/** The state that an address names; what it does not name is the default. */
export function stateFrom(search: string, languages: readonly string[]): State {
  const query = new URLSearchParams(search);
  const wanted = query.get("lang") ?? (languages[0]?.toLowerCase().startsWith("zh") ? "zh" : "en");
  const theme = query.get("theme");
  const pick: Record<string, string> = {};
  for (const [key, value] of query) if (key.startsWith("pick.")) pick[key.slice(5)] = value;
  return {
    ...questionFrom(query, ""),
    view: query.get("view") ?? "countdown",
    lang: wanted === "zh" ? "zh" : "en",
    theme: theme === "light" || theme === "dark" ? theme : "auto",
    other: query.has("scenario2") ? questionFrom(query, "2") : undefined,
    pick,
  };
}

/** The address of a state, without its host. */
export function searchOf(state: State): string {
  const query = new URLSearchParams();
  query.set("view", state.view);
  questionInto(query, state, "");
  if (state.other) questionInto(query, state.other, "2");
  for (const [key, value] of Object.entries(state.pick)) if (value !== "") query.set(`pick.${key}`, value);
  query.set("lang", state.lang);
  if (state.theme !== "auto") query.set("theme", state.theme);
  return `?${query.toString().replaceAll("%3D", "=").replaceAll("%3A", ":")}`;
}

/** The question alone, of a state that holds more. */
export function questionOf(state: Question): Question {
  const { scenario, set, off, weeks, draws, seed } = state;
  return { scenario, set, off, weeks, draws, seed };
}

/** How many things the user has changed. */
export function changes(state: Question): number {
  return Object.keys(state.set).length + state.off.length + NUMBERS.filter((key) => state[key] !== undefined).length;
}
