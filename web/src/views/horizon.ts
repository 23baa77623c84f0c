// How long the leverage lasts: what would survive the loss of the supplier, year by year, and which projects may change it.

import { Fan, type FanLine } from "../charts/fan";
import { fill, h, say, type Child } from "../dom";
import { milestones, type Project } from "../milestones";
import type { Painted } from "../runner";
import { change, state } from "../store";
import { table } from "../table";
import { calculated } from "../tip";
import type { Answer, Band } from "../types";
import type { Shell, View } from "../view";
import { elementName, figure, listOf, nameOf, percent, t, type Key } from "../words";

interface Reached extends Band { ever: number }
interface Share { p10: number[]; p50: number[]; p90: number[] }
interface Row { element: string; link: string; buyer: string; need_t: Band; survives: { now: Band; path: Share }; half_life_years: Band; first_year_at_or_below: Record<string, Reached>; weeks_to_half?: { now: Band }; rent_musd?: { now: Band } }
interface Play { path: Share; first_year_at_or_below: Record<string, Reached>; half_life_years: Band }
interface Element { element: string; last_link: string; plays: Record<string, Play>; chokepoint: { in_ten_years: Record<string, number> } }
interface Tested { by_year: { year: number; n: number; p10: number; mean: number; p90: number; happened: number; as_announced: number; dated: number }[]; brier: { cases: string; chance: number; n_chance: number; as_announced: number }[]; constant: { chance: number; brier: number } }
interface Horizon { clock: { years: number[] }; rows: Row[]; elements: Element[]; projects: Project[]; back_test: Tested }

type Dash = FanLine["dash"];

const FIRST = "Dy";
/** Colour and stroke of each link of the chain, and of each way to play the card. */
const LINKS: Readonly<Record<string, readonly [number, Dash]>> = { mine: [3, "dashed"], separation: [1, "dashed"], metal: [4, "dotted"], magnet: [0, undefined] };
const PLAYS: Readonly<Record<string, readonly [number, Dash]>> = { unused: [0, undefined], once: [3, "dashed"], limit: [1, "dotted"] };

export function horizonOf(answer: Answer): Horizon {
  return answer.answer as unknown as Horizon;
}

const linkName = (link: string): string => t(`link.${link}` as Key);

/** "34 % (29–39)". */
function shareText(band: Band): string {
  return band.p10 === band.p90 ? percent(band.p50) : `${percent(band.p50)} (${percent(band.p10)}–${percent(band.p90)})`;
}

/** A first year with its range; what lies beyond the years followed is "after 2045". */
function yearText(band: Band, last: number): string {
  const one = (year: number | null): string => (year === null ? t("horizon.after", { year: last }) : String(Math.round(year)));
  if (band.p10 === null) return one(null);
  return band.p10 === band.p90 ? one(band.p50) : `${one(band.p50)} (${one(band.p10)}–${band.p90 === null ? t("horizon.later") : one(band.p90)})`;
}

function keyOf(looks: Readonly<Record<string, readonly [number, Dash]>>, names: readonly string[], word: string): HTMLElement {
  return h("p", { class: "key" }, ...names.map((name) => h("span", { class: "named-line" }, h("span", { class: `stroke s${(looks[name]?.[0] ?? 0) + 1} ${looks[name]?.[1] ?? "solid"}` }), t(`${word}.${name}` as Key))));
}

function headline(found: Horizon, element: Element): [string, string] {
  const years = found.clock.years;
  const [first, last] = [years[0] ?? 0, years.at(-1) ?? 0];
  const oxide = found.rows.find((row) => row.element === element.element && row.link === "separation" && row.buyer === "outside");
  const ever = (play: string): string => percent(element.plays[play]?.first_year_at_or_below["50"]?.ever ?? 0);
  const head = t("horizon.head", { year: first, share: percent(oxide?.survives.now.p50), element: elementName(element.element) });
  return [head, t("horizon.second", { link: linkName(element.last_link), last, calm: ever("unused"), limit: ever("limit") })];
}

