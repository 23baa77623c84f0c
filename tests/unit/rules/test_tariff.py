"""Tariff codes: only what every line under a code has in common."""

from __future__ import annotations

import pytest

from dearth.rules import load_rules
from dearth.rules.tariff import tariff_facts, tariff_rows

RULES = load_rules()


def test_a_code_and_what_lies_under_it() -> None:
    assert {row["code"] for row in tariff_rows("2805301200", RULES)} == {"2805301200"}
    assert len(tariff_rows("2846", RULES)) > 10
    assert tariff_rows("9999", RULES) == []


@pytest.mark.parametrize(
    ("code", "element"),
    [("2805301200", ("Dy",)), ("2846902600", ("Y",)), ("2805301910", None), ("2846", None)],
)
def test_elements_only_of_a_line_with_one(code: str, element: tuple[str, ...] | None) -> None:
    assert tariff_facts(code, RULES).get("item.elements") == element


def test_a_magnet_line_never_tells_its_elements() -> None:
    assert "item.elements" not in tariff_facts("8505111000", RULES)


def test_the_ordinary_licence_only_on_a_full_line_that_surely_has_it() -> None:
    assert tariff_facts("2846902600", RULES)["item.hs_super4"] is True
    assert "item.hs_super4" not in tariff_facts("28469026", RULES)
    assert not any(v is False for v in tariff_facts("2805301510", RULES).values())


def test_eight_digits_name_the_duty_line() -> None:
    assert tariff_facts("2846.90.15", RULES)["item.hs8"] == "28469015"
    assert "item.hs8" not in tariff_facts("8505.11", RULES)
