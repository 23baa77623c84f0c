"""From a statement and the readings of the book to a verdict, always with the rows it rests on.

The order of the tests is the whole rule: support only by what plain words mean, a mix-up only where the
figure is that of another row to two digits, contradiction last and only far from everything.  All else cannot
be checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dearth.articles.patterns import has_flag, subjects, tolerance
from dearth.articles.statement import Figure, Statement
from dearth.book import Book
from dearth.measures.claim_compare import Relation, firm, in_window, recent, relation, tightly
from dearth.measures.claim_mixups import feed_for_product, mixed_up, part_of_year
from dearth.measures.claim_readings import EDITIONS, Reading, readings
from dearth.measures.claim_verdict import (
    BASIS,
    CONTRADICTED,
    MIXED,
    MOST,
    OLD,
    SUPPORTED,
    Verdict,
    amount_in_words,
    asked_of,
    cannot,
    concluded,
    missing_words,
    slack_in_words,
    spread_of,
    subject_in_words,
)

__all__ = ["value_verdict"]

Pair = tuple[Relation, Reading]
_REVISED: Final = 0.05
_MINED: Final = re.compile(
    r"\b(?:mine[sd]?|mining|ores?|extract\w*|dug|digs?|concentrates?|raw)\b|采|矿", re.IGNORECASE
)
_ASIDE: Final = ("blanks", "two opinions", "unrecorded ore", EDITIONS)
_NEIGHBOUR: Final = 10.0  # points between two windows of years of one share of imports
_WINDOWS: Final = 4  # years: import shares are means of several


def value_verdict(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on a share, a level or a price.

    Parameters
    ----------
    day
        Of the article, or of the book when the article has no date; ISO.
    """
    missing = missing_words(statement)
    if missing:
        return _by_elimination(statement, book, day, missing)
    return _value_verdict(statement, book, day)


def _in_units_of_the_book(figure: Figure) -> Figure:
    if figure.unit != "CNY/t":
        return figure
    return replace(
        figure, low=figure.low / 1000.0, high=figure.high / 1000.0, step=figure.step / 1000.0, unit="CNY/kg"
    )


def _by_elimination(statement: Statement, book: Book, day: str, missing: str) -> Verdict:
    """Return support where only one place of the book can have a figure whose place is not told."""
    if statement.place or not missing.endswith(("which place", "whose trade")) or statement.negated:
        return cannot(missing)
    known = sorted({row.place for row in book.rows if row.quantity in _quantities(statement)} - {"WORLD", ""})
    tried = [(place, _value_verdict(replace(statement, place=place), book, day)) for place in known]
    hits = [(place, found) for place, found in tried if found.verdict in (SUPPORTED, BASIS, MIXED, OLD)]
    if len(hits) != 1 or hits[0][1].verdict != SUPPORTED:
        return cannot(missing)
    place, found = hits[0]
    if statement.figures[0].unit != "%" and not _taken(statement.figures[0], found):
        return cannot(missing)
    return replace(
        found, notes=(*found.notes, f"the sentence names no place: of those in the book only {place} has it")
    )


def _taken(figure: Figure, found: Verdict) -> bool:
    return any(of == "match" and tightly(figure, one.low, one.high) for of, one in found.evidence)


def _quantities(statement: Statement) -> set[str]:
    spec = subjects()[statement.subject]
    return {selector["quantity"] for form in ("share", "level") for selector in spec.get(form, ())}


def _value_verdict(statement: Statement, book: Book, day: str) -> Verdict:
    year = int(day[:4])
    figure = _in_units_of_the_book(statement.figures[0])
    form = "share" if figure.unit == "%" else "level"
    every = readings(book, asked_of(statement), form)
    known = [one for one in every if one.unit == figure.unit]
    if not known:
        mixed = mixed_up(statement, book, figure, year, [])
        return mixed or cannot(f"the book has no {form} of {subject_in_words(statement)}")
    current = _of_source(statement, _current(statement, _known_then(statement, known, year), day))
    if not current:
        return _without_current(statement, figure, known, book, year)
    pairs = tuple((relation(figure, one), one) for one in current)
    return concluded(_judged(_Beside(statement, book, figure, pairs, known, year)), statement)


