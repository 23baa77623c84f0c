"""The exception tree: exit statuses, fault lines and the cure."""

from __future__ import annotations

import pytest

from dearth import errors
from dearth.errors import (
    BookError,
    DearthError,
    Fault,
    InputError,
    MassError,
    ModelError,
    RuleError,
    ScenarioError,
    UnitError,
    UnknownNameError,
    did_you_mean,
)


@pytest.mark.parametrize(
    "kind", [InputError, ScenarioError, UnknownNameError, BookError, RuleError, UnitError]
)
def test_wrong_input_exits_with_2(kind: type[DearthError]) -> None:
    assert kind.exit_status == 2


@pytest.mark.parametrize("kind", [DearthError, ModelError, MassError])
def test_our_own_fault_exits_with_1(kind: type[DearthError]) -> None:
    assert kind.exit_status == 1


def test_every_exported_error_is_in_the_drawn_tree_and_under_the_base() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]
    assert len(kinds) == 10
    for kind in kinds:
        assert issubclass(kind, DearthError)
        assert kind.__name__ in str(errors.__doc__)


def test_a_model_error_is_never_taken_for_wrong_input() -> None:
    assert not issubclass(ModelError, InputError)
    assert issubclass(MassError, ModelError)


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault(what="bad"), "bad"),
        (Fault(what="bad", where="row 3"), "row 3: bad"),
        (Fault(what="bad", why="negative"), "bad (negative)"),
        (Fault(what="bad", cure="give a positive number"), "bad; give a positive number"),
        (Fault(what="bad", where="row 3", why="negative", cure="mend it"), "row 3: bad (negative); mend it"),
    ],
)
def test_a_fault_reads_where_what_why_cure(fault: Fault, line: str) -> None:
    assert str(fault) == line


def test_all_faults_are_listed_under_the_phase() -> None:
    error = ScenarioError("Reading my.yaml", (Fault(what=name) for name in ("first", "second")))
    assert str(error) == "Reading my.yaml\n  - first\n  - second"
    assert [fault.what for fault in error.faults] == ["first", "second"]


def test_one_fault_needs_no_list() -> None:
    fault = Fault(what="alone")
    assert InputError("Reading", fault).faults == (fault,)


def test_a_fault_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Fault(what="bad").what = "good"  # type: ignore[misc]


def test_did_you_mean_names_the_near_ones_best_first() -> None:
    assert did_you_mean("cutof", ["steady", "cutoff"]) == "did you mean 'cutoff'?"
    assert did_you_mean("oxide:D", ["oxide:Dy", "metal:Tb"]).startswith("did you mean 'oxide:Dy'")


def test_did_you_mean_lists_the_known_when_nothing_is_near() -> None:
    assert did_you_mean("zzz", ["steady", "cutoff"]) == "known: steady, cutoff"


def test_did_you_mean_does_not_print_a_long_list() -> None:
    known = [f"name{i}" for i in range(40)]
    cure = did_you_mean("???", known)
    assert cure.endswith(", ...")
    assert "name11" in cure
    assert "name12" not in cure
