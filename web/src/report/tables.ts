// Tables of a report become the tables of the page: sorted by their heads, walked with the arrow keys. The text is the data.

import { h } from "../dom";
import { table, type Column } from "../table";
import { t } from "../words";

const LEAST = 4;
const LONG = 48;

/** "1,234 (1,100 to 1,300)", "$2.5m", "13.9 (11.5–16.3)": what comes first is sorted by. */
function sortKey(cell: HTMLTableCellElement | undefined): number | string | null {
  const text = (cell?.firstChild?.textContent ?? "").trim();
  const found = /^[≤<>≥$+]?\s*([−-]?[\d.,\u00a0\u202f]+)/.exec(text);
  const number = found?.[1] ? Number(found[1].replace("−", "-").replace(/[,\u00a0\u202f]/g, "")) : Number.NaN;
  if (Number.isFinite(number)) return number;
  return text === "" || text === "-" || text === "–" ? null : text;
}

function contents(cell: HTMLTableCellElement | undefined): Node[] | null {
  return cell ? [...cell.childNodes].map((node) => node.cloneNode(true)) : null;
}

function columnsOf(old: HTMLTableElement): Column<HTMLTableRowElement>[] {
  const heads = [...(old.tHead?.rows[0]?.cells ?? [])];
  const rows = [...(old.tBodies[0]?.rows ?? [])];
  const first = rows[0];
  return heads.map((head, index) => ({
    title: head.textContent?.trim() ?? "",
    cell: (row) => contents(row.cells[index]),
    by: (row) => sortKey(row.cells[index]),
    number: head.classList.contains("num"),
    head: first?.cells[index]?.tagName === "TH",
    wide: first?.cells[index]?.matches(".wrap, .wide, .inputs") === true || rows.some((row) => (row.cells[index]?.textContent ?? "").length > LONG),
    lang: "en",
  }));
}

function titleOf(old: HTMLTableElement): string {
  const section = old.closest("section");
  return old.caption?.textContent ?? section?.querySelector("h2, h3")?.textContent ?? "";
}

/** "As above" is what stands above, before rows change places. */
function spelled(rows: readonly HTMLTableRowElement[]): void {
  rows.forEach((row, index) => {
    for (const cell of row.querySelectorAll<HTMLTableCellElement>("td.as")) cell.replaceChildren(...(contents(rows[index - 1]?.cells[cell.cellIndex]) ?? []));
  });
}

/** Put the page's table in place of one of the report, with its box. */
export function upgraded(old: HTMLTableElement): void {
  const rows = [...(old.tBodies[0]?.rows ?? [])];
  if (rows.length < LEAST || !old.tHead || rows.some((row) => [...row.cells].some((cell) => cell.colSpan > 1))) return;
  spelled(rows);
  const made = table<HTMLTableRowElement>({ caption: h("span", null, titleOf(old), h("span", { class: "noprint" }, ` · ${t("walkHelp")}`)), columns: columnsOf(old), rows, most: rows.length });
  (old.closest(".scroll, .wide") ?? old).replaceWith(made);
}
