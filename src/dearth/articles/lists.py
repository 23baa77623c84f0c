"""Lists of elements: which stand side by side in a sentence, joined by commas and ``and``."""

from __future__ import annotations

import re
from typing import Final

from dearth.articles.words import Found, find

__all__ = ["listed_elements"]

_JOINT: Final = re.compile(
    r"\s*(?:[,、\uff0c]\s*(?:and\s+|or\s+)?|and\s+|or\s+|和|与|及|以及|或)\s*", re.IGNORECASE
)
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]{2}")
_LEAST: Final = 2
_PAIRS: Final = {"NdPr": ("Nd", "Pr")}
_GENERIC: Final = ("REO", "HREE", "LREE", "alloy")


def listed_elements(text: str) -> list[str]:
    """Return the symbols of the longest list of elements in a sentence, ``[]`` when there is none of two."""
    language = "zh" if _CHINESE.search(text) else "en"
    runs: list[list[str]] = []
    last: Found | None = None
    for word in find("elements", text, language):
        if word.name in _GENERIC:
            continue
        names = list(_PAIRS.get(word.name, tuple(word.name.split("+"))))
        if last is not None and _JOINT.fullmatch(text[last.end : word.start]):
            runs[-1] += names
        else:
            runs.append(names)
        last = word
    longest = max(runs, key=len, default=[])
    return list(dict.fromkeys(longest)) if len(longest) >= _LEAST else []
