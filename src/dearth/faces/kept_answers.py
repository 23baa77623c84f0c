"""Answers of earlier runs: the same question to the same book and program has the same answer, to the byte.

Kept in the user's cache folder under the hash of all that an answer hangs on: the study, the scenario as
asked, the book, each of our source and data files, Python and the libraries that compute.
``DEARTH_ANEW=1`` finds everything anew.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, NamedTuple

from dearth.answer import Answer
from dearth.book import Book
from dearth.stored import key_of, stored
from dearth.world.scenario import Scenario

__all__ = ["FOLDER", "Found", "answer_of", "program_files"]

FOLDER: Final = "answers"
_HERE: Final = Path(__file__).parents[1]
_SHOWN: Final = "faces"  # how an answer is shown does not change it
_KINDS: Final = frozenset({".py", ".csv", ".yaml", ".json"})
_LIBRARIES: Final = ("numpy", "numba", "llvmlite", "scipy", "highspy")
_FIELDS: Final = ("book", "scenario", "as_of", "seed", "draws", "question", "answer", "sources", "warnings")


def program_files() -> list[Path]:
    """Return the files on which answers hang: our program and data, but for the faces."""
    shown = _HERE / _SHOWN
    return sorted(
        path for path in _HERE.rglob("*") if path.suffix in _KINDS and not path.is_relative_to(shown)
    )


class Found(NamedTuple):
    """An answer as JSON, and whether it is of an earlier run."""

    text: str
    early: bool

    def answer(self) -> Answer:
        """Return the answer as the study gave it."""
        data = json.loads(self.text)
        return Answer(study=data["study"], version=data["dearth"], **{name: data[name] for name in _FIELDS})


def answer_of(
    study: str, scenario: Scenario, book: Book, own: Mapping[str, str], find: Callable[[], Answer]
) -> Found:
    """Return the answer of an earlier run, or find and keep it.

    Parameters
    ----------
    study
        Its name.
    scenario, book
        As asked, with all overrides, and as known, with the user's own rows.
    own
        What this study was asked besides.
    find
        Finds the answer.
    """
    if os.environ.get("DEARTH_ANEW"):
        return Found(find().to_json(), early=False)
    asked = json.dumps([study, scenario.sha256, book.sha256, dict(own)], sort_keys=True)
    key = key_of(program_files(), asked, *map(_version, _LIBRARIES), _version("dearth"))
    ran: list[str] = []

    def packed() -> bytes:
        ran.append(find().to_json())
        return zlib.compress(ran[0].encode())

    kept = stored(FOLDER, key, packed)
    return Found(ran[0], early=False) if ran else Found(zlib.decompress(kept).decode(), early=True)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"
