"""The envelope of a study that asks a scenario, written once: all answers name the same inputs."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from dearth.answer import Answer
from dearth.book import Book
from dearth.book.schema import FactRow
from dearth.book.sources import sources_of
from dearth.world.scenario import Scenario

__all__ = ["answered"]


def answered(  # noqa: PLR0913 (the parts of an envelope)
    study: str,
    scenario: Scenario,
    book: Book,
    answer: Mapping[str, Any],
    *,
    used: Iterable[FactRow],
    warnings: Sequence[str],
    question: Mapping[str, Any] | None = None,
) -> Answer:
    """Return an answer with all that is needed to find it again.

    Parameters
    ----------
    study
        Its name.
    scenario, book
        What was asked, as run, and what was known.
    answer
        What was found, as plain data.
    used
        Rows of the book on which it rests.
    warnings
        What a reader should know before citing it.
    question
        What was asked, where it is more than the scenario.
    """
    return Answer(
        study=study,
        version=_version(),
        book={"version": book.version, "sha256": book.sha256},
        scenario={"name": scenario.name, "title": scenario.title, "sha256": scenario.sha256},
        as_of=scenario.as_of.isoformat(),
        seed=scenario.seed,
        draws=scenario.draws,
        question=scenario.to_dict() if question is None else question,
        answer=answer,
        sources=sources_of(book, used),
        warnings=warnings,
    )


@cache
def _version() -> str:
    return importlib.metadata.version("dearth")
