"""From a statement and the readings of the book to a verdict, always with the rows it rests on.

The order of the tests is the whole rule: support only by what plain words mean, a mix-up only where the
figure is that of another row to two digits, contradiction last and only far from everything.  All else cannot
be checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dearth.articles.patterns import has_flag, subjects, tolerance
from dearth.articles.statement import Figure, Statement
from dearth.book import Book
from dearth.measures.claim_case import Beside, Pair, ordered
from dearth.measures.claim_compare import Relation, firm, in_window, recent, relation, tightly
from dearth.measures.claim_fallbacks import (
    all_windows_far,
    estimated,
    half_of,
    lately,
    older,
    other_stage,
    other_window,
)
from dearth.measures.claim_mixups import feed_for_product, labelled, mixed_up, part_of_year, whole_for_batch
from dearth.measures.claim_readings import EDITIONS, Reading, readings
from dearth.measures.claim_slips import magnets_for_all, slip_of_match, within_known_span, working_days
from dearth.measures.claim_verdict import (
    BASIS,
    CANNOT,
    CONTRADICTED,
    MIXED,
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

_REVISED: Final = 0.05
_ASIDE: Final = ("HS 28", "product weight", "blanks", "two opinions", "unrecorded ore", EDITIONS)
_EXACT: Final = 0.005
_WINDOWS: Final = 4  # years: import shares are means of several


def value_verdict(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on a share, a level or a price.

    Parameters
    ----------
    day
        Of the article, or of the book when the article has no date; ISO.
    """
    missing = missing_words(statement)
    found = (
        _by_elimination(statement, book, day, missing) if missing else _value_verdict(statement, book, day)
    )
    return _of_the_other(statement, book, day, found) if found.verdict == CANNOT else found


def _of_the_other(statement: Statement, book: Book, day: str, found: Verdict) -> Verdict:
    """Return support where a figure is exactly that of another subject that the sentence names."""
    figure = statement.figures[0]
    exact = figure.low == figure.high and figure.unit != "%" and figure.step <= _EXACT * abs(figure.middle)
    if not exact or statement.negated:
        return found
    for name in statement.also:
        other = replace(statement, subject=name, also=())
        tried = cannot("") if missing_words(other) else _value_verdict(other, book, day)
        if tried.verdict == SUPPORTED and _taken(figure, tried):
            return replace(
                tried, notes=(*tried.notes, f"read as {name.replace('-', ' ')}, which the sentence names too")
            )
    return found


def _in_units_of_the_book(figure: Figure) -> Figure:
    if not figure.unit.endswith("/t"):
        return figure
    unit = f"{figure.unit[:-2]}/kg"
    return replace(
        figure, low=figure.low / 1000.0, high=figure.high / 1000.0, step=figure.step / 1000.0, unit=unit
    )


def _by_elimination(statement: Statement, book: Book, day: str, missing: str) -> Verdict:
    """Return support where only one place of the book can have a figure whose place is not told."""
    if statement.place or not missing.endswith(("which place", "whose trade")) or statement.negated:
        return cannot(missing)
    known = sorted({row.place for row in book.rows if row.quantity in _quantities(statement)} - {"WORLD", ""})
    tried = [(place, _value_verdict(replace(statement, place=place), book, day)) for place in known]
    hits = [(place, found) for place, found in tried if found.verdict in (SUPPORTED, BASIS, MIXED, OLD)]
    share = statement.figures[0].unit == "%"
    if len(hits) != 1 or hits[0][1].verdict not in ((SUPPORTED, OLD) if share else (SUPPORTED,)):
        return cannot(missing)
    place, found = hits[0]
    if not share and not _taken(statement.figures[0], found):
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
    return concluded(_judged(Beside(statement, book, figure, pairs, known, year)), statement)


def _current(statement: Statement, known: Sequence[Reading], day: str) -> list[Reading]:
    """Return the readings of the time that the words mean; what a machine holds or a deal costs has none."""
    subject, period, year = statement.subject, statement.period, int(day[:4])
    if has_flag(subject, "timeless"):
        return list(known)
    if subject == "licence-share":
        return [one for one in known if one.first.startswith(period)]
    if subject == "price" and not period:
        return recent(known, day, int(tolerance()["price-months"]))
    if subject in ("import-share", "destination-share"):
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
    figure = _in_units_of_the_book(statement.figures[0])
    if not any(relation(figure, one) == "match" for one in named):
        named = []  # a source counts in several ways, and the book may have another one of them
    chosen = named or found
    thing = subjects()[statement.subject].get("thing")
    plain = (
        named
        or thing
        or statement.period.startswith("batch")
        or not any(one.primary and not one.bound for one in found)
    )
    return [replace(one, primary=EDITIONS not in one.basis) for one in chosen] if plain else chosen


