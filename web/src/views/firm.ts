// The user's own plants: a workbook in, dates of stops out. Nothing of it is kept.

import { download, upload } from "../api";
import { Fan } from "../charts/fan";
import { fill, h, say, type Child } from "../dom";
import { problemBox } from "../problem";
import { state } from "../store";
import { table } from "../table";
import { calculated } from "../tip";
import type { Answer, Band, Path } from "../types";
import type { Shell, View } from "../view";
import { day, figure, nameOf, percent, t, week, whole } from "../words";
import { tablesOf } from "./study";

interface Stop extends Band { ever: number; date_p50?: string | null }
interface Critical { supplier_name?: string; supplier?: string; part?: string; place?: string; place_name?: string; material?: string; material_name?: string; rule?: { what?: string; source?: string; url?: string } | null }
interface Line { line: string; description: string; plant: string; place: string; stop: Stop; weeks_lost: Band; lost: Path; critical: Critical | null; never: string | null; margin_per_week: number | null }
interface FirmAnswer { firm: { name: string; currency: string }; clock: { start: string; weeks: number }; lines: Line[]; money?: { total: Band; currency: string; by_week?: Path } }

/** The changes of the page, as the query of an upload. */
function asQuery(): string {
  const { weeks, draws, seed, set } = state();
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ weeks, draws, seed })) if (value !== undefined) query.set(key, String(value));
  for (const [key, value] of Object.entries(set)) query.append("set", `${key}=${value}`);
  return query.toString();
}

function stopped(stop: Stop, horizon: number): string {
  if (stop.ever <= 0) return t("never");
  if (stop.p50 === null) return t("ofDraws", { share: percent(stop.ever) });
  return `${week(stop.p50, horizon)} (${week(stop.p10, horizon)}–${week(stop.p90, horizon)})`;
}

function band(found: Band): string {
  return found.p10 === found.p90 ? figure(found.p50) : `${figure(found.p50)} (${figure(found.p10)}–${figure(found.p90)})`;
}

function why(line: Line): string {
  const found = line.critical;
  if (!found) return line.never ?? "";
  const material = found.material ? nameOf("material", found.material, found.material_name) : "";
  const place = found.place ? nameOf("place", found.place, found.place_name) : "";
  return [found.part, found.supplier_name ?? found.supplier, place, material].filter(Boolean).join(" · ");
}

function linesTable(answer: Answer, found: FirmAnswer, choose: (line: Line) => void): HTMLElement {
  const horizon = found.clock.weeks;
  const tip = (line: Line): Child => calculated(answer, `${line.line}: `, stopped(line.stop, horizon));
  return table<Line>({
    caption: t("gridHelp"),
    rows: found.lines,
    columns: [
      { title: t("who"), cell: (line) => h("button", { type: "button", class: "quiet", on: { click: () => choose(line) } }, line.description || line.line), by: (line) => line.description || line.line, head: true },
      { title: t("price.place"), cell: (line) => nameOf("place", line.place, line.plant), by: (line) => line.place },
      { title: `${t("stops")}, ${t("week")}`, cell: (line) => stopped(line.stop, horizon), by: (line) => line.stop.p50, tip, number: true },
      { title: t("date"), cell: (line) => day(line.stop.date_p50), by: (line) => line.stop.date_p50 ?? null, tip, number: true },
      { title: `${t("lost")}, ${t("weeks")}`, cell: (line) => band(line.weeks_lost), by: (line) => line.weeks_lost.p50, tip, number: true },
      { title: t("binding"), cell: why, wide: true, lang: "en" },
    ],
  });
}

