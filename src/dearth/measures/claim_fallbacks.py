"""What a figure may be where no reading of its time has it: of other years, other windows, another stage."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from dearth.articles.patterns import subjects, tolerance
from dearth.articles.statement import Figure, Statement
from dearth.measures.claim_case import Beside, Pair, ordered
from dearth.measures.claim_compare import in_window, relation, tightly
from dearth.measures.claim_readings import readings
from dearth.measures.claim_rows import Reading
from dearth.measures.claim_verdict import (
    BASIS,
    MOST,
    OLD,
    SUPPORTED,
    Verdict,
    amount_in_words,
    asked_of,
    cannot,
    slack_in_words,
)

__all__ = ["all_windows_far", "estimated", "half_of", "lately", "older", "other_stage", "other_window"]

_MINED: Final = re.compile(
    r"\b(?:mine[sd]?|mining|ores?|extract\w*|dug|digs?|concentrates?|raw)\b|采|矿", re.IGNORECASE
)
_NEIGHBOUR: Final = 10.0  # points between two windows of years of one share of imports
_ORDER: Final = 2.5  # estimates of what nobody records differ by so much
_REACH: Final = 2.0  # points
_SEVERAL: Final = 2  # windows: fewer prove nothing


def lately(case: Beside) -> Verdict | None:
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
    return Verdict(SUPPORTED, why, ordered([*hits, *plain]), value, slack_in_words(figure), (note,))


def other_window(case: Beside) -> Verdict | None:
    """Return "depends on basis" for a share of imports near the one that the book has for other years."""
    if case.statement.subject != "import-share" or case.statement.period or case.figure.unit != "%":
        return None
    rows = [one for _found, one in case.plain if abs(one.high - case.figure.middle) <= _NEIGHBOUR]
    if not rows:
        return None
    why = f"such shares are means of some years and move with them; the book has {amount_in_words(rows[0])}"
    return Verdict(BASIS, why, case.shown, amount_in_words(rows[0]), slack_in_words(case.figure))


def older(case: Beside) -> Verdict | None:
    """Return "out of date" where an earlier year has the figure and the words name no year."""
    if case.statement.period:
        return None
    share = case.figure.unit == "%"
    first = case.year - int(tolerance()["stale-share-years" if share else "stale-years"])
    window = case.year - int(tolerance()["years-back"])
    if subjects()[case.statement.subject].get("latest"):
        window = max((one.year for _found, one in case.shown), default=window)
    old = [one for one in case.known if first <= one.year < window and one.primary and one.whole_year]
    hits = [one for one in old if relation(case.figure, one) == "match"]
    if case.statement.subject == "import-share":
        hits = [one for one in hits if tightly(case.figure, one.low, one.high)]
    if not hits:
        return None
    latest = max(hits, key=lambda one: one.year)
    now = amount_in_words(case.shown[0][1])
    why = f"right for {latest.period}: {amount_in_words(latest)}; since then {now}"
    shown: list[Pair] = [("match", latest), *case.shown]
    return Verdict(OLD, why, tuple(shown[:MOST]), now, slack_in_words(case.figure))


def other_stage(case: Beside) -> Verdict | None:
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


def estimated(case: Beside) -> Verdict:
    """Return "depends on basis" where only estimates are known and the figure is of their order."""
    middle = case.figure.middle
    known = [one for one in case.known if one.unit == case.figure.unit and not one.forecast]
    ends = [end for one in known for end in (one.low, one.high) if end > 0]
    if not any(end / _ORDER <= middle <= end * _ORDER for end in ends):
        return cannot("the book has other estimates, too few to speak against it", case.shown)
    words = "; ".join(amount_in_words(one) for one in known[:3])
    pairs: list[Pair] = [("near", one) for one in known]
    return Verdict(BASIS, f"estimates differ; the book has {words}", tuple(pairs[:MOST]), words)


def all_windows_far(case: Beside) -> bool:
    """Say whether a share of imports is beyond doubt far from every window of years that the book has."""
    if case.statement.subject != "import-share" or case.statement.element not in ("", "REO"):
        return False
    known = [one for one in case.known if one.year <= case.year and one.grade in "AB"]
    far = all(abs(one.high - case.figure.middle) > _NEIGHBOUR + _REACH for one in known)
    return far and len(known) >= _SEVERAL


def half_of(statement: Statement, figure: Figure, known: Sequence[Reading]) -> Verdict | None:
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
