// The model against what happened: what is on record, and a run of it in the background.

import { once } from "../api";
import { fill, h, say, type Child } from "../dom";
import { byJob } from "../job";
import { problemBox } from "../problem";
import type { Shell, View } from "../view";
import { t } from "../words";
import { table } from "../table";
import { tablesOf } from "./study";

interface Sheet { columns: string[]; rows: unknown[][] }
interface Section { level: number; title: string; text: string[]; tables: Sheet[] }
interface Stored { sections?: Section[]; observations?: Record<string, unknown>[]; [other: string]: unknown }

const VERDICTS: Readonly<Record<string, string>> = { "NOT MET": "bad", RIVAL: "bad", met: "good", model: "good" };

function sheetOf(sheet: Sheet, title: string): HTMLElement {
  return table<unknown[]>({
    caption: title,
    rows: sheet.rows,
    most: 20,
    columns: sheet.columns.map((name, index) => ({
      title: name,
      cell: (row): Child => h("span", { class: VERDICTS[String(row[index])] }, String(row[index] ?? "")),
      by: (row): string => String(row[index] ?? ""),
      head: index === 0,
    })),
  });
}

/** One section: opened where it is about an episode as a whole, folded where it goes into detail. */
function sectionOf(section: Section): Child {
  const body = [...section.text.map((text) => h("p", null, text.replaceAll("`", ""))), ...section.tables.map((sheet) => sheetOf(sheet, section.title))];
  if (section.level <= 1) return h("div", { class: "soft" }, ...body);
  if (section.level <= 2) return h("section", null, h("h2", null, section.title), ...body);
  return h("details", { class: "more" }, h("summary", null, section.title), ...body);
}

export function openValidation(shell: Shell): View {
  const stored = h("div", { class: "prose", lang: "en" }, h("p", { class: "soft" }, t("loading")));
  const said = h("p", { class: "soft", role: "status" });
  const bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": t("validation.run") });
  const cancel = h("button", { type: "button", hidden: true, on: { click: () => control?.abort() } }, t("validation.cancel"));
  const again = h("button", { type: "button", on: { click: () => void run().catch(shell.failed) } }, t("validation.run"));
  const result = h("div", { lang: "en" });
  let control: AbortController | null = null;

  function ended(): void {
    control = null;
    bar.hidden = true;
    cancel.hidden = true;
    again.hidden = false;
    say(said, "");
  }

  async function run(): Promise<void> {
    again.hidden = true;
    bar.hidden = false;
    cancel.hidden = false;
    control = new AbortController();
    try {
      const answer = await byJob("validate", { draws: 50 }, control.signal, ({ done, of }) => {
        bar.max = Math.max(1, of);
        bar.value = done;
        say(said, t("validation.progress", { done, of }));
      });
      fill(result, ...tablesOf(answer.answer ?? (answer as unknown as Record<string, unknown>), null));
    } catch (error) {
      if (!(error instanceof DOMException)) fill(result, problemBox(error));
    }
    ended();
  }

  once<Stored>("validation").then(
    (found) => {
      const { sections = [], observations = [] } = found;
      const seen = tablesOf({ observations }, null);
      fill(stored, ...sections.map(sectionOf), seen.length > 0 ? h("details", { class: "more" }, h("summary", null, t("validation.observations", { n: observations.length })), ...seen) : null);
    },
    (error: unknown) => fill(stored, problemBox(error)),
  );
  shell.headline(t("validation.title"), t("validation.help"), true);
  const element = h("section", { "aria-label": t("view.validation") }, h("div", { class: "buttons" }, again, cancel, bar), said, result, stored);
  return { element, close: () => control?.abort() };
}
