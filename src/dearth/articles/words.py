"""The words of the grammar: read once from data, found in a sentence, first sense first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from dearth.articles.cleaning import DATA, translated
from dearth.lexicon import load_lexicon
from dearth.plain_yaml import Bounds, parse_yaml

__all__ = ["Found", "find", "first", "names_of"]

_BOUNDS: Final = Bounds(what="words")
_LANGUAGES: Final = ("en", "zh")
_LEAST_NAME: Final = 5
_LETTER: Final = re.compile(r"[A-Za-z\u4e00-\u9fff~]")
_LATIN: Final = re.compile(r"[A-Za-z]")


class Found(NamedTuple):
    """One word found: its name in the file, its span, the words themselves."""

    name: str
    start: int
    end: int
    text: str


@cache
def _file() -> dict[str, Any]:
    name = "words.yaml"
    return parse_yaml((DATA / name).read_bytes(), name, _BOUNDS)


@cache
def _group(group: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return name -> language -> words; element names come from the lexicon as well."""
    raw: Mapping[str, Mapping[str, list[Any]]] = _file()[group]
    words = {
        name: {language: tuple(str(word) for word in by.get(language, ())) for language in _LANGUAGES}
        for name, by in raw.items()
    }
    return {**_last_generic(words)} if group == "elements" else words


def _last_generic(words: dict[str, dict[str, tuple[str, ...]]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Put the names of single elements, and of goods of one element, before the generic words."""
    single: dict[str, dict[str, set[str]]] = {}
    for entry in load_lexicon().entries:
        if not entry.element or entry.language not in _LANGUAGES or entry.kind not in ("element", "good"):
            continue
        if entry.language == "en" and (
            len(entry.name) < _LEAST_NAME or not entry.name.replace(" ", "").isalpha()
        ):
            continue
        plain = translated(entry.name) if entry.language == "zh" else entry.name.lower()
        single.setdefault(entry.element, {}).setdefault(entry.language, set()).add(plain)
    named = {
        element: {
            language: tuple(sorted(by.get(language, ()), key=lambda w: (-len(w), w)))
            for language in _LANGUAGES
        }
        for element, by in sorted(single.items())
    }
    pairs = {name: by for name, by in words.items() if "+" in name or name in ("NdPr", "alloy")}
    return {**pairs, **named, **{name: by for name, by in words.items() if name not in pairs}}


def _spelled(word: str, language: str) -> str:
    """Return the pattern of a word as the file writes it."""
    pattern = re.escape(word)
    pattern = pattern.replace(r"\ \.\.\.\ ", r"\.\.\.")
    pattern = pattern.replace(
        r"\.\.\.", r"\b(?:[^.\n;]|\.(?=\d)){0,40}?\b" if language == "en" else r"[^\u3002\n;]{0,12}?"
    )
    pattern = pattern.replace(r"\*", r"[a-z]*").replace(r"\ ", r"[\s-]+")
    return rf"{pattern}(?![A-Za-z])" if _LATIN.search(word[-2:]) else pattern


@cache
def _pattern(group: str, language: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    names: list[str] = []
    parts: list[str] = []
    for name, by in _group(group).items():
        words = [word for word in by[language] if word]
        if words:
            parts.append(f"(?P<t{len(names)}>{'|'.join(_spelled(word, language) for word in words)})")
            names.append(name)
    flags = re.IGNORECASE if language == "en" and group not in ("places", "elements") else 0
    if language == "en" and group == "elements":
        flags = re.IGNORECASE
    # One look behind for all words: each alternative then begins with a plain letter, which is fast.
    head = r"(?<![A-Za-z])" if language == "en" else ""
    return re.compile(rf"{head}(?:{'|'.join(parts) or '(?!)'})", flags), tuple(names)


def find(group: str, text: str, language: str, start: int = 0, end: int | None = None) -> Iterator[Found]:
    """Yield the words of a group in `text`, in their order; in Chinese text, English names as well."""
    stop = len(text) if end is None else end
    if not _LETTER.search(text, start, stop):
        return
    languages: Iterable[str] = (
        (language,) if language == "en" or not _LATIN.search(text, start, stop) else _LANGUAGES
    )
    found = [
        Found(names[int((match.lastgroup or "t0")[1:])], match.start(), match.end(), match[0])
        for one in languages
        for pattern, names in (_pattern(group, one),)
        for match in pattern.finditer(text, start, stop)
    ]
    yield from sorted(found, key=lambda word: (word.start, -word.end))


def first(group: str, text: str, language: str, start: int = 0, end: int | None = None) -> str:
    """Return the name of the first word of a group, ``""`` when there is none."""
    return next((word.name for word in find(group, text, language, start, end)), "")


def names_of(group: str) -> tuple[str, ...]:
    """Return the names that a group knows."""
    return tuple(_group(group))
