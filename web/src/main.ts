// The page: header, views, panel, answer. It holds the state against the view that shows it.

import { bodyOf, once } from "./api";
import { fill, h, say } from "./dom";
import { Panel } from "./panel";
import { problemBox } from "./problem";
import { Runner, type Painted, type Stage } from "./runner";
import { questionOf, type State, type Theme } from "./state";
import { change, listen, opened, state } from "./store";
import * as tip from "./tip";
import type { Answer, StudyEntry } from "./types";
import type { Shell, View } from "./view";
import { openerOf, tabsOf, type Tab } from "./tabs";
import { day, nameOf, t } from "./words";

const main = h("main", { id: "answer", tabindex: -1 });
const header = h("header");
const nav = h("nav");
const headline = h("h1", { class: "headline", tabindex: 0 });
const second = h("p", { class: "second" });
const settled = h("p", { class: "unseen", role: "status" });
const trouble = h("div");
const place = h("div", { class: "place" });
const facts = h("p", { class: "facts" });
const times = h("span", { class: "times" });
const notes = h("div");
const lead = h("div", { class: "lead" }, headline, second);
const side = h("aside", { class: "side" });

let view: View | null = null;
let runner: Runner | null = null;
let panel: Panel | null = null;
let tabs: Tab[] = [];
let opening = 0;
let answered: Answer | null = null;
const taken: Record<Stage, number | null> = { median: null, fan: null };

const shell: Shell = {
  headline(first, then, done) {
    say(headline, first);
    say(second, then);
    if (done) {
      say(settled, first);
      document.title = `${first} · dearth`;
    }
  },
  failed(error) {
    fill(trouble, problemBox(error, () => shell.again()));
  },
  ask: () => ask(),
  again() {
    fill(trouble);
    void openView();
  },
};

function clock(): void {
  const ms = (value: number | null): string => (value === null ? "…" : String(Math.round(value)));
  if (view?.only === "fan") return say(times, t("timesRange", { fan: ms(taken.fan) }));
  say(times, view?.only === "median" ? t("timesSingle", { median: ms(taken.median) }) : t("times", { median: ms(taken.median), fan: ms(taken.fan) }));
}

function busy(stage: Stage | null): void {
  document.body.classList.toggle("busy", stage !== null);
  main.setAttribute("aria-busy", String(stage !== null));
  if (stage !== null && facts.childNodes.length === 0) fill(facts, t("workingMedian"));
}

function progress(state: { done: number; of: number }): void {
  if (!times.isConnected) fill(facts, times);
  say(times, t("validation.progress", { done: state.done, of: state.of }));
}

function paint(done: Painted): void {
  fill(trouble);
  taken[done.stage] = done.ms;
  answered = done.answer;
  if (done.stage === "median") taken.fan = null;
  view?.paint?.(done);
  clock();
  if (done.stage === "fan" || view?.only === "median") told(done);
}

function told(done: Painted): void {
  const { answer } = done;
  const start = String((answer.answer["clock"] as { start?: string } | undefined)?.start ?? answer.question["start"] ?? "");
  const weeks = String((answer.answer["clock"] as { weeks?: number } | undefined)?.weeks ?? answer.question["weeks"] ?? "");
  const title = nameOf("scenario", answer.scenario.name, answer.scenario.title);
  fill(facts, h("b", null, title), ` · ${t(view?.only === "median" ? "drawsOne" : "drawsOf", { draws: answer.draws, weeks, start: day(start), asOf: day(answer.as_of), book: answer.book.version })} · `, times);
  times.title = t("timesHelp");
  const list = answer.warnings.map((text) => h("li", null, text));
  fill(notes, list.length > 0 ? h("details", { class: "more notes" }, h("summary", null, t("showWarnings", { n: list.length })), h("ul", { lang: "en" }, ...list)) : null);
}

function ask(moved?: number): void {
  const now = state();
  if (view?.path && runner) runner.ask({ ...bodyOf(now, now.file), ...view.more?.() }, moved);
}

