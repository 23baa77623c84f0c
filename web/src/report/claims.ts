// An article with its statements marked: a mark tells its verdict and its rows on hover and focus; verdicts are chosen above.

import { h } from "../dom";
import { tell } from "../tip";
import { t } from "../words";

/** What a mark tells: the card it leads to. */
function cardOf(mark: HTMLElement): HTMLElement | null {
  const link = mark.querySelector<HTMLAnchorElement>("a[href^='#']");
  const card = link ? document.getElementById(link.hash.slice(1)) : null;
  if (!card) return null;
  const copy = card.cloneNode(true) as HTMLElement;
  return h("div", { class: "source" }, ...copy.childNodes);
}

/** Verdicts one chooses from: those that are not chosen fade. */
function chooser(list: HTMLElement): void {
  const section = list.closest("section") ?? document.body;
  const items = [...list.querySelectorAll<HTMLElement>("li")];
  const buttons = items.map((item) => {
    const kind = item.className;
    const button = h("button", { type: "button", class: `chip ${kind}`, "aria-pressed": "false" }, ...item.childNodes);
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") === "true";
      buttons.forEach((one) => one.setAttribute("aria-pressed", "false"));
      button.setAttribute("aria-pressed", String(!pressed));
      section.querySelectorAll<HTMLElement>(".card, mark").forEach((one) => one.classList.toggle("faded", !pressed && !one.classList.contains(kind)));
    });
    return button;
  });
  list.replaceWith(h("div", { class: "chips counts", role: "group", "aria-label": t("verdicts") }, ...buttons));
}

export function claims(): void {
  document.querySelectorAll<HTMLElement>("mark").forEach((mark) => {
    const link = mark.querySelector("a");
    if (link) tell(link, () => cardOf(mark));
  });
  document.querySelectorAll<HTMLElement>("ul.counts").forEach(chooser);
}
