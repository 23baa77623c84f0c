"""Determinations decided again, by a small law that changes with the day."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dearth.errors import InputError
from dearth.register import Register, Row, changes, replay
from register_records import SHA, determination, licence


def law(case: Mapping[str, Any], on: str) -> dict[str, Any]:
    """Dysprosium needs a licence from 2025-04-04, and is prohibited from 2026-06-01."""
    if "Dy" not in case["facts"]["item.elements"] or on < "2025-04-04":
        return {"determination": "NLR", "codes": []}
    return {"determination": "PROHIBIT" if on >= "2026-06-01" else "LIC", "codes": ["1C905.b", "x"]}


def recorded(register: Register, number: int, element: str, day: str) -> Row:
    case = {"id": f"case-{number}", "facts": {"item.elements": [element]}}
    return register.append(determination(number, day, case=case, answer=law(case, day)))


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.open(tmp_path / "r") as found:
        yield found


def test_a_determination_holds_on_its_date_and_may_not_stand_today(register: Register) -> None:
    row = recorded(register, 1, "Dy", "2026-01-05")
    found = replay(row, law, "2026-07-01", SHA)
    assert (found.holds, found.stands, found.same_rules) == (True, False, True)
    assert found.to_dict()["differences_now"] == {"determination": ("LIC", "PROHIBIT")}
    assert replay(row, law, "2026-02-01", "cd" * 32).same_rules is False


def test_order_in_a_list_is_no_difference(register: Register) -> None:
    case = {"id": "1", "facts": {"item.elements": ["Dy"]}}
    row = register.append(
        determination(case=case, answer={"determination": "LIC", "codes": ["x", "1C905.b"]})
    )
    assert replay(row, law, "2026-02-01", SHA).holds


def test_a_corrected_rule_set_no_longer_finds_the_record(register: Register) -> None:
    row = recorded(register, 1, "Dy", "2026-01-05")
    found = replay(row, lambda *_: {"determination": "NLR", "codes": []}, "2026-01-05", SHA)
    assert not found.holds


def test_changes_names_what_the_new_rule_changes_and_nothing_else(register: Register) -> None:
    recorded(register, 1, "Dy", "2026-01-05")
    recorded(register, 2, "La", "2026-01-05")
    recorded(register, 3, "Dy", "2026-06-02")
    register.append(licence())
    found = changes(register.rows(), law, "2026-05-31", "2026-06-01")
    assert [(one.row, one.by_date, one.by_data) for one in found] == [
        (1, {"determination": ("LIC", "PROHIBIT")}, {}),
        (3, {"determination": ("LIC", "PROHIBIT")}, {}),
    ]
    assert changes(register.rows(), law, "2026-06-01", "2026-07-01") == ()
    assert found[0].to_dict()["now"]["determination"] == "PROHIBIT"


def test_changes_tells_of_a_record_that_the_rules_no_longer_give(register: Register) -> None:
    recorded(register, 1, "Dy", "2026-01-05")
    found = changes(
        register.rows(), lambda *_: {"determination": "LIC", "codes": ["1C905.c"]}, "2026-01-01", "2026-01-02"
    )
    assert found[0].by_date == {}
    assert list(found[0].by_data) == ["codes"]


def test_only_determinations_are_replayed(register: Register) -> None:
    with pytest.raises(InputError, match="is a licence"):
        replay(register.append(licence()), law, "2026-01-01", SHA)
