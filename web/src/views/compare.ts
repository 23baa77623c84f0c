// Two stories side by side: A is the question of the page, B is kept beside it.

import { bodyOf, once } from "../api";
import { Fan, type FanLine } from "../charts/fan";
import { fill, h, say, type Child } from "../dom";
import { problemBox } from "../problem";
import { Runner, type Painted } from "../runner";
import { changes, questionOf, type Question } from "../state";
import { keyOf, mainRow, stopText, who } from "../stops";
import { change, state } from "../store";
import { table } from "../table";
import { calculated } from "../tip";
import type { CountdownAnswer, ScenarioEntry, SectorRow } from "../types";
import type { Shell, View } from "../view";
import { figure, nameOf, t, whole } from "../words";
import { countdownOf } from "./countdown";

const DEFAULT_B: Question = { scenario: "cutoff", set: {}, off: [] };

/** B; what it does not say of the run is as in A, so that both have the same seed and draws. */
function other(): Question {
  const mine = state().other ?? DEFAULT_B;
  const { draws, seed, weeks } = state();
  return { ...mine, draws: mine.draws ?? draws, seed: mine.seed ?? seed, weeks: mine.weeks ?? weeks };
}

function lineOf(row: SectorRow | undefined, name: string, colour: number): FanLine[] {
  const path = row?.path;
  return path ? [{ name, colour, weeks: path.weeks, p10: path.p10, p50: path.p50, p90: path.p90 }] : [];
}

interface Pair { a: SectorRow; b: SectorRow | undefined; moved: number | null }

function pairs(a: CountdownAnswer, b: CountdownAnswer): Pair[] {
  const known = new Map([...b.groups, ...b.rows].map((row) => [keyOf(row), row]));
  return [...a.groups, ...a.rows]
    .map((row) => {
      const found = known.get(keyOf(row));
      const [first, second] = [row.stopped["1"]?.p50 ?? null, found?.stopped["1"]?.p50 ?? null];
      return { a: row, b: found, moved: first === null || second === null ? null : second - first };
    })
    .filter((pair) => pair.a.never === null || (pair.b && pair.b.never === null));
}