function tableOf(answer: Answer, buyer: string): HTMLElement {
  const found = horizonOf(answer);
  const years = found.clock.years;
  const last = years.at(-1) ?? 0;
  const later = Math.min(10, years.length - 1);
  const tip = (row: Row): Child => calculated(answer, `${elementName(row.element)}, ${linkName(row.link)}`);
  const at = (row: Row, index: number): Band => ({ p10: row.survives.path.p10[index] ?? null, p50: row.survives.path.p50[index] ?? null, p90: row.survives.path.p90[index] ?? null });
  return table<Row>({
    caption: t("gridHelp"),
    rows: found.rows.filter((row) => row.buyer === buyer),
    columns: [
      { title: t("horizon.element"), cell: (row) => elementName(row.element), by: (row) => row.element, head: true },
      { title: t("horizon.link"), cell: (row) => linkName(row.link), by: (row) => row.link },
      { title: t("need"), cell: (row) => figure(row.need_t.p50), by: (row) => row.need_t.p50, tip, number: true },
      { title: t("horizon.survives", { year: years[0] ?? 0 }), cell: (row) => shareText(row.survives.now), by: (row) => row.survives.now.p50, tip, number: true },
      { title: t("horizon.survives", { year: years[later] ?? 0 }), cell: (row) => shareText(at(row, later)), by: (row) => at(row, later).p50, tip, number: true },
      { title: t("horizon.half"), cell: (row) => yearText(row.first_year_at_or_below["50"] ?? { p10: null, p50: null, p90: null }, last), by: (row) => row.first_year_at_or_below["50"]?.p50 ?? null, tip, number: true },
      { title: t("horizon.weeks"), cell: (row) => figure(row.weeks_to_half?.now.p50), by: (row) => row.weeks_to_half?.now.p50 ?? null, tip, number: true },
    ],
  });
}

function testedOf(found: Horizon, answer: Answer): HTMLElement {
  const { by_year: years, brier, constant } = found.back_test;
  const all = brier[0];
  const tip = (): Child => calculated(answer);
  return h(
    "div",
    { class: "stack" },
    h("p", { class: "small" }, t("horizon.testedHelp")),
    all ? h("p", { class: "small" }, t("horizon.brier", { n: all.n_chance, ours: figure(all.chance), constant: figure(constant.brier), chance: percent(constant.chance), told: figure(all.as_announced) })) : null,
    table<Tested["by_year"][number]>({
      caption: t("gridHelp"),
      rows: years,
      columns: [
        { title: t("horizon.by"), cell: (row) => String(row.year), by: (row) => row.year, head: true },
        { title: t("horizon.foretold"), cell: (row) => `${figure(row.mean)} (${row.p10}–${row.p90})`, by: (row) => row.mean, tip, number: true },
        { title: t("horizon.happened"), cell: (row) => h("b", null, String(row.happened)), by: (row) => row.happened, tip, number: true },
        { title: t("horizon.announced"), cell: (row) => t("horizon.ofDated", { n: row.as_announced, dated: row.dated }), by: (row) => row.as_announced, tip, number: true },
        { title: t("horizon.of"), cell: (row) => String(row.n), by: (row) => row.n, number: true },
      ],
    }),
  );
}

