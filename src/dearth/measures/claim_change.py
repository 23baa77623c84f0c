"""Verdicts on changes, multiples, comparisons and ranks: two readings set against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from dearth.articles.patterns import subjects, tolerance
from dearth.articles.statement import Figure, Statement
from dearth.book import Book
from dearth.measures.claim_compare import Relation, in_window, relation_of
from dearth.measures.claim_pairs import Pair, move_in_words, moved
from dearth.measures.claim_price import price_change
from dearth.measures.claim_readings import Asked, Reading, readings
from dearth.measures.claim_verdict import (
    BASIS,
    CONTRADICTED,
    SUPPORTED,
    Verdict,
    asked_of,
    cannot,
    concluded,
    missing_words,
)

__all__ = ["change_verdict", "comparison_verdict", "rank_verdict"]

_MIDYEAR: Final = "07"  # before July nobody knows the figures of the year
_PART: Final = "a part of a year set against a whole one"


def change_verdict(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on a change or a multiple of one thing over time."""
    if statement.subject == "price":
        return price_change(statement, book, day)
    missing = missing_words(statement)
    if missing.endswith("whose trade"):
        found = change_verdict(replace(statement, place="CHN"), book, day)
        note = "the sentence does not say whose trade: read as that of China, the only one in the book"
        return replace(found, notes=(*found.notes, note)) if found.verdict == SUPPORTED else cannot(missing)
    if missing:
        return cannot(missing)
    if statement.figure("from") is not None:
        return _ends(statement, book, day)
    form = "level" if statement.figures[0].unit != "points" else "share"
    pairs = _pairs(statement, list(readings(book, asked_of(statement), form)), int(day[:4]))
    if not pairs:
        return cannot("the book lacks one of the two times")
    judged = [(moved(statement, pair), pair) for pair in pairs]
    return concluded(_changed(statement, judged), statement)


def _pairs(statement: Statement, known: Sequence[Reading], year: int) -> list[Pair]:
    """Return (later, earlier) readings of the times that the words mean, of one basis each."""
    found: list[Pair] = []
    for later, earlier in _times(statement, year):
        after = in_window(known, later, year, 0)
        before = in_window(known, earlier, year, 0)
        found += [(a, b) for a in after for b in before if _alike(a, b)]
    return found


def _alike(one: Reading, other: Reading) -> bool:
    partial = one.basis.startswith("batch") or "batch" in one.basis
    same = one.basis == other.basis or (partial and other.whole_year)
    return same and one.unit == other.unit and one.primary | partial and other.primary and other.high > 0


def _times(statement: Statement, year: int) -> Iterator[tuple[str, str]]:
    """Yield the later and the earlier period that may be meant."""
    period, base = statement.period, statement.base
    if base and base not in ("y/y", "m/m") and period:
        yield period, base
        return
    if base == "m/m" and len(period) == len("2025-06"):
        yield period, _month_before(period)
        return
    if period.startswith("batch"):
        yield period, str(int(period[-4:]) - 1)
        return
    if period:
        yield period, _year_before(period)
        return
    if base and base not in ("y/y", "m/m"):
        later = str(int(base[:4]) + 1) if len(base) == 4 else _month_after(base)  # noqa: PLR2004
        yield later, base
        return
    back = int(tolerance()["years-back"])
    for late in range(year, year - back - 1, -1):
        yield str(late), str(late - 1)


def _month_before(period: str) -> str:
    year, month = int(period[:4]), int(period[5:7])
    return f"{year - 1}-12" if month == 1 else f"{year}-{month - 1:02d}"


def _month_after(period: str) -> str:
    year, month = int(period[:4]), int(period[5:7])
    return f"{year + 1}-01" if month == 12 else f"{year}-{month + 1:02d}"  # noqa: PLR2004 (December)


def _year_before(period: str) -> str:
    return "..".join(f"{int(part[:4]) - 1}{part[4:]}" for part in period.split(".."))


def _changed(statement: Statement, judged: Sequence[tuple[Relation, Pair]]) -> Verdict:
    matched = [pair for found, pair in judged if found == "match"]
    far = [pair for found, pair in judged if found == "far"]
    shown: list[tuple[Relation, Reading]] = [(found, one) for found, pair in judged[:3] for one in pair]
    if matched and any("batch" in pair[0].basis for pair in matched):
        return Verdict(
            BASIS,
            f"the arithmetic is right, but it is {_PART}: {move_in_words(matched[0])}",
            tuple(shown),
            move_in_words(matched[0]),
        )
    if matched and far and statement.period:
        return Verdict(
            BASIS,
            f"right by {move_in_words(matched[0])}; not by {move_in_words(far[0])}",
            tuple(shown),
            move_in_words(matched[0]),
        )
    if matched:
        return Verdict(
            SUPPORTED, "the two times of the book give it", tuple(shown), move_in_words(matched[0])
        )
    if (
        len(far) == len(judged)
        and far
        and statement.period
        and not statement.hedged
        and all(a.grade in "AB" for a, _b in far)
    ):
        return Verdict(
            CONTRADICTED, f"the book has {move_in_words(far[0])}", tuple(shown), move_in_words(far[0])
        )
    return cannot("the book's change is another one, but not far enough to speak against it", shown)