export function openCompare(shell: Shell): View {
  let a: Painted | null = null;
  let b: Painted | null = null;
  const title = h("span");
  const fan = new Fan(title, 300, () => [a && calculated(a.answer), b && calculated(b.answer)]);
  const box = h("div");
  const trouble = h("div");
  const groups = h("select", { id: "compare-row" });
  const scenarios = h("select", { id: "compare-b" });
  const namedA = h("p", { class: "named a" });
  const same = h("p", { class: "soft", hidden: true }, t("compare.same"));
  groups.addEventListener("change", () => change({ pick: { ...state().pick, row: groups.value } }));
  scenarios.addEventListener("change", () => change({ other: { scenario: scenarios.value, set: {}, off: [] } }));
  const pin = h("button", { type: "button", on: { click: () => change({ other: questionOf(state()) }) } }, t("compare.pin"));
  const swap = h("button", { type: "button", on: { click: () => change({ ...EMPTY, ...other(), other: questionOf(state()) }) } }, t("compare.swap"));
  const runner = new Runner({
    path: "run/countdown",
    paint: (done) => {
      b = done;
      draw();
    },
    failed: (error) => fill(trouble, problemBox(error)),
    busy: () => undefined,
  });

  async function fillScenarios(): Promise<void> {
    const entries = await once<ScenarioEntry[]>("scenarios");
    const mine = other();
    const more = changes(mine) > 0 ? ` (+${changes(mine)})` : "";
    fill(scenarios, ...entries.map((entry) => h("option", { value: entry.name, selected: entry.name === mine.scenario }, `${nameOf("scenario", entry.name, entry.title)}${entry.name === mine.scenario ? more : ""}`)));
  }

  function askB(): void {
    fill(trouble);
    void fillScenarios().catch(shell.failed);
    runner.ask(bodyOf(other()));
  }

  function draw(): void {
    if (!a) return;
    const first = countdownOf(a.answer);
    const row = [...first.groups, ...first.rows].find((one) => keyOf(one) === state().pick["row"] && one.path) ?? mainRow(first);
    if (!row) return shell.headline(t("head.none"), "", true);
    const second = b ? [...countdownOf(b.answer).groups, ...countdownOf(b.answer).rows].find((one) => keyOf(one) === keyOf(row)) : undefined;
    const options = first.groups.filter((one) => one.path);
    const key = options.map(keyOf).join() + keyOf(row) + document.documentElement.lang;
    if (groups.dataset["key"] !== key) {
      groups.dataset["key"] = key;
      fill(groups, ...(options.includes(row) ? options : [row, ...options]).map((one) => h("option", { value: keyOf(one), selected: one === row }, who(one))));
    }
    say(title, t("fanTitle", { who: who(row) }));
    say(namedA, nameOf("scenario", a.answer.scenario.name, a.answer.scenario.title) + (changes(state()) > 0 ? ` (+${changes(state())})` : ""));
    const lines = [...lineOf(row, "A", 0), ...lineOf(second, "B", 1)];
    const stale = a.stage === "median" || b?.stage === "median";
    fan.set({ lines, start: first.clock.start, share: true, unit: "", stale: false, until: Math.max(...lines.map((line) => line.weeks.at(-1) ?? 1)) }, `${who(row)}. A: ${stopText(row.stopped["1"], first.clock.weeks)}. B: ${stopText(second?.stopped["1"], first.clock.weeks)}.`);
    const week = (one: SectorRow | undefined): string => (one ? whole(one.stopped["1"]?.p50 ?? null, first.clock.weeks) : "…");
    shell.headline(`${t("compare.head", { who: who(row), a: week(row), b: week(second) })}${state().lang === "zh" ? "。" : "."}`, t("onePercent"), !stale);
    same.hidden = JSON.stringify(questionOf(state())) !== JSON.stringify(other());
    if (!stale && b) fill(box, tableOf());
  }

  function tableOf(): Child {
    if (!a || !b) return null;
    const [one, two] = [a.answer, b.answer];
    const [first, second] = [countdownOf(one), countdownOf(two)];
    const name = (row: Pair): string => who(row.a);
    return table<Pair>({
      caption: `${t("onePercent")} · ${t("gridHelp")}`,
      rows: pairs(first, second),
      most: 25,
      columns: [
        { title: t("who"), cell: name, by: name, head: true },
        { title: "A", cell: (pair) => stopText(pair.a.stopped["1"], first.clock.weeks), by: (pair) => pair.a.stopped["1"]?.p50 ?? null, tip: (pair) => calculated(one, name(pair)), number: true },
        { title: "B", cell: (pair) => stopText(pair.b?.stopped["1"], second.clock.weeks), by: (pair) => pair.b?.stopped["1"]?.p50 ?? null, tip: (pair) => calculated(two, name(pair)), number: true },
        { title: t("compare.difference"), cell: (pair) => (pair.moved === null ? "–" : `${pair.moved > 0 ? "+" : ""}${figure(pair.moved)}`), by: (pair) => pair.moved, tip: (pair) => [calculated(one, name(pair)), calculated(two)], number: true },
        { title: `A: ${t("peak")}`, cell: (pair) => figure(100 * (pair.a.peak_stopped.p50 ?? 0)) + " %", by: (pair) => pair.a.peak_stopped.p50, tip: () => calculated(one), number: true },
        { title: `B: ${t("peak")}`, cell: (pair) => figure(100 * (pair.b?.peak_stopped.p50 ?? 0)) + " %", by: (pair) => pair.b?.peak_stopped.p50 ?? null, tip: () => calculated(two), number: true },
      ],
    });
  }

  askB();
  const element = h(
    "section",
    { "aria-label": t("view.compare") },
    h("div", { class: "sides" }, h("div", { class: "one" }, h("p", { class: "soft" }, t("compare.a")), namedA), h("div", { class: "two" }, h("label", { for: "compare-b" }, t("compare.b")), scenarios), h("div", { class: "buttons" }, pin, swap)),
    same,
    trouble,
    h("div", { class: "card" }, h("label", { class: "inline", for: "compare-row" }, t("compare.group"), " ", groups), fan.element, h("p", { class: "key" }, h("span", { class: "swatch t1" }), "A", h("span", { class: "swatch t10" }), "B", h("span", { class: "soft" }, ` — ${t("fanHelp")}`))),
    box,
  );
  return {
    element,
    path: "run/countdown",
    paint: (done) => {
      a = done;
      draw();
    },
    moved: (now, before) => {
      if (now.other !== before.other || now.draws !== before.draws || now.seed !== before.seed || now.weeks !== before.weeks) askB();
      draw();
    },
    repaint: () => fan.chart.repaint(),
    close: () => {
      runner.close();
      fan.dispose();
    },
  };
}

const EMPTY = { weeks: undefined, draws: undefined, seed: undefined, file: undefined };
