"""``dearth register`` as a process: licences, draw-downs, warnings, checks, exports, replay."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest
from process import Done, dearth, fresh_dearth

LICENCE = """kind: licence
day: 2026-01-05
number: L-1
item: dysprosium oxide
issued: 2026-01-05
expires: 2026-12-31
consignees: [Example Magnets KK]
quantity: 100
unit: kg
"""
DRAWDOWN = (
    "kind: drawdown\nday: 2026-03-02\nlicence: L-1\nquantity: 30\nunit: kg\nconsignee: Example Magnets KK\n"
)
APPLICATION = "kind: application\nday: 2026-02-01\nnumber: A-1\nitem: terbium metal\nfiled: 2026-02-01\n"
SHIPMENT = "id: PO-1\non: 2026-03-02\nfrom: CN\nto: JP\ngoods: dysprosium oxide\n"


def add(register: Path, text: str) -> Done:
    path = register.parent / "record.yaml"
    path.write_text(text, "utf-8")
    return dearth("register", "add", str(register), str(path))


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "r.db"
    shipment = tmp_path / "s.yaml"
    shipment.write_text(SHIPMENT, "utf-8")
    assert dearth("licence", str(shipment), "--register", str(path)).status == 0
    for text in (LICENCE, DRAWDOWN, APPLICATION):
        assert add(path, text).status == 0
    return path


def test_what_is_held_on_a_day(register: Path) -> None:
    found = json.loads(dearth("register", "show", str(register), "--on", "2026-12-15", "--json").out)
    (licence,) = found["licences"]
    assert (licence["left"], licence["state"]) == (70, "live")
    assert licence["warnings"] == ["expires in 16 days"]
    (application,) = found["applications"]
    assert application["warnings"], "it waits for longer than the term of the law"
    assert found["determinations"] == 1
    early = json.loads(dearth("register", "show", str(register), "--on", "2026-02-10", "--json").out)
    assert early["licences"][0]["left"] == 100
    assert early["applications"][0]["warnings"] == []


def test_shown_in_words_and_as_a_table(register: Path, tmp_path: Path) -> None:
    done = dearth("register", "show", str(register), "--csv", str(tmp_path / "h.csv"))
    assert "on 2026-03-02: 1 determinations kept" in done.out
    assert "70 of 100 kg left" in done.out
    (row,) = csv.DictReader(io.StringIO((tmp_path / "h.csv").read_text("utf-8")))
    assert row["number"] == "L-1"


def test_too_much_is_recorded_and_told(register: Path) -> None:
    done = add(register, DRAWDOWN.replace("30", "90"))
    assert done.status == 0
    assert "warning: over quantity" in done.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: wish\nday: 2026-01-01\n", "no kind of record"),
        ("kind: determination\nday: 2026-01-01\n", "made, not written"),
        (DRAWDOWN.replace("L-1", "L-9"), "L-9"),
        (LICENCE, "L-1"),
        (LICENCE.replace("quantity: 100", "quantity: -1"), "will not do"),
        (LICENCE.replace("2026-12-31", "2025-12-31"), "before it was issued"),
        ("kind: [", "not YAML"),
        ("", "the file is empty"),
    ],
)
def test_a_wrong_record_is_not_written(register: Path, text: str, says: str) -> None:
    before = register.read_bytes()
    done = add(register, text)
    assert done.status == 2
    assert says in done.err
    assert "Traceback" not in done.err
    assert json.loads(dearth("register", "verify", str(register), "--json").out)["rows"] == 4
    assert register.read_bytes() == before


def test_a_changed_row_is_noticed(register: Path) -> None:
    whole = fresh_dearth("register", "verify", str(register))
    assert "whole: 4 rows" in " ".join(whole.out.split())
    with sqlite3.connect(register) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE entry SET payload = replace(payload, '100', '900') WHERE number = 2")
    connection.close()
    done = dearth("register", "verify", str(register))
    assert done.status == 2
    assert "2" in done.err
    assert dearth("register", "show", str(register)).status == 2


def test_a_head_kept_elsewhere(register: Path) -> None:
    head = json.loads(dearth("register", "verify", str(register), "--json").out)["head"]
    assert fresh_dearth("register", "verify", str(register), "--head", head).status == 0
    assert dearth("register", "verify", str(register), "--head", "9:" + "0" * 64).status == 2
    assert dearth("register", "verify", str(register), "--head", "x").status == 2


def test_exports(register: Path, tmp_path: Path) -> None:
    files = ("--csv", str(tmp_path / "o.csv"), "--json-file", str(tmp_path / "o.json"))
    assert dearth("register", "export", str(register), *files).status == 0
    assert len(json.loads((tmp_path / "o.json").read_text("utf-8"))["entries"]) == 4
    assert len(list(csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text("utf-8"))))) == 4
    assert dearth("register", "export", str(register)).status == 2


def test_replay(register: Path) -> None:
    found = json.loads(fresh_dearth("register", "replay", str(register), "--on", "2025-04-03", "--json").out)
    (one,) = found["rows"]
    assert (one["holds"], one["same_rules"], one["stands"]) == (True, True, False)
    assert one["differences_now"]["determination"] == ["LIC", "NLR"]
    words = " ".join(dearth("register", "replay", str(register), "--row", "1").out.split())
    assert "found again (the same rules)" in words
    assert dearth("register", "replay", str(register), "--row", "2").status == 2
    assert dearth("register", "replay", str(register), "--row", "99").status == 2


def test_kinds() -> None:
    out = dearth("register", "kinds").out
    assert "kind: drawdown" in out
    assert "kind: determination" not in out


@pytest.mark.parametrize("command", ["show", "verify", "replay"])
def test_what_is_no_register_is_refused_and_left_alone(command: str, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    assert dearth("register", command, str(path)).status == 2
    assert not path.exists()
    path.write_text("not a register", "utf-8")
    assert dearth("register", command, str(path)).status == 2
    assert path.read_text("utf-8") == "not a register"


def test_a_day_that_is_none_is_refused(register: Path) -> None:
    assert "is not a day" in dearth("register", "show", str(register), "--on", "soon").err
