// What prices do, tier by tier: who pays which price differs, and so does what it means.

import { Fan, nice } from "../charts/fan";
import { fill, h, say, type Child } from "../dom";
import type { Painted } from "../runner";
import { change, state } from "../store";
import { table } from "../table";
import { calculated } from "../tip";
import type { Answer, PriceAnswer, PriceGood, PriceRow } from "../types";
import type { Shell, View } from "../view";
import { figure, nameOf, percent, t, whole } from "../words";

const TIERS: readonly (readonly [string, boolean])[] = [["china", false], ["fob", false], ["quote", true], ["volume-weighted", true]];

export function priceOf(answer: Answer): PriceAnswer {
  return answer.answer as unknown as PriceAnswer;
}

function goodName(good: PriceGood): string {
  if (state().lang !== "zh") return good.name;
  const element = nameOf("element", good.good, good.name);
  return good.good.startsWith("magnet") ? element : `氧化${element}`;
}

/** The good to show: what was picked, else dysprosium where it moves, else what moves most. */
function chosen(answer: PriceAnswer): PriceGood | undefined {
  const find = (name: string): PriceGood | undefined => answer.goods.find((good) => good.good === name);
  const moved = [...answer.goods].sort((a, b) => b.moved - a.moved)[0];
  const dysprosium = find("Dy");
  return find(state().pick["good"] ?? "") ?? (dysprosium && dysprosium.moved > 0 ? dysprosium : moved);
}

function timesText(row: PriceRow): string {
  const { p10, p50, p90 } = row.peak.times_start;
  return p10 === p90 ? figure(p50) : `${figure(p50)} (${figure(p10)}–${figure(p90)})`;
}

function headlineOf(good: PriceGood, row: PriceRow | undefined, horizon: number): string {
  const end = state().lang === "zh" ? "。" : ".";
  const name = goodName(good);
  const subject = state().lang === "zh" ? name : name.charAt(0).toUpperCase() + name.slice(1);
  const times = row?.peak.times_start;
  if (!row || !times || (times.p50 ?? 0) < 1.02) return t("price.headFlat", { good: subject }) + end;
  const range = times.p10 === times.p90 ? "" : t("head.range", { low: figure(times.p10), high: figure(times.p90) });
  return t("price.head", { good: subject, times: figure(times.p50), range, week: whole(row.peak.week.p50, horizon) }) + end;
}

function tableOf(answer: Answer): HTMLElement {
  const rows = priceOf(answer).rows;
  const tip = (row: PriceRow): Child => calculated(answer, `${row.good_name}, ${nameOf("place", row.place, row.place_name)}, ${nameOf("tier", row.tier)}`);
  const band = (pick: (row: PriceRow) => { p10: number | null; p50: number | null; p90: number | null }): ((row: PriceRow) => string) => {
    return (row) => {
      const { p10, p50, p90 } = pick(row);
      return p10 === p90 ? figure(p50) : `${figure(p50)} (${figure(p10)}–${figure(p90)})`;
    };
  };
  return table<PriceRow>({
    caption: t("gridHelp"),
    rows,
    most: 30,
    columns: [
      { title: t("price.good"), cell: (row) => (state().lang === "zh" ? nameOf("element", row.good, row.good_name) : row.good_name), by: (row) => row.good_name, head: true },
      { title: t("price.place"), cell: (row) => nameOf("place", row.place, row.place_name), by: (row) => row.place },
      { title: t("price.tier"), cell: (row) => nameOf("tier", row.tier), by: (row) => row.tier },
      { title: `${t("price.start")}, ${t("price.usd")}`, cell: band((row) => row.start), by: (row) => row.start.p50, tip, number: true },
      { title: `${t("price.peak")}, ${t("price.usd")}`, cell: band((row) => row.peak.value), by: (row) => row.peak.value.p50, tip, number: true },
      { title: t("price.times"), cell: timesText, by: (row) => row.peak.times_start.p50, tip, number: true },
      { title: t("week"), cell: (row) => figure(row.peak.week.p50), by: (row) => row.peak.week.p50, tip, number: true },
      { title: `${t("price.end")}, ${t("price.usd")}`, cell: band((row) => row.end), by: (row) => row.end.p50, tip, number: true },
      { title: t("price.share"), cell: (row) => percent(row.share_of_tonnes.run.p50), by: (row) => row.share_of_tonnes.run.p50, tip, number: true },
    ],
  });
}

interface Panel { fan: Fan; title: HTMLElement; card: HTMLElement; before: PriceRow | null; share: HTMLElement }

