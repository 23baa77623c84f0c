"""What may be wrong with a firm as a whole: ids, references, circles, shares, capacities; all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from dearth.errors import Fault, did_you_mean
from dearth.firm.fields import SHEETS
from dearth.firm.network import Firm

__all__ = ["circles", "firm_faults"]

_GUESSES: Final = 20  # faults that get a "did you mean"
_GUESSED_FROM: Final = 2000
_SHOWN: Final = 6
_CIRCLES: Final = 10
_SLACK: Final = 1e-9
_WITH_IDS: Final = tuple(name for name, columns in SHEETS.items() if columns[0].name == "id")


def firm_faults(firm: Firm, unread: Iterable[str] = ()) -> Iterator[Fault]:
    """Yield everything that is wrong with a firm as a whole.

    Parameters
    ----------
    unread
        Sheets that could not be read: what refers to them is not judged.
    """
    broken = set(unread)
    yield from _heads(firm)
    yield from _twice(firm)
    yield from _references(firm, broken)
    yield from _doubles(firm)
    yield from _circle_faults(firm)
    yield from _shares(firm)
    if not broken & {"bill", "sources", "sites"}:
        yield from _recipes(firm)


def _where(row: Any, column: str) -> str:
    return f"{row.at}, column {column}"


def _heads(firm: Firm) -> Iterator[Fault]:
    if not firm.lines:
        yield Fault("there is no line", "sheet lines", "nothing could stop", "write one row for every line")


def _twice(firm: Firm) -> Iterator[Fault]:
    """Ids are single over all sheets, for a stock or a bill names a part or a line."""
    first: dict[str, Any] = {}
    for sheet in _WITH_IDS:
        for row in firm.sheet(sheet):
            known = first.setdefault(row.id, row)
            if row.id and known is not row:
                what = f"{row.id[:60]!r} stands twice"
                yield Fault(
                    what, _where(row, "id"), f"first at {known.at}", "give every thing a name of its own"
                )


def _references(firm: Firm, broken: set[str]) -> Iterator[Fault]:
    ids = {sheet: {row.id for row in firm.sheet(sheet) if row.id} for sheet in _WITH_IDS}
    guesses = 0
    for sheet, columns in SHEETS.items():
        for column in columns:
            if column.kind != "ref" or broken & set(column.refers):
                continue
            known = set().union(*(ids[other] for other in column.refers))
            for row in firm.sheet(sheet):
                name = getattr(row, column.name)
                if name and name not in known:
                    guesses += 1
                    yield _unknown(row, column.name, name, column.refers, known if guesses < _GUESSES else ())


def _unknown(row: Any, column: str, name: str, sheets: tuple[str, ...], known: Iterable[str]) -> Fault:
    what = f"{name[:60]!r} is on none of the sheets {', '.join(sheets)}"
    what = f"{name[:60]!r} is not on the sheet {sheets[0]}" if len(sheets) == 1 else what
    near = sorted(known)[:_GUESSED_FROM]
    cure = did_you_mean(name[:60], near) if near else f"add it to {sheets[0]}"
    return Fault(what, _where(row, column), cure=cure)


def _doubles(firm: Firm) -> Iterator[Fault]:
    """Yield rows that say the same thing twice."""
    for sheet, columns, cure in (
        ("bill", ("parent", "part", "site"), "add the quantities up in one row"),
        ("sources", ("part", "site"), "keep one row for a part and a site"),
        ("stocks", ("item",), "add the quantities up in one row"),
    ):
        first: dict[tuple[str, ...], Any] = {}
        for row in firm.sheet(sheet):
            key = tuple(getattr(row, name) for name in columns)
            if not all(key[:1]):
                continue
            known = first.setdefault(key, row)
            if known is not row:
                named = " from ".join(one[:40] for one in key if one)
                yield Fault(f"{named!r} stands twice", _where(row, columns[0]), f"first at {known.at}", cure)


def circles(edges: Iterable[tuple[str, str]]) -> Iterator[list[str]]:
    """Yield circles of a graph of ``(parent, child)``, at most ten, none twice."""
    below: dict[str, list[str]] = defaultdict(list)
    for parent, child in edges:
        below[parent].append(child)
    state: dict[str, int] = {}  # 1: on the way, 2: done
    found = 0
    for start in list(below):
        for circle in _walk(start, below, state):
            yield circle
            found += 1
            if found >= _CIRCLES:
                return


def _walk(start: str, below: Mapping[str, list[str]], state: dict[str, int]) -> Iterator[list[str]]:
    """Walk down from `start` without recursion; a bill may be deeper than Python likes."""
    if state.get(start):
        return
    path, todo = [start], [iter(below.get(start, ()))]
    state[start] = 1
    while path:
        child = next(todo[-1], None)
        if child is None:
            state[path.pop()] = 2
            todo.pop()
        elif state.get(child) == 1:
            yield path[path.index(child) :]
        elif child not in state:
            state[child] = 1
            path.append(child)
            todo.append(iter(below.get(child, ())))


def _circle_faults(firm: Firm) -> Iterator[Fault]:
    rows = {(row.parent, row.part): row for row in firm.bill if row.parent and row.part}
    for circle in circles(rows):
        named = [*circle[:_SHOWN], circle[0]]
        row = rows[circle[-1], circle[0]]
        what = "goes in a circle: " + " needs ".join(name[:40] for name in named)
        yield Fault(
            what, _where(row, "part"), cure="a part is never inside itself: take one of these rows out"
        )


def _shares(firm: Firm) -> Iterator[Fault]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in firm.sources:
        groups[row.part].append(row)
    for part, rows in groups.items():
        stated = [row.share for row in rows if row.share is not None]
        total = sum(stated)
        if total > 1 + _SLACK:
            what = f"the shares of {part[:40]!r} add up to {total:.6g}, above 1"
            yield Fault(what, _where(rows[-1], "share"), cure="all sources together are 1")
        elif len(stated) == len(rows) and total < 1 - 1e-6:
            what = f"the shares of {part[:40]!r} add up to {total:.6g}, below 1"
            yield Fault(
                what, _where(rows[-1], "share"), cure="name the other source, or leave one share empty"
            )
        for row in rows:
            if row.most_share is not None and row.share is not None and row.most_share < row.share - _SLACK:
                what = f"{row.most_share:g} is below the usual share of {row.share:g}"
                yield Fault(what, _where(row, "most_share"), cure="leave it empty, or write the larger share")


def _recipes(firm: Firm) -> Iterator[Fault]:
    """Yield rows of the bill that are tied to a site from which the parent does not come."""
    made = {(row.part, row.site) for row in firm.sources} | {(line.id, line.plant) for line in firm.lines}
    for row in firm.bill:
        if row.site and row.parent and (row.parent, row.site) not in made:
            what = f"{row.parent[:40]!r} does not come from {row.site[:40]!r}"
            yield Fault(what, _where(row, "site"), cure="add the source, or leave the cell empty")
