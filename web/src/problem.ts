// What went wrong, with its cure; all faults at once.

import { Problem } from "./api";
import { h } from "./dom";
import { t } from "./words";

export function problemBox(error: unknown, again?: () => void): HTMLElement {
  const problem = error instanceof Problem ? error : null;
  const offline = error instanceof TypeError && /fetch|network/i.test(error.message);
  const title = offline ? t("offline") : (problem?.title ?? String(error));
  const faults = problem?.faults ?? [];
  const one = (fault: (typeof faults)[number]): HTMLElement =>
    h("li", null, fault.where ? h("code", null, fault.where) : null, fault.where ? ": " : "", fault.what, fault.why ? ` (${fault.why})` : "", fault.cure ? h("span", { class: "block cure" }, t("cure", { cure: fault.cure })) : null);
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("p", null, h("b", null, t("failed")), " ", h("span", { lang: "en" }, title)),
    faults.length > 0 ? h("ul", { lang: "en" }, ...faults.map(one)) : null,
    again ? h("button", { type: "button", on: { click: again } }, t("retry")) : null,
  );
}