def _ends(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on ``from A to B`` of a level or a share: both ends must be in the book."""
    start, end = statement.figure("from"), statement.figure("to")
    if start is None or end is None:
        return cannot("one end of the change is not told")
    form = "share" if end.unit == "%" else "level"
    known = [
        one
        for one in readings(book, asked_of(statement), form)
        if one.unit == end.unit and one.primary and not one.bound
    ]
    year = int(day[:4])
    first = [
        o
        for o in known
        if relation_of(start, o.low, o.high) == "match"
        and year - int(tolerance()["stale-years"]) <= o.year <= year
    ]
    hits = [
        (b, a)
        for a in first
        for b in known
        if b.year > a.year and b.year <= year and relation_of(end, b.low, b.high) == "match"
    ]
    if not hits:
        return cannot("the book does not have both ends of the change")
    pair = hits[-1]
    told = not statement.period or statement.period[:4] in (pair[0].period[:4], pair[1].period[:4])
    shown: list[tuple[Relation, Reading]] = [("match", one) for one in pair]
    if not told:
        return cannot("the book has both ends, at other times", shown)
    return concluded(
        Verdict(SUPPORTED, "the book has both ends", tuple(shown), move_in_words(pair)), statement
    )


def comparison_verdict(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on one thing set against another: ``a quarter of China's output``."""
    place, subject, parts = statement.comparison
    here = asked_of(statement)
    there = replace(here, subject=subject or here.subject, place=place or here.place)
    home = here.place and there.place
    here, there = _with_home(here), _with_home(there)
    if not here.place or not there.place:
        return cannot("the words do not say whose figures are compared")
    year = int(day[:4]) - (day[5:7] < _MIDYEAR)
    own, other = (list(readings(book, asked, "level")) for asked in (here, there))
    pairs = [
        (a, b)
        for period in _years_meant(statement, year)
        for a in in_window(own, period, year, 0)
        for b in in_window(other, period, year, 0)
        if a.primary and b.primary and a.unit == b.unit and b.high > 0
    ]
    if not pairs:
        return cannot("the book lacks one side of the comparison")
    figure = _as_ratio(statement.figures[0])
    times = float(parts)
    judged = [(relation_of(figure, times * a.low / b.high, times * a.high / b.low), (a, b)) for a, b in pairs]
    found = _compared(judged, times)
    if found.verdict == CONTRADICTED and not home:
        return cannot("the words do not say whose figures are compared", found.evidence)
    return concluded(found, statement)


def _with_home(asked: Asked) -> Asked:
    return (
        asked
        if asked.place
        else replace(asked, place=str(subjects().get(asked.subject, {}).get("place", "")))
    )


def _years_meant(statement: Statement, year: int) -> list[str]:
    if statement.period:
        return [statement.period]
    return [str(one) for one in range(year, year - int(tolerance()["years-back"]) - 1, -1)]


def _as_ratio(figure: Figure) -> Figure:
    scale = 0.01 if figure.unit == "%" else 1.0
    low, high = figure.low * scale, figure.high * scale
    step = max(figure.step * scale, 0.0 if figure.bound == "less" else float(tolerance()["multiple"]) * high)
    return Figure(low, high, "1", 0.0 if figure.bound == "less" else step, figure.bound)


def _compared(judged: Sequence[tuple[Relation, Pair]], times: float) -> Verdict:
    shown: list[tuple[Relation, Reading]] = [(found, one) for found, pair in judged[:3] for one in pair]
    a, b = judged[0][1]
    per = f" / {times:g}" if times != 1.0 else ""
    value = f"{a.high:,.6g} over {b.high:,.6g}{per} {a.unit} = {times * a.high / b.high:.2f} ({a.period})"
    kinds = {found for found, _pair in judged}
    if kinds == {"match"}:
        return Verdict(SUPPORTED, f"the book has {value}", tuple(shown), value)
    if "match" in kinds:
        return Verdict(BASIS, f"right for some years or rows only: {value}", tuple(shown), value)
    if kinds == {"far"} and all(one.grade in "AB" for _f, one in shown):
        return Verdict(CONTRADICTED, f"the book has {value}", tuple(shown), value)
    return cannot(f"not the same, and not far from it: {value}", shown)


def rank_verdict(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on ``the world's largest producer``: a rank among the places of the book."""
    if not statement.place or statement.subject == "magnet-output":
        return cannot("the book ranks mines and reserves by place, nothing else")
    level = subjects()[statement.subject]["level"][0]["quantity"]
    years = _years_meant(statement, int(day[:4]))
    for period in years:
        rows = [
            row
            for row in book.find(quantity=level, year=int(period[:4]))
            if row.element == "REO"
            and not row.sector
            and row.value is not None
            and row.place not in ("WORLD", "other countries")
        ]
        best: dict[str, float] = {}
        for row in rows:
            best[row.place] = max(best.get(row.place, 0.0), float(row.value or 0.0))
        if len(best) >= 5 and statement.place in best:  # noqa: PLR2004 (fewer places are no ranking)
            return concluded(_ranked(statement, book, best, period), statement)
    return cannot("the book has no ranking of that time")


def _ranked(statement: Statement, book: Book, best: dict[str, float], period: str) -> Verdict:
    order = sorted(best, key=lambda place: -best[place])
    rank = order.index(statement.place) + 1
    told = int(statement.figures[0].low)
    value = f"{statement.place} is number {rank} in {period}: " + ", ".join(
        f"{p} {best[p]:,.0f} t" for p in order[:3]
    )
    asked = [Asked(statement.subject, "REO", place) for place in order[:3]]
    rows = [
        one for a in asked for one in in_window(readings(book, a, "level"), period, int(period[:4]), 0)[:1]
    ]
    shown: tuple[tuple[Relation, Reading], ...] = tuple(
        ("match" if rank == told else "far", one) for one in rows
    )
    if rank == told:
        return Verdict(SUPPORTED, value, shown, value)
    margin = best[order[told - 1]] > 1.2 * best[statement.place]
    return Verdict(CONTRADICTED, value, shown, value) if margin and shown else cannot(value, shown)
