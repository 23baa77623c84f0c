"""A bill of materials: its columns, what may be wrong with it, and the tree of its lines.

========================= ==============================================================================
column                    meaning (an empty cell is unknown, never none or zero)
========================= ==============================================================================
id                        name of the line, once in the file (needed)
parent                    id of the line it is a part of; empty for a product
description               ordinary words, Chinese, trade name; read through the lexicon
quantity                  how many of it are in ONE of its parent
value, currency           value of ONE of it, and the three letters of the currency
value_share               instead: its share (0-1) of the value of one parent, all pieces together
origin                    country of origin, two letters
form, elements, family,   facts of the item as in a case; elements joined by ``|`` (``none``: no rare earth
alloy, grade, hs, cas     is in it); they go before what the description says
deep_processed, cn_tech,  yes or no
re_content
cn_share_low,             stated range (0-1) of the share of its value that is Chinese-origin items of
cn_share_high             Part 1 of the annex; a supplier's word
breakdown                 ``part`` when its lines below do not name everything in it; empty: ``whole``
========================= ==============================================================================

Other columns are left unread, with a warning.  CSV, XLSX (one sheet) or JSON; see ``bill_table``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dearth.book.read import read_bytes
from dearth.errors import Fault, InputError, did_you_mean
from dearth.rules.bill_table import BillTable, Cells, cut
from dearth.rules.conditions import FactValue
from dearth.rules.goods import known_alloy
from dearth.rules.read import load_rules
from dearth.rules.ruleset import RuleSet

__all__ = ["COLUMNS", "Bill", "Line", "read_bill", "read_bill_bytes"]

COLUMNS: Final[Mapping[str, str]] = {
    "id": "text", "parent": "text", "description": "text", "quantity": "amount", "value": "money",
    "currency": "currency", "value_share": "share", "origin": "place", "form": "choice",
    "elements": "elements", "family": "choice", "alloy": "text", "grade": "text", "hs": "hs", "cas": "text",
    "deep_processed": "flag", "cn_tech": "flag", "re_content": "flag", "cn_share_low": "share",
    "cn_share_high": "share", "breakdown": "breakdown",
}  # fmt: skip
MAX_FAULTS: Final = 200
_PHASE: Final = "Reading the bill of materials"
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_LIKE_NUMBER: Final = re.compile(r"[+-]?[\d.,'\s]+%?")
_CURES: Final = {
    "amount": "write a number above 0, with a decimal point",
    "money": "write a number from 0 up, with a decimal point and no unit",
    "share": "write a share from 0 to 1, e.g. 0.05 for 5 %",
    "currency": "write three capital letters, e.g. EUR",
    "place": "write two capital letters, e.g. CN, DE, US",
    "flag": "write yes or no, or leave it empty when it is unknown",
    "hs": "write 4-10 digits",
    "breakdown": "write whole or part",
}
_FLAGS: Final = {"yes": True, "no": False, "true": True, "false": False}
_MOST: Final = 1e15
_GUESSED_FROM: Final = 2000  # names among which "did you mean" looks, and how often it does
_GUESSES: Final = 20
_Value = str | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill.

    Attributes
    ----------
    row
        Line of the file (of a list in JSON, its place).
    quantity
        Pieces in one of its parent; None: unknown.
    value
        Of one piece, in `currency`; None: unknown.
    value_share
        Of all its pieces in the value of one parent; None: not stated.
    facts
        Facts ``item.*`` that the columns state.
    cn_share
        Stated range of the Chinese share, or None.
    whole
        Whether the lines below name everything in it.
    """

    row: int
    id: str
    parent: str
    words: str
    quantity: float | None
    value: float | None
    currency: str
    value_share: float | None
    facts: Mapping[str, FactValue]
    cn_share: tuple[float, float] | None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines in the order of the file, and their tree by place in that order.

    Attributes
    ----------
    parents
        Place of each line's parent; -1 for a product.
    children
        Places of the lines below each.
    upward
        Every place, each after all that is below it.
    depths
        Lines above each line.
    """

    name: str
    lines: tuple[Line, ...]
    parents: tuple[int, ...]
    children: tuple[tuple[int, ...], ...]
    upward: tuple[int, ...]
    depths: tuple[int, ...]
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reader:
    """Reads cells by kind; what is wrong goes to the table."""

    table: BillTable
    rules: RuleSet
    values: dict[str, _Value] = field(default_factory=dict)

    def fail(self, row: int, column: str, what: str, cure: str) -> None:
        self.table.fail(what, row, column, cure)

    def read(self, line: Cells) -> dict[str, _Value]:
        found: dict[str, _Value] = {}
        for column, kind in COLUMNS.items():
            text = line.cells.get(column, "")
            if text:
                value = self._read(line.row, column, kind, text)
                if value is not None:
                    found[column] = value
        return found

    def _read(self, row: int, column: str, kind: str, text: str) -> _Value | None:
        if kind in {"amount", "money", "share"}:
            return self._number(row, column, kind, text)
        if kind in {"choice", "elements"}:
            return self._choices(row, column, text)
        return self._word(row, column, kind, text)

    def _number(self, row: int, column: str, kind: str, text: str) -> float | None:
        if not text.isascii() or not _NUMBER.fullmatch(text):
            what = f"{text[:40]!r} is not a plain number"
            self.fail(
                row,
                column,
                what,
                _CURES[kind]
                + ("; no commas, blanks or percent signs" if _LIKE_NUMBER.fullmatch(text) else ""),
            )
            return None
        value = float(text)
        wrong = _out_of_range(value, kind)
        if wrong:
            self.fail(row, column, f"{text[:40]} is {wrong}", _CURES[kind])
            return None
        return value

    def _choices(self, row: int, column: str, text: str) -> _Value | None:
        known = self.rules.facts[f"item.{column}"].values
        if column != "elements":
            return self._one_of(row, column, text, known)
        if text.casefold() == "none":
            return ()
        parts = [part.strip() for part in re.split(r"[|;,/\s]+", text) if part.strip()]
        if not parts:
            self.fail(row, column, f"{text[:40]!r} names no element", "write symbols, or none")
            return None
        found = [self._one_of(row, column, part, known) for part in parts]
        return tuple(dict.fromkeys(one for one in found if one is not None)) if all(found) else None

    def _one_of(self, row: int, column: str, text: str, known: tuple[str, ...]) -> str | None:
        by_fold = {name.casefold(): name for name in known}
        if text.casefold() in by_fold:
            return by_fold[text.casefold()]
        few = len(self.table.faults) < MAX_FAULTS  # the rest is not shown
        self.fail(row, column, f"{text[:40]!r} is not known", did_you_mean(text[:60], known) if few else "")
        return None

    def _word(self, row: int, column: str, kind: str, text: str) -> _Value | None:
        if kind == "text":
            return text
        if kind == "flag" and text.casefold() in _FLAGS:
            return _FLAGS[text.casefold()]
        plain = text.replace(".", "").replace(" ", "") if kind == "hs" else text
        if kind in _SHAPES and _SHAPES[kind].fullmatch(plain):
            return plain
        self.fail(row, column, f"{text[:40]!r} will not do", _CURES[kind])
        return None


def _out_of_range(value: float, kind: str) -> str:
    if kind == "share" and value > 1:
        return "above 1"
    if kind == "amount" and value <= 0:
        return "not above 0"
    if value < 0:
        return "below 0"
    return f"above {_MOST:g}" if value > _MOST else ""


_SHAPES: Final = {
    "currency": re.compile(r"[A-Z]{3}"),
    "place": re.compile(r"[A-Z]{2}"),
    "hs": re.compile(r"[0-9]{4,10}"),
    "breakdown": re.compile(r"whole|part"),
}


def read_bill(path: Path, rules: RuleSet | None = None) -> Bill:
    """Return the bill in a file.

    Raises
    ------
    InputError
        With everything that is wrong with it, each with row and column.
    """
    data = read_bytes(Path(path))
    if isinstance(data, Fault):
        raise InputError(_PHASE, data)
    return read_bill_bytes(Path(path).name, data, rules)


def read_bill_bytes(name: str, data: bytes, rules: RuleSet | None = None) -> Bill:
    """Return the bill that a file of this name and content holds; raises as :func:`read_bill`."""
    table = cut(name, data)
    if not table.faults and "id" not in table.columns:
        table.fail("column 'id' is missing", 1, cure="the columns are " + ", ".join(COLUMNS))
    _refuse(table)
    reader = _Reader(table, rules or load_rules())
    lines = [_line(reader, cells) for cells in table.lines]
    parents = _linked(table, lines)
    children, upward, depths = _tree(table, lines, parents)
    _check_shares(table, lines, children)
    _refuse(table)
    return Bill(name, tuple(lines), parents, children, upward, depths, tuple(_warnings(table)))


def _refuse(table: BillTable) -> None:
    if table.faults:
        more = len(table.faults) - MAX_FAULTS
        tail = [Fault(f"and {more} more faults", table.name)] if more > 0 else []
        raise InputError(_PHASE, [*table.faults[:MAX_FAULTS], *tail])


def _line(reader: _Reader, line: Cells) -> Line:
    found = reader.read(line)
    row = line.row
    if not line.cells.get("id"):
        reader.fail(row, "id", "the cell is empty", "every line has a name of its own")
    if not any(found.get(column) for column in ("description", "form", "grade", "hs", "cas", "alloy")):
        reader.fail(row, "description", "nothing says what it is", "describe it, or give form and elements")
    low, high = (_real(found.get(column)) for column in ("cn_share_low", "cn_share_high"))
    if low is not None and high is not None and low > high:
        reader.fail(row, "cn_share_low", f"{low:g} is above {high:g}", "the low end goes first")
    if found.get("value") is not None and not found.get("currency"):
        reader.fail(row, "currency", "a value needs a currency", _CURES["currency"])
    stated = low is not None or high is not None
    return Line(
        row=row,
        id=str(found.get("id", "")),
        parent=str(found.get("parent", "")),
        words=" ".join(str(found[name]) for name in ("description", "grade", "cas") if name in found),
        quantity=_real(found.get("quantity")),
        value=_real(found.get("value")),
        currency=str(found.get("currency", "")),
        value_share=_real(found.get("value_share")),
        facts=_facts(found, reader.rules),
        cn_share=(low or 0.0, 1.0 if high is None else high) if stated else None,
        whole=found.get("breakdown") != "part",
    )


def _real(value: _Value | None) -> float | None:
    return value if isinstance(value, float) else None


def _facts(found: Mapping[str, _Value], rules: RuleSet) -> dict[str, FactValue]:
    names = ("origin", "form", "elements", "family", "alloy", "deep_processed", "cn_tech", "re_content")
    facts: dict[str, FactValue] = {f"item.{name}": found[name] for name in names if name in found}
    if "item.alloy" in facts:
        facts["item.alloy"] = known_alloy(facts["item.alloy"], rules.control_items)
    code = str(found.get("hs", ""))
    if len(code) >= 8:  # noqa: PLR2004 (the fact has eight digits)
        facts["item.hs8"] = code[:8]
    return facts


def _linked(table: BillTable, lines: list[Line]) -> tuple[int, ...]:
    """Return the place of every line's parent, -1 for none."""
    places: dict[str, int] = {}
    for place, line in enumerate(lines):
        if line.id in places and line.id:
            what = f"{line.id[:60]!r} stands on row {lines[places[line.id]].row} too"
            table.fail(what, line.row, "id", "name every line once, also where one part is used twice")
        else:
            places[line.id] = place
    known = list(places)[:_GUESSED_FROM]
    for line in lines:
        if line.parent and line.parent not in places:
            few = len(table.faults) < _GUESSES
            cure = did_you_mean(line.parent[:60], known) if few else "name a line of the bill"
            table.fail(f"there is no line {line.parent[:60]!r}", line.row, "parent", cure)
    return tuple(places.get(line.parent, -1) if line.parent else -1 for line in lines)


