// Projects with the odds of their next milestone: a bar of years for each, by the stage it stands at.

import { away, fill, h, type Child } from "./dom";
import { change, state } from "./store";
import { table, type Column } from "./table";
import type { Band } from "./types";
import { figure, nameOf, percent, t, type Key } from "./words";

export interface Project {
  id: string;
  project: string;
  company: string;
  kind: string;
  place: string;
  place_name: string;
  stage: string;
  planned_first: number | null;
  capacity: number | null;
  capacity_unit: string;
  source?: string;
  url?: string;
  grade?: string;
  note?: string;
  first_year: Band;
  chance: Record<string, number | string>;
}

const STAGES = ["financed", "announced", "commissioned", "ramped"];
const RUNNING = new Set(["commissioned", "ramped"]);

const chance = (row: Project, key: string): number | null => (typeof row.chance[key] === "number" ? row.chance[key] : null);

/** Where a year lies between the first and the last, in per cent. */
function at(year: number | null, years: readonly number[]): number {
  const [first, last] = [years[0] ?? 0, years.at(-1) ?? 1];
  return year === null ? 100 : Math.min(100, Math.max(0, (100 * (year - first)) / (last - first)));
}

function track(row: Project, years: readonly number[]): Child {
  if (RUNNING.has(row.stage)) return h("span", { class: "soft" }, t(`stage.${row.stage}` as Key));
  const { p10, p50, p90 } = row.first_year;
  const range = h("i", { class: `range${p90 === null ? " open" : ""}`, hidden: p10 === null });
  range.style.left = `${at(p10, years)}%`;
  range.style.width = `${Math.max(1, at(p90, years) - at(p10, years))}%`;
  const mid = h("i", { class: "mid", hidden: p50 === null });
  mid.style.left = `${at(p50, years)}%`;
  const plan = h("i", { class: "plan", hidden: row.planned_first === null });
  plan.style.left = `${at(row.planned_first, years)}%`;
  const text = `${p50 === null ? t("horizon.after", { year: years.at(-1) ?? "" }) : String(p50)} (${p10 ?? "–"}–${p90 ?? t("horizon.later")})`;
  return h("span", { class: "milestone" }, h("span", { class: "plot lane t10", "aria-hidden": "true" }, h("i", { class: "safe" }), range, mid, plan), h("span", { class: "unseen" }, text));
}

function scale(years: readonly number[]): HTMLElement {
  const marks = years.filter((year) => year % 5 === 0);
  return h("span", { class: "yearscale", "aria-hidden": "true" }, ...marks.map((year) => {
    const mark = h("small", { class: year === years[0] ? "first" : year === years.at(-1) ? "last" : undefined }, String(year));
    mark.style.left = `${at(year, years)}%`;
    return mark;
  }));
}

function sourceOf(row: Project): Child {
  return h(
    "div",
    { class: "source" },
    h("p", { class: "figure" }, h("b", { lang: "en" }, row.project), `, ${t(`stage.${row.stage}` as Key)}`),
    h("p", null, t("horizon.notAssessed", { n: String(row.chance["rests_on"] ?? "–") })),
    row.source ? h("p", { lang: "en" }, away(row.url, row.source), row.grade ? ` · ${t("grade", { grade: row.grade })}` : "") : null,
    row.note ? h("p", { class: "soft", lang: "en" }, row.note) : null,
  );
}

function columns(rows: readonly Project[], years: readonly number[]): Column<Project>[] {
  const waiting = rows.some((row) => !RUNNING.has(row.stage));
  const odds = Object.keys(rows[0]?.chance ?? {}).filter((key) => key.startsWith("by_"));
  const share = (key: string): ((row: Project) => Child) => (row) => percent(chance(row, key));
  const later: Column<Project>[] = [
    { title: t("horizon.first"), under: () => scale(years), cell: (row) => track(row, years), by: (row) => row.first_year.p50 ?? 9999, tip: sourceOf, wide: true },
    ...odds.map((key): Column<Project> => ({ title: t("horizon.by2", { year: key.slice(3) }), cell: share(key), by: (row) => chance(row, key), tip: sourceOf, number: true })),
    { title: t("horizon.ends"), cell: share("ends_first"), by: (row) => chance(row, "ends_first"), tip: sourceOf, number: true },
    { title: t("horizon.plan"), cell: (row) => (row.planned_first === null ? "–" : String(row.planned_first)), by: (row) => row.planned_first, tip: sourceOf, number: true },
  ];
  return [
    { title: t("horizon.project"), cell: (row) => h("span", { lang: "en" }, row.project, h("small", null, row.company)), by: (row) => row.project, tip: sourceOf, head: true },
    { title: t("horizon.kind"), cell: (row) => [t(`projects.${row.kind}` as Key), h("small", null, nameOf("place", row.place, row.place_name))], by: (row) => row.kind },
    ...(waiting ? later : []),
    { title: t("horizon.size"), cell: (row) => (row.capacity === null ? "–" : `${figure(row.capacity)} ${row.capacity_unit}`), by: (row) => row.capacity, tip: sourceOf, number: true, lang: "en" },
  ];
}

/** The list, with a choice of stage above it. */
export function milestones(): { element: HTMLElement; set: (rows: readonly Project[], years: readonly number[]) => void } {
  const chips = h("div", { class: "chips", role: "group", "aria-label": t("horizon.stage") });
  const key = h("p", { class: "key" }, h("span", { class: "swatch t10" }), t("horizon.barHelp"), h("span", { class: "planmark" }), t("horizon.planHelp"));
  const list = h("div");
  const element = h("div", { class: "stack" }, chips, key, list);
  let shown = "";
  function set(rows: readonly Project[], years: readonly number[]): void {
    const stages = STAGES.filter((stage) => rows.some((row) => row.stage === stage));
    const stage = stages.find((one) => one === state().pick["stand"]) ?? stages[0] ?? "";
    const these = rows.filter((row) => row.stage === stage).sort((a, b) => (chance(b, "by_2030") ?? 0) - (chance(a, "by_2030") ?? 0));
    const now = JSON.stringify([stage, these, document.documentElement.lang]);
    if (now === shown) return;
    shown = now;
    const held = document.activeElement?.closest(".chips") === chips;
    const pick = (one: string): void => change({ pick: { ...state().pick, stand: one } });
    fill(chips, ...stages.map((one) => h("button", { type: "button", class: "chip", "aria-pressed": String(one === stage), on: { click: () => pick(one) } }, `${t(`stage.${one}` as Key)} (${rows.filter((row) => row.stage === one).length})`)));
    if (held) chips.querySelector<HTMLElement>("[aria-pressed='true']")?.focus();
    key.hidden = RUNNING.has(stage);
    fill(list, table<Project>({ caption: t("gridHelp"), rows: these, most: 14, columns: columns(these, years) }));
  }
  return { element, set };
}
