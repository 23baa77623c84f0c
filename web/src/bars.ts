// Bars of who stops when. The slots are made once; a new answer only moves what is there.

import { h, say } from "./dom";
import { axisEnd, bindingText, keyOf, stopText } from "./stops";
import { calculated, tell } from "./tip";
import type { Answer, CountdownAnswer, Crossing, SectorRow } from "./types";
import { after, day, t, tickDays, who } from "./words";

const LEVELS = ["1", "10"] as const;

interface Lane { range: HTMLElement; mid: HTMLElement; safe: HTMLElement; says: HTMLElement }
interface Slot { element: HTMLElement; name: HTMLElement; note: HTMLElement; lanes: Lane[]; row: SectorRow | null }

function lane(level: string): [HTMLElement, Lane] {
  const parts = { safe: h("i", { class: "safe" }), range: h("i", { class: "range" }), mid: h("i", { class: "mid" }), says: h("span", { class: "says" }) };
  const label = h("b", null, `${level}\u202f%`);
  return [h("span", { class: `lane t${level}` }, h("span", { class: "plot", "aria-hidden": "true" }, parts.safe, parts.range, parts.mid), h("span", { class: "told" }, label, " ", parts.says)), parts];
}

function draw(parts: Lane, found: Crossing | undefined, axis: number, horizon: number): void {
  const at = (value: number | null): number => (value === null ? 100 : Math.min(100, (100 * value) / axis));
  const [low, high] = [at(found?.p10 ?? null), at(found?.p90 ?? null)];
  const empty = !found || found.ever <= 0 || low >= 100;
  const open = !empty && (found.p90 === null || found.p90 > axis);
  parts.safe.style.width = `${empty ? 100 : low}%`;
  parts.range.hidden = empty;
  parts.range.style.left = `${low}%`;
  parts.range.style.width = `${Math.max(0, high - low)}%`;
  parts.range.classList.toggle("open", open);
  const mid = found?.p50 ?? null;
  parts.mid.hidden = mid === null || mid > axis;
  parts.mid.style.left = `${at(mid)}%`;
  say(parts.says, stopText(found, horizon));
}

export interface BarsOptions { choose: (row: SectorRow) => void; label: string }

export class Bars {
  readonly element: HTMLElement;
  private readonly list: HTMLElement;
  private readonly ticks: HTMLElement;
  private readonly slots: Slot[] = [];
  private answer: Answer | null = null;
  private chosen = "";

  constructor(private readonly options: BarsOptions) {
    this.list = h("ul", { role: "listbox", "aria-label": options.label, class: "slots" });
    this.ticks = h("div", { class: "ticks", "aria-hidden": "true" });
    this.element = h("div", { class: "bars" }, this.ticks, this.list);
    this.list.addEventListener("keydown", (event) => this.key(event));
  }

  private slot(): Slot {
    const made = LEVELS.map(lane);
    const name = h("strong");
    const note = h("small");
    const element = h("li", { role: "option", tabindex: -1, class: "row" }, h("span", { class: "who" }, name, note), h("span", { class: "lanes" }, ...made.map(([one]) => one)));
    const slot: Slot = { element, name, note, lanes: made.map(([, parts]) => parts), row: null };
    element.addEventListener("click", () => slot.row && this.options.choose(slot.row));
    tell(element, () => (slot.row && this.answer ? this.tip(slot.row, this.answer) : null));
    this.slots.push(slot);
    this.list.append(element);
    return slot;
  }

  private tip(row: SectorRow, answer: Answer): HTMLElement {
    const horizon = (answer.answer as unknown as CountdownAnswer).clock.weeks;
    const lines = LEVELS.flatMap((level) => {
      const found = row.stopped[level];
      const date = found?.date_p50 ? `, ${day(found.date_p50)}` : "";
      const plain = found && found.plain !== null ? ` · ${t("plain")} ${found.plain.toFixed(1)}${found.added === null ? "" : `, ${t("added")} ${found.added > 0 ? "+" : ""}${found.added.toFixed(1)}`}` : "";
      return [h("span", { class: "block" }, `${level} %: `, h("b", null, stopText(found, horizon)), date, plain)];
    });
    return calculated(answer, ...lines, row.binding ? h("span", { class: "block" }, `${t("binding")} ${bindingText(row)}`) : null);
  }

  set(answer: Answer, rows: readonly SectorRow[], chosen: string): void {
    this.answer = answer;
    const { clock } = answer.answer as unknown as CountdownAnswer;
    const axis = axisEnd(rows, clock.weeks);
    this.chosen = chosen;
    rows.forEach((row, index) => this.one(this.slots[index] ?? this.slot(), row, axis, clock.weeks));
    this.slots.forEach((slot, index) => {
      slot.element.hidden = index >= rows.length;
      if (slot.element.hidden) slot.row = null;
    });
    if (!this.list.querySelector("[tabindex='0']:not([hidden])")) this.slots[0]?.element.setAttribute("tabindex", "0");
    this.axis(axis, clock.start);
  }

  private one(slot: Slot, row: SectorRow, axis: number, horizon: number): void {
    slot.row = row;
    say(slot.name, who(row));
    say(slot.note, row.binding ? `${t("binding")} ${bindingText(row, true)}` : "");
    slot.lanes.forEach((parts, index) => draw(parts, row.stopped[LEVELS[index] ?? "1"], axis, horizon));
    slot.element.setAttribute("aria-selected", String(keyOf(row) === this.chosen));
  }

  private axis(end: number, start: string): void {
    const step = [1, 2, 4, 8, 13, 26, 52, 104].find((n) => end / n <= 4) ?? 104;
    const marks = Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
    const key = `${end} ${start} ${step} ${document.documentElement.lang}`;
    if (this.ticks.dataset["key"] === key) return;
    this.ticks.dataset["key"] = key;
    const dates = tickDays(marks.map((mark) => after(start, mark)));
    const ticks = marks.map((mark, index) => {
      const tick = h("span", { class: "tick" }, h("b", null, mark === 0 ? `${t("week")} 0` : String(mark)), h("small", null, dates[index]));
      tick.style.left = `${(100 * mark) / end}%`;
      if (mark === 0) tick.classList.add("first");
      if (mark === end) tick.classList.add("last");
      return tick;
    });
    this.ticks.replaceChildren(h("span", { class: "scale" }, ...ticks));
  }

  private key(event: KeyboardEvent): void {
    const visible = this.slots.filter((slot) => !slot.element.hidden);
    const at = visible.findIndex((slot) => slot.element === event.target);
    if (at < 0) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const { row } = visible[at] ?? {};
      if (row) this.options.choose(row);
      return;
    }
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: visible.length - 1 }[event.key];
    const next = to === undefined ? undefined : visible[Math.min(visible.length - 1, Math.max(0, to))];
    if (!next) return;
    event.preventDefault();
    for (const slot of this.slots) slot.element.setAttribute("tabindex", slot === next ? "0" : "-1");
    next.element.focus();
  }
}
