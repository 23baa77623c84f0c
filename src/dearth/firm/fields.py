"""The sheets of a firm's workbook and their columns, written once: template, reader and help use this table.

A CSV folder has one file for each sheet, JSON one list for each.  An empty cell is unknown, never zero.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from dearth.axes import PLACES, SECTORS, STAGES

__all__ = ["CHOICES", "CURES", "NEEDED", "SHEETS", "Column", "column"]

ELEMENTS: Final = (
    *("La", "Ce", "Pr", "Nd", "NdPr", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y", "Sc"),
)


class Column(NamedTuple):
    """One column of a sheet.

    Attributes
    ----------
    kind
        How a cell is read; see `CURES` and `CHOICES`.
    needed
        Whether every row must fill it.
    refers
        Sheets whose ids the cell must be one of.
    """

    name: str
    kind: str
    unit: str
    needed: bool
    meaning: str
    refers: tuple[str, ...] = ()


CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "place": tuple(PLACES),
    "sector": tuple(SECTORS),
    "stage": STAGES,
    "unit": ("piece", "kg", "m", "set"),
    "status": ("pending", "granted", "refused"),
}
CURES: Final = {
    "id": "write a short name of your own, e.g. rotor-7",
    "text": "write it on one line",
    "ref": "name an id of the other sheet",
    "amount": "write a number above 0, with a decimal point and no unit",
    "quantity": "write a number from 0 up, with a decimal point and no unit",
    "money": "write a number from 0 up, with a decimal point and no currency",
    "signed": "write a number, with a decimal point and no currency",
    "weeks": "write weeks from 0 up, e.g. 8",
    "share": "write a share from 0 to 1, e.g. 0.4 for 40 %",
    "date": "write YYYY-MM-DD, e.g. 2025-10-01",
    "currency": "write three capital letters, e.g. EUR",
    "grams": "write grams from 0 up, or unknown",
    "grade": "write e.g. N42SH, SH, SmCo 2:17, ferrite or unknown",
    "elements": "write symbol and grams, e.g. Dy 0.12; Tb 0.03",
}

_ID: Final = "Your own short name of it, once in the workbook."
SHEETS: Final[dict[str, tuple[Column, ...]]] = {
    "firm": (
        Column("name", "text", "", True, "Name of the firm, as it shall stand on reports."),
        Column("currency", "currency", "", True, "Currency of all money in the workbook."),
        Column("stocks_on", "date", "day", True, "Day on which the stocks were counted."),
    ),
    "plants": (
        Column("id", "id", "", True, _ID),
        Column("name", "text", "", False, "Name in words."),
        Column("place", "place", "", True, "Country or region of the model."),
        Column("recover_weeks", "weeks", "weeks", False, "Weeks to run again after a total loss."),
        Column("capacity", "amount", "pieces/week", False, "All it can make in a week, products together."),
    ),
    "lines": (
        Column("id", "id", "", True, _ID),
        Column("plant", "ref", "", True, "Plant it stands in.", ("plants",)),
        Column("description", "text", "", False, "What it makes."),
        Column("sector", "sector", "", False, "Industry it makes for."),
        Column("weekly_output", "amount", "pieces/week", True, "Usual output."),
        Column("margin_per_unit", "signed", "currency/piece", False, "Margin lost with each piece not made."),
    ),
    "parts": (
        Column("id", "id", "", True, _ID),
        Column("description", "text", "", False, "What it is."),
        Column("unit", "unit", "", False, "What one of it is; empty: piece."),
        Column("magnet_grams", "grams", "g/unit", False, "Grams of magnet in the part itself; 0: none."),
        Column("grade", "grade", "", False, "Grade or class of the magnet."),
        Column("element_grams", "elements", "g/unit", False, "Rare earths in it that are no magnet."),
        Column("component", "text", "", False, "Its name in dearth's library, to fill what is unknown."),
    ),
    "bill": (
        Column("parent", "ref", "", True, "Line or part that it goes into.", ("lines", "parts")),
        Column("part", "ref", "", True, "Part that goes in.", ("parts",)),
        Column("quantity", "amount", "units/unit", True, "Units of the part in ONE unit of the parent."),
        Column("site", "ref", "", False, "Only when the parent is made there.", ("sites", "plants")),
    ),
    "suppliers": (
        Column("id", "id", "", True, _ID),
        Column("name", "text", "", True, "Name as on their papers."),
        Column("facility", "text", "", False, "Facility of the data book, once you have confirmed it."),
    ),
    "sites": (
        Column("id", "id", "", True, _ID),
        Column("supplier", "ref", "", True, "Who runs it.", ("suppliers",)),
        Column("place", "place", "", True, "Country or region of the model."),
        Column("stage", "stage", "", False, "What is made there."),
        Column("recover_weeks", "weeks", "weeks", False, "Weeks to deliver again after a total loss."),
        Column("capacity", "amount", "units/week", False, "All it can send you in a week, parts together."),
    ),
    "sources": (
        Column("part", "ref", "", True, "Part that is bought or made there.", ("parts",)),
        Column("site", "ref", "", True, "Site of a supplier, or a plant of yours.", ("sites", "plants")),
        Column("share", "share", "", False, "Usual share of the weekly use; empty: like the rest."),
        Column("most_share", "share", "", False, "Largest share it can reach; empty: its usual share."),
        Column("ramp_weeks", "weeks", "weeks", False, "Weeks until it reaches that; empty: at once."),
        Column("spend_per_year", "money", "currency/year", False, "What you pay it for the part."),
    ),
    "stocks": (
        Column("item", "ref", "", True, "Part, or line for finished goods.", ("parts", "lines")),
        Column("quantity", "quantity", "units", True, "Units at hand that can be used."),
        Column("weekly_use", "quantity", "units/week", False, "As you count it; checked against the bill."),
    ),
    "licences": (
        Column("id", "id", "", True, _ID),
        Column("part", "ref", "", True, "Part it is for.", ("parts",)),
        Column("site", "ref", "", False, "Site that exports it.", ("sites", "plants")),
        Column("filed", "date", "day", True, "Day on which the application was filed."),
        Column("quantity", "amount", "units", True, "Units applied for."),
        Column("status", "status", "", False, "Empty: pending."),
    ),
    "contracts": (
        Column("id", "id", "", True, _ID),
        Column("line", "ref", "", True, "Line that serves it.", ("lines",)),
        Column("customer", "text", "", False, "Who buys."),
        Column("weekly_quantity", "amount", "pieces/week", True, "Pieces owed in a week."),
        Column("penalty_per_unit", "money", "currency/piece", False, "Owed for each piece not delivered."),
        Column("until", "date", "day", False, "Last day; empty: open."),
    ),
}  # fmt: skip
NEEDED: Final = tuple(name for name in SHEETS if name not in {"licences", "contracts"})
"""Sheets that must be there, though most may be empty."""


def column(sheet: str, name: str) -> Column:
    """Return a column by name; KeyError if there is none."""
    return {one.name: one for one in SHEETS[sheet]}[name]