def _current(statement: Statement, known: Sequence[Reading], day: str) -> list[Reading]:
    """Return the readings of the time that the words mean; what a machine holds or a deal costs has none."""
    subject, period, year = statement.subject, statement.period, int(day[:4])
    if has_flag(subject, "timeless"):
        return list(known)
    if subject == "licence-share":
        return [one for one in known if one.first.startswith(period)]
    if subject == "price" and not period:
        return recent(known, day, int(tolerance()["price-months"]))
    if subject == "import-share":
        return _windows(known, period, year)
    if subjects()[subject].get("latest") and not period:
        latest = max((one.year for one in known if one.year < year), default=0)
        return [one for one in known if one.year == latest]
    return in_window(known, period, year, int(tolerance()["years-back"]))


def _windows(known: Sequence[Reading], period: str, year: int) -> list[Reading]:
    """Return means of several years: those that cover the year told, or that end lately."""
    if not period:
        return [one for one in known if year - _WINDOWS <= one.year <= year]
    return [one for one in known if one.first[:4] <= period[:4] <= one.last[:4]]


def _known_then(statement: Statement, known: list[Reading], year: int) -> list[Reading]:
    """Leave out editions later than the article for what it says of its present; a named year takes all."""
    editions = statement.subject == "import-share" or subjects()[statement.subject].get("latest")
    then = [one for one in known if not one.vintage or int(one.vintage[:4]) <= year]
    return then if editions and then and not statement.period else known


def _of_source(statement: Statement, found: list[Reading]) -> list[Reading]:
    """Keep the readings of the source that the sentence names, where there are any, as what it means."""
    named = [
        one for one in found if statement.attributed and statement.attributed.lower() in one.source.lower()
    ]
    chosen = named or found
    thing = subjects()[statement.subject].get("thing")
    plain = (
        named
        or thing
        or statement.period.startswith("batch")
        or not any(one.primary and not one.bound for one in found)
    )
    return [replace(one, primary=EDITIONS not in one.basis) for one in chosen] if plain else chosen


@dataclass(frozen=True)
class _Beside:
    """A figure beside the readings of its time."""

    statement: Statement
    book: Book
    figure: Figure
    pairs: tuple[Pair, ...]
    known: Sequence[Reading]
    year: int

    @property
    def plain(self) -> list[Pair]:
        """What plain words mean, by the rows that the book prefers."""
        chosen = [(found, one) for found, one in self.pairs if one.primary and not one.rival]
        return chosen or [(found, one) for found, one in self.pairs if one.primary]

    @property
    def shown(self) -> tuple[Pair, ...]:
        """The readings in the order in which they are shown."""
        return _ordered(self.pairs)


def _judged(case: _Beside) -> Verdict:
    feed = feed_for_product(case.statement, case.figure, case.pairs)
    if feed is not None:
        return feed
    plain = case.plain
    matched = [one for found, one in plain if found == "match"]
    aside = [one for found, one in case.pairs if found == "match" and (found, one) not in plain]
    if matched and has_flag(case.statement.subject, "many"):
        shown = _ordered((found, one) for found, one in case.pairs if found == "match")
        return _supported(matched, shown, (), case.figure)
    if matched and all(found != "far" for found, _one in plain):
        return _supported(matched, case.shown, case.pairs, case.figure)
    if matched or aside:
        return _superseded(case, matched or aside) or _depends(case, matched or aside)
    return _unmatched(case, plain)


def _unmatched(case: _Beside, plain: Sequence[Pair]) -> Verdict:
    """Return the verdict where no reading of the time has the figure."""
    if any(found == "near" for found, _one in plain):
        words = "close to what the book has, and not the same"
        return _lately(case) or _other_window(case) or cannot(words, case.shown, spread_of(case.pairs))
    mixed = mixed_up(case.statement, case.book, case.figure, case.year, case.pairs)
    if has_flag(case.statement.subject, "many"):
        words = "the book has other figures of this kind, and there may be more than it knows"
        return mixed or cannot(words, case.shown)
    return _older(case) or mixed or _other_stage(case) or _against(case)


