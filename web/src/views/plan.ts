// What buys time: measures by what a week of output costs, the cheapest portfolio, and how well it does where it was not chosen.

import type { EChartsCoreOption } from "echarts/core";

import { Chart, colours, type Point } from "../charts/chart";
import { fill, h, type Child } from "../dom";
import { amount, asRange, leverName, measureName, money, planOf, sizeText, type Frontier, type Lever, type Measure, type PlanAnswer, type PlanRow, type Portfolio, type Sector } from "../plan";
import type { Painted } from "../runner";
import { change, state } from "../store";
import { table, type Column } from "../table";
import { calculated } from "../tip";
import type { Answer } from "../types";
import type { Shell, View } from "../view";
import { figure, nameOf, percent, t, who, type Key } from "../words";

const WHOSE = ["outside", "EUR", "USA", "JPN", "KOR", "IND", "DEU", "FRA"];
const LEVERS = ["stock", "second", "supply", "spared"];
const LEAST_WEEKS = 0.01;

function band(row: Measure, most: number): Child {
  const at = (value: number | null): number => (100 * Math.max(0, value ?? 0)) / most;
  const range = h("i", { class: "range" });
  range.style.left = `${at(row.weeks.p10)}%`;
  range.style.width = `${Math.max(0.6, at(row.weeks.p90) - at(row.weeks.p10))}%`;
  const mid = h("i", { class: "mid" });
  mid.style.left = `${at(row.weeks.p50)}%`;
  return h("span", { class: "milestone" }, h("span", { class: "plot lane t10", "aria-hidden": "true" }, h("i", { class: "safe" }), range, mid), h("span", { class: "below" }, asRange(row.weeks)));
}

function byHand(row: Measure): string {
  const { hand } = row;
  const cost = money(row.cost_musd);
  if (row.lever === "second") return t("plan.handSecond", { n: figure(hand.size), cost });
  if (hand.price === null) return t("plan.handAll", { tonnes: figure(hand.tonnes), cost });
  const factors = { price: figure(hand.price), carry: hand.carry.toFixed(3), cost };
  if (row.lever !== "stock") return t("plan.handFlow", { tonnes: figure(hand.tonnes), ...factors });
  return t("plan.handStock", { flow: figure(hand.flow), size: figure(hand.size), tonnes: figure(hand.tonnes), most: figure(hand.most), ...factors });
}

function measureTable(found: PlanAnswer, answer: Answer): HTMLElement {
  const most = Math.max(0.1, ...found.measures.map((row) => row.weeks.p90 ?? 0));
  const until = found.clock.weeks;
  const tip = (row: Measure): Child => calculated(answer, h("span", { class: "block" }, measureName(row)), h("span", { class: "block" }, byHand(row)));
  const week = (value: number | null): string => (value === null ? `${until}+` : value.toFixed(1));
  const ranks = new Map(found.measures.map((row, index) => [row.key, index + 1]));
  return table<Measure>({
    caption: t("gridHelp"),
    rows: found.measures,
    most: 20,
    columns: [
      { title: "", cell: (row) => String(ranks.get(row.key)), by: (row) => ranks.get(row.key) ?? 0, number: true },
      { title: t("plan.measure"), cell: measureName, by: measureName, tip, head: true, wide: true },
      { title: t("plan.weeks"), cell: (row) => band(row, most), by: (row) => row.weeks.p50, tip, wide: true },
      { title: t("plan.cost"), cell: (row) => money(row.cost_musd), by: (row) => row.cost_musd, tip, number: true },
      { title: t("plan.per100"), cell: (row) => amount(row.weeks_per_100_musd), by: (row) => row.weeks_per_100_musd, tip, number: true },
      { title: t("plan.first"), cell: (row) => `${week(row.first_stop.without)} → ${week(row.first_stop.with)}`, by: (row) => row.first_stop.with ?? 9999, tip, number: true },
      { title: t("plan.saved"), cell: (row) => money(row.saved.p50), by: (row) => row.saved.p50, tip, number: true },
    ],
  });
}

/** Weeks bought against what they cost, both on scales of tens. */
class Bought {
  readonly chart: Chart;
  private rows: Measure[] = [];
  private ranks = new Map<string, number>();

  constructor(private readonly source: () => Answer | null) {
    this.chart = new Chart({ title: [t("plan.bought"), h("small", { class: "block" }, t("plan.weeksAxis"))], height: 300, points: () => this.points(), item: (data) => this.says((data as { row?: Measure } | null)?.row) });
  }

  private says(row: Measure | undefined): Child {
    const answer = this.source();
    if (!row || !answer) return null;
    return calculated(answer, h("b", { class: "block" }, `${this.ranks.get(row.key)}  ${measureName(row)}`), h("span", { class: "block" }, `${asRange(row.weeks)} ${t("weeks")}, ${money(row.cost_musd)}`), h("span", { class: "block" }, byHand(row)));
  }

