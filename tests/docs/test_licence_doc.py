"""What docs/licence.md says of the cases and of open points is what the data say."""

from __future__ import annotations

import re
from pathlib import Path

from dearth.book.read import DATA
from dearth.rules import EFFECTS, decide, load_rules
from dearth.rules.case_file import outcome_of, read_case_folder

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "licence.md").read_text("utf-8")
RULES = load_rules()


def independent() -> dict[str, str]:
    """Return the outcome of every independent case, by id."""
    cases = [one for one in read_case_folder(DATA / "cases", RULES) if one.file == "independent.yaml"]
    return {one.case.id: outcome_of(one.expected, decide(one.case, RULES))[0] for one in cases}


def test_the_count_of_the_independent_cases() -> None:
    found = list(independent().values())
    counts = ", ".join(f"{found.count(name)} {name}" for name in ("agreed", "disagreed", "unknown"))
    assert f"now: {counts}." in TEXT
    assert len(found) == 30


def test_every_case_that_does_not_agree_is_published() -> None:
    told = dict(re.findall(r"^\| (I\d\d) \| (disagreed|unknown) \|", TEXT, re.MULTILINE))
    assert told == {name: outcome for name, outcome in independent().items() if outcome != "agreed"}


def test_every_open_point_is_published() -> None:
    told = re.findall(r"^\| ([ABC]\d+) \| ([^|]+) \|", TEXT, re.MULTILINE)
    assert told == [(one.id, one.title) for one in RULES.ambiguities]


def test_the_precedence_is_the_one_of_the_code() -> None:
    line = next(line for line in TEXT.replace("\n   ", " ").splitlines() if "**Precedence:**" in line)
    named = re.findall(r"\b(?:[A-Z]{2,}_)?[A-Z]{3,}\b", line.split("Duties")[0])
    assert named == [name for name in EFFECTS if name != "COMPLY"]


def test_the_python_block_says_what_comes_out() -> None:
    block = re.search(r"```python\n(.+?)```", TEXT, re.DOTALL)
    assert block is not None
    lines = block[1].splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)
    (shown,) = [line for line in lines if "  # " in line]
    code, told = shown.split("  # ")
    assert repr(eval(code, names)) == f"({told.strip()})"
