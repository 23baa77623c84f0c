// One tooltip for the whole page: on hover and on focus, reachable by the pointer, gone with Escape.

import { away, fill, h, type Child } from "./dom";
import type { Answer, SourceRow } from "./types";
import { day, figure, t, unit } from "./words";

type Teller = () => Child;

const tellers = new WeakMap<Element, Teller>();
const box = h("div", { id: "tip", role: "tooltip", hidden: true, class: "tip" });
let shown: Element | null = null;
let leaving: number | undefined;

/** Let `element` tell `content` on hover and focus. */
export function tell<E extends Element>(element: E, content: Teller): E {
  tellers.set(element, content);
  element.setAttribute("data-tip", "");
  return element;
}

function teller(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest("[data-tip]") : null;
}

function place(at: DOMRect): void {
  const gap = 6;
  box.style.left = "0px";
  box.style.top = "0px";
  const size = box.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left), Math.max(8, document.documentElement.clientWidth - size.width - 8));
  const below = at.bottom + gap;
  const top = below + size.height < window.innerHeight ? below : Math.max(8, at.top - size.height - gap);
  box.style.left = `${Math.round(left)}px`;
  box.style.top = `${Math.round(top)}px`;
}

function open(element: Element, at?: DOMRect): void {
  const content = tellers.get(element)?.();
  if (!content) return;
  window.clearTimeout(leaving);
  if (shown !== element) hide();
  fill(box, content);
  box.hidden = false;
  shown = element;
  element.setAttribute("aria-describedby", "tip");
  place(at ?? element.getBoundingClientRect());
}

/** Show free content at a point, for charts. */
export function openAt(element: Element, content: Child, x: number, y: number): void {
  window.clearTimeout(leaving);
  if (shown !== element) hide();
  fill(box, content);
  box.hidden = false;
  shown = element;
  place(new DOMRect(x + 12, y, 1, 12));
}

export function hide(): void {
  window.clearTimeout(leaving);
  if (shown?.getAttribute("aria-describedby") === "tip") shown.removeAttribute("aria-describedby");
  shown = null;
  box.hidden = true;
}

export function hideSoon(): void {
  window.clearTimeout(leaving);
  leaving = window.setTimeout(hide, 180);
}

export function install(): void {
  document.body.append(box);
  document.addEventListener("pointerover", (event) => {
    if (event.target instanceof Node && box.contains(event.target)) return window.clearTimeout(leaving);
    const element = teller(event.target);
    if (element) open(element);
    else if (shown && !shown.classList.contains("canvas")) hideSoon();
  });
  document.addEventListener("focusin", (event) => {
    const element = teller(event.target);
    if (element) open(element);
    else if (!(event.target instanceof Node && box.contains(event.target))) hide();
  });
  document.addEventListener("focusout", () => hideSoon());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !box.hidden) hide();
  });
  window.addEventListener("scroll", () => shown?.classList.contains("canvas") && hide(), { passive: true });
}

function kindName(row: SourceRow): string {
  if (row.kind === "assumption") return t("assumption");
  return row.kind === "derived" ? t("derived") : t("sourced");
}

/** The source of a row of the book. */
export function sourceOf(row: SourceRow): HTMLElement {
  const span = row.low !== null && row.low !== undefined && row.high !== null && row.high !== undefined && row.low !== row.high;
  const grade = row.grade && row.grade !== "-" ? ` · ${t("grade", { grade: row.grade })}` : "";
  return h(
    "div",
    { class: "source" },
    h("p", { class: "figure" }, h("b", null, `${figure(row.value)} ${unit(row.unit)}`), span && ` ${t("range", { low: figure(row.low), high: figure(row.high) })}`),
    h("p", null, `${kindName(row)}${grade}${row.date ? ` · ${day(row.date)}` : ""}`),
    row.source ? h("p", { lang: "en" }, away(row.url, row.source)) : null,
    row.note || row["reason"] ? h("p", { class: "soft", lang: "en" }, row.note ?? String(row["reason"])) : null,
    h("p", { class: "soft" }, h("code", null, row.id)),
  );
}

/** What a calculated figure rests on. */
export function calculated(answer: Answer, ...more: Child[]): HTMLElement {
  const priors = ((answer.answer["priors"] ?? answer.answer["by_construction"] ?? []) as SourceRow[])
    .filter((row) => typeof row.influence === "number")
    .sort((a, b) => Math.abs(b.influence ?? 0) - Math.abs(a.influence ?? 0))
    .slice(0, 3);
  const parts = {
    version: answer.dearth,
    scenario: answer.scenario.name,
    draws: answer.draws,
    seed: answer.seed,
    book: `${answer.book.version} ${answer.book.sha256.slice(0, 8)}`,
  };
  return h(
    "div",
    { class: "source" },
    more.length > 0 ? h("p", { class: "figure" }, ...more) : null,
    h("p", null, h("b", null, t("calculated")), ` ${t("calculatedBy", parts)}`),
    priors.length > 0 ? h("p", null, `${t("restsOn")}:`) : null,
    priors.length > 0
      ? h("ul", { lang: "en" }, ...priors.map((row) => h("li", null, h("code", null, row.id), ` ${figure(row.value)} ${unit(row.unit)} (${figure(row.low)}–${figure(row.high)}), `, away(row.url, row.source ?? ""))))
      : null,
  );
}
