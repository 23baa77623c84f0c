"""Sign by sign, a text that is safe to match: every sign keeps its place, so a span holds in both."""

from __future__ import annotations

import csv
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["DATA", "shown", "translated"]

DATA: Final = Path(__file__).resolve().parent.parent / "data" / "claims"
_FULL_WIDTH: Final = range(0xFF01, 0xFF5F)
_SHIFT: Final = 0xFEE0
_KEPT: Final = "\n"
# Marks that reorder or hide text: a reader would see something else than what is matched.
_UNSEEN: Final = ("Cf", "Cc", "Co", "Cs", "Cn")
_DASHES: Final = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d", "-")
_QUOTES: Final = {**dict.fromkeys("\u2018\u2019\u02bc", "'"), **dict.fromkeys("\u201c\u201d", '"')}
_WAVES: Final = dict.fromkeys("\uff5e\u301c\u223c", "~")
_SPACES: Final = dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f\u3000\t\r", " ")


@cache
def _table() -> dict[int, str]:
    table = {code: chr(code - _SHIFT) for code in _FULL_WIDTH if chr(code) not in ",!?;:()"}
    pairs = {**_DASHES, **_QUOTES, **_WAVES, **_SPACES}
    table |= {ord(sign): plain for sign, plain in pairs.items()}
    with (DATA / "traditional.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            table |= {ord(a): b for a, b in zip(row["traditional"], row["simplified"], strict=True) if a != b}
    return table


def translated(text: str) -> str:
    """Return `text` in plain signs, of the same length.

    Signs of full width, dashes, quotes and spaces become plain, traditional signs of the field simplified,
    and marks that reorder or hide text become spaces.
    """
    plain = text.translate(_table())
    if plain.isascii() and plain.isprintable():
        return plain
    unseen = {c for c in set(plain) if c != _KEPT and unicodedata.category(c) in _UNSEEN}
    return plain.translate({ord(c): " " for c in unseen}) if unseen else plain


def shown(text: str) -> str:
    """Return `text` without the marks that reorder or hide it, for people to read."""
    return "".join(c for c in text if c in (_KEPT, "\t") or unicodedata.category(c) not in _UNSEEN)
