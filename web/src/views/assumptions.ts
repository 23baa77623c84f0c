// What is assumed, each with range, source and reasoning; change one and the headline answers.

import { listed } from "../api";
import { away, fill, h, s } from "../dom";
import type { Painted } from "../runner";
import { headline } from "../stops";
import { change, state } from "../store";
import { table } from "../table";
import { sourceOf } from "../tip";
import type { SourceRow } from "../types";
import type { Shell, View } from "../view";
import { figure, t, titleOf, unit } from "../words";
import { countdownOf, Stops } from "./countdown";

interface Assumption extends SourceRow { title?: string; set?: number | null; step?: number; reason?: string }

/** Where a value lies in its range. */
function span(row: Assumption, value: number): SVGElement | null {
  const { low, high } = row;
  if (typeof low !== "number" || typeof high !== "number" || high <= low) return null;
  const at = (one: number): number => Math.min(98, Math.max(2, (100 * (one - low)) / (high - low)));
  const given = row.set ?? row.value ?? low;
  return s("svg", { viewBox: "0 0 100 12", class: "span", "aria-hidden": "true" }, s("line", { x1: 0, x2: 100, y1: 6, y2: 6 }), s("circle", { cx: at(given), cy: 6, r: 3, class: "given" }), value === given ? null : s("circle", { cx: at(value), cy: 6, r: 4.5, class: "mine" }));
}

export function openAssumptions(shell: Shell): View {
  const stops = new Stops();
  const list = h("div");
  const search = h("input", { type: "search", id: "assumption-words", value: state().pick["q"] ?? "" });
  const only = h("input", { type: "checkbox", id: "assumption-only" });
  let rows: Assumption[] = [];
  let last: Painted | null = null;

  const given = (row: Assumption): number | null => row.set ?? row.value ?? null;
  const value = (row: Assumption): number | null => state().set[row.id] ?? given(row);

  function put(row: Assumption, next: number | undefined): void {
    const set: Record<string, number> = { ...state().set };
    if (next === undefined || Number.isNaN(next) || next === given(row)) delete set[row.id];
    else set[row.id] = next;
    change({ set });
  }

  function field(row: Assumption): HTMLElement {
    const now = value(row);
    const input = h("input", { type: "number", class: "mine", step: "any", min: 0, value: now ?? "", "aria-label": `${t("assumptions.yours")}: ${row.title ?? row.id}` });
    input.addEventListener("change", () => put(row, input.value === "" ? undefined : Number(input.value)));
    input.classList.toggle("changed", row.id in state().set);
    return input;
  }

  function shownRows(): Assumption[] {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return rows.filter((row) => (!only.checked || row.id in state().set) && words.every((word) => `${row.id} ${row.title ?? ""} ${row.source ?? ""} ${row.reason ?? row.note ?? ""}`.toLowerCase().includes(word)));
  }

  function draw(): void {
    const found = shownRows();
    fill(
      list,
      table<Assumption>({
        caption: t("gridHelp"),
        rows: found,
        most: 30,
        key: (row) => row.id,
        columns: [
          { title: t("quantity"), cell: (row) => [titleOf(row.title ?? row.id, row.quantity), h("small", null, h("code", null, row.id))], by: (row) => row.title ?? row.id, head: true, wide: true, lang: "en", tip: sourceOf },
          { title: t("assumptions.yours"), cell: field, tip: sourceOf },
          { title: t("unit"), cell: (row) => unit(row.unit), by: (row) => row.unit ?? "" },
          { title: t("value"), cell: (row) => figure(given(row)), by: given, tip: sourceOf, number: true },
          { title: t("rangeHead"), cell: (row) => [span(row, value(row) ?? 0), h("small", null, `${figure(row.low)} – ${figure(row.high)}`)], tip: sourceOf },
          { title: t("gradeHead"), cell: (row) => row.grade ?? "", by: (row) => row.grade ?? "" },
          { title: t("source"), cell: (row) => [away(row.url, row.source ?? ""), row.reason || row.note ? h("small", { class: "clamp" }, row.reason ?? row.note) : null], wide: true, lang: "en", tip: sourceOf },
        ],
      }),
    );
  }

  async function load(): Promise<void> {
    try {
      rows = await listed<Assumption>(`assumptions?scenario=${encodeURIComponent(state().file ? "squeeze-2025" : state().scenario)}`, "rows");
      draw();
    } catch (error) {
      shell.failed(error);
    }
  }

  search.addEventListener("input", draw);
  only.addEventListener("change", draw);
  void load();
  const element = h(
    "section",
    { "aria-label": t("view.assumptions") },
    h("p", { class: "soft" }, t("assumptions.help")),
    h("div", { class: "card" }, stops.fan.element),
    h("div", { class: "choices" }, h("label", { class: "field", for: "assumption-words" }, t("assumptions.search"), search), h("label", { class: "inline", for: "assumption-only" }, only, " ", t("assumptions.only"))),
    list,
  );
  function paint(done: Painted): void {
    last = done;
    stops.set(done, 0);
    shell.headline(...headline(countdownOf(done.answer), done.stage === "median"), done.stage === "fan");
  }
  return {
    element,
    path: "run/countdown",
    paint,
    moved: (now, before) => {
      if (now.scenario !== before.scenario || now.file !== before.file) void load();
      else if (now.set !== before.set && !list.contains(document.activeElement)) draw();
      if (last) paint(last);
    },
    repaint: () => stops.fan.chart.repaint(),
    close: () => stops.fan.dispose(),
  };
}
