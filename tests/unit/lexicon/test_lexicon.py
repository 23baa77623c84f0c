"""Reading goods in ordinary words, from the shipped table and from small ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dearth.errors import RuleError
from dearth.lexicon import load_lexicon
from dearth.lexicon.lexicon import COLUMNS, normalised, read_lexicon

LEXICON = load_lexicon()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("dysprosium oxide 99.9%", {"item.form": "oxide", "item.elements": ("Dy",)}),
        ("\uff24\uff59\uff12\uff2f\uff13", {"item.form": "oxide", "item.elements": ("Dy",)}),
        ("CAS 1308-87-8", {"item.form": "oxide", "item.elements": ("Dy",)}),
        ("氧化镝", {"item.form": "oxide", "item.elements": ("Dy",)}),
        ("N42SH magnets", {"item.form": "magnet_material", "item.family": "NdFeB"}),
        ("Dy-Fe alloy", {"item.form": "alloy", "item.alloy": "Dy-Fe", "item.elements": ("Dy", "Fe")}),
    ],
)
def test_what_a_text_says(text: str, facts: dict[str, object]) -> None:
    assert dict(LEXICON.goods(text).facts) == facts


def test_heavy_elements_that_are_named_are_held() -> None:
    found = LEXICON.goods("sintered NdFeB magnet with 3% Dy").facts
    assert "Dy" in found["item.elements"]  # type: ignore[operator]


@pytest.mark.parametrize(
    "text", ["dysprosium-free NdFeB magnet", "NdFeB magnet without dysprosium", "不含镝的钕铁硼磁体"]
)
def test_a_denial_never_becomes_a_list_of_elements(text: str) -> None:
    found = LEXICON.goods(text)
    assert "item.elements" not in found.facts
    assert any("state item.elements" in note for note in found.notes)


def test_a_number_is_no_denial() -> None:
    assert LEXICON.goods("lot no. 5, dysprosium oxide").facts["item.elements"] == ("Dy",)


def test_a_list_without_controlled_elements_is_believed_only_when_all_was_understood() -> None:
    assert LEXICON.goods("neodymium oxide").facts["item.elements"] == ("Nd",)
    doubtful = LEXICON.goods("neodymium oxide with zorbium")
    assert "item.elements" not in doubtful.facts
    assert doubtful.unknown == ("zorbium",)


def test_did_you_mean() -> None:
    found = LEXICON.goods("dysprosim oxide")
    assert "item.elements" not in found.facts
    assert any("'dysprosium'" in line for line in found.suggestions)
    assert LEXICON.goods("qqqqq wwwww").suggestions == ()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("HS 8505.11", ("850511",)),
        ("hs code: 8505 11 10 00", ("8505111000",)),
        ("magnets 8505.11.10", ("85051110",)),
        ("2846901500", ("2846901500",)),
        ("lot 12 of 2025-04-04", ()),
    ],
)
def test_tariff_codes_that_are_written(text: str, codes: tuple[str, ...]) -> None:
    assert LEXICON.goods(text).hs == codes


def test_an_unknown_cas_number_is_told() -> None:
    assert any("not in the lexicon" in note for note in LEXICON.goods("CAS 64-17-5").notes)


@pytest.mark.parametrize("text", ["", " ", "%%%", "-" * 600, "\x00", "🧲" * 300, "99.9 %"])
def test_any_text_is_read_without_failing(text: str) -> None:
    assert LEXICON.goods(text).facts == {}


def test_names_match_as_whole_words() -> None:
    assert "item.elements" not in LEXICON.goods("candy").facts
    assert LEXICON.goods("Tb metal").facts["item.elements"] == ("Tb",)


def test_find_by_name_and_cas() -> None:
    assert {entry.element for entry in LEXICON.find("1308-87-8")} == {"Dy"}
    assert LEXICON.find("Dysprosium Oxide")
    assert LEXICON.find("nothing") == ()


def test_one_width_one_case_one_hyphen() -> None:
    assert normalised("  \uff24\uff59\u2013Fe  ALLOY ") == "dy-fe alloy"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a,colour,red" + "," * (len(COLUMNS) - 3), "kind 'colour'"),
        ("a,good," + "," * (len(COLUMNS) - 3), "name ''"),
        ("a,good,x", "cells"),
    ],
)
def test_a_wrong_table_is_told(line: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(",".join(COLUMNS) + "\n" + line + "\n", "utf-8")
    with pytest.raises(RuleError, match=says):
        read_lexicon(tmp_path)


def test_an_empty_table_knows_nothing(tmp_path: Path) -> None:
    assert read_lexicon(tmp_path).goods("dysprosium oxide").facts == {}


def test_near_names_are_looked_for_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def near(word: str, *_args: object) -> list[str]:
        asked.append(word)
        return ["dysprosium"]

    monkeypatch.setattr("dearth.lexicon.lexicon.get_close_matches", near)
    found = LEXICON.goods("dysprosim ingots, never read before")
    assert found.unknown
    assert asked == []
    assert "dysprosium" in found.suggestions[0]
    assert asked[0] == found.unknown[0]


def test_the_longest_of_names_that_begin_alike_is_read() -> None:
    def pattern(name: str) -> str:
        plural = "(?:e?s)?" if name[-1].isascii() and name[-1].isalpha() and len(name) > 4 else ""
        head, tail = (
            ("(?<![a-z0-9])" if name[0].isascii() else ""),
            ("(?![a-z0-9])" if name[-1].isascii() else ""),
        )
        return f"{head}{re.escape(name)}{plural}{tail}"

    names = sorted(LEXICON.by_name, key=lambda name: (-len(name), name))
    plain = re.compile("|".join(map(pattern, names)))  # every name in turn: slow, and plainly right
    for name in names:
        for text in (name, f"{name}s", f"x{name}", f"{name[:-1]} {name}", f"{name}{names[0]}"):
            assert LEXICON._longest_first.findall(text) == plain.findall(text), text
