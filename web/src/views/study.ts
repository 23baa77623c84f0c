// A study without a view of its own: its sentences, its fans, its tables, whatever they hold.

import { Fan } from "../charts/fan";
import { fill, h, type Child } from "../dom";
import type { Painted } from "../runner";
import { change, state } from "../store";
import { table, type Column } from "../table";
import { calculated } from "../tip";
import type { Answer, StudyEntry } from "../types";
import type { Shell, View } from "../view";
import { figure, t } from "../words";

type Bag = Record<string, unknown>;

const isBag = (value: unknown): value is Bag => value !== null && typeof value === "object" && !Array.isArray(value);
const isBand = (value: unknown): value is Bag => isBag(value) && "p50" in value && !Array.isArray(value["p50"]);
const isPath = (value: unknown): value is { weeks: number[]; p10: number[]; p50: number[]; p90: number[] } =>
  isBag(value) && ["weeks", "p10", "p50", "p90"].every((key) => Array.isArray(value[key]));

const MOST_FANS = 6;
const MOST_COLUMNS = 14;
const OPEN_TABLES = 3;

function titled(key: string): string {
  return key.replaceAll("_", " ");
}

function cell(value: unknown): Child {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return figure(value);
  if (typeof value === "string" || typeof value === "boolean") return String(value);
  if (isBand(value)) {
    const [low, mid, high] = [value["p10"] ?? value["p5"], value["p50"], value["p90"] ?? value["p95"]].map((one) => (typeof one === "number" ? figure(one) : "–"));
    return low === high ? (mid ?? "") : `${mid} (${low}–${high})`;
  }
  if (Array.isArray(value)) return value.every((one) => typeof one !== "object") ? value.slice(0, 8).join(", ") : String(value.length);
  return h("span", { class: "soft" }, Object.keys(value).slice(0, 4).join(", "));
}

function sortKey(value: unknown): number | string | null {
  if (typeof value === "number" || typeof value === "string") return value;
  return isBand(value) && typeof value["p50"] === "number" ? value["p50"] : null;
}

function columnsOf(rows: readonly Bag[], answer: Answer | null): Column<Bag>[] {
  const keys = [...new Set(rows.slice(0, 50).flatMap((row) => Object.keys(row)))].filter((key) => rows.some((row) => !isPath(row[key]))).slice(0, MOST_COLUMNS);
  return keys.map((key, index) => ({
    title: titled(key),
    cell: (row) => cell(row[key]),
    by: (row) => sortKey(row[key]),
    ...(answer ? { tip: () => calculated(answer) } : {}),
    number: rows.some((row) => typeof row[key] === "number" || isBand(row[key])),
    head: index === 0,
    wide: rows.some((row) => typeof row[key] === "string" && (row[key] as string).length > 60),
  }));
}

interface Parts { headline: string; sentences: string[]; fans: [string, ReturnType<typeof pathOf>][]; tables: [string, Bag[]][]; facts: [string, unknown][] }

function pathOf(value: unknown): { weeks: number[]; p10: number[]; p50: number[]; p90: number[] } | null {
  return isPath(value) ? value : null;
}

function labelOf(row: Bag, fallback: string): string {
  const named = ["title", "name", "sector_name", "good_name", "place_name", "measure"].map((key) => row[key]).filter((value) => typeof value === "string");
  return named.length > 0 ? named.join(", ") : fallback;
}

/** Keys that hold the finding in words, and keys that nobody reads. */
const HEADLINE = /headline|sentence|finding|summary|verdict/;
const NOISE = /sha256|residual/;

/** Walk through an answer and sort out what can be shown how. */
export function partsOf(answer: Bag): Parts {
  const parts: Parts = { headline: "", sentences: [], fans: [], tables: [], facts: [] };
  const walk = (value: unknown, name: string, depth: number): void => {
    if (depth > 4) return;
    if (isPath(value)) parts.fans.push([name, value]);
    else if (isBand(value)) parts.facts.push([name, value]);
    else if (Array.isArray(value)) list(value, name, depth);
    else if (isBag(value)) for (const [key, item] of Object.entries(value)) walk(item, name ? `${name}: ${titled(key)}` : titled(key), depth + 1);
    else if (typeof value === "string" && HEADLINE.test(name)) parts.headline ||= value;
    else if (typeof value === "string" && value.includes(" ")) parts.sentences.push(value);
    else if (NOISE.test(name)) return;
    else if (value !== null && value !== undefined) parts.facts.push([name, value]);
  };
  const list = (values: unknown[], name: string, depth: number): void => {
    const bags = values.filter(isBag);
    if (bags.length === 0) return;
    parts.tables.push([name, bags]);
    for (const row of bags.slice(0, 12)) for (const item of Object.values(row)) if (isPath(item)) parts.fans.push([labelOf(row, name), item]);
    if (depth > 3) return;
  };
  walk(answer, "", 0);
  return parts;
}

