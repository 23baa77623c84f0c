// What every report does when scripts may run: it takes the dress of the page, and is as light as paper when it is printed.

import "./report.css";

import { h } from "../dom";
import { change, inside, listen, state } from "../store";
import * as tip from "../tip";
import { t } from "../words";
import { upgraded } from "./tables";

/** Elements of the report that stand only where no script runs. */
const PLAIN = "[data-plain]";

function dress(): void {
  const [plain, live] = ["plain", "live"].map((id) => document.querySelector<HTMLStyleElement>(`style#${id}`));
  live?.setAttribute("media", "all");
  plain?.setAttribute("media", "not all");
  document.body.classList.add("report");
}

function languages(): void {
  const head = document.querySelector("header") ?? document.querySelector("main");
  const button = h("button", { type: "button", class: "quiet", on: { click: () => change({ lang: state().lang === "zh" ? "en" : "zh" }) } });
  const word = (): void => {
    button.textContent = t("language");
    button.lang = state().lang === "zh" ? "en" : "zh-Hans";
  };
  word();
  listen(word);
  head?.prepend(h("div", { class: "tools" }, button));
}

/** Charts are drawn anew in light colours before printing, and as they were after it. */
function paper(repaint: () => void): void {
  const to = (theme: string) => (): void => {
    if (document.documentElement.dataset["theme"] === theme) return;
    document.documentElement.dataset["theme"] = theme;
    repaint();
  };
  window.addEventListener("beforeprint", to("light"));
  window.addEventListener("afterprint", to("auto"));
  const print = window.matchMedia("print");
  print.addEventListener("change", () => (print.matches ? to("light") : to("auto"))());
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

/** Begin; `repaint` draws charts in the present colours. */
export function begin(repaint: () => void, bilingual: boolean): void {
  const asked = new URLSearchParams(location.search).get("lang");
  inside({ lang: asked === "zh" ? "zh" : "en", theme: "auto" });
  document.documentElement.dataset["theme"] = "auto";
  dress();
  document.querySelectorAll(PLAIN).forEach((one) => one.remove());
  tip.install();
  document.querySelectorAll<HTMLTableElement>("main table").forEach(upgraded);
  if (bilingual) languages();
  paper(repaint);
}
