// Flows by stage: who feeds whom, from the mine to the line.

import { SankeyChart } from "echarts/charts";
import { use } from "echarts/core";
import { LabelLayout } from "echarts/features";

import { Chart, colours, type Point } from "../charts/chart";
import { fill, h, say, type Child } from "../dom";
import { flowsOf, movedAt, pointAt, type FlowAnswer, type Moved } from "../flow";
import { FlowControls } from "../flowcontrols";
import type { Painted } from "../runner";
import { state } from "../store";
import { table } from "../table";
import { calculated } from "../tip";
import type { Shell, View } from "../view";
import { figure, nameOf, percent, t } from "../words";
import { PLACES_EN } from "../words/names";

use([SankeyChart, LabelLayout]);

const TOP = 6;
const LEAST_SHARE = 0.004;
const REST = "rest";

interface Bent { stage: string; next: string; origin: string; destination: string; base: number; now: number }

/** Places that pass little through a stage become "others" in the picture. */
function merged(moved: readonly Moved[]): Bent[] {
  const through = new Map<string, Map<string, number>>();
  const note = (stage: string, place: string, tonnes: number): void => {
    const places = through.get(stage) ?? new Map<string, number>();
    places.set(place, (places.get(place) ?? 0) + tonnes);
    through.set(stage, places);
  };
  for (const one of moved) {
    note(one.stage, one.origin, one.base);
    note(one.next, one.destination, one.base);
  }
  const kept = new Map([...through].map(([stage, places]) => [stage, new Set([...places].sort((a, b) => b[1] - a[1]).slice(0, TOP).map(([place]) => place))]));
  const named = (stage: string, place: string): string => (kept.get(stage)?.has(place) ? place : REST);
  const found = new Map<string, Bent>();
  for (const one of moved) {
    const [origin, destination] = [named(one.stage, one.origin), named(one.next, one.destination)];
    const key = [one.stage, origin, one.next, destination].join("|");
    const sum = found.get(key) ?? { ...one, origin, destination, base: 0, now: 0 };
    sum.base += one.base;
    sum.now += one.now;
    found.set(key, sum);
  }
  return [...found.values()];
}

function placeName(code: string): string {
  return code === REST ? (state().lang === "zh" ? "其他" : "others") : nameOf("place", code, PLACES_EN[code]);
}

function changeText(one: { base: number; now: number }): string {
  if (one.base <= 0) return "–";
  const moved = one.now / one.base - 1;
  return `${moved > 0 ? "+" : "−"}${percent(Math.abs(moved))}`;
}

export { changeText };

/** Exports from China of the stage that lost most, for the headline. */
export function leaving(moved: readonly Moved[]): { stage: string; now: number; base: number } | null {
  const sums = new Map<string, { stage: string; now: number; base: number }>();
  for (const one of moved) {
    if (one.origin !== "CHN" || one.destination === "CHN") continue;
    const sum = sums.get(one.stage) ?? { stage: one.stage, now: 0, base: 0 };
    sum.now += one.now;
    sum.base += one.base;
    sums.set(one.stage, sum);
  }
  const all = [...sums.values()].filter((sum) => sum.base > 0);
  return all.find((sum) => sum.stage === "magnet") ?? all[0] ?? null;
}

export function headOf(flows: FlowAnswer, moved: readonly Moved[], week: number): string {
  const sum = leaving(moved);
  if (!sum) return t("flows.title");
  const stage = nameOf("stage", sum.stage);
  const name = state().lang === "zh" ? stage : `${stage.charAt(0).toUpperCase()}${stage.slice(1)}s`;
  void flows;
  return t("flows.head", { stage: name, now: figure(sum.now), week, change: changeText(sum) }) + (state().lang === "zh" ? "。" : ".");
}

export function flowTable(moved: readonly Moved[], done: Painted): HTMLElement {
  const tip = (one: Moved): Child => calculated(done.answer, `${placeName(one.origin)} → ${placeName(one.destination)}`);
  return table<Moved>({
    caption: t("gridHelp"),
    rows: [...moved].filter((one) => one.base > 0 || one.now > 0).sort((a, b) => b.now - a.now),
    most: 30,
    columns: [
      { title: t("flows.stage"), cell: (one) => `${nameOf("stage", one.stage)} → ${nameOf("stage", one.next)}`, by: (one) => one.stage, head: true },
      { title: t("flows.from"), cell: (one) => placeName(one.origin), by: (one) => one.origin },
      { title: t("flows.to"), cell: (one) => placeName(one.destination), by: (one) => one.destination },
      { title: t("flows.tonnes"), cell: (one) => figure(one.now), by: (one) => one.now, tip, number: true },
      { title: t("flows.change"), cell: changeText, by: (one) => (one.base > 0 ? one.now / one.base : null), tip, number: true },
    ],
  });
}