def _judged(case: Beside) -> Verdict:
    slip = (
        feed_for_product(case.statement, case.figure, case.pairs)
        or slip_of_match(case.statement, case.figure, case.pairs)
        or within_known_span(case.statement, case.figure, case.pairs)
    )
    if slip is not None:
        return slip
    plain = case.plain
    matched = [one for found, one in plain if found == "match"]
    aside = [one for found, one in case.pairs if found == "match" and (found, one) not in plain]
    if matched and has_flag(case.statement.subject, "many"):
        shown = ordered((found, one) for found, one in case.pairs if found == "match")
        return _supported(matched, shown, (), case.figure)
    if matched and all(found != "far" for found, _one in plain):
        return _supported(matched, case.shown, case.pairs, case.figure)
    printed = [one for one in aside if one.primary]
    hardly = not matched and bool(plain) and all(found == "near" for found, _one in plain)
    if matched or aside:
        superseded = _superseded(case, matched or aside)
        if printed and hardly and superseded is None:  # a later edition hardly changed it
            return _supported(printed, case.shown, case.pairs, case.figure)
        return superseded or _depends(case, matched or aside)
    return _unmatched(case, plain)


def _unmatched(case: Beside, plain: Sequence[Pair]) -> Verdict:
    """Return the verdict where no reading of the time has the figure."""
    exact = (
        whole_for_batch(case.statement, case.figure, case.known)
        or working_days(case.statement, case.figure, case.known)
        or labelled(case.statement, case.book, case.figure, case.year)
    )
    if exact is not None:
        return exact
    if any(found == "near" for found, _one in plain):
        words = "close to what the book has, and not the same"
        before = older(case) if case.statement.subject == "import-share" else None
        return (
            before or lately(case) or other_window(case) or cannot(words, case.shown, spread_of(case.pairs))
        )
    mixed = mixed_up(case.statement, case.book, case.figure, case.year, case.pairs) or magnets_for_all(
        case.statement, case.book, case.figure, case.year
    )
    if has_flag(case.statement.subject, "many"):
        words = "the book has other figures of this kind, and there may be more than it knows"
        return mixed or cannot(words, case.shown)
    return older(case) or mixed or other_stage(case) or _against(case)


def _supported(
    matched: Sequence[Reading], shown: Sequence[Pair], pairs: Sequence[Pair], figure: Figure
) -> Verdict:
    other = [one for found, one in pairs if found == "far" and (one.rival or not one.primary)]
    notes = [f"by another count: {amount_in_words(one)}" for one in other[:2]] + spread_of(pairs)
    value = amount_in_words(matched[0])
    return Verdict(SUPPORTED, "the book has it", tuple(shown), value, slack_in_words(figure), tuple(notes))


def _depends(case: Beside, matched: Sequence[Reading]) -> Verdict:
    others = [one for found, one in case.pairs if found in ("far", "near")]
    yes = "; ".join(amount_in_words(one) for one in matched[:3])
    no = "; ".join(amount_in_words(one) for one in others[:3])
    why = f"right by {yes}; not by {no}" if no else f"right only by {yes}"
    slack, notes = slack_in_words(case.figure), tuple(spread_of(case.pairs))
    return Verdict(BASIS, why, case.shown, amount_in_words(matched[0]), slack, notes)


def _superseded(case: Beside, matched: Sequence[Reading]) -> Verdict | None:
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
    half = half_of(statement, figure, known)
    if half is not None:
        return half
    mixed = mixed_up(statement, book, figure, year, [])
    if has_flag(statement.subject, "estimates"):
        return estimated(Beside(statement, book, figure, (), known, year))
    near = sorted((one for one in known if not one.forecast), key=lambda one: abs(one.year - year))[:3]
    pairs: list[tuple[Relation, Reading]] = [("open", one) for one in near]
    return mixed or cannot(f"the book has no row of that time for {subject_in_words(statement)}", pairs)


def _narrow(one: Reading) -> bool:
    """Say whether a reading counts something narrower or wider than plain words do."""
    return not one.basis.startswith("batch") and any(word in one.basis for word in _ASIDE)


def _against(case: Beside) -> Verdict:
    far = [one for found, one in case.plain if found == "far" and not _narrow(one)]
    if has_flag(case.statement.subject, "estimates"):
        return estimated(case)
    if has_flag(case.statement.subject, "few") and not all_windows_far(case):
        return cannot("the book has other figures, too few to speak against it", case.shown)
    if (
        not far
        or not firm(case.figure, far)
        or (case.statement.hedged and not has_flag(case.statement.subject, "targets"))
    ):
        words = "nothing in the book is like it, and nothing is firm enough to speak against it"
        return cannot(words, case.shown)
    value, slack = amount_in_words(far[0]), slack_in_words(case.figure)
    return Verdict(
        CONTRADICTED, f"the book has {value}", case.shown, value, slack, tuple(spread_of(case.plain))
    )
