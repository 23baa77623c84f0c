// The fan: a line for the median, a shade from P10 to P90, weeks and dates below.

import type { EChartsCoreOption } from "echarts/core";

import { h, type Child } from "../dom";
import { after, day, figure, percent, t, tickDays } from "../words";
import { Chart, colours, type Point } from "./chart";

export interface FanLine {
  name: string;
  /** A colour variable of the page: 0 to 5. */
  colour: number;
  weeks: readonly number[];
  p10: readonly (number | null)[];
  p50: readonly (number | null)[];
  p90: readonly (number | null)[];
  /** A line among others that is told apart without its colour. */
  dash?: "dashed" | "dotted" | undefined;
  /** Without its shade. */
  bare?: boolean | undefined;
}

export interface FanData {
  lines: readonly FanLine[];
  start: string;
  /** Shares are shown in per cent. */
  share: boolean;
  unit: string;
  /** The shade belongs to the question before. */
  stale: boolean;
  from?: number;
  until?: number;
  /** Upper end of the axis, where several charts share it. */
  top?: number;
  /** `weeks` are calendar years. */
  years?: boolean;
}

type Series = Record<string, unknown>;

function pairs(weeks: readonly number[], values: readonly (number | null)[]): (readonly [number, number | null])[] {
  return weeks.map((week, index) => [week, values[index] ?? null] as const);
}

function shade(line: FanLine, colour: string, stale: boolean): Series {
  const low = line.p10.map((value) => value ?? 0);
  const points = line.weeks.map((week, index) => [week, low[index] ?? 0, line.p90[index] ?? line.p50[index] ?? low[index] ?? 0]);
  return {
    type: "custom",
    silent: true,
    clip: true,
    z: 1,
    data: [0],
    encode: { x: [], y: [] },
    renderItem: (_params: unknown, api: { coord: (at: number[]) => number[] }) => ({
      type: "polygon",
      shape: { points: [...points.map(([x, y]) => api.coord([x ?? 0, y ?? 0])), ...points.toReversed().map(([x, , y]) => api.coord([x ?? 0, y ?? 0]))] },
      style: { fill: colour, opacity: stale ? 0.08 : 0.22 },
    }),
  };
}

function stroke(line: FanLine, colour: string): Series {
  return { type: "line", silent: true, showSymbol: false, z: 3, data: pairs(line.weeks, line.p50), lineStyle: { color: colour, width: 2, type: line.dash ?? "solid" }, itemStyle: { color: colour } };
}

export function nice(top: number): number {
  const size = 10 ** Math.floor(Math.log10(top));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((n) => n * size).find((n) => n >= top - 1e-12) ?? top;
}

/** Steps of an axis that ends at a round number. */
function stepOf(top: number): number {
  const size = 10 ** Math.floor(Math.log10(top) + 1e-9);
  const lead = Math.round((10 * top) / size) / 10;
  return size * ({ 1: 0.25, 1.5: 0.5, 2: 0.5, 2.5: 0.5, 3: 1, 4: 1, 5: 1, 6: 2, 8: 2, 10: 2.5 }[lead] ?? lead / 4);
}

function topOf(data: FanData): number {
  const highest = Math.max(1e-9, ...data.lines.flatMap((line) => [...line.p90, ...line.p50].map((value) => value ?? 0)));
  return data.share ? Math.min(1, Math.max(0.01, nice(highest))) : nice(highest);
}

/** The option of a fan; `narrow` leaves out what has no room. */
export function fanOption(data: FanData, width: number): EChartsCoreOption {
  const look = colours();
  const top = data.top ?? topOf(data);
  const last = data.until ?? Math.max(1, ...data.lines.map((line) => line.weeks.at(-1) ?? 1));
  const value = (y: number): string => (data.share ? `${Number((y * 100).toPrecision(3))}\u202f%` : figure(y));
  const label = { color: look.soft, fontSize: 11 };
  const from = data.from ?? 0;
  const step = (data.years ? [1, 2, 5, 10] : [1, 2, 4, 8, 13, 26, 52, 104]).find((n) => (last - from) / n <= Math.max(2, width / 84)) ?? 104;
  const marks = Array.from({ length: Math.floor((last - from) / step) + 1 }, (_, index) => from + index * step);
  const days = data.years ? [] : tickDays(marks.map((mark) => after(data.start, mark)));
  const date = (weeks: number): string => (data.years ? String(weeks) : `${Math.round(weeks)}\n${days[marks.indexOf(weeks)] ?? ""}`);
  return {
    grid: { left: 8, right: 16, top: 12, bottom: 4, containLabel: true },
    xAxis: { type: "value", min: from, max: last, interval: step, axisLabel: { ...label, formatter: date, lineHeight: 14, hideOverlap: true, showMaxLabel: false }, axisLine: { lineStyle: { color: look.line } }, axisTick: { lineStyle: { color: look.line } }, splitLine: { show: false } },
    yAxis: { type: "value", min: 0, max: top, interval: stepOf(top), axisLabel: { ...label, formatter: value }, splitLine: { lineStyle: { color: look.line } } },
    series: data.lines.flatMap((line) => {
      const colour = look.series[line.colour % look.series.length] ?? look.one;
      return line.bare ? [stroke(line, colour)] : [shade(line, colour, data.stale), stroke(line, colour)];
    }),
  };
}

export class Fan {
  readonly chart: Chart;
  private data: FanData | null = null;

  constructor(
    title: Child,
    height: number,
    private readonly source: () => Child,
  ) {
    this.chart = new Chart({ title, height, points: () => this.points(), at: (x, y) => this.at(x, y) });
  }

  get element(): HTMLElement {
    return this.chart.element;
  }

  set(data: FanData, label: string): void {
    this.data = data;
    this.chart.set(() => fanOption(data, this.chart.engine.getWidth()), label);
  }

  private says(week: number): Child {
    const data = this.data;
    if (!data) return null;
    const text = (value: number | null | undefined): string => (data.share ? percent(value ?? 0) : `${figure(value)} ${data.unit}`);
    const lines = data.lines.map((line) => {
      const at = nearest(line.weeks, week);
      const [low, mid, high] = [line.p10[at], line.p50[at], line.p90[at]];
      return h("p", null, data.lines.length > 1 ? `${line.name}: ` : "", h("b", null, text(mid)), low === high || data.stale ? "" : ` (${text(low)} – ${text(high)})`);
    });
    const when = data.years ? String(Math.round(week)) : `${t("weekN", { n: Math.round(week) })} · ${day(after(data.start, week))}`;
    return h("div", null, h("p", null, when), ...lines, this.source());
  }

  private at(x: number, y: number): Child {
    if (!this.data || !this.chart.engine.containPixel("grid", [x, y])) return null;
    const found = this.chart.engine.convertFromPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [x, y]) as unknown as number[];
    return this.says(Math.max(0, Math.round(found[0] ?? 0)));
  }

  private points(): Point[] {
    const line = this.data?.lines[0];
    return (line?.weeks ?? []).map((week, index) => {
      const at = this.chart.engine.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [week, line?.p50[index] ?? 0]) as unknown as number[];
      return { x: at[0] ?? 0, y: at[1] ?? 0, says: this.says(week) };
    });
  }

  dispose(): void {
    this.chart.dispose();
  }
}

function nearest(weeks: readonly number[], week: number): number {
  let best = 0;
  weeks.forEach((one, index) => {
    if (Math.abs(one - week) < Math.abs((weeks[best] ?? 0) - week)) best = index;
  });
  return best;
}
