// Words, numbers and dates in the language of the page.

import { state } from "./store";
import { en, type Key } from "./words/en";
import * as names from "./words/names";
import { PARTS, QUANTITIES } from "./words/quantities";
import { zh } from "./words/zh";

export type { Key };

/** The word of `key` with its `{parts}` filled in. */
export function t(key: Key, parts: Readonly<Record<string, string | number>> = {}): string {
  const text: string = (state().lang === "zh" ? zh : en)[key];
  return text.replace(/\{(\w+)\}/g, (whole, part: string) => String(parts[part] ?? whole));
}

export function has(key: string): key is Key {
  return key in en;
}

type Kind = "place" | "sector" | "stage" | "material" | "element" | "tier" | "scenario";

const ZH: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  place: names.PLACES,
  sector: names.SECTORS,
  stage: names.STAGES,
  material: names.MATERIALS,
  element: names.ELEMENTS,
  tier: names.TIERS,
  scenario: names.SCENARIOS,
};

function composed(code: string): string | undefined {
  const [family, element] = code.split(":");
  const known = names.ELEMENTS[element ?? ""];
  if (!known) return undefined;
  return family === "oxide" ? `氧化${known}` : family === "metal" ? `金属${known}` : undefined;
}

/** The name of a code; `english` came with the answer. */
export function nameOf(kind: Kind, code: string, english?: string): string {
  if (state().lang === "zh") return ZH[kind][code] ?? (kind === "material" ? composed(code) : undefined) ?? english ?? code;
  if (kind === "tier") return names.TIERS_EN[code] ?? english ?? code;
  if (kind === "stage") return names.STAGES_EN[code] ?? english ?? code;
  return english ?? code;
}

/** An element, or the pair that is traded as one. */
export function elementName(code: string): string {
  return nameOf("element", code, names.ELEMENTS_EN[code] ?? code);
}

/** "a, b, c" with the commas of the language. */
export function listOf(parts: readonly string[]): string {
  return parts.join(state().lang === "zh" ? "，" : ", ");
}

const ENGLISH_OF: readonly (readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>])[] = [
  [names.PLACES_EN, names.PLACES],
  [names.SECTORS_EN, names.SECTORS],
  [names.MATERIALS_EN, names.MATERIALS],
];

function partName(english: string): string {
  if (PARTS[english]) return PARTS[english];
  for (const [tableEn, tableZh] of ENGLISH_OF) {
    const code = Object.keys(tableEn).find((one) => tableEn[one] === english);
    if (code && tableZh[code]) return tableZh[code];
  }
  return english;
}

/** The title of a row in plain words: "Weeks of stock at buyers: assembly maker". */
export function titleOf(title: string, quantity: string | undefined): string {
  const pair = QUANTITIES[quantity ?? ""];
  const [, about] = /: (.*)$/.exec(title) ?? [];
  if (!pair) return title;
  if (state().lang !== "zh") return about ? `${pair[0]}: ${about}` : pair[0];
  return about ? `${pair[1]}：${about.split(", ").map(partName).join("，")}` : pair[1];
}

/** Whether `titleOf` speaks the language of the page. */
export function titled(quantity: string | undefined): boolean {
  return state().lang === "zh" && (quantity ?? "") in QUANTITIES;
}

export function actionName(action: string): string {
  const pair = names.ACTIONS[action];
  return pair ? pair[state().lang === "zh" ? 1 : 0] : action;
}

/** "Automotive outside China", "EV traction, Germany". */
export function who(row: { sector: string; sector_name: string; place: string; place_name: string }): string {
  const sector = nameOf("sector", row.sector, row.sector_name);
  const place = nameOf("place", row.place, row.place_name);
  if (state().lang === "zh") return `${zhPlace(row.place, place)}${sector}`;
  const joint = /^(outside |in |of )/.test(place) ? " " : ", ";
  return sector.charAt(0).toUpperCase() + sector.slice(1) + joint + place;
}

function zhPlace(code: string, place: string): string {
  return code === "" ? "" : `${place} · `;
}

const SPACE = "\u202f";

/** Three significant digits, thousands spaced. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US").replaceAll(",", SPACE);
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/** A share in per cent, without claiming more than is known. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return "–";
  if (share <= 0) return `0${SPACE}%`;
  if (share >= 1) return `100${SPACE}%`;
  if (share < 0.005) return `<1${SPACE}%`;
  if (share > 0.995) return `>99${SPACE}%`;
  return share < 0.1 ? `${(share * 100).toFixed(1)}${SPACE}%` : `${(share * 100).toFixed(0)}${SPACE}%`;
}

export function week(value: number | null, horizon: number): string {
  return value === null ? `${horizon}+` : value.toFixed(1);
}

export function whole(value: number | null, horizon: number): string {
  return value === null ? `${horizon}+` : String(Math.round(value));
}

/** "24 May 2025", "2025年5月24日". */
export function day(iso: string | null | undefined): string {
  const found = /^(\d{4})-(\d{2})(?:-(\d{2}))?/.exec(iso ?? "");
  if (!found) return iso ?? "";
  const [, year, month, date] = found;
  const chinese = state().lang === "zh";
  if (chinese) return `${year}年${Number(month)}月${date ? `${Number(date)}日` : ""}`;
  const label = MONTHS[Number(month) - 1];
  return date ? `${Number(date)} ${label} ${year}` : `${label} ${year}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A day without its year: "30 May", "5月30日". */
export function short(iso: string): string {
  return state().lang === "zh" ? day(iso).replace(/^.*年/, "") : day(iso).replace(/ \d{4}$/, "");
}

/** Days below an axis: the first with its year, later ones where the year changes. */
export function tickDays(dates: readonly string[]): string[] {
  return dates.map((date, index) => (index === 0 || dates[index - 1]?.slice(0, 4) !== date.slice(0, 4) ? day(date) : short(date)));
}

/** The day that lies `weeks` after `start`, as ISO text. */
export function after(start: string, weeks: number): string {
  const then = new Date(`${start.slice(0, 10)}T00:00:00Z`);
  then.setUTCDate(then.getUTCDate() + Math.round(weeks * 7));
  return then.toISOString().slice(0, 10);
}

/** A unit as it stands beside a figure. */
export function unit(name: string | undefined): string {
  if (!name || name === "1") return "";
  return has(`unit.${name}`) ? t(`unit.${name}` as Key) : name;
}
