"""Verdicts on changes, multiples, comparisons and ranks: two readings set against each other."""

from __future__ import annotations

import re
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
from dearth.measures.claim_sums import ends_alone, told_beside_its_ends
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

__all__ = ["change_verdict", "comparison_verdict"]

_GREW: Final = re.compile(r"\b(?:doubl|tripl|trebl|quadrupl|halv)\w*|翻|倍增|减半|腰斩", re.IGNORECASE)
_MIDYEAR: Final = "07"  # before July nobody knows the figures of the year
_PART: Final = "a part of a year set against a whole one"


def change_verdict(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on a change or a multiple of one thing over time."""
    off = told_beside_its_ends(statement)
    if off:
        return _not_closing(statement, book, day, off)
    if statement.subject == "price":
        return price_change(statement, book, day)
    missing = missing_words(statement)
    if missing:
        return _without_place(statement, book, day, missing)
    if statement.figure("from") is not None:
        return _ends(statement, book, day)
    return _between(statement, book, day)


def _without_place(statement: Statement, book: Book, day: str, missing: str) -> Verdict:
    """Return support where the trade of China, whose alone the book has, moved so; else what is missing."""
    if missing.endswith("whose trade"):
        found = change_verdict(replace(statement, place="CHN"), book, day)
        note = "the sentence does not say whose trade: read as that of China, the only one in the book"
        return replace(found, notes=(*found.notes, note)) if found.verdict == SUPPORTED else cannot(missing)
    return cannot(missing)


def _between(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on a change, from two readings of one basis at the two times that are meant."""
    form = "level" if statement.figures[0].unit != "points" else "share"
    pairs = _pairs(statement, list(readings(book, asked_of(statement), form)), int(day[:4]))
    if not pairs:
        return cannot("the book lacks one of the two times")
    judged = [(moved(statement, pair), pair) for pair in pairs]
    found = _changed(statement, judged)
    if (
        found.verdict == CONTRADICTED
        and statement.kind == "multiple"
        and not (statement.base or _grew(statement))
    ):
        return cannot("the words do not say what it is a multiple of", found.evidence)
    return concluded(found, statement)


def _grew(statement: Statement) -> bool:
    """Say whether a multiple is told as a growth: ``doubled``, 增长两倍."""
    return bool(statement.direction) or bool(_GREW.search(statement.text))


def _not_closing(statement: Statement, book: Book, day: str, off: str) -> Verdict:
    """Return "contradicted" where the ends are those of the book and the change is not theirs."""
    ends = change_verdict(ends_alone(statement), book, day)
    if ends.verdict != SUPPORTED:
        return cannot(f"the sum does not close: the two ends give {off}; {ends.why}", ends.evidence)
    why = f"the two ends are right, and they give {off}"
    return concluded(Verdict(CONTRADICTED, why, ends.evidence, ends.value), statement)


def _pairs(statement: Statement, known: Sequence[Reading], year: int) -> list[Pair]:
    """Return (later, earlier) readings of the times that the words mean, of one basis each."""
    found: list[Pair] = []
    if not any(one.primary for one in known):
        known = [replace(one, primary=True) for one in known]
    for later, earlier in _times(statement, year):
        after = in_window(known, later, year, 0)
        before = in_window(known, earlier, year, 0)
        found += [(a, b) for a in after for b in before if _alike(a, b)]
        if found and later.startswith("batch"):
            break
    return found


def _alike(one: Reading, other: Reading) -> bool:
    partial = "batch" in one.basis
    same = one.basis == other.basis or (partial and other.whole_year)
    halves = partial and "batch" in other.basis
    meant = (one.primary or partial) and (other.primary or halves)
    return same and one.unit == other.unit and meant and other.high > 0


def _times(statement: Statement, year: int) -> Iterator[tuple[str, str]]:
    """Yield the later and the earlier period that may be meant."""
    period, base = statement.period, statement.base
    if base and base not in ("y/y", "m/m") and period:
        whole = period.startswith("batch") and len(base) == len("2024")
        yield period[-4:] if whole else period, base
        return
    if base == "m/m" and len(period) == len("2025-06"):
        yield period, _month_before(period)
        return
    if period.startswith("batch"):
        yield period, f"{period[:-4]}{int(period[-4:]) - 1}"
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
    plain = [(found, pair) for found, pair in judged if not (pair[0].rival or pair[1].rival)]
    if any(found == "match" for found, _pair in plain):
        judged = plain
    matched = [pair for found, pair in judged if found == "match"]
    far = [pair for found, pair in judged if found == "far"]
    shown: list[tuple[Relation, Reading]] = [(found, one) for found, pair in judged[:3] for one in pair]
    if matched and any("batch" in pair[0].basis and "batch" not in pair[1].basis for pair in matched):
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
        one for one in readings(book, asked_of(statement), form) if one.unit == end.unit and not one.bound
    ]
    known = [one for one in known if one.primary] or known
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
        if b.first[:7] > a.last[:7] and b.year <= year and relation_of(end, b.low, b.high) == "match"
    ]
    if not hits:
        return _wrong_end(statement, known, start, end) or cannot(
            "the book does not have both ends of the change"
        )
    pair = hits[-1]
    told = not statement.period or statement.period[:4] in (pair[0].period[:4], pair[1].period[:4])
    shown: list[tuple[Relation, Reading]] = [("match", one) for one in pair]
    if not told:
        return cannot("the book has both ends, at other times", shown)
    return concluded(
        Verdict(SUPPORTED, "the book has both ends", tuple(shown), move_in_words(pair)), statement
    )


def _wrong_end(statement: Statement, known: Sequence[Reading], start: Figure, end: Figure) -> Verdict | None:
    """Return "contradicted" where both times are told and a firm row of one of them is far from its end."""
    if not statement.period or len(statement.base) != len(statement.period) or statement.hedged:
        return None
    told = ((start, statement.base), (end, statement.period))
    beside = [
        [(relation_of(figure, one.low, one.high), one) for one in known if one.period == period]
        for figure, period in told
    ]
    if not all(beside) or not any({found for found, _one in pairs} == {"far"} for pairs in beside):
        return None
    shown: list[tuple[Relation, Reading]] = [pair for pairs in beside for pair in pairs[:2]]
    if any(one.grade not in "AB" for _found, one in shown):
        return None
    value = move_in_words((beside[1][0][1], beside[0][0][1]))
    return concluded(Verdict(CONTRADICTED, f"the book has {value}", tuple(shown), value), statement)


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
