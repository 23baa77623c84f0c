"""The narrower subject that other words of a sentence ask for: magnets shipped are exports, not output."""

from __future__ import annotations

import re
from typing import Final

from dearth.articles.clause import Words, nearest
from dearth.articles.numbers import Number
from dearth.articles.patterns import whole_places
from dearth.articles.words import find

__all__ = ["narrowed", "unsaid"]

_MINED: Final = re.compile(
    r"min|raw|ore|extract|dig|dug|concentrate|unearth|开采|矿|稀土矿|采|挖", re.IGNORECASE
)
_OXIDES: Final = ("oxides", "separated")
_PIECE: Final = 10.0  # tonnes: what one machine may hold
_MACHINES: Final = frozenset({
    "hybrid car", "hard disk", "industrial robot", "elevator", "MRI", "F-35", "Virginia-class",
    "DDG-51", "EV traction motor", "wind", "humanoid robot", "smartphone",
})  # fmt: skip
_WORLD: Final = "WORLD"
_GENERIC: Final = ("REO", "HREE", "LREE")
_BOUGHT: Final = re.compile(
    r"\b(?:from|import\w*|b[ou]y\w*|bought|gets?|got|rel(?:y|ies|ied)|depend\w*|reliant|suppl\w+)\b|来自|进口|依赖|购自|买|靠|供应",
    re.IGNORECASE,
)
_USES: Final = re.compile(r"(?<!world )\b(?:uses|consumes|burns\s+through)\b|消耗了|使用了", re.IGNORECASE)
_MOVED: Final = ("mass", "multiple", "points")


def narrowed(words: Words, one: Number, kind: str, name: str) -> str:
    """Return the subject that is meant, given the one that the nearest words name."""
    for rule in (
        _target,
        _piece,
        _made,
        _supplied,
        _used,
        _bought,
        _magnets_moved,
        _shared_out,
        _planned,
        _plain,
    ):
        found = rule(words, one, kind, name)
        if found:
            return found
    return name


def _target(words: Words, one: Number, _kind: str, _name: str) -> str:
    """Return a benchmark of the European act, where the sentence names it or speaks of its own needs."""
    if one.dimension != "share" or not any(word.name in ("EU27", "EUR") for word in words.places):
        return ""
    span = (words.text, words.sentence.language, words.sentence.start, words.sentence.end)
    if next(find("acts", *span), None) is None or not any("2030" in period.text for period in words.periods):
        return ""
    return nearest(words, find("steps", *span), one.start) or "target"


def _piece(words: Words, one: Number, _kind: str, name: str) -> str:
    """Return what one machine holds, where a small mass and a machine are named."""
    if one.dimension == "intensity":
        return "content"
    small = one.dimension == "mass" and one.high < _PIECE
    fits = small and name in ("magnet-output", "mine-output", "demand", "exports", "capacity", "")
    return "content" if fits and (words.things or any(w.name in _MACHINES for w in words.things)) else ""


def _made(words: Words, _one: Number, kind: str, name: str) -> str:
    """Return magnets where the word of output stands right behind theirs; exports beside a quota."""
    if name == "mine-output":
        made = [word for word in words.subjects if word.name == "mine-output"]
        ends = {word.end for word in words.products if word.name == "magnet"}
        if made and all(any(0 <= word.start - end <= 1 for end in ends) for word in made):
            return "magnet-output"
    exported = any(word.name == "exports" for word in words.subjects)
    if name == "mining-quota" and exported and not any(_MINED.match(word.text) for word in words.subjects):
        return "export-quota"
    return "exports" if kind == "comparison" and name == "quota" and exported else ""


def _planned(words: Words, one: Number, _kind: str, name: str) -> str:
    """Return the capacity of a plant, where a named one is to make so many tonnes a year."""
    plants = {word.name for word in words.things} - _MACHINES - set(whole_places())
    marked = any(word.name in ("per-year", "future") for word in words.markers)
    made = name in ("mine-output", "magnet-output", "separation", "magnet-exports", "")
    if not made or one.dimension != "mass":
        return ""
    single = any(word.name not in _GENERIC for word in words.elements)
    run = {word.name for word in words.things} - _MACHINES
    if run and single and not marked:
        return "plant-output"
    return "capacity" if plants and marked else ""


