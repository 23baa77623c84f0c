"""The copy of checked rules: what the files say, to the letter, or as if it were not there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dearth.errors import RuleError
from dearth.rules import checked, read
from dearth.rules.checked import CHECKED, sealed
from dearth.rules.read import RULES_FOLDER, load_rules, own_rules, read_rules, renew_checked
from dearth.rules.rule import ROWS, Conflict, Rule, columns, row_of, spelled
from dearth.rules.ruleset import RuleSet
from dearth.rules.schema import WRITTEN
from small_rules import RULES, write


class Parses:
    """Counts how many files of sections are parsed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        parse = read.parse_yaml

        def counted(data: bytes, where: str, bounds: Any) -> Any:
            self.names.append(where)
            return parse(data, where, bounds)

        monkeypatch.setattr(read, "parse_yaml", counted)


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> Parses:
    return Parses(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small rules with their copy."""
    (tmp_path / "own").mkdir()
    renew_checked(write(tmp_path / "own"))
    return tmp_path / "own"


def _effects(rules: RuleSet) -> dict[str, str]:
    return {rule.id: rule.effect for rule in rules.rules}


def test_the_shipped_copy_is_of_the_shipped_files(tmp_path: Path) -> None:
    fresh = tmp_path / "rules"
    shutil.copytree(RULES_FOLDER, fresh)
    renew_checked(fresh)
    cure = "the rules or their checks were changed: run `make book` and commit checked.jsonl"
    assert (fresh / CHECKED).read_bytes() == (RULES_FOLDER / CHECKED).read_bytes(), cure


def test_the_shipped_rules_are_the_same_with_and_without_the_copy(parses: Parses) -> None:
    copied = own_rules()
    assert parses.names == []
    files = read_rules(RULES_FOLDER)
    assert len(parses.names) == len(list(RULES_FOLDER.glob("*.yaml")))
    assert copied == files
    for name in ("rules", "facts", "sources", "lists", "conflicts", "ambiguities", "when", "derived"):
        assert repr(getattr(copied, name)) == repr(getattr(files, name)), name


def test_the_copy_is_read_in_place_of_the_files(folder: Path, parses: Parses) -> None:
    assert own_rules(folder) == read_rules(folder)
    assert parses.names == ["rules.yaml"]


def _flipped(data: bytes) -> bytes:
    at = data.index(b"PROHIBIT")
    return data[:at] + b"NLR" + data[at + len(b"PROHIBIT") :]


HARM: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _data: b"",
    "seal only": lambda data: data.partition(b"\n")[0],
    "seal and line": lambda data: data.partition(b"\n")[0] + b"\n",
    "cut short": lambda data: data[:-1],
    "a row less": lambda data: data[: data.rstrip().rindex(b"\n") + 1],
    "a milder effect": _flipped,
    "no seal": lambda data: data.partition(b"\n")[2],
    "another seal": lambda data: b'"' + b"0" * 64 + b'"\n' + data.partition(b"\n")[2],
    "not text": lambda _data: b"\x80\x04\x95\xff\xfe",
    "deep": lambda _data: b"[" * 100_000,
}


@pytest.mark.parametrize("harm", HARM.values(), ids=list(HARM))
def test_a_harmed_copy_is_not_used(folder: Path, parses: Parses, harm: Callable[[bytes], bytes]) -> None:
    whole = own_rules(folder)
    copy = folder / CHECKED
    copy.write_bytes(harm(copy.read_bytes()))
    left = copy.read_bytes()
    assert own_rules(folder) == whole
    assert parses.names == ["rules.yaml"]
    assert copy.read_bytes() == left, "nothing is written at a start"
    renew_checked(folder)
    parses.names.clear()
    assert own_rules(folder) == whole
    assert parses.names == []


def test_without_a_copy_the_files_are_read(folder: Path, parses: Parses) -> None:
    (folder / CHECKED).unlink()
    assert own_rules(folder) == read_rules(folder)
    (folder / CHECKED).mkdir()
    assert own_rules(folder) == read_rules(folder)
    assert len(parses.names) == 4


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rules.yaml", "effect: CBC", "effect: DENY"),
        ("rules.yaml", "text: keep records", "text: keep records "),
        ("control_items.csv", "1C905.b,Dy", "1C905.b,Tb"),
    ],
)
def test_a_stale_copy_is_not_used(folder: Path, parses: Parses, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")
    assert own_rules(folder) == read_rules(folder)
    assert len(parses.names) == 2


@pytest.mark.parametrize("name", ["more.yaml", "more.csv"])
def test_a_file_more_or_less_makes_it_stale(folder: Path, parses: Parses, name: str) -> None:
    (folder / name).write_text("lists: {more: [A]}\n" if name.endswith("yaml") else "a,b\n1,2\n", "utf-8")
    assert own_rules(folder) == read_rules(folder)
    assert "rules.yaml" in parses.names
    (folder / name).unlink()
    parses.names.clear()
    own_rules(folder)
    assert parses.names == []


def test_a_stale_copy_hides_no_fault(folder: Path) -> None:
    (folder / "rules.yaml").write_text(RULES.replace("effect: CBC", "effect: MAYBE"), "utf-8")
    with pytest.raises(RuleError, match="MAYBE"):
        own_rules(folder)
    (folder / "rules.yaml").unlink()
    with pytest.raises(RuleError, match="no file holds"):
        own_rules(folder)


def test_a_program_that_checks_otherwise_does_not_use_it(
    folder: Path, parses: Parses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "schema.py"
    other.write_bytes(next(p for p in checked._CHECKERS if p.name == "schema.py").read_bytes() + b"\n")
    changed = tuple(other if path.name == "schema.py" else path for path in checked._CHECKERS)
    monkeypatch.setattr(checked, "_CHECKERS", changed)
    own_rules(folder)
    assert parses.names == ["rules.yaml"]


def test_two_versions_side_by_side_keep_to_their_own(folder: Path, parses: Parses, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    new = write(tmp_path / "new", RULES.replace("effect: CBC", "effect: DENY"))
    renew_checked(new)
    parses.names.clear()
    assert (_effects(own_rules(folder))["AFTER"], _effects(own_rules(new))["AFTER"]) == ("CBC", "DENY")
    assert parses.names == []
    shutil.copy(new / CHECKED, folder / CHECKED)
    assert _effects(own_rules(folder))["AFTER"] == "CBC"
    assert parses.names == ["rules.yaml"]


def test_rows_that_are_none_are_not_used_even_under_a_seal(folder: Path, parses: Parses) -> None:
    digest = own_rules(folder).sha256
    for line in (b"[3]\n", b'["rules", "X", {"id": "X"}]\n', b'["elsewhere", "X", {}]\n', b"{}\n", b"}\n"):
        seal = checked._seal(digest, line).encode()
        (folder / CHECKED).write_bytes(b'"' + seal + b'"\n' + line)
        assert len(own_rules(folder).rules) > 5
    assert len(parses.names) == 5


def test_the_folder_of_a_user_is_always_checked(folder: Path, parses: Parses) -> None:
    rules = own_rules(folder)
    lie = row_of(Rule, {**spelled(rules.by_id["BAN"]), "effect": "NLR"})
    sections = {"ruleset": {"ruleset": _head(rules)}, "rules": {"BAN": lie}}
    (folder / CHECKED).write_bytes(sealed(sections, rules.sha256))
    assert _effects(own_rules(folder)) == {"BAN": "NLR"}, "the lie is told well"
    assert _effects(load_rules(folder))["BAN"] == "PROHIBIT"
    assert parses.names == ["rules.yaml"]


def _head(rules: RuleSet) -> Any:
    return row_of(ROWS["ruleset"], {"version": rules.version, "as_of": rules.as_of.isoformat()})  # type: ignore[arg-type]


def test_nothing_is_kept_of_files_that_are_wrong(folder: Path) -> None:
    before = (folder / CHECKED).read_bytes()
    (folder / "rules.yaml").write_text(RULES.replace("overrides: [LICENCE]", "overrides: [NOBODY]"), "utf-8")
    with pytest.raises(RuleError, match="NOBODY"):
        renew_checked(folder)
    assert (folder / CHECKED).read_bytes() == before


def test_a_row_is_what_is_written() -> None:
    for section, written in WRITTEN.items():
        kind = ROWS[section]
        assert kind is not None
        assert tuple(written.model_fields) == columns(kind), section
    assert set(ROWS) == {*WRITTEN, "lists"}


def test_what_is_left_out_stands_at_the_same_default() -> None:
    rule = {"id": "A", "jurisdiction": "CN", "instrument": "Law", "effective": "2025-01-01", "kind": "duty"}
    rule |= {"effect": "DUTY", "text": "a text", "sources": ["S1"]}
    assert WRITTEN["rules"].model_validate({**rule, "when": None}).row() == row_of(Rule, rule)
    conflict = {"id": "C", "between": ["A", "B"], "text": "two masters", "sources": ["S1"]}
    assert WRITTEN["conflicts"].model_validate(conflict).row() == row_of(Conflict, conflict)