async function openView(): Promise<void> {
  opening += 1;
  const mine = opening;
  runner?.close();
  runner = null;
  view?.close?.();
  view = null;
  fill(place, h("p", { class: "soft", role: "status" }, t("loading")));
  fill(facts);
  fill(notes);
  answered = null;
  const { view: name } = state();
  const title = tabs.find((tab) => tab.name === name)?.title ?? name;
  shell.headline(title, "", false);
  document.title = `${title} · dearth`;
  try {
    const next = await (await openerOf(name, tabs))(shell);
    if (mine !== opening) return next.close?.();
    view = next;
    fill(place, next.element);
    document.body.dataset["view"] = name;
    side.hidden = !next.path && name !== "firm";
    if (next.path) {
      runner = new Runner({ path: next.path, paint, busy, failed: shell.failed, progress, only: next.only });
      ask();
    }
  } catch (error) {
    if (mine !== opening) return;
    fill(place);
    shell.failed(error);
  }
}

function drawNav(): void {
  fill(
    nav,
    h(
      "ul",
      null,
      ...tabs.map((tab) => {
        const follow = (event: Event): void => {
          event.preventDefault();
          change({ view: tab.name });
        };
        return h("li", null, h("a", { href: `?view=${tab.name}&lang=${state().lang}`, title: tab.line, "aria-current": tab.name === state().view ? "page" : undefined, on: { click: follow } }, tab.title));
      }),
    ),
  );
  const here = nav.querySelector<HTMLElement>("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - nav.clientWidth / 2; // scrollIntoView would move where the Tab key begins
}

function drawHeader(): void {
  const language = h("button", { type: "button", class: "quiet", lang: state().lang === "zh" ? "en" : "zh", on: { click: () => change({ lang: state().lang === "zh" ? "en" : "zh" }) } }, t("language"));
  const themes: [Theme, string][] = [["auto", t("themeAuto")], ["light", t("themeLight")], ["dark", t("themeDark")]];
  const select = h("select", { "aria-label": t("theme") }, ...themes.map(([key, label]) => h("option", { value: key, selected: key === state().theme }, `${t("theme")}: ${label}`)));
  select.addEventListener("change", () => change({ theme: select.value as Theme }));
  fill(header, h("p", { class: "mark" }, h("b", null, "dearth"), h("span", { class: "soft" }, t("tagline"))), h("div", { class: "tools" }, language, select));
  nav.setAttribute("aria-label", t("views"));
  side.setAttribute("aria-label", t("controls"));
}

/** Everything that holds words, anew. */
async function drawAll(): Promise<void> {
  const { lang, theme } = state();
  document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
  document.documentElement.dataset["theme"] = theme;
  drawHeader();
  tabs = tabsOf(await once<StudyEntry[]>("studies"));
  drawNav();
  panel = new Panel(shell.failed, () => answered);
  fill(side, panel.element);
  await openView();
}

function sameQuestion(a: State, b: State): boolean {
  return a.file === b.file && JSON.stringify(questionOf(a)) === JSON.stringify(questionOf(b));
}

function moved(now: State, before: State, at: number): void {
  if (now.lang !== before.lang) return void drawAll().catch(shell.failed);
  if (now.theme !== before.theme) {
    document.documentElement.dataset["theme"] = now.theme;
    view?.repaint?.();
  }
  if (now.view !== before.view) {
    drawNav();
    panel?.moved(now, before);
    fill(trouble);
    return void openView().then(() => main.focus({ preventScroll: true }));
  }
  panel?.moved(now, before);
  view?.moved?.(now, before);
  if (!sameQuestion(now, before)) ask(at);
}

async function start(): Promise<void> {
  const skip = h("a", { class: "skip", href: "#answer", on: { click: (event) => (event.preventDefault(), main.focus()) } }, t("skip"));
  main.append(lead, settled, trouble, facts, place, notes);
  document.body.append(skip, header, nav, h("div", { class: "frame" }, main, side));
  tip.install();
  tip.tell(headline, () => (answered ? tip.calculated(answered) : null));
  await opened();
  listen(moved);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view?.repaint?.());
  await drawAll();
}

void start().catch(shell.failed);