export function openFlows(shell: Shell): View {
  const controls = new FlowControls();
  const heads = h("span", { class: "stagehead", "aria-hidden": "true" });
  const behind = h("div");
  const tables = h("details", { class: "more" }, h("summary", null, t("asTable")), behind);
  const small = h("p", { class: "soft" });
  let last: Painted | null = null;
  let drawn: Bent[] = [];
  const says = (one: Bent): Child => h("div", null, h("p", { class: "figure" }, `${nameOf("stage", one.stage)}, ${placeName(one.origin)} → ${nameOf("stage", one.next)}, ${placeName(one.destination)}: `, h("b", null, `${figure(one.now)} ${t("flows.tonnes")}`)), h("p", null, `${t("flows.change")}: ${changeText(one)}`), last ? calculated(last.answer) : null);
  const chart = new Chart({
    title: [t("flows.title"), heads],
    height: 460,
    item: (data) => {
      const bent = (data as { bent?: Bent } | null)?.bent;
      return bent ? says(bent) : null;
    },
    points: (): Point[] => drawn.map((one) => ({ x: 40, y: 40, says: says(one) })),
  });
  tables.addEventListener("toggle", () => last && paint(last));

  const rightOf = (narrow: boolean): number => (narrow ? 60 : 110);

  function headAt(name: string, share: number, count: number): HTMLElement {
    const head = h("span", null, name);
    const margin = rightOf(chart.canvas.clientWidth < 560) + 14;
    if (rightOf(false) !== margin - 14 && Math.round(share * (count - 1)) % 2 === 1) head.classList.add("low");
    head.style.left = `calc(4px + ${share} * (100% - ${margin}px))`;
    return head;
  }

  function option(stages: readonly string[]): ReturnType<Parameters<Chart["set"]>[0]> {
    const look = colours();
    const id = (stage: string, place: string): string => `${stage}:${place}`;
    const ends = [...new Set(drawn.flatMap((one) => [id(one.stage, one.origin), id(one.next, one.destination)]))];
    const narrow = chart.engine.getWidth() < 560;
    return {
      series: [
        {
          type: "sankey",
          left: 4,
          right: rightOf(narrow),
          top: 6,
          bottom: 6,
          nodeWidth: 10,
          nodeGap: 9,
          draggable: false,
          layoutIterations: 24,
          emphasis: { focus: "adjacency" },
          labelLayout: { hideOverlap: true },
          label: { color: look.ink, fontSize: narrow ? 9 : 11, textBorderWidth: 0, formatter: (node: { name: string }) => placeName(node.name.slice(node.name.indexOf(":") + 1)), width: narrow ? 56 : 104, overflow: "truncate" },
          lineStyle: { color: "source", opacity: 0.32, curveness: 0.5 },
          data: ends.map((name) => {
            const stage = name.slice(0, name.indexOf(":"));
            const china = name.endsWith(":CHN");
            return { name, depth: stages.indexOf(stage), itemStyle: { color: china ? look.one : name.endsWith(`:${REST}`) ? look.soft : look.ten, borderWidth: 0 } };
          }),
          links: drawn.map((one) => ({ source: id(one.stage, one.origin), target: id(one.next, one.destination), value: one.now, bent: one })),
        },
      ],
    };
  }

  function paint(done: Painted): void {
    last = done;
    const flows = flowsOf(done.answer);
    const { week, material } = controls.show(flows);
    const moved = movedAt(flows, pointAt(flows, week), material);
    const all = merged(moved);
    const least = LEAST_SHARE * Math.max(1e-9, ...all.map((one) => one.base));
    drawn = all.filter((one) => one.now > least).sort((a, b) => b.now - a.now);
    const stages = flows.stages.filter((stage) => drawn.some((one) => one.stage === stage || one.next === stage));
    fill(heads, ...stages.map((stage, index) => headAt(nameOf("stage", stage), index / Math.max(1, stages.length - 1), stages.length)));
    chart.set(() => option(stages), `${t("flows.title")}. ${headOf(flows, moved, week)}`);
    say(small, t("flows.small", { least: figure(least) }));
    shell.headline(headOf(flows, moved, week), t("flows.help"), true);
    if (tables.open) fill(behind, flowTable(moved, done));
    else fill(behind);
  }

  const element = h("section", { "aria-label": t("view.flows") }, controls.element, h("div", { class: "card" }, chart.element), small, tables);
  return { element, path: "flows", only: "median", paint, moved: () => last && paint(last), repaint: () => chart.repaint(), close: () => chart.dispose() };
}
