"""The envelope of an answer: its keys, their order, and what it refuses to write."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dearth.answer import Answer

KEYS = [
    "dearth",
    "study",
    "book",
    "scenario",
    "as_of",
    "seed",
    "draws",
    "question",
    "answer",
    "sources",
    "warnings",
]
ANSWER = Answer(
    study="countdown",
    version="0.1.0",
    book={"version": "2026.1", "sha256": "ab"},
    scenario={"name": "squeeze-2025", "sha256": "cd"},
    as_of="2025-12-31",
    seed=1,
    draws=40,
    question={"weeks": 39},
    answer={"rows": [{"sector": "other-automotive", "p50": None}]},
    sources=({"id": "a", "source": "大陆"},),
    warnings=("a warning",),
)


def test_the_envelope_has_its_documented_keys_in_order() -> None:
    assert list(ANSWER.to_dict()) == KEYS


def test_json_is_one_object_equal_to_the_dict() -> None:
    assert json.loads(ANSWER.to_json()) == ANSWER.to_dict()


def test_json_keeps_letters_of_every_script() -> None:
    assert "大陆" in ANSWER.to_json()


def test_equal_answers_give_equal_bytes() -> None:
    assert replace(ANSWER).to_json().encode() == ANSWER.to_json().encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_know_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        replace(ANSWER, answer={"week": number}).to_json()


def test_sources_and_warnings_may_be_empty() -> None:
    envelope = replace(ANSWER, sources=(), warnings=()).to_dict()
    assert envelope["sources"] == []
    assert envelope["warnings"] == []


def test_an_answer_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        ANSWER.seed = 2  # type: ignore[misc]


def test_changing_the_dict_does_not_change_the_answer() -> None:
    ANSWER.to_dict()["question"]["weeks"] = 1
    assert ANSWER.question["weeks"] == 39
