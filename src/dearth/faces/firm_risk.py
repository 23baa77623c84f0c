"""``dearth firm risk``: the risk map as table, CSV, JSON and a page with a chart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from dearth.axes import MATERIALS, PLACES
from dearth.book import Book
from dearth.faces.firm_phrases import money_text
from dearth.faces.page import rendered
from dearth.faces.phrases import number_text
from dearth.faces.present import csv_text
from dearth.faces.tables import listed, plain_table
from dearth.firm import Firm
from dearth.firm.contents import contents_of, materials_of
from dearth.firm.risk import Risk, risk_map

__all__ = ["RISK_COLUMNS", "risk_answer", "risk_csv", "risk_html", "risk_view"]

RISK_COLUMNS: Final = (
    "kind", "name", "supplier", "place", "hidden", "survive_weeks", "recover_weeks", "gap_weeks",
    "margin_per_week", "at_risk", "spend_per_year", "currency", "lines", "parts",
)  # fmt: skip
_PLOT: Final = {"width": 760.0, "height": 420.0, "left": 56.0, "right": 24.0, "top": 52.0, "bottom": 46.0}
_BLIND: Final = 22.0  # height at which a loss of unknown recovery is drawn
_BIGGEST: Final = 26.0
_LEAST: Final = 4.0
_UNKNOWN: Final = 0.1
_LABELS: Final = 10
_TOP: Final = 20
_AXIS: Final = (4, 8, 12, 16, 20, 26, 40, 52, 78, 104, 156, 208, 312, 520)

Figures = Mapping[str, Any]


def risk_answer(firm: Firm, book: Book) -> dict[str, Any]:
    """Return the risk map as plain data."""
    contents, notes = contents_of(firm, book)
    sellers = {site.id: site.supplier for site in firm.sites}
    names = {one.id: one.name for one in firm.suppliers}
    found = risk_map(firm, materials_of(contents))
    blind = [part for part, one in contents.items() if one.known == "unknown"]
    unknown = f"Contents unknown, so in the loss of no material: {', '.join(blind)}." if blind else ""
    return {
        "firm": firm.head.name,
        "currency": firm.head.currency,
        "book": {"version": book.version, "sha256": book.sha256},
        "rows": [_row(one, firm, names.get(sellers.get(one.loss.name, ""), "")) for one in found],
        "warnings": [*firm.warnings, *notes, *filter(None, [unknown])],
    }


def _row(one: Risk, firm: Firm, supplier: str) -> dict[str, Any]:
    loss = one.loss
    place = firm.places.get(loss.name, "") if loss.kind == "site" else ""
    return {
        "kind": loss.kind,
        "name": loss.name,
        "shown": _shown(loss.kind, loss.name),
        "supplier": supplier if loss.kind == "site" else "",
        "place": place,
        "hidden": one.hidden,
        "survive_weeks": loss.weeks,
        "recover_weeks": loss.recover_weeks,
        "gap_weeks": one.gap_weeks,
        "margin_per_week": loss.margin_per_week,
        "at_risk": one.at_risk,
        "spend_per_year": loss.spend_per_year,
        "lines": list(loss.lines),
        "parts": list(loss.parts),
        "how": loss.how,
    }


def _shown(kind: str, name: str) -> str:
    if kind == "place":
        return PLACES.get(name, name)
    return MATERIALS.get(name, name) if kind == "material" else name


def risk_csv(answer: Figures) -> str:
    """Return one row for each loss; an empty cell is unknown, or in ``survive_weeks`` never."""
    return csv_text(RISK_COLUMNS, ({**row, **_cells(row, answer["currency"])} for row in answer["rows"]))


def _cells(row: Figures, currency: str) -> dict[str, object]:
    return {
        "currency": currency,
        "hidden": "yes" if row["hidden"] else "",
        "lines": "; ".join(row["lines"]),
        "parts": "; ".join(row["parts"]),
    }


def _weeks(value: float | None, unknown: str) -> str:
    return unknown if value is None else f"{value:.1f}"


def _cell_texts(row: Figures, currency: str) -> dict[str, str]:
    """Return the cells of a row as they are shown."""
    return {
        "kind": row["kind"],
        "name": row["shown"] + (f" ({row['supplier']})" if row["supplier"] else ""),
        "survive": _weeks(row["survive_weeks"], "never stops"),
        "recover": _weeks(row["recover_weeks"], "unknown"),
        "gap": _weeks(row["gap_weeks"], "unknown"),
        "at_risk": money_text(row["at_risk"], currency),
        "spend": "unknown" if row["spend_per_year"] is None else number_text(row["spend_per_year"]),
        "mark": "hidden" if row["hidden"] else "",
    }


def risk_view(answer: Figures, width: int) -> Group:
    """Return the risk map for the terminal."""
    rows = []
    for row in answer["rows"][:_TOP]:
        cells = _cell_texts(row, answer["currency"])
        name = f"{cells['kind']} {cells['name']}" + (f" ({cells['mark']})" if cells["mark"] else "")
        rows.append((name, *(cells[key] for key in ("survive", "recover", "gap", "at_risk", "spend"))))
    columns = ("loss of", "survived", "back in", "gap", "margin at risk", "spend a year")
    more = len(answer["rows"]) - _TOP
    parts: list[RenderableType] = [
        Text(str(answer["firm"]), style="dim"),
        Text(_headline(answer), style="bold"),
        Text("Weeks that every line is served without it, weeks until it is back, margin lost in the gap."),
        plain_table("", columns, rows),
    ]
    if more > 0:
        parts.append(Text(f"and {more} more; all of them: --csv FILE, --html FILE or --json", style="dim"))
    parts.append(Text("hidden: little is spent there and much hangs on it", style="dim"))
    return Group(
        *parts, "", *listed("Before you use this", [("", note) for note in answer["warnings"]], width)
    )


def risk_html(answer: Figures, version: str) -> str:
    """Return a whole HTML page with the chart."""
    rows = [{**_cell_texts(row, answer["currency"]), "hidden": row["hidden"], "lines": row["lines"]}
            for row in answer["rows"]]  # fmt: skip
    stopping = [row for row in answer["rows"] if row["survive_weeks"] is not None]
    return rendered(
        "risk.html.j2",
        {
            "firm": answer["firm"],
            "version": version,
            "book": answer["book"]["version"],
            "headline": _headline(answer),
            "chart": _chart(stopping),
            "rows": rows,
            "warnings": answer["warnings"],
        },
    )


def _headline(answer: Figures) -> str:
    hidden = [row for row in answer["rows"] if row["hidden"]]
    sites = [row for row in answer["rows"] if row["kind"] == "site"]
    away = sum(bool(row["gap_weeks"]) for row in sites)
    blind = sum(row["gap_weeks"] is None for row in sites)
    text = f"{away} sites take longer to come back than the lines survive without them"
    text += f"; of {blind} nobody said how long" if blind else ""
    if not hidden:
        return f"{text}; none of them is hidden behind a low spend."
    first = hidden[0]
    stake = money_text(first["margin_per_week"], answer["currency"])
    spend = money_text(first["spend_per_year"], answer["currency"])
    return (
        f"{text}. Hidden behind a low spend: {len(hidden)}, first {first['shown']}, where {spend} a year "
        f"puts {stake} a week at stake."
    )


def _chart(rows: Sequence[Figures]) -> dict[str, Any]:
    """Return circles by weeks survived and weeks to recover, in SVG units, their area the money at risk.

    Both axes end at one week, so that the dashed line of equal weeks runs from corner to corner; what
    survives longer lies on the right edge, what nobody knows the recovery of on a line above.
    """
    longest = max((row["recover_weeks"] or 0.0 for row in rows), default=1.0)
    end = float(next((top for top in _AXIS if top >= longest * 1.05), _AXIS[-1]))
    most = max((row["at_risk"] or 0.0 for row in rows), default=0.0) or 1.0
    ranked = sorted(
        rows, key=lambda row: (not row["hidden"], row["kind"] != "site", -(row["at_risk"] or 0.0))
    )
    circles = [_circle(row, _place(row, end), most) for row in ranked]
    for circle in circles[:_LABELS]:
        circle["label"] = circle["name"]
    left, right = _across(0.0), _across(1.0)
    return {
        **_PLOT,
        "circles": _apart(circles),
        "even": (left, _up(0.0), right, _up(1.0)),
        "x": [(_across(k / 4), f"{end * k / 4:g}") for k in range(5)],
        "y": [(_up(k / 4), f"{end * k / 4:g}") for k in range(5)],
        "base": _up(0.0),
        "end": right,
        "blind": _BLIND if any(row["recover_weeks"] is None for row in rows) else None,
    }


def _across(share: float) -> float:
    return round(_PLOT["left"] + (_PLOT["width"] - _PLOT["left"] - _PLOT["right"]) * min(share, 1.0), 1)


def _up(share: float) -> float:
    height = _PLOT["height"] - _PLOT["top"] - _PLOT["bottom"]
    return round(_PLOT["top"] + height * (1.0 - min(share, 1.0)), 1)


def _place(row: Figures, end: float) -> tuple[float, float]:
    recover = row["recover_weeks"]
    return _across(row["survive_weeks"] / end), _BLIND if recover is None else _up(recover / end)


def _circle(row: Figures, at: tuple[float, float], most: float) -> dict[str, Any]:
    share = _UNKNOWN if row["at_risk"] is None else max(0.0, row["at_risk"] / most)
    return {
        "x": at[0],
        "y": at[1],
        "r": round(max(_LEAST, _BIGGEST * math.sqrt(share)), 1),
        "name": row["shown"],
        "kind": row["kind"],
        "style": "hidden" if row["hidden"] else "calm" if row["gap_weeks"] == 0 else row["kind"],
        "label": "",
        "shift": 0.0,
    }


def _apart(circles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Move labels down until none lies on another."""
    taken: list[tuple[float, float]] = []
    for circle in circles:
        if not circle["label"]:
            continue
        y = circle["y"] + 4.0
        while any(abs(y - other) < 12.0 and abs(circle["x"] - x) < 110.0 for x, other in taken):  # noqa: PLR2004 (SVG units)
            y += 12.0
        taken.append((circle["x"], y))
        circle["shift"] = round(y, 1)
    return circles
