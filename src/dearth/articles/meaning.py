"""What the figures of a sentence count: kind, subject, element, place and time, from the nearest words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from dearth.articles.clause import PER_KG, Words, because, nearest
from dearth.articles.kinds import above, as_multiple, fits, kind_of, other_side
from dearth.articles.moves import TO_LEVEL, closing_ends, direction_of
from dearth.articles.narrowing import narrowed, unsaid
from dearth.articles.numbers import Number
from dearth.articles.patterns import subjects
from dearth.articles.ranks import first_statements, rank_statements, record_statements, start_statements
from dearth.articles.statement import Figure, Span, Statement
from dearth.articles.whereabouts import (
    base_of,
    before_the_change,
    ends_in_time,
    of_quota,
    partner_of,
    period_of,
    place_of,
)
from dearth.articles.words import Found, find

__all__ = ["figure_statements"]

_OF: Final = re.compile(r"^\s*(?:or\s+\w+\s+)?of\b", re.IGNORECASE)
_TO: Final = re.compile(
    r"^[^.;。\uff1b]{0,40}?(?:\bto|涨至|升至|增至|跌至|降至|飙至|涨到|升到|到|至)\s*(?:\d{1,2}月份?的)?(?:about|around|nearly|almost|over|约|近)?(?:每公斤|每千克|每吨)?\s*$",
    re.IGNORECASE,
)
_FROM_BEFORE: Final = re.compile(
    r"(?:\bfrom|(?:从|由)(?:\d{1,2}月份?的)?)\s*(?:about|around|some|only|just|nearly|roughly|约)?(?:每公斤|每千克|每吨)?\s*$",
    re.IGNORECASE,
)
_FROM_BETWEEN: Final = re.compile(
    r"^[^.;。\uff1b]{0,40}?(?:\bfrom|starting at|compared with|compared to|versus|against|较|比)"
    r"\s*(?:about|around|the|约)?\s*$",
    re.IGNORECASE,
)
_OF_REACH: Final = 70
_DE: Final = re.compile(r"(?:以上|以下|左右|上下|多|余)?的[^,\uff0c。;\uff1b\u3001]{0,12}")
_CHAIN: Final = frozenset({"mine", "separation", "metal", "magnet"})
_STAGE_OF: Final = {"oxide": "separation", "magnet": "magnet", "concentrate": "mine"}
_ANY_OUTPUT: Final = re.compile(r"produc|output|put out|产量|产出|生产|产自|年产|共产", re.IGNORECASE)
_GUARANTEED: Final = ("MP Materials",)  # its price is the one that the state guarantees
_LEAST_NAMES: Final = 2
_DEAREST: Final = 100_000.0  # dollars a kilogram: above this the amount is not one
_QUOTA_OF: Final = {
    "mine-output": "mining-quota",
    "separation": "separation-quota",
    "exports": "export-quota",
}
_GENERIC: Final = ("mine-output", "supply", "exports", "imports", "finance", "content")


def figure_statements(words: Words, taken: Sequence[Span]) -> Iterator[Statement]:
    """Yield the statements that the numbers of a sentence make, ids left open.

    Parameters
    ----------
    taken
        Spans that a statement about a rule has used: their numbers are part of the rule.
    """
    numbers = [
        as_multiple(words, _per_kilogram(words, one))
        for one in words.numbers
        if _counts(one)
        and not words.of_other_metal(one.start)
        and not any(a <= one.start < b for a, b in taken)
    ]
    done: set[int] = set()
    for at, one in enumerate(numbers):
        if at in done:
            continue
        pair = _pair(words, numbers, at)
        if pair:
            done.update(pair)
            yield _statement(words, numbers, numbers[pair[1]], start=numbers[pair[0]])
        else:
            yield _statement(words, numbers, one)
    yield from first_statements(words)
    yield from rank_statements(words)
    yield from record_statements(words)
    yield from start_statements(words)


def _per_kilogram(words: Words, one: Number) -> Number:
    """Turn an amount of money into a price where the sentence says what a kilogram costs."""
    per = (
        one.dimension == "money"
        and one.high < _DEAREST
        and PER_KG.search(words.text, words.sentence.start, words.sentence.end)
    )
    return replace(one, dimension="price", unit=f"{one.unit}/kg") if per else one


def _counts(one: Number) -> bool:
    """Say whether a number may be a claim: one piece, or a number without a unit, is none."""
    return one.dimension != "plain" and not (one.dimension == "count" and one.high < _LEAST_NAMES)


def _pair(words: Words, numbers: Sequence[Number], at: int) -> tuple[int, int] | None:
    """Return the places of two numbers that a change goes from and to."""
    if at + 1 >= len(numbers):
        return None
    one, other = numbers[at], numbers[at + 1]
    same = one.dimension == other.dimension or {one.dimension, other.dimension} == {"money", "price"}
    if not same or one.dimension in ("multiple", "points"):
        return None
    between = words.text[one.end : other.start]
    before = words.text[max(words.sentence.start, one.start - 20) : one.start]
    if _FROM_BEFORE.search(before) and _TO.match(between):
        return at, at + 1
    rising = TO_LEVEL.search(before) or re.search(r"[至到]\s*$", before)
    if rising and _FROM_BETWEEN.match(between):
        return at + 1, at
    return None


def _statement(
    words: Words, numbers: Sequence[Number], one: Number, start: Number | None = None
) -> Statement:
    direction = direction_of(words, one) if start is None else ("up" if start.high < one.high else "down")
    kind = "change" if start is not None else kind_of(words, one, direction)
    subject = _subject(words, numbers, one, kind)
    comparison = other_side(words, one, subject) if kind == "comparison" else ("", "", "")
    if (
        kind == "comparison" and one.dimension == "multiple" and not comparison[0]
    ):  # A is the N-fold of B: B stands nearer
        subject, comparison = comparison[1], (comparison[0], subject, comparison[2])
    spec = subjects().get(subject, {})
    element = spec["element"] if "element" in spec else words.near_element(one.start)
    thing = _use(words, one) if subject == "use-share" else nearest(words, words.things, one.start)
    period, loose = period_of(words, numbers, one, kind)
    period = of_quota(subject, period)
    base = of_quota(subject, base_of(words, period)) if kind in ("change", "multiple") else ""
    if kind == "level":
        period = before_the_change(words, one, period)
    if start is not None and len(words.periods) == _LEAST_NAMES:
        period, base = ends_in_time(words, one, start)
    sentence = words.sentence
    place = place_of(words, one, kind, subject, comparison[0])
    partner = partner_of(words, subject)
    return Statement(
        id="",
        kind=kind,
        subject=subject,
        also=_also(words, one, kind, subject),
        stage=str(spec.get("stage", "")),
        element=str(element),
        place=place,
        partner=partner,
        thing=thing,
        product=nearest(words, words.products, one.start),
        period=period,
        base=base,
        loose=loose,
        figures=_with_ends(words, numbers, one, kind, _figures(above(words, one, kind), start, kind)),
        comparison=comparison,
        qualifier=_qualifier(words, one, str(spec.get("stage", "")))
        or _of_two_places(words, one, {place, partner, comparison[0]}),
        direction=direction,
        negated=words.negated,
        cumulative=any(word.name == "cumulative" for word in words.markers),
        hedged=words.hedged,
        attributed=words.attributed,
        span=(
            min(one.start, start.start if start else one.start),
            max(one.end, start.end if start else one.end),
        ),
        sentence=(sentence.start, sentence.end),
        because=because(words, one, subject),
    )


def _use(words: Words, one: Number) -> str:
    """Return the use whose share of demand is told."""
    sentence = words.sentence
    found = find("uses", words.text, sentence.language, sentence.start, sentence.end)
    return nearest(words, found, one.start)


def _of_two_places(words: Words, one: Number, read: set[str]) -> str:
    """Return ``"ambiguous"`` where the clause of a figure names a place that was read as nothing."""
    clause = words.sentence.clause(one.start)
    here = {word.name for word in words.places if words.sentence.clause(word.start) == clause}
    return "ambiguous" if here - read - {"WORLD"} else ""


def _also(words: Words, one: Number, kind: str, subject: str) -> tuple[str, ...]:
    """Return other subjects that the sentence names and that the figure could be of."""
    names = (word.name for word in words.subjects if word.name != subject and fits(word, one, kind))
    found = tuple(dict.fromkeys(names))
    exported = subject == "exports" or "exports" in found
    return tuple(dict.fromkeys("export-quota" if name == "quota" and exported else name for name in found))


def _qualifier(words: Words, one: Number, stage: str) -> str:
    """Return ``"indirect"``, ``"ambiguous"`` where the clause names another stage as well, or ``""``."""
    if any(word.name == "indirect" for word in words.markers):
        return "indirect"
    clause = words.sentence.clause(one.start)
    near = [
        w
        for w in (*words.subjects, *words.products)
        if words.sentence.clause(w.start) == clause
        and not (w.name == "mine-output" and _ANY_OUTPUT.match(w.text))
        and not (w.name == "oxide" and stage == "mine" and one.dimension == "mass")
    ]
    stages = {str(subjects().get(w.name, {}).get("stage", _STAGE_OF.get(w.name, ""))) for w in near}
    if one.dimension == "share" and stage in _CHAIN and _of_capacity(words, one):
        return "capacity"
    return "ambiguous" if stage in _CHAIN and (stages & _CHAIN) - {stage} else ""


def _of_capacity(words: Words, one: Number) -> bool:
    clause = words.sentence.clause(one.start)
    return any(w.name == "capacity" and words.sentence.clause(w.start) == clause for w in words.markers)


def _figures(one: Number, start: Number | None, kind: str) -> tuple[Figure, ...]:
    def figure(number: Number, role: str) -> Figure:
        low, high, step = number.low, number.high, number.step
        if number.grown and kind == "multiple":
            low, high = low + 1.0, high + 1.0
        return Figure(low, high, number.unit, step, number.bound, role, (number.start, number.end))

    if start is not None:
        return figure(start, "from"), figure(one, "to")
    return (figure(one, "change" if kind == "change" else "value"),)


def _with_ends(
    words: Words, numbers: Sequence[Number], one: Number, kind: str, found: tuple[Figure, ...]
) -> tuple[Figure, ...]:
    """Add the two levels that give a change, or the one price that a move ended at."""
    if kind not in ("change", "multiple") or len(found) > 1:
        return found
    pair = closing_ends(numbers, one, direction_of(words, one)) or _only_ends(words, numbers, one)
    if pair is not None:
        ends = [
            replace(_figures(n, None, "level")[0], role=role)
            for n, role in zip(pair, ("from", "to"), strict=True)
        ]
        return (*found, *ends)
    prices = [n for n in numbers if n.dimension == "price" and n is not one]
    if len(prices) == 1 and one.dimension in ("share", "multiple"):
        return (*found, replace(_figures(prices[0], None, "level")[0], role="end"))
    return found


def _only_ends(words: Words, numbers: Sequence[Number], one: Number) -> tuple[Number, Number] | None:
    """Return the one pair ``from A to B`` of the sentence, where it stands before the change that is told."""
    if one.dimension not in ("share", "multiple"):
        return None
    pairs = [_pair(words, numbers, at) for at in range(len(numbers) - 1)]
    found = [(numbers[pair[0]], numbers[pair[1]]) for pair in pairs if pair]
    return found[0] if len(found) == 1 and max(n.end for n in found[0]) <= one.start else None


def _subject(words: Words, numbers: Sequence[Number], one: Number, kind: str) -> str:
    """Return the subject of a figure: in the order of names, after ``of``, else the nearest fitting one."""
    fitting: Sequence[Found] = [word for word in words.subjects if fits(word, one, kind)]
    if one.dimension == "price":
        guaranteed = any(w.name == "price-floor" for w in fitting) or any(
            w.name in _GUARANTEED for w in words.things
        )
        return "price-floor" if guaranteed else "price"
    fitting = _stronger(words, one, fitting)
    listed = _in_order(words, numbers, one, fitting)
    name = listed or _after_of(words, one, fitting) or nearest(words, fitting, one.start)
    if (
        any(word.name.endswith("quota") for word in words.subjects)
        and name in _QUOTA_OF
        and one.dimension == "mass"
    ):
        name = _QUOTA_OF[name] if name != "exports" or not _own_exports(words, one) else name
    name = narrowed(words, one, kind, name)
    if not name and any(period.text.startswith("batch") for period in words.periods):
        return "quota"
    if kind in ("change", "multiple") and any(n.dimension == "price" for n in words.numbers):
        return "price"
    return name or unsaid(words, one, kind)


def _stronger(words: Words, one: Number, fitting: Sequence[Found]) -> Sequence[Found]:
    """Leave out the vague ``supply`` beside a better word; a capacity goes before the stage it is of."""
    clause = words.sentence.clause(one.start)
    here = [word for word in fitting if words.sentence.clause(word.start) == clause]
    capacity = [word for word in here if word.name.startswith("capacity")]
    if capacity and one.dimension == "mass":
        return capacity
    weight = [word for word in here if word.name in ("composition", "use-share")]
    if weight and one.dimension == "share":
        return weight
    better = [word for word in fitting if word.name != "supply"]
    return better if any(word.name != "supply" for word in here) or not here else fitting


def _own_exports(words: Words, one: Number) -> bool:
    """Say whether a word for exports stands nearer to the number than the word quota."""
    return (
        nearest(words, [w for w in words.subjects if w.name in ("exports", "quota")], one.start) == "exports"
    )


def _in_order(words: Words, numbers: Sequence[Number], one: Number, fitting: Sequence[Found]) -> str:
    if not words.respective:
        return ""
    alike = [number for number in numbers if number.dimension == one.dimension]
    names = [w for w in fitting if w.name != "quota" and w.start < alike[0].start]
    names = [w for at, w in enumerate(names) if w.name not in [x.name for x in names[:at]]]
    return names[alike.index(one)].name if len(names) == len(alike) >= _LEAST_NAMES else ""


def _after_of(words: Words, one: Number, fitting: Sequence[Found]) -> str:
    """Return the subject of ``X % of ...``, up to the next number or comma; a special one first."""
    if words.sentence.language != "en":
        return _after_de(words, one, fitting)
    tail = words.text[one.end : min(words.sentence.end, one.end + _OF_REACH)]
    if not _OF.match(tail):
        return ""
    stop = min([len(tail), *(tail.find(sign) for sign in ",;" if sign in tail)])
    stops = [n.start - one.end for n in words.numbers if n.start > one.end]
    stop = min([stop, *stops])
    clause = words.sentence.clause(one.start)
    inside = [w for w in fitting if one.end <= w.start < one.end + stop]
    inside = [w for w in inside if words.sentence.clause(w.start) == clause] or (
        [] if _own_verb(words, one, fitting) else inside
    )
    special = [w for w in inside if w.name not in _GENERIC]
    return (special or inside)[0].name if inside else ""


def _after_de(words: Words, one: Number, fitting: Sequence[Found]) -> str:
    """Return the subject of ``40%的稀土永磁体``: what the share is of goes before the verb."""
    found = _DE.match(words.text[one.end : words.sentence.end])
    if not found:
        return ""
    stop = one.end + found.end()
    special = [w for w in fitting if one.end <= w.start < stop and w.name not in _GENERIC]
    return special[0].name if special else ""


def _own_verb(words: Words, one: Number, fitting: Sequence[Found]) -> bool:
    """Say whether the clause of a number has its own word for what is done, before the number."""
    clause = words.sentence.clause(one.start)
    return any(w.start < one.start and words.sentence.clause(w.start) == clause for w in fitting)
