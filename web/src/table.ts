// A table one walks through with the arrow keys: one stop of the Tab key, the source of each figure with its cell.

import { fill, h, type Child } from "./dom";
import { tell } from "./tip";
import { t } from "./words";

export interface Column<Row> {
  title: string;
  /** What stands below the title, as the scale of bars in the cells. */
  under?: () => Child;
  /** What stands in the cell. */
  cell: (row: Row) => Child;
  /** What is sorted by; a column without it is not sortable. */
  by?: (row: Row) => number | string | null;
  /** Where the figure comes from. */
  tip?: (row: Row) => Child;
  number?: boolean;
  head?: boolean;
  wide?: boolean;
  lang?: string;
}

export interface TableOptions<Row> {
  caption: Child;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Rows shown at first. */
  most?: number;
  key?: (row: Row) => string;
}

interface Order { column: number; up: boolean }

const SORTS = { none: "none", up: "ascending", down: "descending" } as const;

function compare(a: number | string | null, b: number | string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

function ordered<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order | null): readonly Row[] {
  const by = order ? columns[order.column]?.by : undefined;
  if (!order || !by) return rows;
  return [...rows].sort((a, b) => {
    const [first, second] = [by(a), by(b)];
    if (first === null || second === null) return compare(first, second);
    return (order.up ? 1 : -1) * compare(first, second);
  });
}

function cellOf<Row>(column: Column<Row>, row: Row): HTMLTableCellElement {
  const kind = [column.number && "num", column.wide && "wide"].filter(Boolean).join(" ");
  const props = { class: kind || undefined, tabindex: -1, lang: column.lang };
  const cell = column.head ? h("th", { ...props, scope: "row" }, column.cell(row)) : h("td", props, column.cell(row));
  const tip = column.tip;
  return tip ? tell(cell, () => tip(row)) : cell;
}

/** Arrow keys, Home and End among the cells; one of them is in the order of the Tab key. */
function walk(table: HTMLTableElement): void {
  const cells = (): HTMLElement[][] =>
    [...table.rows].map((row) => [...row.cells].map((cell) => cell.querySelector<HTMLElement>("button, input, a") ?? cell));
  const move = (from: Element, rows: number, columns: number | "first" | "last"): void => {
    const grid = cells();
    const y = grid.findIndex((row) => row.some((cell) => cell === from || cell.contains(from)));
    const line = grid[y];
    if (!line) return;
    const x = line.findIndex((cell) => cell === from || cell.contains(from));
    const next = grid[Math.min(grid.length - 1, Math.max(0, y + rows))];
    const to = columns === "first" ? 0 : columns === "last" ? (next?.length ?? 1) - 1 : x + columns;
    const target = next?.[Math.min(next.length - 1, Math.max(0, to))];
    if (!target) return;
    table.querySelectorAll("[tabindex='0']").forEach((old) => old.setAttribute("tabindex", "-1"));
    target.setAttribute("tabindex", "0");
    target.focus();
  };
  table.addEventListener("keydown", (event) => {
    const from = event.target;
    if (!(from instanceof Element) || (from instanceof HTMLInputElement && !["ArrowUp", "ArrowDown"].includes(event.key))) return;
    if (from instanceof HTMLInputElement && from.type === "number" && !event.altKey) return;
    const steps: Record<string, [number, number | "first" | "last"]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      Home: [0, "first"],
      End: [0, "last"],
      PageDown: [10, 0],
      PageUp: [-10, 0],
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    move(from, ...step);
  });
  table.addEventListener("pointerdown", (event) => {
    const cell = event.target instanceof Element ? event.target.closest("td, th") : null;
    if (cell?.hasAttribute("tabindex")) (cell as HTMLElement).focus();
  });
}

/** A table in a frame that scrolls by itself, with sortable heads and as many rows as are asked for. */
export function table<Row>(options: TableOptions<Row>): HTMLElement {
  let order: Order | null = null;
  let most = options.most ?? 50;
  const head = h("tr");
  const body = h("tbody");
  const more = h("p", { class: "more" });
  const element = h("table", { role: "grid" }, h("caption", null, options.caption), h("thead", null, head), body);

  function drawHead(): void {
    fill(
      head,
      ...options.columns.map((column, index) => {
        const state = order?.column === index ? (order.up ? "up" : "down") : "none";
        const sort = (): void => {
          order = order?.column === index ? { column: index, up: !order.up } : { column: index, up: true };
          draw();
          head.querySelectorAll<HTMLElement>("th")[index]?.querySelector<HTMLElement>("button")?.focus();
        };
        const label = column.by
          ? h("button", { class: "sort", type: "button", tabindex: -1, title: t("sortBy", { column: column.title }), on: { click: sort } }, column.title)
          : column.title;
        return h("th", { scope: "col", class: column.number ? "num" : undefined, tabindex: column.by ? undefined : -1, "aria-sort": column.by ? SORTS[state] : undefined }, label, column.under?.());
      }),
    );
  }

  function draw(): void {
    const rows = ordered(options.rows, options.columns, order);
    drawHead();
    fill(body, ...rows.slice(0, most).map((row) => h("tr", { data: options.key ? { key: options.key(row) } : {} }, ...options.columns.map((column) => cellOf(column, row)))));
    const left = rows.length - Math.min(most, rows.length);
    const shown = h("span", { class: "soft" }, t("rowsShown", { shown: rows.length - left, total: rows.length }));
    fill(more, rows.length > (options.most ?? 50) ? shown : null, left > 0 ? h("button", { type: "button", class: "quiet", on: { click: grow } }, t("more", { n: Math.min(left, 200) })) : null);
    more.hidden = more.childNodes.length === 0;
    const first = element.querySelector<HTMLElement>("tbody td, tbody th") ?? element.querySelector<HTMLElement>("th");
    if (!element.querySelector("[tabindex='0']")) (first?.querySelector<HTMLElement>("button, input, a") ?? first)?.setAttribute("tabindex", "0");
  }

  function grow(): void {
    most += 200;
    draw();
  }

  draw();
  walk(element);
  return h("div", { class: "tablebox" }, h("div", { class: "scroll" }, element), more);
}
