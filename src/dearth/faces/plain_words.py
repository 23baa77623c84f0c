"""Command lines so plain that they are read without the library of the command line.

That library takes longer to load than most cases take to decide.  What is not written in the plainest way
(``--on=DATE``, ``-qh``, an option twice, an option of another command) is left to it, and so is every fault:
here nothing is refused, it is only not read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

__all__ = ["licence_words"]

_FLAGS: Final = {
    "--full": "full", "--json": "json", "--quiet": "quiet", "-q": "quiet", "--trace": "trace",
}  # fmt: skip
_TEXTS: Final = {"--as-of": "as_of", "--on": "on", "--since": "since"}
_FILES: Final = {
    "--bom": "bom", "--cases": "cases", "--csv": "csv", "--html": "html", "--register": "register",
}  # fmt: skip
_EXPANDED: Final = re.compile(r"[~$%*?\[]")  # on some systems the library makes other words of these


def licence_words(words: Sequence[str]) -> dict[str, Any] | None:
    """Return what the words after ``dearth licence`` ask for, by option; None: left to the library."""
    found: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        value: Any = next(rest, "-") if word in _TEXTS or word in _FILES else word
        name = _FLAGS.get(word) or _TEXTS.get(word) or _FILES.get(word) or "what"
        if name in found or _EXPANDED.search(value) or (value[:1] == "-" and word not in _FLAGS):
            return None
        found[name] = True if word in _FLAGS else Path(value) if word in _FILES else value
    return found or None