/** The tables of any object, each under its own heading. */
export function tablesOf(found: Bag, answer: Answer | null): HTMLElement[] {
  const parts = partsOf(found);
  return parts.tables.map(([name, rows], index) => {
    const sheet = table<Bag>({ caption: t("gridHelp"), rows, columns: columnsOf(rows, answer), most: 12 });
    if (index < OPEN_TABLES) return h("section", null, h("h2", { lang: "en" }, name), sheet);
    return h("details", { class: "more" }, h("summary", { lang: "en" }, `${name} (${rows.length})`), sheet);
  });
}

/** All of an answer, in the order: sentences, fans, tables, the object itself. */
export function shown(answer: Answer, fans: Fan[]): HTMLElement {
  const parts = partsOf(answer.answer);
  const start = String((answer.answer["clock"] as Bag | undefined)?.["start"] ?? answer.question["start"] ?? answer.as_of);
  const drawn = parts.fans.slice(0, MOST_FANS).map(([name, path]) => {
    if (!path) return null;
    const fan = new Fan(name, 200, () => calculated(answer));
    fans.push(fan);
    const share = Math.max(...path.p90) <= 1;
    queueMicrotask(() => fan.set({ lines: [{ name, colour: 0, ...path }], start, share, unit: "", stale: false }, name));
    return h("div", { class: "card" }, fan.element);
  });
  const facts = parts.facts.slice(0, 40);
  return h(
    "div",
    { class: "generic" },
    ...parts.sentences.slice(0, 8).map((text) => h("p", { lang: "en" }, text)),
    h("div", { class: "fans" }, ...drawn),
    ...tablesOf(answer.answer, answer),
    facts.length > 0 ? h("details", { class: "more" }, h("summary", null, `${t("study.facts")} (${facts.length})`), h("dl", { class: "factlist", lang: "en" }, ...facts.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, cell(value)))))) : null,
    h("details", { class: "more" }, h("summary", null, t("study.raw")), h("pre", { tabindex: 0 }, JSON.stringify(answer.answer, null, 1).slice(0, 200_000))),
  );
}

/** Options of every study; what is left is asked for here. */
const SHARED = new Set(["scenario", "draws", "seed", "weeks", "as_of", "set", "workers", "book", "firm", "json", "csv", "xlsx", "html", "quiet"]);

function optionsOf(study: StudyEntry): HTMLElement | null {
  const own = study.options.filter((name) => !SHARED.has(name));
  if (own.length === 0) return null;
  const fields = own.map((name) => {
    const id = `option-${name}`;
    const input = h("input", { type: "text", id, value: state().pick[`${study.name}.${name}`] ?? "" });
    input.addEventListener("change", () => change({ pick: { ...state().pick, [`${study.name}.${name}`]: input.value.trim() } }));
    return h("label", { class: "field", for: id, lang: "en" }, titled(name), input);
  });
  return h("div", { class: "choices" }, ...fields);
}

function given(study: StudyEntry): Record<string, unknown> {
  const own = Object.entries(state().pick).filter(([key, value]) => key.startsWith(`${study.name}.`) && value !== "");
  return own.length > 0 ? { options: Object.fromEntries(own.map(([key, value]) => [key.slice(study.name.length + 1), value])) } : {};
}

export function openStudy(shell: Shell, study: StudyEntry): View {
  const place = h("div");
  const fans: Fan[] = [];
  const clear = (): void => {
    for (const fan of fans.splice(0)) fan.dispose();
  };
  function paint(done: Painted): void {
    if (done.stage === "median") return;
    clear();
    const sentence = partsOf(done.answer.answer).headline;
    shell.headline(sentence || study.line, sentence ? study.line : "", true);
    fill(place, shown(done.answer, fans));
  }
  shell.headline(study.line, t("study.about"), false);
  const element = h("section", { "aria-label": study.name }, optionsOf(study), place);
  return {
    element,
    path: `run/${study.name}`,
    only: "fan",
    more: () => given(study),
    paint,
    moved: (now, before) => {
      if (now.pick !== before.pick) shell.ask();
    },
    repaint: () => fans.forEach((fan) => fan.chart.repaint()),
    close: clear,
  };
}