  private points(): Point[] {
    return this.rows.map((row) => {
      const [x, y] = this.chart.engine.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [row.cost_musd, Math.max(LEAST_WEEKS, row.weeks.p50 ?? 0)]) as unknown as number[];
      return { x: x ?? 0, y: y ?? 0, says: this.says(row) };
    });
  }

  private option(): EChartsCoreOption {
    const look = colours();
    const label = { color: look.soft, fontSize: 11 };
    const axis = { type: "log", axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false }, splitLine: { lineStyle: { color: look.line } }, nameTextStyle: label, nameLocation: "middle" };
    const colour = (row: Measure): string => look.series[Math.max(0, LEVERS.indexOf(row.lever))] ?? look.one;
    const y = (value: number | null): number => Math.max(LEAST_WEEKS, value ?? 0);
    return {
      grid: { left: 8, right: 18, top: 12, bottom: 26, containLabel: true },
      xAxis: { ...axis, name: t("plan.cost"), nameGap: 26, axisLabel: { ...label, hideOverlap: true, formatter: (value: number) => money(value) } },
      yAxis: { ...axis, min: LEAST_WEEKS, axisLabel: { ...label, formatter: (value: number) => (value <= LEAST_WEEKS ? `≤${value}` : String(value)) } },
      series: [
        ...this.rows.map((row) => ({ type: "line", silent: true, showSymbol: false, lineStyle: { color: colour(row), width: 1.5, opacity: 0.55 }, data: [[row.cost_musd, y(row.weeks.p10)], [row.cost_musd, y(row.weeks.p90)]] })),
        { type: "scatter", symbolSize: 18, z: 4, label: { show: true, color: look.card, fontSize: 10, fontWeight: 700, formatter: ({ data }: { data: { row: Measure } }) => String(this.ranks.get(data.row.key)) }, data: this.rows.map((row) => ({ value: [row.cost_musd, y(row.weeks.p50)], itemStyle: { color: colour(row) }, row })) },
      ],
    };
  }

  set(rows: readonly Measure[]): void {
    this.ranks = new Map(rows.map((row, index) => [row.key, index + 1]));
    this.rows = rows.filter((row) => row.cost_musd > 0);
    const best = rows[0];
    this.chart.set(() => this.option(), best ? `${t("plan.bought")}: ${measureName(best)}, ${asRange(best.weeks)} ${t("weeks")}, ${money(best.cost_musd)}.` : t("plan.bought"));
  }
}

interface Spot { x: number; y: number; name: string; out?: boolean }

/** The cheapest spending for each damage that is left in the worst tenth, and what is left in other futures. */
class Curve {
  readonly chart: Chart;
  private spots: Spot[] = [];

  constructor(private readonly source: () => Answer | null) {
    this.chart = new Chart({ title: [t("plan.curve"), h("small", { class: "block" }, t("plan.left"))], height: 300, points: () => this.points(), item: (data) => this.says((data as { spot?: Spot } | null)?.spot) });
  }

  private says(spot: Spot | undefined): Child {
    const answer = this.source();
    return spot && answer ? calculated(answer, h("b", { class: "block" }, spot.name), `${money(spot.x)} → ${money(spot.y)}`) : null;
  }

  private points(): Point[] {
    return this.spots.map((spot) => {
      const [x, y] = this.chart.engine.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [spot.x, spot.y]) as unknown as number[];
      return { x: x ?? 0, y: y ?? 0, says: this.says(spot) };
    });
  }

  private option(): EChartsCoreOption {
    const look = colours();
    const label = { color: look.soft, fontSize: 11 };
    const axis = { type: "value", min: 0, axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false }, splitLine: { lineStyle: { color: look.line } }, axisLabel: { ...label, hideOverlap: true, formatter: (value: number) => money(value) }, nameTextStyle: label, nameLocation: "middle" };
    const inside = this.spots.filter((spot) => !spot.out);
    const item = (spot: Spot): object => ({ value: [spot.x, spot.y], spot, itemStyle: spot.out ? { color: look.card, borderColor: look.one, borderWidth: 2 } : { color: look.ten } });
    const chosen = inside.find((spot) => this.spots.some((other) => other.out && Math.abs(other.x - spot.x) < 0.05 * spot.x));
    const gap = this.spots.find((spot) => spot.out);
    return {
      grid: { left: 8, right: 26, top: 16, bottom: 26, containLabel: true },
      xAxis: { ...axis, name: t("plan.spending"), nameGap: 26 },
      yAxis: axis,
      series: [
        { type: "line", silent: true, showSymbol: false, lineStyle: { color: look.ten, width: 2 }, data: inside.map((spot) => [spot.x, spot.y]) },
        { type: "line", silent: true, showSymbol: false, lineStyle: { color: look.one, width: 1.5, type: "dashed" }, data: chosen && gap ? [[chosen.x, chosen.y], [gap.x, gap.y]] : [] },
        { type: "scatter", symbolSize: 12, z: 4, data: this.spots.map(item) },
      ],
    };
  }

  set(found: Portfolio): void {
    const inside = found.frontier.map((one): Spot => ({ x: one.spending_musd, y: one.worst_musd, name: t("plan.avoids", { share: percent(1 - one.share_left) }) }));
    const out = found.chosen?.outside;
    this.spots = [{ x: 0, y: found.nothing.worst_musd, name: t("plan.nothing") }, ...inside, ...(out ? [{ x: out.spending_musd, y: out.worst_musd, name: t("plan.outside", { n: found.futures.outside }), out: true }] : [])];
    this.chart.set(() => this.option(), `${t("plan.curve")}: ${this.spots.map((spot) => `${spot.name} ${money(spot.x)}, ${money(spot.y)}`).join("; ")}.`);
  }
}

