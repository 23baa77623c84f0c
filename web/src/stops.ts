// The countdown in words: what the terminal says, in both languages.

import type { CountdownAnswer, Crossing, SectorRow } from "./types";
import { day, nameOf, percent, t, week, whole, who } from "./words";
import { state } from "./store";

/** The group that the headline is about: automotive where it is there. */
export function mainRow(answer: CountdownAnswer): SectorRow | null {
  const rows = answer.groups.length > 0 ? answer.groups : answer.rows;
  return rows.find((row) => row.sector === "automotive") ?? rows[0] ?? null;
}

function range(found: Crossing, horizon: number): string {
  return found.p10 === found.p90 ? "" : t("head.range", { low: whole(found.p10, horizon), high: whole(found.p90, horizon) });
}

function partsOf(row: SectorRow): { who: string; where: string } {
  const chinese = state().lang === "zh";
  const sector = row.sector === "automotive" ? t("car") : nameOf("sector", row.sector, row.sector_name);
  const place = nameOf("place", row.place, row.place_name);
  if (chinese || /^(outside |in |of )/.test(place)) return { who: sector, where: place };
  return { who: sector, where: t("inPlace", { place }) };
}

/** The finding in one sentence, and what comes after it. */
export function headline(answer: CountdownAnswer, single: boolean): [string, string] {
  const row = mainRow(answer);
  const horizon = answer.clock.weeks;
  const end = state().lang === "zh" ? "。" : ".";
  if (!row) return [t("head.none") + end, ""];
  const parts = partsOf(row);
  const first = row.stopped["1"];
  if (!first || first.ever <= 0) return [t("head.never", { ...parts, weeks: horizon }) + end, row.never ?? ""];
  if (first.p50 === null) return [t("head.some", { ...parts, share: percent(first.ever) }) + end, ""];
  const sentence = t("head.stop", { ...parts, week: whole(first.p50, horizon) }) + range(first, horizon) + (single ? t("head.single") : "");
  return [sentence + end, second(row, horizon)];
}

function second(row: SectorRow, horizon: number): string {
  const [one, ten] = [row.stopped["1"], row.stopped["10"]];
  const date = one?.date_p50 ? t("head.date", { date: day(one.date_p50) }) : "";
  let more = "";
  if (ten && ten.ever <= 0) more = t("head.tenNever");
  else if (ten && ten.p50 === null) more = t("head.tenSome", { share: percent(ten.ever) });
  else if (ten) more = t("head.ten", { week: whole(ten.p50, horizon), range: range(ten, horizon) });
  const text = (date + more).replace(/^[,;，；]\s*/, "");
  return text.charAt(0).toUpperCase() + text.slice(1) + (state().lang === "zh" ? "。" : ".");
}

/** "7.2 (5.9–9.4)", "23 % of draws", "never". */
export function stopText(found: Crossing | undefined, horizon: number): string {
  if (!found || found.ever <= 0) return t("never");
  if (found.p50 === null) return t("ofDraws", { share: percent(found.ever) });
  if (found.p10 === found.p90) return week(found.p50, horizon);
  return `${week(found.p50, horizon)} (${week(found.p10, horizon)}–${week(found.p90, horizon)})`;
}

export function bindingText(row: SectorRow, short = false): string {
  const { binding } = row;
  if (!binding) return "";
  const held = binding.held && !short && state().lang !== "zh" ? `, ${binding.held}` : "";
  return `${nameOf("material", binding.material, binding.material_name)}${held} (${percent(binding.share)})`;
}

const ROUND = [8, 12, 16, 20, 24, 28, 32, 40, 52, 64, 80, 104, 156, 208, 260, 312, 416, 520];

/** The last week of the axis: a round number that shows all but the latest 15 % of the crossings. */
export function axisEnd(rows: readonly SectorRow[], horizon: number): number {
  const ends = rows
    .flatMap((row) => [row.stopped["1"], row.stopped["10"]])
    .flatMap((found) => [found?.p50, found?.p90])
    .filter((value): value is number => typeof value === "number")
    .sort((a, b) => a - b);
  const last = ends[Math.min(ends.length - 1, Math.floor(0.85 * ends.length))] ?? horizon;
  return Math.min(horizon, ROUND.find((n) => n >= last) ?? horizon);
}

export const keyOf = (row: SectorRow): string => `${row.sector}/${row.place}`;

export { who };
