// What happens when: events of the scenario that one switches off, and the record beside them.

import { listed, once } from "../api";
import { away, fill, h } from "../dom";
import { headline } from "../stops";
import type { Painted } from "../runner";
import { change, state } from "../store";
import { table } from "../table";
import type { PlainScenario, ScenarioEvent } from "../types";
import type { Shell, View } from "../view";
import { actionName, after, day, t } from "../words";
import { Stops, countdownOf } from "./countdown";

const FEW = 8;

interface BookEvent { id?: string; date: string; what?: string; title?: string; event?: string; source?: string; url?: string; [other: string]: unknown }

function acting(event: ScenarioEvent): boolean {
  return event.action !== "note" && event.acts !== false;
}

async function eventsOf(): Promise<{ events: ScenarioEvent[]; start: string; weeks: number }> {
  const { file, scenario } = state();
  if (file) {
    const events = file.events.map((event, index) => ({ ...(event as unknown as ScenarioEvent), id: `file-${index}` }));
    return { events, start: file.start, weeks: file.weeks };
  }
  const [events, plain] = await Promise.all([listed<ScenarioEvent>(`scenarios/${scenario}/events`, "events"), once<{ scenario: PlainScenario }>(`scenarios/${scenario}`)]);
  return { events, start: plain.scenario.start, weeks: state().weeks ?? plain.scenario.weeks };
}

/** A strip of dots by date; a picture only, the list beside it says the same. */
function strip(events: readonly ScenarioEvent[], start: string, weeks: number): HTMLElement {
  const [from, until] = [Date.parse(start), Date.parse(after(start, weeks))];
  const dates = events.map((event) => Date.parse(event.date));
  const [low, high] = [Math.min(from, ...dates), Math.max(until, ...dates)];
  const at = (time: number): number => (100 * (time - low)) / Math.max(1, high - low);
  const used = new Map<number, number>();
  const dots = events.map((event, index) => {
    const left = at(dates[index] ?? from);
    const row = used.get(Math.round(left / 3)) ?? 0;
    used.set(Math.round(left / 3), row + 1);
    const dot = h("i", { class: state().off.includes(event.id) ? "off" : acting(event) ? "acts" : "note" });
    dot.style.left = `${left}%`;
    dot.style.bottom = `${8 + 11 * row}px`;
    return dot;
  });
  const run = h("i", { class: "run" });
  run.style.left = `${at(from)}%`;
  run.style.width = `${at(until) - at(from)}%`;
  const ends = [start, after(start, weeks)].map((date) => h("small", null, day(date)));
  return h("div", { class: "strip", role: "img", "aria-label": t("timeline.strip") }, run, ...dots, h("span", { class: "ends" }, ...ends));
}

export function openTimeline(shell: Shell): View {
  const stops = new Stops();
  const list = h("div");
  const record = h("div");
  const search = h("input", { type: "search", id: "event-words" });
  const past = h("details", { class: "more" }, h("summary", null, t("timeline.history")), h("p", { class: "soft" }, t("timeline.historyHelp")), h("label", { class: "field", for: "event-words" }, t("timeline.search"), search), record);
  let last: Painted | null = null;
  let known: BookEvent[] = [];

  function toggle(id: string, on: boolean): void {
    const off = new Set(state().off);
    if (on) off.delete(id);
    else off.add(id);
    change({ off: [...off] });
  }

  function item(event: ScenarioEvent): HTMLElement {
    const off = state().off.includes(event.id);
    const box = h("input", { type: "checkbox", id: `event-${event.id}`, checked: !off, disabled: !acting(event) || state().file !== undefined });
    box.addEventListener("change", () => toggle(event.id, box.checked));
    const label = h("label", { for: `event-${event.id}` }, h("time", { datetime: event.date }, day(event.date)), " ", h("span", { class: "tag" }, actionName(event.action ?? "note")));
    return h("li", { class: off ? "off" : acting(event) ? "" : "quiet" }, box, h("div", null, label, h("p", { lang: "en" }, event.what), h("small", { lang: "en" }, away(event.url, event.source))));
  }

  async function draw(): Promise<void> {
    try {
      const { events, start, weeks } = await eventsOf();
      const ids = events.filter(acting).map((event) => event.id);
      const all = (off: readonly string[], key: "timeline.allOn" | "timeline.allOff"): HTMLElement => h("button", { type: "button", disabled: state().file !== undefined, on: { click: () => change({ off }) } }, t(key));
      const focus = document.activeElement?.id;
      fill(list, strip(events, start, weeks), h("p", { class: "buttons" }, all([], "timeline.allOn"), all(ids, "timeline.allOff")), h("ul", { class: "events" }, ...events.map(item)));
      if (focus?.startsWith("event-")) document.getElementById(focus)?.focus();
    } catch (error) {
      shell.failed(error);
    }
  }

  function drawRecord(): void {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (event: BookEvent): string => String(event.what ?? event.title ?? event.event ?? "");
    const rows = known.filter((event) => words.every((word) => JSON.stringify(event).toLowerCase().includes(word)));
    fill(
      record,
      table<BookEvent>({
        caption: t("gridHelp"),
        rows,
        most: 40,
        columns: [
          { title: t("date"), cell: (event) => day(event.date), by: (event) => event.date, head: true },
          { title: t("timeline.event"), cell: text, by: text, wide: true, lang: "en" },
          { title: t("source"), cell: (event) => away(event.url, event.source ?? ""), lang: "en" },
        ],
      }),
    );
  }

  past.addEventListener("toggle", () => {
    if (!past.open || known.length > 0) return;
    listed<BookEvent>("events", "events").then((events) => {
      known = events;
      drawRecord();
    }, shell.failed);
  });
  search.addEventListener("input", drawRecord);
  void draw();
  const element = h("section", { "aria-label": t("view.timeline") }, h("p", { class: "soft" }, t("timeline.help")), h("div", { class: "columns" }, h("div", { class: "card" }, h("h2", null, t("timeline.title")), list), h("div", null, h("div", { class: "card" }, stops.fan.element), h("div", { class: "card" }, h("h2", null, t("bars")), stops.bars.element))), past);
  function paint(done: Painted): void {
    last = done;
    stops.set(done, FEW);
    shell.headline(...headline(countdownOf(done.answer), done.stage === "median"), done.stage === "fan");
  }
  return {
    element,
    path: "run/countdown",
    paint,
    moved: (now, before) => {
      if (now.off !== before.off || now.scenario !== before.scenario || now.file !== before.file || now.weeks !== before.weeks) void draw();
      if (last) paint(last);
    },
    repaint: () => stops.fan.chart.repaint(),
    close: () => stops.fan.dispose(),
  };
}
