"""The register for other programs: the chain can be checked from the export, and texts stay texts."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from dearth.register import Register, holdings, holdings_csv, row_hash, rows_csv, rows_json
from dearth.register.export import ROW_COLUMNS
from register_records import determination, drawdown, licence

HOSTILE = ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "\uff1d1"]


def test_hashes_are_checked_from_the_json_alone(tmp_path: Path) -> None:
    with Register.open(tmp_path / "r") as register:
        for number in range(4):
            register.append(determination(number, note="镝 é"))
        found = json.loads(rows_json(register.rows()))
        head = str(register.head)
    previous = "0" * 64
    for one in found["entries"]:
        assert one["previous"] == previous
        previous = row_hash(one["number"], one["kind"], one["day"], one["payload"], one["previous"])
        assert one["hash"] == previous
        assert json.loads(one["payload"]) == one["record"]
    assert found["register"] == {"format": 1, "rows": 4, "head": head}
    assert head == f"4:{previous}"


def test_an_empty_register_is_exported(tmp_path: Path) -> None:
    with Register.open(tmp_path / "r") as register:
        assert json.loads(rows_json(register.rows()))["entries"] == []
        assert rows_csv(register.rows()) == ",".join(ROW_COLUMNS) + "\n"


@pytest.mark.parametrize("text", [t for t in HOSTILE if "\t" not in t])
def test_a_formula_stays_a_text(tmp_path: Path, text: str) -> None:
    with Register.open(tmp_path / "r") as register:
        register.append(licence(text, item=text, consignees=[text], type=text))
        register.append(drawdown(1, licence=text, consignee=text))
        tables = [rows_csv(register.rows()), holdings_csv(holdings(register.rows()), "2026-03-01")]
    for table in tables:
        cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
        assert "'" + text in cells
        assert [cell for cell in cells if cell.lstrip().startswith(tuple("=+@\uff1d"))] == []


def test_a_negative_number_stays_a_number(tmp_path: Path) -> None:
    with Register.open(tmp_path / "r") as register:
        register.append(licence(quantity=1))
        register.append(drawdown(3))
        table = holdings_csv(holdings(register.rows()), "2026-03-01")
    assert next(csv.DictReader(io.StringIO(table)))["left"] == "-2"


def test_a_long_payload_is_cut_in_the_table_with_a_mark(tmp_path: Path) -> None:
    with Register.open(tmp_path / "r") as register:
        register.append(determination(case={"id": "x", "words": "y" * 50_000}))
        row = next(csv.DictReader(io.StringIO(rows_csv(register.rows()))))
    assert row["payload"].endswith("[cut]")
    assert (row["subject"], row["determination"]) == ("x", "LIC")
