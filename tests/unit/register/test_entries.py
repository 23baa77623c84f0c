"""What may be wrong with a record: all of it told at once."""

from __future__ import annotations

from typing import Any

import pytest

from dearth.errors import InputError
from dearth.register.entries import FIELDS, KINDS, check_record
from register_records import application, determination, drawdown, licence, outcome

VOID = {"kind": "void", "day": "2026-01-01", "row": 1, "reason": "typed twice"}
GOOD = [determination(), licence(), application(), outcome(), drawdown(1), VOID]


def test_there_is_a_good_record_of_every_kind() -> None:
    assert {record["kind"] for record in GOOD} == set(KINDS) == set(FIELDS)
    for record in GOOD:
        check_record(record)


@pytest.mark.parametrize("record", GOOD, ids=lambda record: record["kind"])
def test_every_needed_field_is_missed(record: dict[str, Any]) -> None:
    fields = {"day": "day", **FIELDS[record["kind"]]}
    for name, wanted in fields.items():
        less = {key: value for key, value in record.items() if key != name}
        if wanted.endswith("?"):
            continue
        with pytest.raises(InputError, match=name):
            check_record(less)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ([1, 2], "not a mapping"),
        ({}, "no kind of record"),
        ({"kind": "licences"}, "did you mean 'licence'"),
        ({"kind": ["licence"]}, "no kind of record"),
        (licence(quantity=-1), "above 0"),
        (licence(quantity=0), "above 0"),
        (licence(quantity=float("nan")), "above 0"),
        (licence(quantity=float("inf")), "above 0"),
        (licence(quantity="100"), "above 0"),
        (licence(quantity=True), "above 0"),
        (licence(quantity=10**400), "above 0"),
        (licence(unit="pound"), "one of count, kg, g, t"),
        (licence(unit=None), "needs a unit"),
        (licence(quantity=None), "needs a unit"),
        (licence(expires="2026-02-30"), "YYYY-MM-DD"),
        (licence(expires="07/07/2026"), "YYYY-MM-DD"),
        (licence(expires="20260707"), "YYYY-MM-DD"),
        (licence(expires=20260707), "YYYY-MM-DD"),
        (licence(expires="2025-12-31"), "before it was issued"),
        (licence(day="0000-01-01"), "between 1900"),
        (licence(consignees="Beispiel"), "a list of texts"),
        (licence(consignees=[]), "a list of texts"),
        (licence(consignees=["a", ""]), "a list of texts"),
        (licence(number="a\x00b"), "control characters"),
        (licence(number="\ud800"), "control characters"),
        (licence(number="x" * 3000), "2000 characters"),
        (licence(warnings=["mine"]), "unknown field 'warnings'"),
        (licence(expiry="2026-01-01"), "did you mean 'expires'"),
        (outcome("maybe"), "granted, refused"),
        (determination(rules={"sha256": "no"}), "sha256"),
        (determination(answer="LIC"), "by name"),
        ({"kind": "void", "day": "2026-01-01", "row": True, "reason": "x"}, "number of the row"),
    ],
)
def test_a_bad_record_is_refused_with_the_cure(record: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_record(record)


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        check_record(licence(quantity=-1, unit="x", expires="never", colour="red", item=""))
    assert len(caught.value.faults) == 5
