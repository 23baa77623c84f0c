// Taking the answer away: as a link, a command, Python, a scenario file, data, a report.

import { bodyOf, download, listed, once, post, save } from "./api";
import { fill, h } from "./dom";
import { changes, type Question } from "./state";
import { change, link, state } from "./store";
import { snapshot } from "./snapshot";
import type { Answer, PlainScenario, ScenarioEvent } from "./types";
import { after, t, type Key } from "./words";
import { yaml } from "./yaml";

/** The study that the present view shows, for commands and downloads. */
export function studyOf(view: string): string {
  return ["flows", "map", "compare", "timeline", "assumptions", "firm", "licence", "validation", "book"].includes(view) ? "countdown" : view;
}

function quoted(text: string): string {
  return /^[\w./=:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function subject(question: Question): string {
  return state().file || question.off.length > 0 ? `${fileName(question)}.yaml` : question.scenario;
}

function fileName(question: Question): string {
  return changes(question) > 0 || state().file ? `${(state().file?.name ?? question.scenario).slice(0, 50)}-mine` : question.scenario;
}

export function command(): string {
  const now = state();
  const saved = state().file !== undefined || now.off.length > 0;
  const set = saved ? [] : Object.entries(now.set).map(([key, value]) => `--set ${quoted(`${key}=${value}`)}`);
  const numbers = saved ? [] : (["weeks", "draws", "seed"] as const).flatMap((key) => (now[key] === undefined ? [] : [`--${key} ${now[key]}`]));
  const place = whose() ? [`--for ${quoted(whose())}`] : [];
  return ["dearth", studyOf(now.view), subject(now), ...place, ...numbers, ...set].join(" ");
}

export function python(): string {
  const now = state();
  const saved = state().file !== undefined || now.off.length > 0;
  const study = studyOf(now.view);
  const given: [string, string][] = saved ? [] : [...(["weeks", "draws", "seed"] as const).flatMap((key): [string, string][] => (now[key] === undefined ? [] : [[key, String(now[key])]])), ...Object.entries(now.set).map(([key, value]): [string, string] => [key, String(value)])];
  const overrides = given.length > 0 ? `, {\n${given.map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`).join("")}}` : "";
  const path = saved ? `Path(${JSON.stringify(subject(now))})` : JSON.stringify(now.scenario);
  return [...(saved ? ["from pathlib import Path", ""] : []), "import dearth", "", `scenario = dearth.load_scenario(${path}${overrides})`, `answer = dearth.${study}(scenario, dearth.load_book()${whose() ? `, for_place=${JSON.stringify(whose())}` : ""})`, "print(answer.to_json())", ""].join("\n");
}

/** Whose plan is asked for, where the plan is shown and it is not the plan of all. */
function whose(): string {
  return studyOf(state().view) === "plan" ? (state().pick["plan.for_place"] ?? "") : "";
}

/** The scenario as it stands with all changes, as an object. */
export async function merged(question: Question = state()): Promise<PlainScenario> {
  const { file } = state();
  const base = file ?? (await once<{ scenario: PlainScenario }>(`scenarios/${question.scenario}`)).scenario;
  const ids = file ? [] : (await listed<ScenarioEvent>(`scenarios/${question.scenario}/events`, "events")).map((event) => event.id);
  const { weeks, draws, seed } = question;
  const end = after(base.start, weeks ?? base.weeks);
  const inside = (event: Record<string, unknown>): boolean => weeks === undefined || String(event["date"]) <= end;
  const events = base.events.filter((event, index) => !question.off.includes(ids[index] ?? "") && inside(event));
  return { ...base, name: fileName(question).slice(0, 64), events, weeks: weeks ?? base.weeks, draws: draws ?? base.draws, seed: seed ?? base.seed, set: { ...base.set, ...question.set } };
}

async function copy(text: string, said: HTMLElement, shown: HTMLTextAreaElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    shown.hidden = true;
    said.textContent = t("copied");
  } catch {
    said.textContent = t("copyBelow");
    shown.hidden = false;
    shown.value = text;
    shown.select();
  }
}

async function open(file: File): Promise<void> {
  const text = await file.text();
  const checked = await post<{ scenario: PlainScenario }>("scenarios/check", { scenario: text });
  change({ file: checked.scenario, scenario: checked.scenario.name, set: {}, off: [], weeks: undefined, draws: undefined, seed: undefined });
}

export function sharing(failed: (error: unknown) => void, answered: () => Answer | null): HTMLElement {
  const said = h("p", { class: "soft said", role: "status" });
  const shown = h("textarea", { rows: 4, readonly: true, hidden: true, "aria-label": t("share") });
  const act = (work: () => Promise<void>) => (): void => void work().catch(failed);
  const button = (key: Key, work: () => Promise<void>): HTMLElement => h("button", { type: "button", on: { click: act(work) } }, t(key));
  const fetchFile = (format: string, ending: string) => async (): Promise<void> => {
    const study = studyOf(state().view);
    const name = `dearth-${study}-${state().file?.name ?? state().scenario}.${ending}`;
    said.textContent = t("downloading");
    await download(`export/${study}?format=${format}`, name, { ...bodyOf(state(), state().file), ...(whose() ? { options: { for_place: whose() } } : {}) });
    said.textContent = t("downloaded", { name });
  };
  const input = h("input", { type: "file", accept: ".yaml,.yml,.json", class: "unseen", tabindex: -1, "aria-hidden": "true", on: { change: () => input.files?.[0] && void open(input.files[0]).catch(failed).finally(() => (input.value = "")) } });
  const box = h("div", { class: "buttons" });
  fill(
    box,
    button("copyLink", async () => copy(await link(), said, shown)),
    button("copyCli", () => copy(command(), said, shown).then(() => (state().off.length > 0 ? void (said.textContent += ` ${t("cliOff")}`) : undefined))),
    button("copyPython", () => copy(python(), said, shown)),
    button("saveScenario", async () => save(new Blob([yaml(await merged())], { type: "application/yaml" }), `${fileName(state())}.yaml`)),
    button("openScenario", async () => input.click()),
    button("downloadZip", fetchFile("zip", "zip")),
    button("downloadXlsx", fetchFile("xlsx", "xlsx")),
    button("downloadHtml", fetchFile("html", "html")),
    button("saveView", async () => save(new Blob([snapshot(answered(), command())], { type: "text/html" }), `dearth-${state().view}-${fileName(state())}.html`)),
  );
  return h("details", { class: "share" }, h("summary", null, t("share")), box, input, said, shown);
}
