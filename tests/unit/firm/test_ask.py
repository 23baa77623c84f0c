"""Questionnaires tell one supplier nothing of another; replies come back whole or with every fault."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from dearth.errors import InputError
from dearth.firm.ask import merged, questionnaires
from dearth.firm.workbook import example_firm


def reply(folder: Path, supplier: str, **answers: object) -> Path:
    """Fill in the first question of a supplier."""
    book = openpyxl.load_workbook(io.BytesIO(questionnaires(example_firm())[supplier]))
    sheet = book["questions"]
    header = [cell.value for cell in sheet[1]]
    for column, value in answers.items():
        sheet.cell(row=2, column=header.index(column) + 1, value=value)
    path = folder / f"{supplier}-{len(list(folder.iterdir()))}.xlsx"
    book.save(path)
    return path


def faults_of(*paths: Path) -> str:
    with pytest.raises(InputError) as caught:
        merged(example_firm(), paths)
    return str(caught.value)


def test_every_supplier_that_delivers_is_asked() -> None:
    assert set(questionnaires(example_firm())) == {one.id for one in example_firm().suppliers}


def test_a_questionnaire_tells_nothing_of_others() -> None:
    firm = example_firm()
    data = questionnaires(firm)["magnet-maker-3"]
    book = openpyxl.load_workbook(io.BytesIO(data))
    text = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    assert "magnets-traction" in text
    secrets = [one.name for one in firm.suppliers if one.id != "magnet-maker-3"]
    secrets += [site.id for site in firm.sites if site.supplier != "magnet-maker-3"]
    secrets += ["3900000", "14000", "magnet-steering", "Example Car Maker", "0.35"]
    assert [secret for secret in secrets if secret in text] == []


def test_an_unanswered_reply_changes_nothing(tmp_path: Path) -> None:
    firm, changes = merged(example_firm(), [reply(tmp_path, "sensor-maker")])
    assert (firm, changes) == (example_firm(), ())


def test_answers_are_taken_in_and_told(tmp_path: Path) -> None:
    path = reply(tmp_path, "sensor-maker", magnet_grams=1.5, grade="SmCo 2:17", recover_weeks=11)
    firm, changes = merged(example_firm(), [path])
    part = next(one for one in firm.parts if one.id == "encoder")
    assert (part.magnet_grams, part.grade) == (1.5, "SmCo 2:17")
    assert next(one for one in firm.sites if one.id == "sensors-japan").recover_weeks == 11
    assert {(one.sheet, one.column) for one in changes} == {
        ("parts", "magnet_grams"),
        ("parts", "grade"),
        ("sites", "recover_weeks"),
    }
    assert next(one for one in example_firm().parts if one.id == "encoder").magnet_grams is None


def test_all_faults_of_all_replies_come_at_once(tmp_path: Path) -> None:
    text = faults_of(
        reply(tmp_path, "sensor-maker", magnet_grams="a few", recover_weeks=-2),
        reply(tmp_path, "magnet-maker-1", grade="strong"),
        reply(tmp_path, "foundry", part="hull"),
    )
    for word in (
        "'a few' is not a plain number",
        "below 0",
        "'strong' is not a grade",
        "'hull' from",
        "row 2",
    ):
        assert word in text


def test_two_replies_that_differ_are_told(tmp_path: Path) -> None:
    one = reply(tmp_path, "magnet-maker-1", part="magnets-traction", grade="N45UH", magnet_grams=1500)
    other = reply(tmp_path, "magnet-maker-3", magnet_grams=1600)
    assert "answered in two ways: 1500.0 and 1600.0" in faults_of(one, other)


def test_a_file_that_is_no_reply_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("part,grams\nx,1\n")
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04")
    text = faults_of(tmp_path / "a.csv", tmp_path / "b.xlsx", tmp_path / "none.csv")
    assert "column 'site' is missing" in text
    assert "broken zip" in text
    assert "no such file" in text
