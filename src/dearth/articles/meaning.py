"""What the figures of a sentence count: kind, subject, element, place and time, from the nearest words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from dearth.articles.clause import PER_KG, Words, because, nearest
from dearth.articles.moves import TO_LEVEL, closing_ends, direction_of
from dearth.articles.numbers import Number
from dearth.articles.patterns import subjects
from dearth.articles.ranks import first_statements, rank_statements, start_statements
from dearth.articles.statement import Figure, Span, Statement
from dearth.articles.whereabouts import base_of, partner_of, period_of, place_of
from dearth.articles.words import Found

__all__ = ["figure_statements"]

_OF: Final = re.compile(r"^\s*(?:or\s+\w+\s+)?of\b", re.IGNORECASE)
_EXCEEDED: Final = re.compile(r"exceed\w*\s+by\s+(?:about|around|some|nearly)?\s*$", re.IGNORECASE)
_OTHER_SIDE: Final = re.compile(r"^\s*(?:of|that\s+of|as\s+much\s+as|the)\b", re.IGNORECASE)
_HAN_TIMES: Final = re.compile(r"(?:是|为|达|相当于|居然是|等于)[^。,\uff0c]{0,14}的\s*$")
_TO: Final = re.compile(
    r"^[^.;。\uff1b]{0,40}?(?:\bto|涨至|升至|增至|跌至|降至|飙至|涨到|升到|到|至)\s*(?:about|around|nearly|almost|over|约|近)?(?:每公斤|每千克|每吨)?\s*$",
    re.IGNORECASE,
)
_FROM_BEFORE: Final = re.compile(
    r"(?:\bfrom|从|由)\s*(?:about|around|some|only|just|nearly|roughly|约)?(?:每公斤|每千克|每吨)?\s*$",
    re.IGNORECASE,
)
_FROM_BETWEEN: Final = re.compile(
    r"^[^.;。\uff1b]{0,40}?(?:\bfrom|starting at|compared with|compared to|versus|against|较|比)"
    r"\s*(?:about|around|the|约)?\s*$",
    re.IGNORECASE,
)
_WINDOW: Final = 46
_OF_REACH: Final = 70
_CHAIN: Final = frozenset({"mine", "separation", "metal", "magnet"})
_STAGE_OF: Final = {"oxide": "separation", "magnet": "magnet", "concentrate": "mine"}
_MINED: Final = re.compile(r"min|raw|ore|extract|dig|concentrate|开采|矿|稀土矿|采", re.IGNORECASE)
_OXIDES: Final = ("oxides", "separated")
_LEAST_NAMES: Final = 2
_PIECE: Final = 10.0  # tonnes: what one machine may hold
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
        _per_kilogram(words, one)
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


def _kind(words: Words, one: Number, direction: str) -> str:
    simple = {"price": "level", "money": "level", "time": "duration", "count": "count", "points": "change"}
    if one.dimension in simple:
        return "change" if direction and one.dimension in ("price", "money") else simple[one.dimension]
    if _compared(words, one):
        return "comparison"
    if one.dimension == "multiple":
        return "multiple"
    if direction:
        return "change"
    return "share" if one.dimension == "share" else "level"


def _compared(words: Words, one: Number) -> bool:
    """Say whether a fraction or a multiple sets two things against each other."""
    before = words.text[max(words.sentence.start, one.start - _WINDOW) : one.start]
    after = words.text[one.end : min(words.sentence.end, one.end + 40)]
    if one.dimension == "multiple":
        found = _HAN_TIMES.search(before)
        places = [
            w
            for w in words.places
            if found and w.start >= one.start - len(found[0]) and w.end <= one.start and w.name != "WORLD"
        ]
        return bool(found) and (bool(places) or len({w.name for w in words.subjects}) >= _LEAST_NAMES)
    if one.dimension != "share":
        return False
    if _EXCEEDED.search(before):
        return any(word.start > one.end and word.name.endswith("quota") for word in words.subjects)
    if not _OTHER_SIDE.match(after):
        return False
    other = [w for w in words.places if one.end <= w.start <= one.end + 30 and w.name != "WORLD"]
    first = [
        w for w in words.places if w.start < one.start and w.name not in ("WORLD", *(o.name for o in other))
    ]
    return bool(other and first) and "'s" in words.text[other[0].start : other[0].end + 3]


def _statement(
    words: Words, numbers: Sequence[Number], one: Number, start: Number | None = None
) -> Statement:
    direction = direction_of(words, one) if start is None else ("up" if start.high < one.high else "down")
    kind = "change" if start is not None else _kind(words, one, direction)
    subject = _subject(words, numbers, one, kind)
    comparison = _comparison(words, one, subject) if kind == "comparison" else ("", "", "")
    if (
        kind == "comparison" and one.dimension == "multiple" and not comparison[0]
    ):  # A is the N-fold of B: B stands nearer
        subject, comparison = comparison[1], (comparison[0], subject, comparison[2])
    spec = subjects().get(subject, {})
    element = spec["element"] if "element" in spec else words.near_element(one.start)
    thing = nearest(words, words.things, one.start)
    period, loose = period_of(words, numbers, one, kind)
    sentence = words.sentence
    return Statement(
        id="",
        kind=kind,
        subject=subject,
        stage=str(spec.get("stage", "")),
        element=str(element),
        place=place_of(words, one, kind, subject, comparison[0]),
        partner=partner_of(words, subject),
        thing=thing,
        product=nearest(words, words.products, one.start),
        period=period,
        base=base_of(words, period) if kind in ("change", "multiple") else "",
        loose=loose,
        figures=_with_ends(words, numbers, one, kind, _figures(_above(words, one, kind), start, kind)),
        comparison=comparison,
        qualifier=_qualifier(words, one, str(spec.get("stage", ""))),
        direction=direction,
        negated=words.negated,
        hedged=words.hedged,
        attributed=words.attributed,
        span=(
            min(one.start, start.start if start else one.start),
            max(one.end, start.end if start else one.end),
        ),
        sentence=(sentence.start, sentence.end),
        because=because(words, one, subject),
    )


def _qualifier(words: Words, one: Number, stage: str) -> str:
    """Return ``"indirect"``, ``"ambiguous"`` where the clause names another stage as well, or ``""``."""
    if any(word.name == "indirect" for word in words.markers):
        return "indirect"
    clause = words.sentence.clause(one.start)
    near = [w for w in (*words.subjects, *words.products) if words.sentence.clause(w.start) == clause]
    stages = {str(subjects().get(w.name, {}).get("stage", _STAGE_OF.get(w.name, ""))) for w in near}
    if one.dimension == "share" and stage in _CHAIN and _of_capacity(words, one):
        return "capacity"
    return "ambiguous" if stage in _CHAIN and (stages & _CHAIN) - {stage} else ""


def _of_capacity(words: Words, one: Number) -> bool:
    clause = words.sentence.clause(one.start)
    return any(w.name == "capacity" and words.sentence.clause(w.start) == clause for w in words.markers)


def _above(words: Words, one: Number, kind: str) -> Number:
    """Turn ``exceeded by a third`` into four thirds."""
    before = words.text[max(words.sentence.start, one.start - _WINDOW) : one.start]
    if kind != "comparison" or not _EXCEEDED.search(before):
        return one
    return replace(one, low=100.0 + one.low, high=100.0 + one.high, bound="")


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
    pair = closing_ends(numbers, one, direction_of(words, one))
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


def _subject(words: Words, numbers: Sequence[Number], one: Number, kind: str) -> str:
    """Return the subject of a figure: in the order of names, after ``of``, else the nearest fitting one."""
    fitting: Sequence[Found] = [word for word in words.subjects if _fits(word, one, kind)]
    if one.dimension == "price":
        return next((w.name for w in fitting if w.name == "price-floor"), "price")
    fitting = _stronger(words, one, fitting)
    listed = _in_order(words, numbers, one, fitting)
    name = listed or _after_of(words, one, fitting) or nearest(words, fitting, one.start)
    if any(word.name == "quota" for word in words.subjects) and name in _QUOTA_OF and one.dimension == "mass":
        name = _QUOTA_OF[name] if name != "exports" or not _own_exports(words, one) else name
    name = _renamed(words, one, kind, name)
    if not name and any(period.text.startswith("batch") for period in words.periods):
        return "quota"
    if kind in ("change", "multiple") and any(n.dimension == "price" for n in words.numbers):
        return "price"
    return name or _unsaid(words, one, kind)


def _unsaid(words: Words, one: Number, kind: str) -> str:
    """Return what is meant where no word says it: a share of the world's rare earths, a dearer oxide."""
    world = any(word.name == "WORLD" for word in words.places)
    if kind == "share" and any(word.name == "capacity-magnet" for word in words.subjects):
        return "magnet-output"
    if kind == "share" and world and any(word.name in ("REO", "HREE", "LREE") for word in words.elements):
        return "supply"
    single = [word for word in words.elements if word.name not in ("REO", "HREE", "LREE")]
    dearer = kind in ("change", "multiple") and one.dimension in ("share", "multiple") and not words.subjects
    return "price" if single and dearer else ""


