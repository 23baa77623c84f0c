// The view as one file: what is on the screen with its data baked in, charts as pictures, no script, nothing loaded.

import { h } from "./dom";
import { state } from "./store";
import { calculated } from "./tip";
import type { Answer } from "./types";
import { t } from "./words";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/** Where the styles go: the policy of this page lets no style be made as an element. */
const STYLES = "dearth-styles";
const OUT = "button, input, select, textarea, label, .choices, .buttons, .unseen, .share, .more > button, [hidden]";

function styles(): string {
  return [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText)).join("\n");
}

/** Charts become pictures under the words that describe them. */
function pictures(from: Element, into: Element): void {
  const drawn = [...from.querySelectorAll<HTMLElement>(".canvas")];
  [...into.querySelectorAll<HTMLElement>(".canvas")].forEach((copy, index) => {
    const original = drawn[index];
    const canvas = original?.querySelector("canvas");
    if (!original || !canvas) return copy.remove();
    const width = original.clientWidth;
    copy.replaceWith(h("img", { src: canvas.toDataURL("image/png"), alt: original.getAttribute("aria-label") ?? "", width, height: original.clientHeight, class: "picture" }));
  });
}

function tidied(copy: HTMLElement): void {
  copy.querySelectorAll("details").forEach((one) => one.setAttribute("open", ""));
  copy.querySelectorAll("th button.sort, td button, th button").forEach((one) => one.replaceWith(one.textContent ?? ""));
  copy.querySelectorAll<HTMLInputElement>("input.mine").forEach((one) => one.replaceWith(one.value));
  copy.querySelectorAll(OUT).forEach((one) => one.remove());
  for (const name of ["tabindex", "data-tip", "aria-describedby", "aria-busy", "aria-live", "role", "aria-selected"]) {
    copy.querySelectorAll(`[${name}]`).forEach((one) => one.removeAttribute(name));
  }
  copy.querySelectorAll(".scroll").forEach((one, index) => {
    one.setAttribute("tabindex", "0");
    one.setAttribute("role", "group");
    one.setAttribute("aria-label", `${t("asTable")} ${index + 1}`);
  });
}

/** The present view as the text of one HTML file. */
export function snapshot(answer: Answer | null, command: string): string {
  const main = document.querySelector("main");
  if (!main) return "";
  const copy = main.cloneNode(true) as HTMLElement;
  pictures(main, copy);
  tidied(copy);
  for (const name of ["id", "tabindex", "aria-busy"]) copy.removeAttribute(name);
  copy.append(h("footer", { class: "baked" }, answer ? calculated(answer) : null, h("p", null, h("code", null, command))));
  const page = document.implementation.createHTMLDocument(document.title);
  page.documentElement.lang = document.documentElement.lang;
  page.documentElement.dataset["theme"] = state().theme === "dark" ? "dark" : "light";
  page.head.append(h("meta", { charset: "utf-8" }), h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }), h("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }), h("meta", { name: STYLES }));
  page.body.className = "report";
  page.body.append(h("header", null, h("p", { class: "mark" }, h("b", null, "dearth"), " ", h("span", { class: "soft" }, t("tagline")))), copy);
  const text = page.documentElement.outerHTML.replace(`<meta name="${STYLES}">`, () => `<style>\n${styles()}\n</style>`);
  return `<!doctype html>\n${text}\n`;
}
