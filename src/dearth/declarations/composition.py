"""What a declared composition says: element -> weight per cent, and elements named without a figure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from dearth.lexicon import load_lexicon
from dearth.lexicon.lexicon import normalised

__all__ = ["RARE", "Composition", "read_composition"]

RARE: Final = frozenset(
    ("La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y", "Sc")
)
_OTHERS: Final = (
    *("Fe", "B", "Co", "Cu", "Zr", "Al", "Ga", "Nb", "Ni", "Mn", "Cr", "Ti", "V", "Mo", "W", "Si", "C"),
    *("Mg", "Ca", "Zn", "Sn", "Pb", "Bi", "Sb", "Ge", "In", "Hf", "Ta", "O", "N", "S", "P"),
)
_METALS: Final = {"iron": "Fe", "boron": "B", "cobalt": "Co", "copper": "Cu", "nickel": "Ni",
                  "zirconium": "Zr",
                  "铁": "Fe", "硼": "B", "钴": "Co", "铜": "Cu", "镍": "Ni", "锆": "Zr"}  # fmt: skip
_FIGURE: Final = r"(?:[<>~≤≥约]\s*)?(\d+(?:\.\d+)?)\s*(wt\s*%|%|ppm)?"
_PPM_PER_PERCENT: Final = 1e4
_MOST: Final = 100.0
_BALANCE: Final = re.compile(r"\bbal(?:ance|\.)?\b|余量|rest\b|remainder", re.IGNORECASE)


@dataclass(frozen=True)
class Composition:
    """Shares in weight per cent, elements named without one, and whether the rest is left open."""

    shares: dict[str, float] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    open: bool = False

    @property
    def elements(self) -> frozenset[str]:
        """All elements that are named, with a figure or without."""
        return self.named | frozenset(self.shares)

    @property
    def sum(self) -> float:
        """Sum of the stated shares, wt%."""
        return sum(self.shares.values())


@lru_cache(maxsize=1)
def _names() -> tuple[dict[str, str], re.Pattern[str]]:
    """Return names of elements in any language -> symbol, and the pattern that finds one."""
    known = {s: s for s in (*RARE, *_OTHERS)} | dict(_METALS)
    for entry in load_lexicon().entries:
        if entry.kind == "element" and entry.language != "symbol":
            known[normalised(entry.name)] = entry.element
    ordered = sorted(known, key=len, reverse=True)
    words = "|".join(re.escape(name) for name in ordered if not (name.isascii() and len(name) <= 2))  # noqa: PLR2004
    symbols = "|".join(re.escape(name) for name in ordered if name.isascii() and len(name) <= 2)  # noqa: PLR2004
    return known, re.compile(rf"(?i:{words})|(?<![A-Za-z])(?:{symbols})(?![a-z])")


@lru_cache(maxsize=50_000)
def read_composition(text: str) -> Composition:
    """Return what `text` states; nothing when it states nothing.

    Parameters
    ----------
    text
        E.g. ``"Nd 29.5%, Pr 2 %, Fe bal., B 1.0"``, ``"3% Dy"``, ``"镝 0.36%"``.
    """
    known, pattern = _names()
    shares: dict[str, float] = {}
    named = set()
    taken: set[int] = set()
    for match in pattern.finditer(text):
        word = match.group()
        symbol = known.get(word) or known.get(normalised(word))
        if symbol is None:
            continue
        figure = _figure_beside(text, match, taken)
        if figure is None:
            named.add(symbol)
        else:
            shares.setdefault(symbol, figure)
    return Composition(shares, frozenset(named - set(shares)), _BALANCE.search(text) is not None)


def _figure_beside(text: str, match: re.Match[str], taken: set[int]) -> float | None:
    """Return the share after a name, or before it with a per cent sign; each figure is used once."""
    after = re.compile(r"\s*[:=\uff1a]?\s*" + _FIGURE).match(text, match.end())
    if after and after.start(1) not in taken:
        taken.add(after.start(1))
        return _share(after[1], after[2])
    before = re.search(r"(\d+(?:\.\d+)?)\s*(wt\s*%|%|ppm)\s*(?:of\s+)?$", text[: match.start()])
    if before and before.start(1) not in taken:
        taken.add(before.start(1))
        return _share(before[1], before[2])
    return None


def _share(figure: str, unit: str | None) -> float | None:
    value = float(figure) / (_PPM_PER_PERCENT if unit == "ppm" else 1.0)
    return value if value <= _MOST else None