def _lately(case: _Beside) -> Verdict | None:
    """Return support for a share that is near the present one and was right within the last years."""
    plain, figure = case.plain, case.figure
    if case.statement.period or figure.unit != "%" or any(found == "far" for found, _one in plain):
        return None
    first = case.year - int(tolerance()["near-years"])
    lately = [one for one in case.known if first <= one.year <= case.year and not one.forecast]
    hits: list[Pair] = [("match", one) for one in lately if relation(figure, one) == "match"]
    if not hits:
        return None
    why = "the book has it for one of the last years"
    value, note = amount_in_words(hits[0][1]), f"near the latest figure: {amount_in_words(plain[0][1])}"
    return Verdict(SUPPORTED, why, _ordered([*hits, *plain]), value, slack_in_words(figure), (note,))


def _ordered(pairs: Iterable[tuple[Relation, Reading]]) -> tuple[tuple[Relation, Reading], ...]:
    order = {"match": 0, "near": 1, "far": 2, "open": 3}
    ranked = sorted(pairs, key=lambda pair: (order[pair[0]], not pair[1].primary, -pair[1].year))
    return tuple(ranked[:MOST])


def _supported(
    matched: Sequence[Reading], shown: Sequence[Pair], pairs: Sequence[Pair], figure: Figure
) -> Verdict:
    other = [one for found, one in pairs if found == "far" and (one.rival or not one.primary)]
    notes = [f"by another count: {amount_in_words(one)}" for one in other[:2]] + spread_of(pairs)
    value = amount_in_words(matched[0])
    return Verdict(SUPPORTED, "the book has it", tuple(shown), value, slack_in_words(figure), tuple(notes))


def _depends(case: _Beside, matched: Sequence[Reading]) -> Verdict:
    others = [one for found, one in case.pairs if found in ("far", "near")]
    yes = "; ".join(amount_in_words(one) for one in matched[:3])
    no = "; ".join(amount_in_words(one) for one in others[:3])
    why = f"right by {yes}; not by {no}" if no else f"right only by {yes}"
    slack, notes = slack_in_words(case.figure), tuple(spread_of(case.pairs))
    return Verdict(BASIS, why, case.shown, amount_in_words(matched[0]), slack, notes)


def _superseded(case: _Beside, matched: Sequence[Reading]) -> Verdict | None:
    """Return "out of date" where only an older edition of the same source and period has the figure."""
    missed = [one for found, one in case.plain if found in ("far", "near")]
    newer = [one for one in missed if all(_revised(old, one) for old in matched)]
    if not newer:
        return None
    old, new = matched[0], amount_in_words(newer[0])
    why = f"an older edition printed it ({amount_in_words(old)}, {old.vintage}); since then {new}"
    return Verdict(OLD, why, case.shown, new, slack_in_words(case.figure))


def _revised(old: Reading, new: Reading) -> bool:
    """Say whether a reading is that of a later edition of the same publisher, and far from the first."""
    same = old.period == new.period and old.source.split(" ")[0] == new.source.split(" ")[0]
    later = new.vintage[:4] > old.vintage[:4] != ""
    return same and later and abs(new.high - old.high) > _REVISED * old.high


def _without_current(
    statement: Statement, figure: Figure, known: Sequence[Reading], book: Book, year: int
) -> Verdict:
    part = part_of_year(statement, figure, known)
    if part is not None:
        return part
    half = _half_of(statement, figure, known)
    if half is not None:
        return half
    mixed = mixed_up(statement, book, figure, year, [])
    near = sorted((one for one in known if not one.forecast), key=lambda one: abs(one.year - year))[:3]
    pairs: list[tuple[Relation, Reading]] = [("open", one) for one in near]
    return mixed or cannot(f"the book has no row of that time for {subject_in_words(statement)}", pairs)