def _stronger(words: Words, one: Number, fitting: Sequence[Found]) -> Sequence[Found]:
    """Leave out the vague ``supply`` beside a better word; a capacity goes before the stage it is of."""
    clause = words.sentence.clause(one.start)
    here = [word for word in fitting if words.sentence.clause(word.start) == clause]
    capacity = [word for word in here if word.name.startswith("capacity")]
    if capacity and one.dimension == "mass":
        return capacity
    weight = [word for word in here if word.name == "composition"]
    if weight:
        return weight
    better = [word for word in fitting if word.name != "supply"]
    return better if any(word.name != "supply" for word in here) or not here else fitting


def _renamed(words: Words, one: Number, kind: str, name: str) -> str:
    """Return the narrower subject that other words of the sentence ask for."""
    if (
        one.dimension == "mass"
        and one.high < _PIECE
        and words.things
        and name in ("magnet-output", "mine-output", "")
    ):
        return "content"
    if kind == "share" and any(word.name == "destination" for word in words.subjects):
        return "destination"
    if name == "mine-output" and kind == "share" and _made_of(words, one) == "oxide":
        return "separation"
    if name == "exports" and kind == "share":
        return "export-share"
    if name == "exports" and nearest(words, words.products, one.start) == "magnet":
        return "magnet-exports"
    return name


