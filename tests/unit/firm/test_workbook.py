"""Template and its three forms; round trip, also through LibreOffice; texts stay texts."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from dearth.book import load_book
from dearth.firm.contents import component_names
from dearth.firm.fields import SHEETS
from dearth.firm.network import Firm, Head, Part, Supplier
from dearth.firm.read import read_firm
from dearth.firm.workbook import as_files, as_json, as_workbook, example_firm

TRICKS = (
    "=1+1",
    "+49 30 1",
    "-x",
    "@home",
    "'quoted",
    '=HYPERLINK("http://x.org")',
    "_x0041_",
    "磁铁",
    "a;b,c",
)


def written(firm: Firm, folder: Path) -> list[Path]:
    (folder / "firm.xlsx").write_bytes(as_workbook(firm))
    (folder / "firm.json").write_text(as_json(firm), encoding="utf-8")
    (folder / "csv").mkdir()
    for name, text in as_files(firm).items():
        (folder / "csv" / name).write_text(text, encoding="utf-8")
    return [folder / "firm.xlsx", folder / "firm.json", folder / "csv"]


def test_three_forms_are_one_firm(tmp_path: Path) -> None:
    for path in written(example_firm(), tmp_path):
        found = read_firm(path)
        assert found == example_firm(), path
        assert found.warnings == (), path


def tricky_firm(tricks: tuple[str, ...] = TRICKS, quantity: float = 0.1 + 0.2) -> Firm:
    """Return the example with texts that tempt a spreadsheet, and a number of 17 digits."""
    firm = example_firm()
    parts = tuple(Part(id=f"trick-{n}", description=text) for n, text in enumerate(tricks))
    suppliers = tuple(Supplier(id=f"s-{n}", name=text) for n, text in enumerate(tricks))
    stock = replace(firm.stocks[0], quantity=quantity)
    return replace(
        firm, parts=firm.parts + parts, suppliers=firm.suppliers + suppliers, stocks=(stock, *firm.stocks[1:])
    )


def test_texts_that_look_like_formulas_stay_texts(tmp_path: Path) -> None:
    firm = tricky_firm()
    for path in written(firm, tmp_path):
        assert read_firm(path) == firm, path
    book = openpyxl.load_workbook(tmp_path / "firm.xlsx")
    types = {
        cell.data_type
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert types <= {"s", "n"}


def test_the_same_firm_gives_the_same_bytes() -> None:
    assert as_workbook(example_firm()) == as_workbook(example_firm())


def test_the_workbook_offers_lists_and_help() -> None:
    names = component_names(load_book())
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(example_firm(), names)))
    assert book.sheetnames == ["help", *SHEETS, "lists"]
    offered = {rule.formula1 for rule in book["sites"].data_validations.dataValidation}
    assert any(formula.startswith("lists!") for formula in offered)
    assert "suppliers!$A$2:$A$2000" in offered
    said = {(row[0].value, row[1].value) for row in book["help"].iter_rows(max_col=2)}
    assert {(sheet, column.name) for sheet, columns in SHEETS.items() for column in columns} <= said
    assert "electric power steering" in [cell.value for column in book["lists"].columns for cell in column]


def test_an_empty_template_reads_as_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.xlsx").write_bytes(as_workbook(Firm(head=Head("Mine", "EUR", date(2025, 1, 2)))))
    with pytest.raises(Exception, match="there is no line") as caught:
        read_firm(tmp_path / "empty.xlsx")
    assert len(caught.value.faults) == 1  # type: ignore[attr-defined]


def test_columns_may_carry_units_and_stand_in_any_order(tmp_path: Path) -> None:
    written(example_firm(), tmp_path)
    stocks = tmp_path / "csv" / "stocks.csv"
    rows = [line.split(",") for line in stocks.read_text().splitlines()]
    rows[0] = ["item", "Quantity [units]", "note"]
    stocks.write_text("\n".join(";".join([row[1], row[0], row[2] or "x"]) for row in rows) + "\n")
    found = read_firm(tmp_path / "csv")
    assert [row.quantity for row in found.stocks] == [row.quantity for row in example_firm().stocks]
    assert any("'note' is not read" in warning for warning in found.warnings)


def test_the_example_says_that_it_is_invented() -> None:
    firm = example_firm()
    assert "EXAMPLE" in firm.head.name
    assert all("invented" in supplier.name for supplier in firm.suppliers)
    assert not any(supplier.facility for supplier in firm.suppliers)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed here")
def test_a_round_trip_through_libreoffice_changes_nothing(tmp_path: Path) -> None:
    # LibreOffice itself keeps 15 digits, and writes a coded character back in clear.
    firm = tricky_firm(tuple(text for text in TRICKS if "_x" not in text), 0.123456789012345)
    source, target = tmp_path / "firm.xlsx", tmp_path / "saved"
    source.write_bytes(as_workbook(firm, component_names(load_book())))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    saved = target / "firm.xlsx"
    assert saved.read_bytes() != source.read_bytes()
    assert read_firm(saved) == firm
    rules = openpyxl.load_workbook(saved)["sites"].data_validations.dataValidation
    assert len(rules) >= 3
