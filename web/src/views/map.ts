// The map: bubbles for what a place sends, arcs for trade, on land without borders.

import { listed } from "../api";
import { Chart, colours, type Point } from "../charts/chart";
import { PROJECTION } from "../charts/earth";
import { fill, h, type Child } from "../dom";
import { flowsOf, movedAt, pointAt, type Moved } from "../flow";
import { FlowControls } from "../flowcontrols";
import type { Painted } from "../runner";
import { change, state } from "../store";
import { calculated } from "../tip";
import type { Shell, View } from "../view";
import { figure, nameOf, t } from "../words";
import { PLACES_EN } from "../words/names";
import { changeText, flowTable, headOf } from "./flows";

interface Place { code: string; name: string; lon: number; lat: number; facilities?: { name: string }[] }

const MOST_ARCS = 40;

function sumOver(moved: readonly Moved[], key: (one: Moved) => string): Map<string, { now: number; base: number }> {
  const found = new Map<string, { now: number; base: number }>();
  for (const one of moved) {
    const sum = found.get(key(one)) ?? { now: 0, base: 0 };
    sum.now += one.now;
    sum.base += one.base;
    found.set(key(one), sum);
  }
  return found;
}

export async function openMap(shell: Shell): Promise<View> {
  const places = new Map((await listed<Place>("places", "places")).map((place) => [place.code, place]));
  const controls = new FlowControls();
  const chips = h("div", { class: "chips", role: "group", "aria-label": t("flows.stage") });
  const behind = h("div");
  const tables = h("details", { class: "more" }, h("summary", null, t("asTable")), behind);
  let last: Painted | null = null;
  let told: { x: number; y: number; says: () => Child }[] = [];
  const name = (code: string): string => nameOf("place", code, PLACES_EN[code] ?? places.get(code)?.name);
  const says = (what: string, sum: { now: number; base: number }): Child => h("div", null, h("p", { class: "figure" }, `${what}: `, h("b", null, `${figure(sum.now)} ${t("flows.tonnes")}`)), h("p", null, `${t("flows.change")}: ${changeText(sum)}`), last ? calculated(last.answer) : null);
  const facilities = (code: string): Child => {
    const known = places.get(code)?.facilities ?? [];
    if (known.length === 0) return null;
    const names = known.slice(0, 6).map((one) => one.name.replaceAll("-", " "));
    return h("p", { lang: "en" }, `${t("map.facilities", { n: known.length })}: ${names.join("; ")}${known.length > 6 ? " ..." : ""}`);
  };
  const chart = new Chart({
    title: t("map.title"),
    height: "min(58vh, 520px)",
    item: (data) => (data as { says?: () => Child } | null)?.says?.() ?? null,
    points: (): Point[] =>
      told.map((one) => {
        const [x, y] = (chart.engine.convertToPixel("geo", [one.x, one.y]) as unknown as number[] | undefined) ?? [0, 0];
        return { x: x ?? 0, y: y ?? 0, says: one.says() };
      }),
  });
  tables.addEventListener("toggle", () => last && paint(last));

  function stageOf(stages: readonly string[]): string {
    const wanted = state().pick["stage"] ?? "magnet";
    const stage = stages.includes(wanted) ? wanted : (stages[0] ?? "magnet");
    const held = document.activeElement?.closest(".chips") === chips;
    fill(chips, ...stages.map((one) => h("button", { type: "button", class: "chip", "aria-pressed": String(one === stage), on: { click: () => change({ pick: { ...state().pick, stage: one } }) } }, nameOf("stage", one))));
    if (held) chips.querySelector<HTMLElement>("[aria-pressed='true']")?.focus();
    return stage;
  }

  function option(moved: readonly Moved[]): ReturnType<Parameters<Chart["set"]>[0]> {
    const look = colours();
    const sends = sumOver(moved, (one) => one.origin);
    const trade = [...sumOver(moved.filter((one) => one.origin !== one.destination), (one) => `${one.origin}>${one.destination}`)].filter(([, sum]) => sum.now > 0 || sum.base > 0).sort((a, b) => b[1].now - a[1].now).slice(0, MOST_ARCS);
    const most = Math.max(1e-9, ...[...sends.values()].map((sum) => Math.max(sum.now, sum.base)));
    const widest = Math.max(1e-9, ...trade.map(([, sum]) => Math.max(sum.now, sum.base)));
    const at = (code: string): number[] => [places.get(code)?.lon ?? 0, places.get(code)?.lat ?? 0];
    const wide = chart.engine.getWidth() > 560;
    const bubbles = [...sends].filter(([code, sum]) => places.has(code) && sum.base + sum.now > 0).map(([code, sum]) => ({
      name: name(code),
      value: [...at(code), sum.now],
      symbolSize: 4 + (wide ? 40 : 24) * Math.sqrt(sum.now / most),
      itemStyle: { color: code === "CHN" ? look.one : look.ten, opacity: 0.8 },
      label: { show: wide && Math.max(sum.now, sum.base) > 0.01 * most, formatter: name(code), position: "bottom", color: look.ink, fontSize: 11, textBorderColor: look.card, textBorderWidth: 3 },
      says: () => [says(name(code), sum), facilities(code)],
    }));
    const arcs = trade.filter(([key]) => key.split(">").every((code) => places.has(code))).map(([key, sum]) => {
      const [from = "", to = ""] = key.split(">");
      return { coords: [at(from), at(to)], lineStyle: { width: 0.5 + 7 * (sum.now / widest), color: from === "CHN" ? look.one : look.ten, opacity: 0.45, curveness: 0.22 }, says: () => says(`${name(from)} → ${name(to)}`, sum) };
    });
    told = [...bubbles].sort((a, b) => (b.value[2] ?? 0) - (a.value[2] ?? 0)).map((one) => ({ x: one.value[0] ?? 0, y: one.value[1] ?? 0, says: one.says }));
    return {
      geo: { map: "land", projection: PROJECTION, silent: true, roam: false, left: 0, right: 0, top: 4, bottom: 4, itemStyle: { areaColor: look.land, borderWidth: 0 }, emphasis: { disabled: true } },
      series: [
        { type: "lines", coordinateSystem: "geo", polyline: false, data: arcs, z: 2 },
        { type: "scatter", coordinateSystem: "geo", data: bubbles, z: 3, labelLayout: { hideOverlap: true } },
      ],
    };
  }

  function paint(done: Painted): void {
    last = done;
    const flows = flowsOf(done.answer);
    const { week, material } = controls.show(flows);
    const all = movedAt(flows, pointAt(flows, week), material);
    const stage = stageOf(flows.stages.filter((one) => all.some((link) => link.stage === one)));
    const moved = all.filter((one) => one.stage === stage);
    const head = headOf(flows, moved, week);
    chart.set(() => option(moved), `${t("map.title")}. ${head}`);
    shell.headline(head, t("map.help"), true);
    if (tables.open) fill(behind, flowTable(moved, done));
    else fill(behind);
  }

  const element = h("section", { "aria-label": t("view.map") }, h("div", { class: "choices" }, chips), controls.element, h("div", { class: "card" }, chart.element, h("p", null, h("small", null, t("map.land")))), tables);
  return { element, path: "flows", only: "median", paint, moved: () => last && paint(last), repaint: () => chart.repaint(), close: () => chart.dispose() };
}
