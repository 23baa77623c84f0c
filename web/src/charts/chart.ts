// A frame around ECharts: its size, its colours, its words for those who do not see it.

import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use, type ECharts, type EChartsCoreOption } from "echarts/core";

import { h, type Child } from "../dom";
import { hideSoon, openAt } from "../tip";
import { t } from "../words";
import { drawn, RENDERER } from "./renderer";

use([LineChart, CustomChart, ScatterChart, GridComponent, RENDERER]);

export interface Colours { ink: string; soft: string; line: string; card: string; land: string; one: string; ten: string; safe: string; accent: string; series: string[] }

/** The colours of the page as they are now, light or dark. */
export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: of("--ink"),
    soft: of("--soft"),
    line: of("--line"),
    card: of("--card"),
    land: of("--land"),
    one: of("--one"),
    ten: of("--ten"),
    safe: of("--safe"),
    accent: of("--accent"),
    series: ["--s1", "--s2", "--s3", "--s4", "--s5", "--s6"].map(of),
  };
}

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif';

/** A point one can read: what it says, and where it lies. */
export interface Point { x: number; y: number; says: Child }

export interface ChartOptions {
  title: Child;
  height: number | string;
  /** Points in reading order, in pixels of the chart. */
  points?: () => readonly Point[];
  /** What lies under the pointer. */
  at?: (x: number, y: number) => Child;
  /** What the thing under the pointer says, by its data. */
  item?: (data: unknown) => Child;
}

export class Chart {
  readonly element: HTMLElement;
  readonly canvas: HTMLElement;
  readonly engine: ECharts;
  private readonly watch: ResizeObserver;
  private readonly spoken: HTMLElement;
  private option: (() => EChartsCoreOption) | null = null;
  private reading = -1;

  constructor(private readonly options: ChartOptions) {
    this.spoken = h("p", { class: "unseen", "aria-live": "polite" });
    this.canvas = h("div", { class: "canvas", role: "img", tabindex: 0, "aria-label": t("loading") });
    this.canvas.style.height = typeof options.height === "number" ? `${options.height}px` : options.height;
    this.element = h("figure", { class: "chart" }, h("figcaption", null, options.title), this.canvas, this.spoken);
    this.engine = init(this.canvas, null, { renderer: drawn, width: 600, height: 300 });
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.canvas);
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("blur", hideSoon);
    if (options.at) this.canvas.addEventListener("pointermove", (event) => this.point(event));
    if (options.item) this.items(options.item);
    this.canvas.addEventListener("pointerleave", hideSoon);
  }

  private items(says: (data: unknown) => Child): void {
    this.engine.on("mousemove", (params) => {
      const { data, event } = params as unknown as { data: unknown; event?: { offsetX: number; offsetY: number } };
      const child = says(data);
      const box = this.canvas.getBoundingClientRect();
      if (child && event) openAt(this.canvas, child, box.left + event.offsetX, box.top + event.offsetY);
    });
    this.engine.on("mouseout", hideSoon);
  }

  private fit(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || (width === this.engine.getWidth() && height === this.engine.getHeight())) return;
    this.engine.resize({ width, height });
    if (this.option) this.engine.setOption(this.option(), { notMerge: true, lazyUpdate: false });
    this.framed();
  }

  /** A drawing knows its size, so that paper may be narrower than the screen. */
  private framed(): void {
    this.canvas.querySelector("svg")?.setAttribute("viewBox", `0 0 ${this.engine.getWidth()} ${this.engine.getHeight()}`);
  }

  /** Draw; `option` is called again when size or colours change. */
  set(option: () => EChartsCoreOption, label: string): void {
    this.option = option;
    this.canvas.setAttribute("aria-label", `${label} ${this.options.points ? t("chartHelp") : ""}`.trim());
    this.engine.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...option() }, { notMerge: true, lazyUpdate: false });
    this.framed();
  }

  repaint(): void {
    if (this.option) this.engine.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...this.option() }, { notMerge: true });
  }

  private key(event: KeyboardEvent): void {
    const points = this.options.points?.() ?? [];
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10, Home: -points.length, End: points.length }[event.key];
    if (step === undefined || points.length === 0) return;
    event.preventDefault();
    this.reading = Math.min(points.length - 1, Math.max(0, this.reading + step));
    const point = points[this.reading];
    if (!point) return;
    const box = this.canvas.getBoundingClientRect();
    const says = h("div", null, point.says);
    this.spoken.textContent = says.textContent;
    openAt(this.canvas, says, box.left + point.x, box.top + point.y);
  }

  private point(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect();
    const says = this.options.at?.(event.clientX - box.left, event.clientY - box.top);
    if (says) openAt(this.canvas, says, event.clientX, event.clientY);
    else hideSoon();
  }

  dispose(): void {
    this.watch.disconnect();
    this.engine.dispose();
  }
}