export function openPrice(shell: Shell): View {
  let last: Painted | null = null;
  const source = (): Child => (last ? calculated(last.answer) : null);
  const panels: Panel[] = TIERS.map(() => {
    const title = h("span");
    const share = h("small", { class: "block" });
    const fan = new Fan([title, share], 190, source);
    return { fan, title, share, card: h("div", { class: "card" }, fan.element), before: null };
  });
  const goods = h("div", { class: "chips", role: "group", "aria-label": t("price.good") });
  const places = h("select", { id: "price-place" });
  const reading = h("p", { class: "soft", lang: "en" });
  const behind = h("div");
  const tables = h("details", { class: "more" }, h("summary", null, t("asTable")), behind);
  const picked = (key: string, value: string): void => change({ pick: { ...state().pick, [key]: value } });
  places.addEventListener("change", () => picked("place", places.value));
  tables.addEventListener("toggle", () => fill(behind, tables.open && last ? tableOf(last.answer) : null));

  function choices(answer: PriceAnswer, good: PriceGood): string {
    const outside = [...new Map(answer.rows.filter((row) => row.good === good.good && row.tier === "quote").map((row) => [row.place, row.place_name]))];
    const place = outside.some(([code]) => code === state().pick["place"]) ? (state().pick["place"] ?? "outside") : (outside.find(([code]) => code === "outside")?.[0] ?? outside[0]?.[0] ?? "outside");
    const key = JSON.stringify([answer.goods.map((one) => one.good), good.good, outside, place]);
    if (goods.dataset["key"] === key) return place;
    goods.dataset["key"] = key;
    const held = document.activeElement?.closest(".chips") === goods;
    fill(goods, ...answer.goods.map((one) => h("button", { type: "button", class: "chip", "aria-pressed": String(one.good === good.good), title: goodName(one), on: { click: () => picked("good", one.good) } }, one.good.startsWith("magnet") ? goodName(one) : one.good === "Other" ? nameOf("element", "Other", "other") : one.good)));
    if (held) goods.querySelector<HTMLElement>("[aria-pressed='true']")?.focus();
    fill(places, ...outside.map(([code, name]) => h("option", { value: code, selected: code === place }, nameOf("place", code, name))));
    return place;
  }

  function paint(done: Painted): void {
    last = done;
    const answer = priceOf(done.answer);
    const good = chosen(answer);
    if (!good) return shell.headline(t("head.none"), "", true);
    const place = choices(answer, good);
    const rows = TIERS.map(([tier, abroad]) => answer.rows.find((row) => row.good === good.good && row.tier === tier && row.place === (abroad ? place : "CHN")));
    const band = (index: number): PriceRow["path"] => (done.stage === "median" ? (panels[index]?.before?.path ?? rows[index]?.path) : rows[index]?.path);
    const top = nice(Math.max(1e-6, ...rows.flatMap((row, index) => [...(row?.path?.p50 ?? []), ...(band(index)?.p90 ?? [])])));
    rows.forEach((row, index) => draw(panels[index], row, done, top, answer));
    shell.headline(headlineOf(good, rows[2], answer.clock.weeks), t("price.ceiling"), done.stage === "fan");
    say(reading, good.sentence);
    if (done.stage === "fan" && tables.open) fill(behind, tableOf(done.answer));
  }

  function draw(panel: Panel | undefined, row: PriceRow | undefined, done: Painted, top: number, answer: PriceAnswer): void {
    if (!panel) return;
    panel.card.hidden = !row?.path;
    if (!row?.path) return;
    const same = panel.before && panel.before.good === row.good && panel.before.place === row.place ? panel.before.path : undefined;
    const shade = done.stage === "median" && same && same.p10.length === row.path.p10.length ? same : row.path;
    const abroad = row.place === "CHN" ? "" : ` · ${nameOf("place", row.place, row.place_name)}`;
    const name = `${nameOf("tier", row.tier)}${abroad}`;
    say(panel.title, name.charAt(0).toUpperCase() + name.slice(1));
    say(panel.share, `${t("price.share")}: ${percent(row.share_of_tonnes.run.p50)}`);
    const line = { name, colour: 1, weeks: row.path.weeks, p10: shade.p10, p50: row.path.p50, p90: shade.p90 };
    panel.fan.set({ lines: [line], start: answer.clock.start, share: false, unit: t("price.usd"), stale: done.stage === "median", top }, `${name}, ${row.good_name}: ${timesText(row)} × ${t("price.start")}.`);
    if (done.stage === "fan") panel.before = row;
  }

  const element = h(
    "section",
    { "aria-label": t("view.price") },
    h("div", { class: "choices" }, goods, h("label", { class: "inline", for: "price-place" }, t("price.place"), " ", places)),
    h("p", { class: "soft small" }, `${t("price.usd")}. ${t("price.help")}`),
    h("div", { class: "fans two" }, ...panels.map((panel) => panel.card)),
    reading,
    tables,
  );
  return {
    element,
    path: "run/price",
    paint,
    moved: () => last && paint(last),
    repaint: () => panels.forEach((panel) => panel.fan.chart.repaint()),
    close: () => panels.forEach((panel) => panel.fan.dispose()),
  };
}
