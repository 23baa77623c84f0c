"""The control list: closed alloys, open oxides and compounds, magnets by family and element."""

from __future__ import annotations

from typing import Any

import pytest

from dearth.rules import load_rules
from dearth.rules.goods import codes_of, known_alloy, under

RULES = load_rules()


def codes(**facts: Any) -> dict[str, bool | None]:
    stated = {f"item.{name}": value for name, value in facts.items()}
    return codes_of(RULES.control_rows, stated.get)


def true_codes(**facts: Any) -> set[str]:
    return {code for code, truth in codes(**facts).items() if truth}


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"form": "metal", "elements": ("Dy",)}, {"1C905.a.1"}),
        ({"form": "oxide", "elements": ("Dy",)}, {"1C905.b"}),
        ({"form": "compound", "elements": ("Y",)}, {"1C908.c"}),
        ({"form": "mixture", "elements": ("Dy",)}, {"1C905.b", "1C905.c"}),
        ({"form": "alloy", "elements": ("Dy", "Fe"), "alloy": "Dy-Fe"}, {"1C905.a.2.a"}),
        ({"form": "alloy", "elements": ("Gd", "Fe"), "alloy": "Gd-Fe"}, set()),
        ({"form": "oxide", "elements": ("Nd", "Pr")}, set()),
        ({"form": "magnet_material", "family": "NdFeB", "elements": ("Nd", "Pr")}, set()),
        (
            {"form": "magnet_material", "family": "NdFeB", "elements": ("Nd", "Dy", "Tb")},
            {"1C904.a.4", "1C905.a.4"},
        ),
        ({"form": "magnet_material", "family": "SmCo", "elements": ("Nd",)}, {"1C902.a.4"}),
        ({"form": "ferrite_magnet", "family": "other", "elements": ()}, set()),
    ],
)
def test_what_an_item_matches(facts: dict[str, Any], found: set[str]) -> None:
    assert true_codes(**facts) == found


def test_a_target_counts_when_it_holds_the_element() -> None:
    found = true_codes(form="target", elements=("Gd", "Fe"))
    assert found
    assert all(under(code, "1C903.a.3") for code in found)


def test_what_is_not_stated_leaves_rows_open() -> None:
    found = codes(form="magnet_material", family="NdFeB")
    assert found["1C905.a.4"] is None
    assert found["1C904.a.4"] is None
    assert "1C902.a.4" not in found
    assert codes(form="magnet_material", family="SmCo")["1C902.a.4"] is True


def test_an_alloy_is_known_whatever_the_order_of_its_elements() -> None:
    assert known_alloy("Fe-Dy", RULES.control_items) == "Dy-Fe"
    assert known_alloy("Fe-Dy-Tb", RULES.control_items) == "Tb-Dy-Fe"
    assert known_alloy("Gd-Fe", RULES.control_items) == "Gd-Fe"
    assert known_alloy(True, RULES.control_items) is True


@pytest.mark.parametrize(
    ("code", "prefix", "is_under"),
    [
        ("1C905.a.1", "1C905", True),
        ("1C905", "1C905", True),
        ("1C9050", "1C905", False),
        ("1C905", "1C905.a", False),
    ],
)
def test_a_prefix_ends_at_a_dot(code: str, prefix: str, is_under: bool) -> None:
    assert under(code, prefix) is is_under
