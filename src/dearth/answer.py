"""The answer of a study: one frozen envelope that every face shows in its own way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a study found, with all that is needed to find it again.

    Attributes
    ----------
    study
        Name of the study, e.g. ``"countdown"``.
    version
        Version of dearth.
    book, scenario
        ``{"version", "sha256"}`` and ``{"name", "sha256"}`` of what the study read.
    as_of
        ISO date up to which facts and events were known; an input, never the clock.
    seed, draws
        Of the ensemble.
    question, answer
        What was asked and what was found: plain dicts, lists, numbers, strings, None.
    sources
        Rows of the book on which the answer rests, assumptions first.
    warnings
        What a reader should know before citing the answer.
    """

    study: str
    version: str
    book: Mapping[str, Any]
    scenario: Mapping[str, Any]
    as_of: str
    seed: int
    draws: int
    question: Mapping[str, Any]
    answer: Mapping[str, Any]
    sources: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    warnings: Sequence[str] = field(default_factory=tuple)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON envelope as a dict, keys in their documented order."""
        return {
            "dearth": self.version,
            "study": self.study,
            "book": dict(self.book),
            "scenario": dict(self.scenario),
            "as_of": self.as_of,
            "seed": self.seed,
            "draws": self.draws,
            "question": dict(self.question),
            "answer": dict(self.answer),
            "sources": [dict(s) for s in self.sources],
            "warnings": list(self.warnings),
        }

    def to_json(self) -> str:
        """Return the envelope as one JSON object; NaN and infinity are refused, not written."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=1)
