"""The table of studies, and the commands made from it."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from process import dearth

from dearth.faces.catalogue import STUDIES, Study
from dearth.faces.options import Request, overrides_of, parameters


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_a_study_loads_and_takes_what_the_face_gives(study: Study) -> None:
    signature = inspect.signature(study.load())
    signature.bind("scenario", "book", draws=None, seed=None, workers=1)


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_its_help_names_every_option(study: Study) -> None:
    done = dearth(study.name, "--help", COLUMNS="120")
    assert done.status == 0
    for option in study.options:
        written = {"scenario": "SCENARIO", "for_place": "--for"}
        name = written.get(option, "--" + option.replace("_", "-"))
        assert name in done.out


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_every_option_is_part_of_a_request(study: Study) -> None:
    assert {p.name for p in parameters(study.options)} <= set(inspect.signature(Request).parameters)


def test_names_are_unique_and_frozen() -> None:
    assert len({study.name for study in STUDIES}) == len(STUDIES)
    with pytest.raises(AttributeError):
        STUDIES[0].name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("pair", "key"),
    [
        ("weeks=5", "weeks"),
        ("as-of=2025-05-01", "as_of"),
        ("cover-wind=3", "set.cover-wind"),
        ("set.a=1", "set.a"),
    ],
)
def test_a_key_that_is_no_scenario_value_names_an_assumption(pair: str, key: str) -> None:
    found, faults = overrides_of([pair])
    assert list(found) == [key]
    assert faults == []


def test_starting_up_imports_neither_numpy_nor_numba() -> None:
    code = (
        "import sys, dearth.faces.cli; print([m for m in ('numpy', 'numba', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"