def _half_of(statement: Statement, figure: Figure, known: Sequence[Reading]) -> Verdict | None:
    """Return support for a batch that is half of the year's quota, where the book has the year alone."""
    if not statement.period.startswith("batch 1 "):
        return None
    for one in known:
        if (
            one.period == statement.period[-4:]
            and one.whole_year
            and tightly(figure, one.low / 2, one.high / 2)
        ):
            why = f"half of the year, and the book has the year: {amount_in_words(one)}"
            note = "the batch itself is not in the book"
            return Verdict(
                SUPPORTED, why, (("match", one),), amount_in_words(one), slack_in_words(figure), (note,)
            )
    return None


def _other_window(case: _Beside) -> Verdict | None:
    """Return "depends on basis" for a share of imports near the one that the book has for other years."""
    if case.statement.subject != "import-share" or case.statement.period or case.figure.unit != "%":
        return None
    rows = [one for _found, one in case.plain if abs(one.high - case.figure.middle) <= _NEIGHBOUR]
    if not rows:
        return None
    why = f"such shares are means of some years and move with them; the book has {amount_in_words(rows[0])}"
    return Verdict(BASIS, why, case.shown, amount_in_words(rows[0]), slack_in_words(case.figure))


def _older(case: _Beside) -> Verdict | None:
    """Return "out of date" where an earlier year has the figure and the words name no year."""
    if case.statement.period:
        return None
    first = case.year - int(tolerance()["stale-years"])
    window = case.year - int(tolerance()["years-back"])
    if subjects()[case.statement.subject].get("latest"):
        window = max((one.year for _found, one in case.shown), default=window)
    old = [one for one in case.known if first <= one.year < window and one.primary and one.whole_year]
    hits = [one for one in old if relation(case.figure, one) == "match"]
    if not hits:
        return None
    latest = max(hits, key=lambda one: one.year)
    now = amount_in_words(case.shown[0][1])
    why = f"right for {latest.period}: {amount_in_words(latest)}; since then {now}"
    shown: list[Pair] = [("match", latest), *case.shown]
    return Verdict(OLD, why, tuple(shown[:MOST]), now, slack_in_words(case.figure))


def _other_stage(case: _Beside) -> Verdict | None:
    """Return "depends on basis" where output, with no word of mining, has the share of separated oxides."""
    one = case.statement
    if one.subject != "mine-output" or case.figure.unit != "%" or _MINED.search(one.text):
        return None
    known = [row for row in readings(case.book, asked_of(one, "separation"), "share") if not row.bound]
    hits = [
        row for row in in_window(known, one.period, case.year, 2) if relation(case.figure, row) == "match"
    ]
    if not hits:
        return None
    value = amount_in_words(hits[0])
    why = f"right of separated oxides, {value}; not of mining, {amount_in_words(case.plain[0][1])}"
    pairs: list[Pair] = [("match", row) for row in hits]
    return Verdict(BASIS, why, (*pairs, *case.shown)[:MOST], value, slack_in_words(case.figure))


def _narrow(one: Reading) -> bool:
    """Say whether a reading counts something narrower or wider than plain words do."""
    return not one.basis.startswith("batch") and any(word in one.basis for word in _ASIDE)


def _against(case: _Beside) -> Verdict:
    far = [one for found, one in case.plain if found == "far" and not _narrow(one)]
    if has_flag(case.statement.subject, "few"):
        return cannot("the book has other figures, too few to speak against it", case.shown)
    if not far or not firm(case.figure, far) or case.statement.hedged:
        words = "nothing in the book is like it, and nothing is firm enough to speak against it"
        return cannot(words, case.shown)
    value, slack = amount_in_words(far[0]), slack_in_words(case.figure)
    return Verdict(
        CONTRADICTED, f"the book has {value}", case.shown, value, slack, tuple(spread_of(case.plain))
    )
