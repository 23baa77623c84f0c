"""What the figures of a sentence count: kind, subject, element, place and time, from the nearest words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from dearth.articles.clause import PER_KG, Words, nearest
from dearth.articles.numbers import Number
from dearth.articles.patterns import subjects
from dearth.articles.ranks import rank_statements, start_statements
from dearth.articles.statement import Figure, Span, Statement
from dearth.articles.whereabouts import base_of, partner_of, period_of, place_of
from dearth.articles.words import Found

__all__ = ["figure_statements"]

_UP: Final = (
    r"rose|risen|rise|rises|rising|grew|grown|grow|growth|up|increas\w*|surg\w*|soar\w*|jump\w*|climb\w*|gain\w*"
    r"|spik\w*"
)
_DOWN: Final = (
    r"fell|fallen|fall|falls|drop\w*|declin\w*|down|decreas\w*|plung\w*|slump\w*|shrank|shrunk|tumbl\w*|cut"
)
_FILL: Final = (
    r"(?:\s+(?:by|of|some|about|around|over|more|than|nearly|almost|just|roughly|was|a|an|total"
    r"|to\s+the\s+tune\s+of))*"
)
_CHANGE_BEFORE: Final = re.compile(rf"\b(?P<w>{_UP}|{_DOWN}){_FILL}\s*[~$]?$", re.IGNORECASE)
_NOUN_BEFORE: Final = re.compile(
    r"\b(?P<w>drop|rise|increase|growth|decline|jump|surge|gain|fall)\b[^,.;%\d]{0,30}\s(?:was|of|is|by)\s+(?:just|only|about)?\s*$",
    re.IGNORECASE,
)
_TO_LEVEL: Final = re.compile(
    r"\bto\s+(?:about|around|nearly|almost|over|more than|just)?\s*[$~]?$", re.IGNORECASE
)
_CHANGE_AFTER: Final = re.compile(
    r"^\s*(?:in\s+other\s+words\s+)?(?P<w>more|less|higher|lower|above|below|dearer|cheaper|increase|decrease|rise|drop|jump|growth|decline|surge|up|down)\b(?!\s+than\s+(?:a|the)\s+(?:third|half)\s+of)",
    re.IGNORECASE,
)
_HAN_UP: Final = r"增长|上涨|上升|增加|飙升|猛增|大涨|暴涨|涨幅|增幅|激增|涨|升|增|多|高出|提高"
_HAN_DOWN: Final = r"下降|下跌|减少|暴跌|跌幅|降幅|下滑|少了|跌|降|减|少"
_HAN_CHANGE: Final = re.compile(
    rf"(?P<w>{_HAN_UP}|{_HAN_DOWN})(?:了|逾|近|约|超|超过|分别为|为|达|达到|高达)?\s*$"
)
_HAN_AFTER: Final = re.compile(r"^\s*的?(?P<w>增幅|涨幅|跌幅|降幅)")
_OF: Final = re.compile(r"^\s*(?:or\s+\w+\s+)?of\b", re.IGNORECASE)
_EXCEEDED: Final = re.compile(r"exceed\w*\s+by\s+(?:about|around|some|nearly)?\s*$", re.IGNORECASE)
_OTHER_SIDE: Final = re.compile(r"^\s*(?:of|that\s+of|as\s+much\s+as|the)\b", re.IGNORECASE)
_HAN_TIMES: Final = re.compile(r"(?:是|为|达|相当于|居然是|等于)[^。,\uff0c]{0,14}的\s*$")
_TO: Final = re.compile(
    r"^[^.;。\uff1b]{0,40}?(?:\bto|涨至|升至|增至|跌至|降至|飙至|涨到|升到|到|至)\s*(?:about|around|nearly|almost|over|约|近)?(?:每公斤|每千克|每吨)?\s*$",
    re.IGNORECASE,
)
_FROM_BEFORE: Final = re.compile(
    r"(?:\bfrom|从|由)\s*(?:about|around|约)?(?:每公斤|每千克|每吨)?\s*$", re.IGNORECASE
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
        if _counts(one) and not any(a <= one.start < b for a, b in taken)
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
    rising = _TO_LEVEL.search(before) or re.search(r"[至到]\s*$", before)
    if rising and _FROM_BETWEEN.match(between):
        return at + 1, at
    return None


def _direction(words: Words, one: Number) -> str:
    """Return ``"up"`` or ``"down"`` where a number says how far something moved, else ``""``."""
    start = words.sentence.start
    before = words.text[max(start, one.start - _WINDOW) : one.start]
    after = words.text[one.end : min(words.sentence.end, one.end + 30)]
    if words.sentence.language == "zh":
        found = _HAN_CHANGE.search(before) or _HAN_AFTER.match(after)
        if not found and re.search(r"[%\d成倍吨]\s*(?:和|与|、)\s*$", before):
            earlier = [number for number in words.numbers if number.end <= one.start]
            return _direction(words, earlier[-1]) if earlier else ""
        return "" if not found else "down" if re.match(_HAN_DOWN, found["w"]) else "up"
    if _OF.match(after) and not re.search(r"\bof\s+(?:\w+\s+){0,2}$", before):
        return ""
    found = _CHANGE_BEFORE.search(before) or _NOUN_BEFORE.search(before) or _CHANGE_AFTER.match(after)
    if not found and re.search(r",?\s*(?:or|and)\s*$", before):
        earlier = [number for number in words.numbers if number.end <= one.start]
        return _direction(words, earlier[-1]) if earlier else ""
    if not found or _TO_LEVEL.search(before):
        return ""
    down = re.match(rf"{_DOWN}|less|lower|below|cheaper|decrease|fall", found["w"], re.IGNORECASE)
    return "down" if down else "up"


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
    direction = _direction(words, one) if start is None else ("up" if start.high < one.high else "down")
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
        figures=_figures(_above(words, one, kind), start, kind),
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
        because=_because(words, one, subject),
    )


def _qualifier(words: Words, one: Number, stage: str) -> str:
    """Return ``"indirect"``, ``"ambiguous"`` where the clause names another stage as well, or ``""``."""
    if any(word.name == "indirect" for word in words.markers):
        return "indirect"
    clause = words.sentence.clause(one.start)
    near = [w for w in (*words.subjects, *words.products) if words.sentence.clause(w.start) == clause]
    stages = {str(subjects().get(w.name, {}).get("stage", _STAGE_OF.get(w.name, ""))) for w in near}
    return "ambiguous" if stage in _CHAIN and (stages & _CHAIN) - {stage} else ""


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
    return name


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
    if name == "exports" and kind == "share":
        return "export-share"
    if name == "exports" and nearest(words, words.products, one.start) == "magnet":
        return "magnet-exports"
    return name


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
    inside = [w for w in fitting if one.end <= w.start < one.end + stop]
    special = [w for w in inside if w.name not in _GENERIC]
    return (special or inside)[0].name if inside else ""


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


def _because(words: Words, one: Number, subject: str) -> tuple[str, ...]:
    found = [f"{one.text.strip()!r} as {one.dimension}"]
    word = next((w for w in words.subjects if w.name == subject), None)
    if word is not None:
        found.append(f"{word.text!r} as {subject}")
    return tuple(found)
