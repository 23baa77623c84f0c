// The story and its sliders, made from what the server says may be moved.

import { listed, once } from "./api";
import { fill, h, say } from "./dom";
import { sharing } from "./share";
import { changes, type State } from "./state";
import { change, state } from "./store";
import { sourceOf, tell } from "./tip";
import type { Answer, ScenarioEntry, ScenarioEvent, SliderEntry } from "./types";
import { figure, has, nameOf, t, titled, titleOf as plain, unit, type Key } from "./words";

const FEW = 8;
const RUN = ["weeks", "draws", "seed"] as const;
type RunKey = (typeof RUN)[number];

const isRun = (key: string): key is RunKey => (RUN as readonly string[]).includes(key);

interface Slider { entry: SliderEntry; element: HTMLElement; show: (state: State) => void }

function titleOf(entry: SliderEntry): string {
  const key = `slider.${entry.key}`;
  if (isRun(entry.key) && has(key)) return t(key as Key);
  return plain(entry.title, entry.quantity ?? entry.group);
}

function put(key: string, value: number | undefined, moved?: number): void {
  if (isRun(key)) return change({ [key]: value }, moved);
  const set: Record<string, number> = { ...state().set };
  if (value === undefined) delete set[key];
  else set[key] = value;
  change({ set }, moved);
}

function valueOf(entry: SliderEntry, now: State): number | undefined {
  return isRun(entry.key) ? now[entry.key] : now.set[entry.key];
}

function slider(entry: SliderEntry): Slider {
  const id = `slider-${entry.key}`;
  const kind = entry.key === "seed" ? "number" : "range";
  const input = h("input", { type: kind, id, min: entry.minimum, max: kind === "range" ? entry.maximum : 4294967295, step: entry.step, value: entry.default });
  const output = h("output", { for: id });
  const back = h("button", { type: "button", class: "quiet tiny", hidden: true, on: { click: () => put(entry.key, undefined) } }, t("reset"));
  const label = h("label", { for: id, lang: isRun(entry.key) || titled(entry.quantity ?? entry.group) ? undefined : "en" }, titleOf(entry));
  input.addEventListener(kind === "range" ? "input" : "change", (event) => put(entry.key, Number(input.value), event.timeStamp));
  const element = h("div", { class: `slider ${kind}` }, label, h("span", { class: "now" }, output, back), input);
  const { source } = entry;
  if (source) tell(element, () => sourceOf({ ...source, value: entry.default, low: entry.minimum, high: entry.maximum, unit: entry.unit }));
  const show = (now: State): void => {
    const mine = valueOf(entry, now);
    const value = mine ?? entry.default;
    if (Number(input.value) !== value) input.value = String(value);
    const text = `${figure(value)} ${unit(entry.unit)}`.trim();
    say(output, text);
    input.setAttribute("aria-valuetext", text);
    back.hidden = mine === undefined;
    back.title = t("resetOne", { value: figure(entry.default) });
    element.classList.toggle("changed", mine !== undefined);
  };
  return { entry, element, show };
}

async function scenarioChoice(): Promise<HTMLElement> {
  const entries = await once<ScenarioEntry[]>("scenarios");
  const name = (entry: ScenarioEntry): string => nameOf("scenario", entry.name, entry.title);
  const chosen = state().file;
  const options = entries.map((entry) => h("option", { value: entry.name, selected: !chosen && entry.name === state().scenario }, name(entry)));
  if (chosen) options.unshift(h("option", { value: "", selected: true }, chosen.title));
  const select = h("select", { id: "scenario" }, ...options);
  select.addEventListener("change", () => {
    if (select.value !== "") change({ scenario: select.value, file: undefined, off: [], weeks: undefined, pick: { ...state().pick, week: "" } });
  });
  const about = entries.find((entry) => entry.name === state().scenario)?.description ?? "";
  const text = chosen?.description ?? about;
  return h("div", { class: "story" }, h("label", { for: "scenario" }, t("scenario")), select, h("p", { class: "soft about", lang: "en" }, text));
}

/** The panel; it fills itself again when the scenario changes. */
export class Panel {
  readonly element: HTMLElement;
  private readonly story = h("div");
  private readonly sliders = h("div", { class: "sliders" });
  private readonly undo = h("button", { type: "button", class: "quiet", hidden: true });
  private readonly events = h("a", { href: "?view=timeline", class: "quiet" });
  private made: Slider[] = [];
  private all = false;
  private filled = 0;

  constructor(
    private readonly failed: (error: unknown) => void,
    answered: () => Answer | null,
  ) {
    const wide = window.matchMedia("(min-width: 56rem)").matches;
    this.undo.addEventListener("click", () => change({ set: {}, off: [], weeks: undefined, draws: undefined, seed: undefined }));
    this.events.addEventListener("click", (event) => {
      event.preventDefault();
      change({ view: "timeline" });
    });
    const body = h("div", { class: "panelbody" }, this.story, h("p", { class: "eventline" }, this.events), this.sliders, this.undo, sharing(failed, answered));
    this.element = h("details", { class: "panel", open: wide }, h("summary", null, t("panel.open")), body);
    void this.fill();
  }

  async fill(): Promise<void> {
    this.filled += 1;
    const mine = this.filled;
    try {
      const name = state().file ? "squeeze-2025" : state().scenario;
      const [story, found] = await Promise.all([scenarioChoice(), listed<SliderEntry>(`sliders?scenario=${encodeURIComponent(name)}`, "sliders")]);
      if (mine !== this.filled) return;
      fill(this.story, story);
      this.made = found.map(slider);
      this.draw();
      void this.count(name);
    } catch (error) {
      this.failed(error);
    }
  }

  private async count(name: string): Promise<void> {
    const events = await listed<ScenarioEvent>(`scenarios/${encodeURIComponent(name)}/events`, "events");
    const off = state().off.length;
    say(this.events, `${t("chooseEvents")} (${off > 0 ? t("eventsOff", { n: off }) : `${events.length}, ${t("eventsOn")}`})`);
  }

  private draw(): void {
    const run = this.made.filter((one) => isRun(one.entry.key));
    const rest = this.made.filter((one) => !isRun(one.entry.key));
    const shown = this.all ? rest : rest.filter((one, index) => index < FEW || valueOf(one.entry, state()) !== undefined);
    const grow = (): void => {
      this.all = !this.all;
      this.draw();
      this.sliders.querySelector<HTMLElement>(".grow")?.focus();
    };
    fill(
      this.sliders,
      h("h2", null, t("assumptionsMost")),
      ...shown.map((one) => one.element),
      rest.length > FEW && h("button", { type: "button", class: "quiet grow", "aria-expanded": String(this.all), on: { click: grow } }, this.all ? t("fewer") : t("more", { n: rest.length - shown.length })),
      run.length > 0 && h("h2", null, t("runSettings")),
      ...run.map((one) => one.element),
    );
    this.show(state());
  }

  show(now: State): void {
    for (const one of this.made) one.show(now);
    const n = changes(now);
    this.undo.hidden = n === 0;
    say(this.undo, t("resetAll", { n }));
  }

  moved(now: State, before: State): void {
    if (now.scenario !== before.scenario || now.file !== before.file) void this.fill();
    else this.show(now);
    if (now.off !== before.off) void this.count(now.file ? "squeeze-2025" : now.scenario);
  }
}
