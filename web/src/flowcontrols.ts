// The week slider and the choice of material that the Sankey and the map share.

import { fill, h, say } from "./dom";
import { materialsOf, type FlowAnswer } from "./flow";
import { change, state } from "./store";
import { after, day, nameOf, t } from "./words";

export class FlowControls {
  readonly element: HTMLElement;
  private readonly week = h("input", { type: "range", id: "flow-week", min: 0, step: 4, value: 0 });
  private readonly output = h("output", { for: "flow-week" });
  private readonly material = h("select", { id: "flow-material" });
  private known = "";

  constructor() {
    const pick = (key: string, value: string, at?: number): void => change({ pick: { ...state().pick, [key]: value } }, at);
    this.week.addEventListener("input", (event) => pick("week", this.week.value, event.timeStamp));
    this.material.addEventListener("change", () => pick("material", this.material.value));
    this.element = h(
      "div",
      { class: "choices" },
      h("label", { class: "inline", for: "flow-material" }, t("flows.family"), " ", this.material),
      h("div", { class: "scrub" }, h("label", { for: "flow-week" }, t("flows.week")), this.week, this.output),
    );
  }

  /** Show what can be chosen, and return what is: the week and the material. */
  show(flows: FlowAnswer): { week: number; material: string } {
    const last = flows.weeks.at(-1) ?? 0;
    const found = materialsOf(flows);
    const material = found.some(([code]) => code === state().pick["material"]) ? (state().pick["material"] ?? "") : "";
    const week = Math.min(last, Number(state().pick["week"] || Math.min(last, 24)));
    this.week.max = String(last);
    this.week.step = String((flows.weeks[1] ?? 4) - (flows.weeks[0] ?? 0));
    if (this.week.value !== String(week)) this.week.value = String(week);
    const date = `${t("weekN", { n: week })} · ${day(after(flows.clock.start, week))}`;
    say(this.output, date);
    this.week.setAttribute("aria-valuetext", date);
    const key = found.map(([code]) => code).join() + material;
    if (key !== this.known) {
      this.known = key;
      const options = found.map(([code, name]) => h("option", { value: code, selected: code === material }, nameOf("material", code, name)));
      fill(this.material, h("option", { value: "", selected: material === "" }, t("flows.all")), ...options);
    }
    return { week, material };
  }
}