def _supplied(words: Words, _one: Number, kind: str, name: str) -> str:
    """Return supply, stage not said, where the whole world is supplied and no country imports."""
    world = any(word.name == _WORLD for word in words.places)
    takers = [w for w in words.places if w.name not in (_WORLD, "CHN") and not words.is_origin(w)]
    return "supply" if kind == "share" and name == "import-share" and world and not takers else ""


def _used(words: Words, _one: Number, kind: str, name: str) -> str:
    """Return use, where what a country or its army uses is told, and no word of making."""
    sentence = words.text[words.sentence.start : words.sentence.end]
    return "use-share" if kind == "share" and name == "supply" and _USES.search(sentence) else ""


def _bought(words: Words, _one: Number, kind: str, name: str) -> str:
    """Return the share of a country's imports, where it is said to come from another country."""
    if kind != "share" or name not in ("magnet-output", "mine-output", "supply", "imports", "", "separation"):
        return ""
    places = [word for word in words.places if word.name != _WORLD]
    origins = [word for word in places if words.is_origin(word)]
    takers = {word.name for word in places if not words.is_origin(word)} - {"CHN"}
    china = any(word.name == "CHN" for word in places)
    if not takers or any(word.name == _WORLD for word in words.places):
        return ""
    sentence = words.text[words.sentence.start : words.sentence.end]
    return "import-share" if (origins or china) and _BOUGHT.search(sentence) else ""


def _magnets_moved(words: Words, one: Number, kind: str, name: str) -> str:
    """Return exports or imports of magnets, where magnets are said to be shipped or bought."""
    moved = one.dimension in _MOVED or kind in ("change", "comparison")
    magnets = any(word.name == "magnet" for word in words.products)
    if not moved or not magnets or name not in ("magnet-output", "exports", "imports", "supply", ""):
        return ""
    subjects = {word.name for word in words.subjects}
    monthly = any(len(period.text) == len("2025-06") for period in words.periods)
    made = any(word.name in ("mine-output", "capacity") for word in words.subjects)
    goals = any(words.is_goal(word) for word in words.places)
    if "imports" in subjects or name == "imports":
        return "magnet-exports" if any(w.name == "CHN" for w in words.places) else "magnet-imports"
    shipped = subjects & {"exports", "magnet-exports"} or goals or (monthly and not made)
    return "magnet-exports" if shipped else ""


def _shared_out(words: Words, _one: Number, kind: str, _name: str) -> str:
    """Return the share of exports that goes to one partner, or of use that one use takes."""
    if kind != "share":
        return ""
    goes = any(word.name == "destination" for word in words.subjects)
    goals = [word for word in words.places if words.is_goal(word)]
    exported = any(word.name in ("exports", "export-share", "magnet-exports") for word in words.subjects)
    if exported and goals and not any(word.name == _WORLD for word in words.places):
        return "destination-share"
    return "destination" if goes else ""


def _plain(words: Words, one: Number, kind: str, name: str) -> str:
    if name == "mine-output" and kind == "share" and _made_of(words, one) == "oxide":
        return "separation"
    if name == "exports" and kind == "share":
        return "export-share"
    return ""


def _made_of(words: Words, one: Number) -> str:
    """Return the product whose output is meant where the word for output is a general one."""
    mined = any(_MINED.match(word.text) for word in words.subjects if word.name == "mine-output")
    oxides = [word for word in words.products if word.text.lower() in _OXIDES]
    return "" if mined else nearest(words, oxides, one.start)


def unsaid(words: Words, one: Number, kind: str) -> str:
    """Return what is meant where no word says it: a share of the world's rare earths, a dearer oxide."""
    world = any(word.name == _WORLD for word in words.places)
    if kind == "share" and any(word.name == "capacity-magnet" for word in words.subjects):
        return "magnet-output"
    if kind == "share" and world and any(word.name in _GENERIC for word in words.elements):
        return "supply"
    single = [word for word in words.elements if word.name not in _GENERIC]
    dearer = kind in ("change", "multiple") and one.dimension in ("share", "multiple") and not words.subjects
    return "price" if single and dearer else ""
