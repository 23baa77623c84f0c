// The data book: type words, read rows with their sources.

import { get, once } from "../api";
import { away, fill, h } from "../dom";
import { change, state } from "../store";
import { table } from "../table";
import { sourceOf } from "../tip";
import type { SourceRow } from "../types";
import type { Shell, View } from "../view";
import { day, figure, t, unit } from "../words";

interface Found { rows: SourceRow[]; total?: number; count?: number }

const PAGE = 50;

function told(row: SourceRow): string {
  const places = ["material", "element", "place", "partner", "sector", "basis"].map((key) => row[key]).filter((value) => typeof value === "string" && value !== "");
  return places.join(" · ");
}

function rows(found: readonly SourceRow[]): HTMLElement {
  return table<SourceRow>({
    caption: t("gridHelp"),
    rows: found,
    most: PAGE,
    columns: [
      { title: t("id"), cell: (row) => h("code", null, row.id), by: (row) => row.id, tip: sourceOf, head: true },
      { title: t("quantity"), cell: (row) => [row.quantity ?? "", h("small", null, told(row))], by: (row) => row.quantity ?? "", lang: "en" },
      { title: t("value"), cell: (row) => figure(row.value), by: (row) => row.value ?? null, tip: sourceOf, number: true },
      { title: t("rangeHead"), cell: (row) => (row.low === row.high ? "" : `${figure(row.low)} – ${figure(row.high)}`), tip: sourceOf, number: true },
      { title: t("unit"), cell: (row) => unit(row.unit), by: (row) => row.unit ?? "" },
      { title: t("date"), cell: (row) => day(row.date), by: (row) => row.date ?? "" },
      { title: t("gradeHead"), cell: (row) => row.grade ?? "", by: (row) => row.grade ?? "" },
      { title: t("source"), cell: (row) => [away(row.url, row.source ?? ""), row.note ? h("small", { class: "clamp" }, row.note) : null], wide: true, lang: "en", tip: sourceOf },
    ],
  });
}

export function openBook(shell: Shell): View {
  const list = h("div");
  const count = h("p", { class: "soft", role: "status" });
  const about = h("p", { class: "soft" });
  const input = h("input", { type: "search", id: "book-words", value: state().pick["q"] ?? "", autocomplete: "off" });
  let timer: number | undefined;
  let asked = 0;

  async function find(): Promise<void> {
    asked += 1;
    const mine = asked;
    const words = state().pick["q"] ?? "";
    const from = Number(state().pick["from"] ?? 0);
    try {
      const found = await get<Found>(`book?q=${encodeURIComponent(words)}&limit=${PAGE}&offset=${from}`);
      if (mine !== asked) return;
      const total = found.total ?? found.count ?? found.rows.length;
      count.textContent = total === 0 ? t("book.none") : t("book.found", { n: total });
      fill(list, total > 0 ? rows(found.rows) : null, pages(from, total));
    } catch (error) {
      shell.failed(error);
    }
  }

  function pages(from: number, total: number): HTMLElement {
    const go = (to: number): void => change({ pick: { ...state().pick, from: String(to) } });
    return h(
      "p",
      { class: "pages" },
      from > 0 && h("button", { type: "button", class: "quiet", on: { click: () => go(Math.max(0, from - PAGE)) } }, t("book.previous")),
      from + PAGE < total && h("button", { type: "button", class: "quiet", on: { click: () => go(from + PAGE) } }, t("book.next")),
    );
  }

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => change({ pick: { ...state().pick, q: input.value.trim(), from: "" } }), 160);
  });
  shell.headline(t("book.title"), t("book.help"), true);
  void find();
  void once<Record<string, unknown>>("book/meta").then((meta) => {
    about.textContent = t("book.about", { version: String(meta["version"] ?? ""), rows: String(meta["rows"] ?? "") });
  }, () => undefined);
  const element = h("section", { "aria-label": t("view.book") }, h("label", { class: "field", for: "book-words" }, t("book.search"), input), count, list, about);
  return {
    element,
    moved: (now, before) => {
      if (now.pick["q"] !== before.pick["q"] || now.pick["from"] !== before.pick["from"]) void find();
      if (document.activeElement !== input) input.value = now.pick["q"] ?? "";
    },
  };
}