function budgetTable(found: Portfolio, answer: Answer): HTMLElement {
  const levers = new Map<string, Lever>();
  for (const one of [...found.frontier].reverse()) for (const lever of one.levers) levers.set(lever.key, lever);
  const at = (one: Frontier, key: string): Lever | undefined => one.levers.find((lever) => lever.key === key);
  const tip = (lever: Lever): Child => calculated(answer, leverName(lever));
  const column = (one: Frontier): Column<Lever> => ({
    title: `${t("plan.avoids", { share: percent(1 - one.share_left) })}: ${money(one.spending_musd)}`,
    cell: (lever) => {
      const taken = at(one, lever.key);
      if (!taken) return "–";
      const bar = h("i", { class: "fillbar", "aria-hidden": "true" });
      bar.style.width = `${Math.max(1, (100 * taken.spending_musd) / Math.max(1, one.spending_musd))}%`;
      return [sizeText(taken), h("small", null, money(taken.spending_musd)), bar];
    },
    by: (lever) => at(one, lever.key)?.spending_musd ?? 0,
    tip,
    number: true,
  });
  return table<Lever>({ caption: t("gridHelp"), rows: [...levers.values()], most: 30, columns: [{ title: t("plan.lever"), cell: leverName, by: leverName, head: true }, ...found.frontier.map(column)] });
}

function gapOf(found: Portfolio): Child[] {
  const { chosen, futures } = found;
  if (!chosen) return [h("p", null, t("plan.noPortfolio"))];
  const { inside, outside, gap } = chosen;
  return [
    h("p", null, t("plan.chosen", { share: percent(1 - chosen.share_left), inside: futures.inside, years: found.years, cost: money(chosen.spending_musd), bound: money(chosen.bound_musd) })),
    h("p", null, h("b", null, t("plan.gapHead")), ` ${t("plan.gap", { outside: futures.outside, left: money(inside.worst_musd), other: money(outside.worst_musd), times: figure(outside.worst_musd / Math.max(1e-9, inside.worst_musd)) })}`),
    h("p", null, t("plan.gapBound", { reached: money(gap.reached_musd), bound: money(gap.bound_musd), noise: money(gap.noise_musd), gap: money(gap.gap_musd) })),
  ];
}

function planTable(found: Portfolio, answer: Answer): HTMLElement {
  const tip = (row: PlanRow): Child => calculated(answer, h("span", { lang: "en" }, row.title), row.without_effect_here.length > 0 ? h("small", { class: "block", lang: "en" }, `${t("plan.noEffect")}: ${row.without_effect_here.join(", ")}`) : null);
  return table<PlanRow>({
    caption: t("gridHelp"),
    rows: found.plans,
    columns: [
      { title: t("plan.plan"), cell: (row) => (row.key === "nothing" ? t("plan.nothing") : h("span", { lang: "en" }, row.title)), by: (row) => row.title, tip, head: true },
      { title: t("plan.spending"), cell: (row) => money(row.spending_musd), by: (row) => row.spending_musd, tip, number: true },
      { title: t("plan.regret"), cell: (row) => money(row.regret_mean_musd), by: (row) => row.regret_mean_musd, tip, number: true },
      ...found.replies.map(
        (reply): Column<PlanRow> => ({
          title: t(`reply.${reply.key}` as Key),
          cell: (row) => (row.fails_under.includes(reply.key) ? h("span", { class: "fails" }, `${percent(row.avoided[reply.key])} ${t("plan.fails")}`) : percent(row.avoided[reply.key])),
          by: (row) => row.avoided[reply.key] ?? 0,
          tip,
          number: true,
        }),
      ),
    ],
  });
}

