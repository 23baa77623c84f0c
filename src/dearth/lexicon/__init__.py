"""Names of elements, goods, grades and codes in words, Chinese, HS and CAS: one table for everybody."""

from __future__ import annotations

from dearth.lexicon.lexicon import Entry, Lexicon, Reading, load_lexicon

__all__ = ["Entry", "Lexicon", "Reading", "load_lexicon"]