def _tree(
    table: BillTable, lines: list[Line], parents: tuple[int, ...]
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...], tuple[int, ...]]:
    """Return children, an order from the parts up, and depths; lines that go in a circle are faults."""
    children: list[list[int]] = [[] for _ in lines]
    for place, parent in enumerate(parents):
        if parent >= 0:
            children[parent].append(place)
    downward = [place for place, parent in enumerate(parents) if parent < 0]
    depths = [0] * len(lines)
    for place in downward:  # grows while it is walked
        for child in children[place]:
            depths[child] = depths[place] + 1
            downward.append(child)
    reached = set(downward)
    for circle in _circles(parents, reached):
        names = " in ".join(lines[place].id[:40] for place in (*circle[:5], circle[0]))
        table.fail(
            f"goes in a circle: {names}", lines[circle[0]].row, "parent", "a part is never inside itself"
        )
    return tuple(map(tuple, children)), tuple(reversed(downward)), tuple(depths)


def _circles(parents: tuple[int, ...], reached: set[int]) -> Iterator[list[int]]:
    seen = set(reached)
    for start in range(len(parents)):
        path: dict[int, None] = {}
        place = start
        while place not in seen and place not in path:
            path[place] = None
            place = parents[place]
        if place in path:
            walked = list(path)
            yield walked[walked.index(place) :]
        seen.update(path)


def _check_shares(table: BillTable, lines: list[Line], children: tuple[tuple[int, ...], ...]) -> None:
    for place, below in enumerate(children):
        total = sum(lines[child].value_share or 0.0 for child in below)
        if total > 1 + 1e-9:
            ids = ", ".join(lines[child].id[:30] for child in below[:5])
            what = f"the shares of {ids} in {lines[place].id[:30]} add up to {total:.6g}, above 1"
            table.fail(what, lines[below[0]].row, "value_share", "the parts are at most the whole")
    for line in lines:
        if line.value_share is not None and not line.parent:
            table.fail("a product has no share of a parent", line.row, "value_share", "leave it empty")


def _warnings(table: BillTable) -> Iterator[str]:
    counted = Counter(column for column in table.columns if column and column not in COLUMNS)
    for column in counted:
        cure = did_you_mean(column[:60], list(COLUMNS))
        yield f"column {column[:60]!r} is not read" + (f"; {cure}" if cure.startswith("did") else "")