function cutoffTable(found: PlanAnswer, answer: Answer): HTMLElement {
  const tip = (row: Sector): Child => calculated(answer, who(row));
  return table<Sector>({
    caption: t("gridHelp"),
    rows: found.cutoff.rows,
    most: 20,
    columns: [
      { title: t("who"), cell: who, by: who, head: true },
      { title: t("plan.weeksLost"), cell: (row) => asRange(row.weeks_lost), by: (row) => row.weeks_lost.p50, tip, number: true },
      { title: t("plan.atStake"), cell: (row) => money(row.worth_musd_per_year.p50), by: (row) => row.worth_musd_per_year.p50, tip, number: true },
      { title: t("lost"), cell: (row) => money(row.output_lost_musd.p50), by: (row) => row.output_lost_musd.p50, tip, number: true },
    ],
  });
}

function headOf(found: PlanAnswer): [string, string] {
  const place = nameOf("place", found.place.key, found.place.name);
  const best = found.measures[0];
  if (!best) return [t("plan.headNone", { place }), ""];
  const lost = found.cutoff.spans["run"]?.output_lost_musd;
  return [t("plan.head", { place, measure: measureName(best), weeks: figure(best.weeks.p50), cost: money(best.cost_musd) }), lost ? t("plan.second", { lost: money(lost.p50), weeks: found.clock.weeks }) : ""];
}

export function openPlan(shell: Shell): View {
  let last: Painted | null = null;
  const source = (): Answer | null => last?.answer ?? null;
  const [bought, curve] = [new Bought(source), new Curve(source)];
  const places = h("select", { id: "plan-place" }, ...WHOSE.map((code) => h("option", { value: code, selected: code === (state().pick["plan.for_place"] || "outside") }, nameOf("place", code, t(`buyer.${code}` as Key)))));
  const measures = h("div");
  const portfolio = h("div", { class: "stack" });
  const behind = h("div", { class: "stack" });
  const tables = h("details", { class: "more" }, h("summary", null, t("plan.cutoff")), behind);
  const levers = h("p", { class: "key" }, ...LEVERS.map((lever, index) => h("span", { class: "named-line" }, h("span", { class: `dot s${index + 1}` }), t(`lever.${lever}` as Key))));
  const second = h("div", { class: "card" }, curve.chart.element, h("p", { class: "key" }, h("span", { class: "named-line" }, h("span", { class: "dot s2" }), t("plan.inKey")), h("span", { class: "named-line" }, h("span", { class: "dot hollow" }), t("plan.outKey"))));
  places.addEventListener("change", () => change({ pick: { ...state().pick, "plan.for_place": places.value === "outside" ? "" : places.value } }));
  tables.addEventListener("toggle", () => rest());

  function rest(): void {
    if (!tables.open || !last) return fill(behind);
    const found = planOf(last.answer);
    fill(behind, cutoffTable(found, last.answer), ...found.without.map((one) => h("p", { class: "soft small", lang: "en" }, `${one.lever}: ${one.why}`)));
  }

  function paint(done: Painted): void {
    last = done;
    const { answer } = done;
    const found = planOf(answer);
    shell.headline(...headOf(found), true);
    bought.set(found.measures);
    fill(measures, measureTable(found, answer));
    second.hidden = !found.portfolio;
    if (found.portfolio) {
      curve.set(found.portfolio);
      fill(portfolio, h("h2", null, t("plan.budget")), budgetTable(found.portfolio, answer), h("div", { class: "card stack" }, ...gapOf(found.portfolio)), h("h2", null, t("plan.replies")), h("p", { class: "soft small" }, t("plan.repliesHelp")), planTable(found.portfolio, answer));
    } else fill(portfolio);
    rest();
  }

  const element = h(
    "section",
    { "aria-label": t("view.plan") },
    h("div", { class: "choices" }, h("label", { class: "inline", for: "plan-place" }, t("plan.whose"), " ", places)),
    h("div", { class: "fans two" }, h("div", { class: "card" }, bought.chart.element, levers), second),
    h("h2", null, t("plan.measures")),
    h("p", { class: "soft small" }, t("plan.measuresHelp")),
    measures,
    portfolio,
    tables,
  );
  return {
    element,
    path: "run/plan",
    only: "fan",
    more: () => (state().pick["plan.for_place"] ? { options: { for_place: state().pick["plan.for_place"] } } : {}),
    paint,
    moved: (now, before) => {
      if (now.pick["plan.for_place"] !== before.pick["plan.for_place"]) shell.ask();
    },
    repaint: () => [bought, curve].forEach((one) => one.chart.repaint()),
    close: () => [bought, curve].forEach((one) => one.chart.dispose()),
  };
}
