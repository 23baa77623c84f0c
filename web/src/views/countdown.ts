// Who stops, and when.

import { Bars } from "../bars";
import { Fan } from "../charts/fan";
import { fill, h, say } from "../dom";
import type { Painted } from "../runner";
import { bindingText, headline, keyOf, mainRow, stopText, who } from "../stops";
import { change, state } from "../store";
import { table } from "../table";
import { calculated } from "../tip";
import type { Answer, CountdownAnswer, SectorRow } from "../types";
import type { Shell, View } from "../view";
import { figure, percent, t, week } from "../words";

const FEW = 14;
const MOST = 40;

export function countdownOf(answer: Answer): CountdownAnswer {
  return answer.answer as unknown as CountdownAnswer;
}

/** Groups first, then single sectors; none that never stops. */
export function stopping(answer: CountdownAnswer): SectorRow[] {
  const first = answer.groups.filter((row) => row.never === null);
  return [...first, ...answer.rows.filter((row) => row.never === null && row.path)];
}

function tableOf(answer: Answer): HTMLElement {
  const found = countdownOf(answer);
  const horizon = found.clock.weeks;
  const tip = (row: SectorRow): HTMLElement => calculated(answer, who(row));
  const stop = (level: string): Parameters<typeof table<SectorRow>>[0]["columns"][number] => ({
    title: `${level} % ${t("stops")}`,
    cell: (row) => stopText(row.stopped[level], horizon),
    by: (row) => row.stopped[level]?.p50 ?? null,
    tip,
    number: true,
  });
  return table<SectorRow>({
    caption: t("gridHelp"),
    rows: [...found.groups, ...found.rows].filter((row) => row.never === null),
    most: 30,
    columns: [
      { title: t("who"), cell: (row) => who(row), by: (row) => who(row), head: true },
      ...["0.1", "1", "10", "50"].map(stop),
      { title: t("peak"), cell: (row) => percent(row.peak_stopped.p50), by: (row) => row.peak_stopped.p50, tip, number: true },
      { title: t("lost"), cell: (row) => percent(row.lost_share.p50), by: (row) => row.lost_share.p50, tip, number: true },
      { title: t("recovery"), cell: (row) => week(row.recovery_weeks.p50, horizon), by: (row) => row.recovery_weeks.p50, tip, number: true },
      { title: t("plain"), cell: (row) => figure(row.stopped["1"]?.plain), by: (row) => row.stopped["1"]?.plain ?? null, tip, number: true },
      { title: t("need"), cell: (row) => figure(row.need_t_per_year), by: (row) => row.need_t_per_year, tip, number: true },
      { title: t("binding"), cell: bindingText, wide: true },
    ],
  });
}

function neverOf(answer: CountdownAnswer): HTMLElement | null {
  const told = new Map<string, string[]>();
  for (const row of answer.rows) {
    if (row.never !== null) told.set(row.never, [...(told.get(row.never) ?? []), who(row)]);
  }
  if (told.size === 0) return null;
  const items = [...told].sort((a, b) => b[1].length - a[1].length).map(([reason, names]) => h("li", null, h("span", { lang: "en" }, `${reason}: `), h("span", { class: "soft" }, names.join("; "))));
  return h("details", { class: "more" }, h("summary", null, t("neverStops")), h("ul", { class: "plain" }, ...items));
}

/** The fan of the chosen row, and a list of bars to choose from. */
export class Stops {
  readonly bars: Bars;
  readonly fan: Fan;
  readonly title = h("span");
  private answer: Answer | null = null;
  private before: SectorRow | null = null;

  constructor() {
    this.bars = new Bars({ label: t("bars"), choose: (row) => change({ pick: { ...state().pick, row: keyOf(row) } }) });
    this.fan = new Fan(this.title, 260, () => (this.answer ? calculated(this.answer) : null));
  }

  set(done: Painted, most: number): void {
    const answer = countdownOf(done.answer);
    const rows = stopping(answer).slice(0, most);
    const wanted = state().pick["row"];
    const row = [...answer.groups, ...answer.rows].find((one) => keyOf(one) === wanted && one.path) ?? mainRow(answer);
    this.answer = done.answer;
    this.bars.set(done.answer, rows, row ? keyOf(row) : "");
    if (row?.path) this.draw(row, done, answer);
  }

  private draw(row: SectorRow, done: Painted, answer: CountdownAnswer): void {
    const path = row.path;
    if (!path) return;
    const kept = done.stage === "median" && this.before && keyOf(this.before) === keyOf(row) ? this.before.path : undefined;
    const shade = kept && kept.p10.length === path.weeks.length ? kept : path;
    const line = { name: who(row), colour: 0, weeks: path.weeks, p10: shade.p10, p50: path.p50, p90: shade.p90 };
    say(this.title, t("fanTitle", { who: who(row) }));
    const label = `${t("fanTitle", { who: who(row) })}. 1 %: ${stopText(row.stopped["1"], answer.clock.weeks)}; ${t("peak")} ${percent(row.peak_stopped.p50)}.`;
    this.fan.set({ lines: [line], start: answer.clock.start, share: true, unit: "", stale: done.stage === "median" }, label);
    if (done.stage === "fan") this.before = row;
  }
}

export function openCountdown(shell: Shell): View {
  const stops = new Stops();
  const never = h("div");
  const behind = h("div");
  const tables = h("details", { class: "more" }, h("summary", null, t("asTable")), behind);
  const growing = h("button", { type: "button", class: "quiet", on: { click: () => grow() } });
  let last: Painted | null = null;
  let all = false;

  function grow(): void {
    all = !all;
    if (last) paint(last);
  }

  function paint(done: Painted): void {
    last = done;
    const found = countdownOf(done.answer);
    stops.set(done, all ? MOST : FEW);
    shell.headline(...headline(found, done.stage === "median"), done.stage === "fan");
    const left = Math.min(MOST, stopping(found).length) - FEW;
    growing.hidden = left <= 0;
    say(growing, all ? t("fewer") : t("more", { n: left }));
    if (done.stage === "fan") rest();
  }

  function rest(): void {
    if (!last) return;
    const found = neverOf(countdownOf(last.answer));
    if (!never.querySelector("details[open]")) fill(never, found);
    if (tables.open && last.stage === "fan") fill(behind, tableOf(last.answer));
  }

  tables.addEventListener("toggle", () => (tables.open ? rest() : fill(behind)));
  const key = h("p", { class: "key" }, h("span", { class: "swatch t1" }), t("onePercent"), h("span", { class: "swatch t10" }), t("tenPercent"), h("span", { class: "soft" }, ` — ${t("barsHelp")}`));
  const element = h("section", { class: "countdown", "aria-label": t("view.countdown") }, h("div", { class: "card" }, stops.fan.element), h("div", { class: "card" }, h("h2", null, t("bars")), key, stops.bars.element, growing), tables, never);
  return {
    element,
    path: "run/countdown",
    paint,
    moved: () => last && paint(last),
    repaint: () => stops.fan.chart.repaint(),
    close: () => stops.fan.dispose(),
  };
}