export function openFirm(shell: Shell): View {
  const result = h("div", { class: "stack" });
  const said = h("p", { class: "soft", role: "status" });
  const input = h("input", { type: "file", id: "firm-file", class: "unseen", accept: ".xlsx,.json" });
  const title = h("span");
  let fan: Fan | null = null;
  let file: File | null = null;
  let asked = 0;
  let resting: number | undefined;

  async function send(given: File): Promise<void> {
    asked += 1;
    const mine = asked;
    file = given;
    say(said, t("firm.reading", { name: given.name }));
    document.body.classList.add("busy");
    try {
      const answer = await upload<Answer>(`firm/${encodeURIComponent(state().scenario)}?${asQuery()}`, given);
      if (mine === asked) show(answer);
    } catch (error) {
      if (mine === asked) {
        fill(result, problemBox(error));
        say(said, "");
      }
    } finally {
      document.body.classList.remove("busy");
    }
  }

  function show(answer: Answer): void {
    const found = answer.answer as unknown as FirmAnswer;
    const horizon = found.clock.weeks;
    const first = found.lines.find((line) => line.stop.p50 !== null);
    const end = state().lang === "zh" ? "。" : ".";
    const range = first ? t("head.range", { low: whole(first.stop.p10, horizon), high: whole(first.stop.p90, horizon) }) : "";
    const text = first ? t("firm.head", { line: first.description || first.line, week: whole(first.stop.p50, horizon), range }) : t("firm.headNone", { weeks: horizon });
    shell.headline(text + end, `${found.firm.name} · ${t("firm.with", { scenario: nameOf("scenario", answer.scenario.name, answer.scenario.title) })}`, true);
    say(said, "");
    fan?.dispose();
    const chart = new Fan(title, 240, () => calculated(answer));
    fan = chart;
    const draw = (line: Line): void => {
      say(title, `${t("lost")}: ${line.description || line.line}`);
      chart.set({ lines: [{ name: line.line, colour: 0, ...line.lost }], start: found.clock.start, share: true, unit: "", stale: false }, `${line.description}: ${stopped(line.stop, horizon)}`);
    };
    const rest = Object.fromEntries(Object.entries(answer.answer).filter(([key]) => !["firm", "clock", "lines", "mass"].includes(key)));
    fill(
      result,
      h("div", { class: "card" }, chart.element),
      h("h2", null, t("firm.lines")),
      linesTable(answer, found, draw),
      answer.warnings.length > 0 ? h("details", { class: "more notes" }, h("summary", null, t("showWarnings", { n: answer.warnings.length })), h("ul", { lang: "en" }, ...answer.warnings.map((one) => h("li", null, one)))) : null,
      ...tablesOf(rest, answer),
    );
    const line = first ?? found.lines[0];
    if (line) draw(line);
  }

  input.addEventListener("change", () => input.files?.[0] && void send(input.files[0]));
  const drop = h("div", { class: "drop" }, h("p", null, h("b", null, t("firm.drop"))), h("p", { class: "pickfile" }, input, h("label", { for: "firm-file" }, t("firm.choose"))));
  const over = (on: boolean) => (event: DragEvent): void => {
    event.preventDefault();
    drop.classList.toggle("over", on);
  };
  drop.addEventListener("dragover", over(true));
  drop.addEventListener("dragleave", over(false));
  drop.addEventListener("drop", (event) => {
    over(false)(event);
    const given = event.dataTransfer?.files[0];
    if (given) void send(given);
  });
  const template = h("button", { type: "button", on: { click: () => void download("firm/template.xlsx", "dearth-firm.xlsx").catch(shell.failed) } }, t("firm.template"));
  shell.headline(t("firm.title"), t("firm.help"), true);
  const element = h("section", { "aria-label": t("view.firm") }, drop, h("div", { class: "buttons" }, template), h("p", { class: "soft" }, t("firm.example")), said, result);
  return {
    element,
    moved: (now, before) => {
      const same = now.scenario === before.scenario && now.set === before.set && now.weeks === before.weeks && now.draws === before.draws && now.seed === before.seed;
      window.clearTimeout(resting);
      if (!same && file) resting = window.setTimeout(() => file && void send(file), 400);
    },
    repaint: () => fan?.chart.repaint(),
    close: () => fan?.dispose(),
  };
}
