// A report of a study: the views of the page, with the answer that lies in the file.

import { Fan, nice, type FanData } from "../charts/fan";
import { fill, h, say } from "../dom";
import { calculated } from "../tip";
import type { Answer } from "../types";
import type { Shell, View } from "../view";
import { listen, state } from "../store";
import { countdownOf, openCountdown, stopping } from "../views/countdown";
import { horizonOf, openHorizon } from "../views/horizon";
import { openPlan } from "../views/plan";
import { openPrice } from "../views/price";
import { whole } from "../whole";
import { elementName, percent, t, who, type Key } from "../words";
import { begin } from "./live";

const OPENERS: Readonly<Record<string, (shell: Shell) => View>> = { countdown: openCountdown, price: openPrice, horizon: openHorizon, plan: openPlan };
const FANS = 12;

const fans: Fan[] = [];

interface Little { name: string; note: string; data: FanData }

function stops(answer: Answer): Little[] {
  const found = countdownOf(answer);
  const rows = stopping(found).filter((row) => row.path).slice(0, FANS);
  const top = Math.min(1, nice(Math.max(0.01, ...rows.flatMap((row) => row.path?.p90 ?? []))));
  return rows.map((row) => {
    const line = { name: who(row), colour: 0, ...(row.path ?? { weeks: [], p10: [], p50: [], p90: [] }) };
    return { name: who(row), note: `${t("peak")} ${percent(row.peak_stopped.p50)}`, data: { lines: [line], start: found.clock.start, share: true, unit: "", stale: false, top } };
  });
}

function survivals(answer: Answer): Little[] {
  const found = horizonOf(answer);
  const years = found.clock.years;
  return found.elements.flatMap((element) => {
    const row = found.rows.find((one) => one.element === element.element && one.link === element.last_link && one.buyer === "outside");
    if (!row) return [];
    const line = { name: elementName(element.element), colour: 0, weeks: years, ...row.survives.path };
    return [{ name: elementName(element.element), note: t(`link.${element.last_link}` as Key), data: { lines: [line], start: "", share: true, unit: "", stale: false, top: 1, years: true, from: years[0] ?? 0, until: years.at(-1) ?? 1 } }];
  });
}

const LITTLE: Readonly<Record<string, readonly [(answer: Answer) => Little[], Key]>> = { countdown: [stops, "stoppedShare"], horizon: [survivals, "horizon.each"] };

/** A small fan for each row, on one scale, so that paper shows them all. */
function small(answer: Answer): HTMLElement | null {
  const [rowsOf, title] = LITTLE[answer.study] ?? [];
  const rows = rowsOf?.(answer) ?? [];
  if (rows.length === 0 || !title) return null;
  const cards = rows.map(({ name, note, data: drawn }) => {
    const fan = new Fan([h("span", null, name), h("small", { class: "block" }, note)], 150, () => calculated(answer, name));
    fans.push(fan);
    return { element: h("div", { class: "card" }, fan.element), draw: () => fan.set(drawn, `${name}: ${note}.`) };
  });
  cards.forEach((card) => card.draw());
  return h("section", { "aria-label": t(title) }, h("h2", null, t(title)), h("div", { class: "fans small" }, ...cards.map((card) => card.element)));
}

function start(data: HTMLElement, place: HTMLElement): void {
  const answer = whole(JSON.parse(data.textContent ?? "") as Answer);
  const opener = OPENERS[answer.study];
  if (!opener) return;
  let view: View | null = null;
  const headline = document.querySelector<HTMLElement>("[data-headline]");
  const told = headline?.textContent ?? "";
  const shell: Shell = {
    headline(first) {
      if (!headline) return;
      say(headline, state().lang === "zh" ? first : told);
      headline.lang = state().lang === "zh" ? "zh-Hans" : "en";
    },
    failed: (error) => console.error(error),
    ask: () => undefined,
    again: () => undefined,
  };
  const draw = (): void => {
    view?.close?.();
    for (const fan of fans.splice(0)) fan.dispose();
    view = opener(shell);
    place.lang = state().lang === "zh" ? "zh-Hans" : "en";
    fill(place, view.element);
    view.paint?.({ stage: "fan", answer, engine: null, ms: 0 });
    place.append(...[small(answer)].filter((one) => one !== null));
  };
  begin(() => {
    view?.repaint?.();
    for (const fan of fans) fan.chart.repaint();
  }, true);
  place.hidden = false;
  draw();
  listen((now, before) => (now.lang === before.lang ? view?.moved?.(now, before) : draw()));
}

const [data, place] = [document.getElementById("answer"), document.getElementById("here")];
if (data && place) start(data, place);