export function openHorizon(shell: Shell): View {
  let last: Painted | null = null;
  const source = (): Child => (last ? calculated(last.answer) : null);
  const titles = [h("span"), h("span")] as const;
  const fans = titles.map((title) => new Fan(title, 260, source));
  const keys = fans.map(() => h("div"));
  const chips = h("div", { class: "chips", role: "group", "aria-label": t("horizon.element") });
  const buyers = h("select", { id: "horizon-buyer" });
  const choke = h("p", { class: "soft small" });
  const behind = h("div");
  const tables = h("details", { class: "more" }, h("summary", null, t("asTable")), behind);
  const tested = h("div");
  const built = milestones();
  const picked = (key: string, value: string): void => change({ pick: { ...state().pick, [key]: value } });
  buyers.addEventListener("change", () => picked("buyer", buyers.value));
  tables.addEventListener("toggle", () => rest());

  function choices(found: Horizon, element: string): string {
    const known = [...new Set(found.rows.filter((row) => row.element === element).map((row) => row.buyer))];
    const buyer = known.includes(state().pick["buyer"] ?? "") ? (state().pick["buyer"] ?? "outside") : "outside";
    const key = JSON.stringify([element, known, buyer]);
    if (chips.dataset["key"] === key) return buyer;
    chips.dataset["key"] = key;
    const held = document.activeElement?.closest(".chips") === chips;
    fill(chips, ...found.elements.map((one) => h("button", { type: "button", class: "chip", "aria-pressed": String(one.element === element), title: elementName(one.element), on: { click: () => picked("element", one.element) } }, one.element)));
    if (held) chips.querySelector<HTMLElement>("[aria-pressed='true']")?.focus();
    fill(buyers, ...known.map((code) => h("option", { value: code, selected: code === buyer }, nameOf("place", code, t(`buyer.${code}` as Key)))));
    return buyer;
  }

  function rest(): void {
    if (tables.open && last) fill(behind, tableOf(last.answer, buyers.value || "outside"));
    else fill(behind);
  }

  function survives(found: Horizon, element: Element, buyer: string): void {
    const years = found.clock.years;
    const rows = Object.keys(LINKS).flatMap((link) => found.rows.filter((row) => row.element === element.element && row.buyer === buyer && row.link === link));
    const lines = rows.map((row): FanLine => ({ name: linkName(row.link), colour: LINKS[row.link]?.[0] ?? 0, dash: LINKS[row.link]?.[1], bare: row.link !== element.last_link, weeks: years, ...row.survives.path }));
    const name = t("horizon.survival", { element: elementName(element.element) });
    say(titles[0], name);
    fill(keys[0] as HTMLElement, keyOf(LINKS, rows.map((row) => row.link), "link"));
    const now = rows.map((row) => `${linkName(row.link)} ${shareText(row.survives.now)}`);
    fans[0]?.set({ lines, start: "", share: true, unit: "", stale: false, top: 1, years: true, from: years[0] ?? 0, until: years.at(-1) ?? 1 }, `${name}. ${years[0]}: ${listOf(now)}.`);
  }

  function leverage(found: Horizon, element: Element): void {
    const years = found.clock.years;
    const lines = Object.keys(PLAYS).flatMap((play): FanLine[] => {
      const path = element.plays[play]?.path;
      return path ? [{ name: t(`play.${play}` as Key), colour: PLAYS[play]?.[0] ?? 0, dash: PLAYS[play]?.[1], bare: play === "once", weeks: years, ...path }] : [];
    });
    const name = t("horizon.leverage", { element: elementName(element.element) });
    say(titles[1], name);
    fill(keys[1] as HTMLElement, keyOf(PLAYS, Object.keys(PLAYS), "play"));
    const end = lines.map((line) => `${line.name} ${percent(line.p50.at(-1))}`);
    fans[1]?.set({ lines, start: "", share: true, unit: "", stale: false, top: 1, years: true, from: years[0] ?? 0, until: years.at(-1) ?? 1 }, `${name}. ${years.at(-1)}: ${listOf(end)}.`);
  }

  function paint(done: Painted): void {
    last = done;
    const found = horizonOf(done.answer);
    const element = found.elements.find((one) => one.element === state().pick["element"]) ?? found.elements.find((one) => one.element === FIRST) ?? found.elements[0];
    if (!element) return shell.headline(t("head.none"), "", true);
    const buyer = choices(found, element.element);
    survives(found, element, buyer);
    leverage(found, element);
    const scarce = Object.entries(element.chokepoint.in_ten_years).sort((a, b) => b[1] - a[1])[0];
    say(choke, scarce ? t("horizon.choke", { link: linkName(scarce[0]), share: percent(scarce[1]) }) : "");
    shell.headline(...headline(found, element), true);
    built.set(found.projects, found.clock.years);
    fill(tested, testedOf(found, done.answer));
    rest();
  }

  const element = h(
    "section",
    { "aria-label": t("view.horizon") },
    h("div", { class: "choices" }, chips, h("label", { class: "inline", for: "horizon-buyer" }, t("horizon.buyer"), " ", buyers)),
    h("div", { class: "fans two" }, ...fans.map((fan, index) => h("div", { class: "card" }, fan.element, keys[index]))),
    choke,
    h("h2", null, t("horizon.projects")),
    h("p", { class: "soft small" }, t("horizon.projectsHelp")),
    built.element,
    h("h2", null, t("horizon.tested")),
    tested,
    tables,
  );
  return {
    element,
    path: "run/horizon",
    only: "fan",
    paint,
    moved: () => last && paint(last),
    repaint: () => fans.forEach((fan) => fan.chart.repaint()),
    close: () => fans.forEach((fan) => fan.dispose()),
  };
}