def _made_of(words: Words, one: Number) -> str:
    """Return the product whose output is meant where the word for output is a general one."""
    mined = any(_MINED.match(word.text) for word in words.subjects if word.name == "mine-output")
    return (
        "" if mined else nearest(words, [w for w in words.products if w.text.lower() in _OXIDES], one.start)
    )


def _own_exports(words: Words, one: Number) -> bool:
    """Say whether a word for exports stands nearer to the number than the word quota."""
    return (
        nearest(words, [w for w in words.subjects if w.name in ("exports", "quota")], one.start) == "exports"
    )


def _fits(word: Found, one: Number, kind: str) -> bool:
    takes = subjects().get(word.name, {}).get("takes", ())
    if kind == "change" and one.dimension in ("share", "points"):
        return any(dimension in takes for dimension in ("mass", "price", "share", "points"))
    if kind == "comparison":
        return "mass" in takes
    return one.dimension in takes


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
        return ""
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


def _own_verb(words: Words, one: Number, fitting: Sequence[Found]) -> bool:
    """Say whether the clause of a number has its own word for what is done, before the number."""
    clause = words.sentence.clause(one.start)
    return any(w.start < one.start and words.sentence.clause(w.start) == clause for w in fitting)


def _comparison(words: Words, one: Number, subject: str) -> tuple[str, str, str]:
    if one.dimension == "multiple":
        before = words.text[max(words.sentence.start, one.start - _WINDOW) : one.start]
        found = _HAN_TIMES.search(before)
        start = one.start - len(found[0]) if found else one.start
        sides = [w.name for w in words.places if start <= w.start < one.start and w.name != "WORLD"]
        if sides:
            return sides[-1], subject, "1"
    after = [w for w in words.places if w.start >= one.end and w.name != "WORLD"]
    others = [w.name for w in words.subjects if w.name != subject and _fits(w, one, "comparison")]
    quarterly = any(w.name == "per-quarter" and w.start > one.end for w in words.markers)
    return (
        after[0].name if after else "",
        others[-1] if others and not after else subject,
        "4" if quarterly else "1",
    )
