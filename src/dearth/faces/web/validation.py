"""The model against what happened: the document that is shipped, as data, and the run in the background."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from dearth.book import Book
from dearth.book.read import DATA
from dearth.faces.web.replies import json_bytes
from dearth.world.scenario import Scenario

__all__ = ["VALIDATE", "stored", "tables_of", "validate_bytes"]

VALIDATE: Final = "validate"
_FILE: Final = DATA / "validation.md"
_HEAD: Final = re.compile(r"(#{1,6}) +(.*)")
_RULE: Final = re.compile(r"\|?[\s:|-]+\|?")


@lru_cache(maxsize=1)
def stored() -> list[dict[str, Any]]:
    """Return the sections of the shipped document; none where it is not shipped."""
    return list(tables_of(_FILE.read_text(encoding="utf-8"))) if _FILE.is_file() else []


def tables_of(text: str) -> Iterator[dict[str, Any]]:
    """Yield the sections of a Markdown text: level, title, paragraphs, and tables by columns and rows."""
    section: dict[str, Any] | None = None
    for block in re.split(r"\n\s*\n", text):
        lines = block.strip().splitlines()
        head = _HEAD.fullmatch(lines[0]) if lines else None
        if head:
            if section is not None:
                yield section
            section = {"level": len(head[1]), "title": head[2].strip(), "text": [], "tables": []}
            lines = lines[1:]
        if section is not None and lines:
            _put(section, lines)
    if section is not None:
        yield section


def _put(section: dict[str, Any], lines: list[str]) -> None:
    if lines[0].startswith("|") and len(lines) > 1 and _RULE.fullmatch(lines[1]):
        rows = [_cells(line) for line in (lines[0], *lines[2:])]
        section["tables"].append({"columns": rows[0], "rows": rows[1:]})
    else:
        section["text"].append(" ".join(line.strip() for line in lines))


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def validate_bytes(book: Book, scenario: Scenario, workers: int) -> bytes:
    """Return a validation of both episodes as JSON; only size and seed of the ensemble are taken."""
    from dearth.studies.validate import Asked, validate  # noqa: PLC0415 (numba)
    from dearth.watch import beat  # noqa: PLC0415

    def tell(text: str) -> None:
        beat(text, 0, 1)

    asked = Asked(draws=scenario.draws, seed=scenario.seed, workers=workers)
    return json_bytes(validate(book, asked, tell=tell).to_dict())
