// The answer of `plan`, and how its measures, levers and money are said in both languages.

import { state } from "./store";
import type { Answer, Band } from "./types";
import { elementName, figure, nameOf, percent, t, type Key } from "./words";

export interface Measure {
  key: string;
  lever: string;
  name: string;
  materials: string[];
  weeks: Band;
  cost_musd: number;
  weeks_per_100_musd: number | null;
  saved: Band;
  first_stop: { without: number | null; with: number | null };
  hand: { flow: number; size: number; tonnes: number; price: number | null; carry: number; most: number };
}
export interface Lever { key: string; name: string; size: number; unit: string; spending_musd: number }
export interface Frontier { share_left: number; spending_musd: number; bound_musd: number; worst_musd: number; levers: Lever[] }
export interface PlanRow { key: string; title: string; spending_musd: number; regret_mean_musd: number; avoided: Record<string, number>; fails_under: string[]; without_effect_here: string[] }
export interface Sector { sector: string; sector_name: string; place: string; place_name: string; weeks_lost: Band; worth_musd_per_year: Band; output_lost_musd: Band }
export interface Portfolio {
  years: number;
  futures: { inside: number; outside: number };
  nothing: { worst_musd: number };
  chosen: { share_left: number; spending_musd: number; bound_musd: number; inside: { worst_musd: number }; outside: { spending_musd: number; worst_musd: number }; gap: { bound_musd: number; reached_musd: number; gap_musd: number; noise_musd: number } } | null;
  frontier: Frontier[];
  plans: PlanRow[];
  replies: { key: string; name: string }[];
}
export interface PlanAnswer {
  clock: { start: string; weeks: number };
  place: { key: string; name: string };
  measures: Measure[];
  without: { lever: string; why: string }[];
  cutoff: { rows: Sector[]; spans: Record<string, { output_lost_musd: Band }> };
  portfolio: Portfolio | null;
}

export function planOf(answer: Answer): PlanAnswer {
  return answer.answer as unknown as PlanAnswer;
}

/** What rounding has left of nothing is nothing. */
export function amount(value: number | null): string {
  return figure(value !== null && Math.abs(value) < NOTHING ? 0 : value);
}

const NOTHING = 5e-4;

/** "2.8 (2–3.5)". */
export function asRange(band: Band): string {
  return band.p10 === band.p90 ? amount(band.p50) : `${amount(band.p50)} (${amount(band.p10)}–${amount(band.p90)})`;
}

/** Millions of dollars: "$484 m", "$14.3 bn", "4.84 亿美元". */
export function money(millions: number | null | undefined): string {
  if (millions === null || millions === undefined) return "–";
  const size = Math.abs(millions) < NOTHING ? 0 : Math.abs(millions);
  const steps: readonly (readonly [number, string])[] = state().lang === "zh" ? [[1e6, "万亿"], [100, "亿"], [0.01, "万"]] : [[1e6, "trn"], [1e3, "bn"], [1, "m"]];
  const [by, name] = steps.find(([least]) => size >= least) ?? steps[steps.length - 1] ?? [1, "m"];
  const text = `${figure(millions / by)}\u202f${name}`;
  return state().lang === "zh" ? (size === 0 ? "0" : `${text}美元`) : size === 0 ? "$0" : `$${text}`;
}

function commodity(key: string, english: string): string {
  if (state().lang !== "zh") return english;
  if (key === "magnet:ndfeb") return "钕铁硼磁体";
  if (key.startsWith("oxide:") && key.includes("+")) return `${key.slice(6).split("+").map(elementName).join("、")}（氧化物和金属）`;
  return nameOf("material", key, english);
}

/** A measure of the ranking, in the language of the page. */
export function measureName(row: Measure): string {
  if (state().lang !== "zh") return row.name;
  const size = figure(row.hand.size);
  const everything = row.key.endsWith("everything");
  const material = everything ? t("plan.everything") : nameOf("material", row.materials[0] ?? "", row.name);
  if (row.lever === "stock") return t("plan.nameStock", { size, material });
  if (row.lever === "spared") return t("plan.nameSpared", { size, material });
  const key = `plan.name.${row.key}`;
  return row.key === "second-makers" ? t("plan.nameSecond") : SUPPLIES.has(row.key) ? t(key as Key, { size }) : row.name;
}

const SUPPLIES = new Set(["supply-magnets", "supply-oxides", "supply-recycling"]);

/** A lever of a portfolio. */
export function leverName(one: Lever): string {
  if (state().lang !== "zh") return one.name.charAt(0).toUpperCase() + one.name.slice(1);
  const [kind, ...rest] = one.key.split(":");
  const material = commodity(rest.join(":"), one.name);
  if (kind === "stock") return t("plan.leverStock", { material });
  return kind === "redesign" ? t("plan.leverRedesign", { material }) : one.name;
}

export function sizeText(one: Lever): string {
  if (one.unit === "project") return one.size >= 1 ? t("plan.helped") : t("plan.helpedBy", { share: percent(one.size) });
  if (one.unit === "week") return `${figure(one.size)} ${t("weeks")}`;
  return one.unit === "% of need" ? t("plan.ofNeed", { n: figure(one.size) }) : `${figure(one.size)} ${one.unit}`;
}
