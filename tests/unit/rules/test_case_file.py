"""Files of cases: outcomes, and every way in which a file may be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dearth.errors import InputError
from dearth.rules import Case, decide, load_rules
from dearth.rules.case_file import outcome_of, read_case_folder, read_cases

RULES = load_rules()
FACTS = {"txn.date": "2025-06-10", "txn.regime": "cn_export", "item.form": "metal", "item.elements": ["Dy"]}


def outcome(expected: dict[str, Any], **facts: Any) -> tuple[str, str]:
    stated = {name.replace("__", "."): value for name, value in facts.items()}
    case = Case("x", {**FACTS, "item.elements": ("Dy",), **stated})
    return outcome_of(expected, decide(case, RULES))


@pytest.mark.parametrize(
    ("expected", "facts", "is_"),
    [
        ({"determination": "LIC"}, {}, "agreed"),
        ({"determination": "LIC", "rules": ["CN-2025-18"]}, {}, "agreed"),
        ({"determination": "LIC", "rules": ["CN-2025-57"]}, {}, "disagreed"),
        ({"determination": "PROHIBIT"}, {}, "unknown"),
        ({"determination": "NLR"}, {}, "disagreed"),
        ({"determination": "LIC", "worst_case": "PROHIBIT"}, {}, "agreed"),
        ({"determination": "LIC", "worst_case": "LIC"}, {}, "agreed"),
        ({"determination": "LIC", "if_reactivated": "DENY"}, {"txn__date": "2026-01-01"}, "unknown"),
        ({"determination": "COMPLY"}, {"item__elements": ("Nd",)}, "agreed"),
    ],
)
def test_outcomes(expected: dict[str, Any], facts: dict[str, Any], is_: str) -> None:
    found, differs = outcome(expected, **facts)
    assert found == is_, differs
    assert bool(differs) is (found != "agreed")


def raw(**changes: Any) -> dict[str, Any]:
    case = {"id": "A", "facts": dict(FACTS), "expected": {"determination": "LIC"}, **changes}
    return {"schema": "rare-earth-cases/1", "cases": [case]}


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"cases": []}, "no list of cases"),
        ({"cases": {}}, "no list of cases"),
        ({"cases": ["x"]}, "not a case"),
        ({**raw(), "schema": "other/1"}, "unknown schema"),
        ({**raw(), "case": 1}, "unknown key 'case'"),
        (raw(id=""), "a case without an id"),
        (raw(id=True), "a case without an id"),
        (raw(facts=None), "`facts` is missing"),
        (raw(facts=[1]), "`facts` is missing"),
        (raw(facts={**FACTS, "txn.date": "June"}), "'June' will not do"),
        (raw(facts={**FACTS, "user.military": "yes"}), "'yes' will not do"),
        (raw(facts={**FACTS, "calc.cn_part1_ratio": -1}), "will not do"),
        (raw(facts={**FACTS, "calc.cn_part1_ratio": float("nan")}), "will not do"),
        (raw(facts={**FACTS, "calc.cn_part1_ratio": 5}), "a share from 0 to 1"),
        (raw(facts={**FACTS, "user.country": "Germany"}), "two capital letters"),
        (raw(expected=None), "no expected determination"),
        (raw(expected={"determination": "FINE"}), "is no effect"),
        (raw(expected={"determination": "LIC", "disputed": "FINE"}), "is no effect"),
        (raw(expected={"determination": "LIC", "rules": "CN-2025-18"}), "not a list of ids"),
    ],
)
def test_a_wrong_case_is_told_with_a_cure(written: dict[str, Any], says: str) -> None:
    _cases, faults = read_cases(written, RULES, "f.yaml")
    assert faults
    assert any(says in str(fault) for fault in faults), faults
    assert all(fault.where.startswith("f.yaml") for fault in faults)


def test_a_case_stands_once_in_a_file() -> None:
    twice = raw()
    twice["cases"] *= 2
    assert "stands twice" in str(read_cases(twice, RULES, "f")[1])


def test_what_no_rule_knows_stays_out_with_a_warning() -> None:
    (case,), faults = read_cases(raw(facts={**FACTS, "item.colour": "red", "item.form": "metl"}), RULES, "f")
    assert faults == []
    assert "item.colour" not in case.case.facts
    assert "item.form" not in case.case.facts
    assert any("did you mean 'metal'" in warning for warning in case.warnings)


def test_a_folder_is_read_and_other_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "cases:\n- id: A\n  facts: {txn.regime: cn_export}\n  expected: {determination: NLR}\n", "utf-8"
    )
    (tmp_path / "b.yml").write_text("rules: []\n", "utf-8")
    (tmp_path / "c.yaml").write_text("a: &x 1\nb: *x\n", "utf-8")
    (tmp_path / "notes.md").write_text("cases:", "utf-8")
    assert [written.case.id for written in read_case_folder(tmp_path, RULES)] == ["A"]


@pytest.mark.parametrize("text", ["cases: [", "cases:\n- id: A\n  id: B\n", "x: &a 1\ncases: *a\n"])
def test_a_broken_file_of_cases_is_not_passed_over(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError):
        read_case_folder(tmp_path, RULES)


@pytest.mark.parametrize("make", ["missing", "empty", "file"])
def test_a_folder_without_cases_is_told(make: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    if make == "empty":
        path.mkdir()
    elif make == "file":
        path.write_text("cases: []", "utf-8")
    with pytest.raises(InputError):
        read_case_folder(path, RULES)
