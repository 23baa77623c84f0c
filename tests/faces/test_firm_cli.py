"""``dearth firm`` as a process: template, check, ask; a firm's data goes only where the user says."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from process import dearth

BAD = Path(__file__).resolve().parents[1] / "bad_firms"
SECRETS = ("Mittelmotor", "magnet-maker", "3600000", "66000")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("firm") / "firm.xlsx"
    done = dearth("firm", "template", "--xlsx", str(path))
    assert (done.status, done.out) == (0, "")
    assert "wrote" in done.err
    return path


def test_the_template_passes_its_own_check(template):
    done = dearth("firm", "check", str(template))
    assert done.status == 0
    assert "no fault found" in done.out
    assert "4 lines, 13 parts" in done.out
    assert "magnets-traction: 1330 to 2000 g of magnet" in done.out
    assert "(the book)" in done.out
    assert "encoder: unknown" in done.out


def test_the_check_as_json_is_one_object(template):
    done = dearth("firm", "check", str(template), "--json")
    found = json.loads(done.out)
    assert done.err == ""
    assert found["rows"]["lines"] == 4
    hub = next(one for one in found["contents"] if one["part"] == "magnets-hub")
    assert hub["rows"]
    assert all(one["confirmed"] is None for one in found["suppliers"])
    assert {one["wording"] for one in found["suppliers"]} == {"possible match, verify identity"}


def test_all_faults_come_at_once_with_exit_2():
    done = dearth("firm", "check", str(BAD / "many_faults.json"))
    assert (done.status, done.out) == (2, "")
    for word in (
        "list sites, row 1, column place",
        "70 is above 1",
        "-4 is below 0",
        "did you mean 'magnet'",
    ):
        assert word in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("form", ["--csv", "--json-file"])
def test_other_forms_are_equals(template, tmp_path, form):
    path = tmp_path / ("firm" if form == "--csv" else "firm.json")
    assert dearth("firm", "template", form, str(path), "--quiet").status == 0
    mine, other = (json.loads(dearth("firm", "check", str(one), "--json").out) for one in (template, path))
    assert mine == other


def test_an_empty_template_has_only_heads(tmp_path):
    path = tmp_path / "empty.xlsx"
    assert dearth("firm", "template", "--empty", "--xlsx", str(path)).status == 0
    book = openpyxl.load_workbook(path)
    assert book["parts"].max_row == 1
    assert "invented" not in " ".join(str(cell.value) for row in book["firm"].iter_rows() for cell in row)


def test_questions_go_out_and_answers_come_back(template, tmp_path):
    asked = tmp_path / "questions"
    assert dearth("firm", "ask", str(template), "--to", str(asked)).status == 0
    files = sorted(path.name for path in asked.iterdir())
    assert len(files) == 8
    reply = asked / "questions-sensor-maker.xlsx"
    book = openpyxl.load_workbook(reply)
    sheet = book["questions"]
    column = next(cell.column for cell in sheet[1] if cell.value == "magnet_grams")
    sheet.cell(row=2, column=column, value=1.5)
    book.save(reply)
    new = tmp_path / "new.xlsx"
    done = dearth("firm", "ask", str(template), "--merge", str(reply), "--xlsx", str(new))
    assert done.status == 0
    assert "parts encoder, magnet_grams: unknown -> 1.5" in done.out
    assert "encoder: 1.5 g of magnet" in dearth("firm", "check", str(new)).out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("firm", "template"), "nothing to write"),
        (("firm", "ask", "FIRM"), "either ask or merge"),
        (("firm", "ask", "FIRM", "--to", "q", "--xlsx", "x.xlsx"), "questionnaires only"),
        (("firm", "ask", "FIRM", "--merge", "FIRM"), "'questions' is missing"),
        (("firm", "check", "no-such.xlsx"), "no such file"),
        (("firm", "template", "--csv", "FOLDER"), "holds other files"),
        (("firm", "template", "--xlsx", "FOLDER"), "is a folder"),
    ],
)
def test_a_wrong_command_is_told_and_writes_nothing(template, tmp_path, arguments, word):
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    named = {"FIRM": str(template), "FOLDER": str(full)}
    words = [named.get(one, one) for one in arguments]
    words = [str(tmp_path / one) if one in {"q", "x.xlsx"} else one for one in words]
    done = dearth(*words)
    assert done.status == 2
    assert word in done.err
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "mine.txt"]


def test_a_firm_stays_where_it_was_put(template, tmp_path):
    """Nothing of it is on standard error, in the working folder, or in the home or cache folder."""
    home = tmp_path / "home"
    home.mkdir()
    places = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(home)}
    done = dearth("firm", "check", str(template), DEARTH_DEBUG="1", **places)
    assert done.status == 0
    assert not [secret for secret in SECRETS if secret in done.err]
    for path in home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [secret for secret in SECRETS if secret.encode() in data], path
