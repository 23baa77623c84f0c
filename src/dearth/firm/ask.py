"""Questions to suppliers: one small workbook each, and their replies merged into the firm.

A questionnaire holds only what concerns that supplier: no other supplier, share, spend, stock or customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from dearth.book.read import read_bytes
from dearth.book.workbook import CODED, tables_of, workbook_bytes
from dearth.errors import Fault, InputError
from dearth.firm.fields import CURES
from dearth.firm.network import Firm, Part, Site
from dearth.firm.read import UNKNOWN, read_cell
from dearth.firm.tables import Cells, rows_of

__all__ = ["ANSWERS", "Change", "merged", "questionnaire", "questionnaires"]

_PHASE: Final = "Reading a reply"
_DAY: Final = "2026-01-01"
# column -> (sheet that holds the answer, kind, question)
ANSWERS: Final[dict[str, tuple[str, str, str]]] = {
    "magnet_grams": ("parts", "grams", "Grams of magnet in one unit; unknown if you cannot tell"),
    "grade": ("parts", "grade", "Grade of the magnet, e.g. N42SH, SmCo 2:17, ferrite"),
    "element_grams": ("parts", "elements", "Other rare earths in one unit, e.g. Dy 0.12; Tb 0.03"),
    "recover_weeks": ("sites", "weeks", "Weeks until you deliver again after a total loss of the site"),
}
KEYS: Final = ("part", "description", "site")
"""Columns that say what is asked about; the answers stand to their right."""


class Change(NamedTuple):
    """One cell that a reply changed."""

    sheet: str
    id: str
    column: str
    before: object
    after: object


def questionnaires(firm: Firm) -> dict[str, bytes]:
    """Return the questionnaire of every supplier that delivers something, by the supplier's id."""
    asked = {}
    sites = {site.id: site for site in firm.sites}
    for supplier in firm.suppliers:
        if any(row.site in sites and sites[row.site].supplier == supplier.id for row in firm.sources):
            asked[supplier.id] = questionnaire(firm, supplier.id)
    return asked


def questionnaire(firm: Firm, supplier: str) -> bytes:
    """Return one supplier's questionnaire (XLSX): a row for each part and site, what is known in it."""
    return workbook_bytes([("questions", _questions(firm, supplier)), ("help", _help(firm))], _DAY)


def _questions(firm: Firm, supplier: str) -> list[list[object]]:
    sites = {site.id: site for site in firm.sites if site.supplier == supplier}
    parts = {part.id: part for part in firm.parts}
    rows: list[list[object]] = [[*KEYS, *ANSWERS]]
    for source in firm.sources:
        if source.site in sites:
            part, site = parts[source.part], sites[source.site]
            rows.append([part.id, part.description, site.id, *_known(part, site)])
    return [[_coded(cell) for cell in row] for row in rows]


def _coded(cell: object) -> object:
    """Return a text so that a workbook does not take part of it for one coded character."""
    return CODED.sub(lambda found: f"_x005F{found[0]}", cell) if isinstance(cell, str) else cell


def _known(part: Part, site: Site) -> list[object]:
    elements = "; ".join(f"{name} {grams!r}" for name, grams in part.element_grams)
    return [part.magnet_grams, part.grade, elements, site.recover_weeks]


def _help(firm: Firm) -> list[list[object]]:
    rows: list[list[object]] = [["column", "question", "how to write it"]]
    for name, (_sheet, kind, question) in ANSWERS.items():
        rows.append([name, question, CURES[kind]])
    rows.append(["", f"Asked by {firm.head.name}. Leave a cell empty if you cannot answer; add no rows.", ""])
    return rows


def merged(firm: Firm, replies: Sequence[Path]) -> tuple[Firm, tuple[Change, ...]]:
    """Return the firm with the answers of some replies, and every cell that changed.

    An empty cell, or ``unknown``, changes nothing.

    Raises
    ------
    InputError
        Anything is wrong with any reply, or two replies answer differently: all faults at once.
    """
    told = _Told(firm)
    for path in replies:
        told.take(path)
    if told.faults:
        raise InputError(_PHASE, told.faults)
    changes: list[Change] = []
    parts = tuple(_renewed("parts", row, told, changes) for row in firm.parts)
    sites = tuple(_renewed("sites", row, told, changes) for row in firm.sites)
    return replace(firm, parts=parts, sites=sites), tuple(changes)


def _renewed(sheet: str, row: Any, told: _Told, changes: list[Change]) -> Any:
    """Return a row with the answers that are news."""
    fresh = {}
    for column, (where, _kind, _question) in ANSWERS.items():
        answer = told.answers.get((sheet, row.id, column))
        if where == sheet and answer is not None and answer[0] != getattr(row, column):
            changes.append(Change(sheet, row.id, column, getattr(row, column), answer[0]))
            fresh[column] = answer[0]
    return replace(row, **fresh) if fresh else row


class _Told:
    """Answers by sheet, id and column, and what is wrong with them."""

    def __init__(self, firm: Firm) -> None:
        self.asked = {(source.part, source.site) for source in firm.sources}
        self.answers: dict[tuple[str, str, str], tuple[object, str]] = {}
        self.faults: list[Fault] = []

    def take(self, path: Path) -> None:
        """Gather the answers of one reply."""
        data = read_bytes(path)
        if isinstance(data, Fault):
            self.faults.append(data)
            return
        if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            texts, faults = tables_of(path.name, data, ("questions",))
            if not texts and not faults:
                faults = [
                    Fault("the sheet 'questions' is missing", path.name, cure="send the whole file back")
                ]
            self.faults += faults
            data = texts.get("questions", b"")
            if faults:
                return
        header, rows, faults = rows_of(path.name, data)
        self.faults += faults
        missing = [name for name in ("part", "site") if name not in header]
        if missing:
            cure = "send back the questionnaire with its columns"
            self.faults.append(Fault(f"column {missing[0]!r} is missing", path.name, cure=cure))
            return
        for row in rows:
            self._row(row)

    def _row(self, row: Cells) -> None:
        part, site = row.cells.get("part", ""), row.cells.get("site", "")
        if (part, site) not in self.asked:
            what = f"{part[:40]!r} from {site[:40]!r} was not asked about"
            self.faults.append(Fault(what, row.at, cure="keep the first columns as they were"))
            return
        for column, (sheet, kind, _question) in ANSWERS.items():
            where = f"{row.at}, column {column}"
            answer = read_cell(kind, row.cells.get(column, ""), where, self.faults)
            if answer is not None and answer != UNKNOWN:
                self._note((sheet, part if sheet == "parts" else site, column), answer, where)

    def _note(self, key: tuple[str, str, str], value: object, where: str) -> None:
        known = self.answers.setdefault(key, (value, where))
        if known[0] != value:
            what = f"{key[1][:40]!r} is answered in two ways: {known[0]} and {value}"
            cure = "ask again, or make them two parts"
            self.faults.append(Fault(what, where, f"first at {known[1]}", cure))
