"""``dearth licence`` as a process: answers, files, exit status, and input that is wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from process import dearth, fresh_dearth

from dearth.book.read import DATA

CASES = DATA / "cases"
BANNED = ("cleared", "allowed", "no licence required", "no license required")
SHIPMENT = """
id: PO-4711
title: magnets for a pump maker
on: 2026-03-02
from: CN
to: JP
origin: CN
goods: SmCo magnets
consignee: {name: TDK Corporation, country: JP}
use: civil
"""
BILL = """id,parent,description,quantity,value,currency,origin,deep_processed
car,,electric car,1,40000,EUR,DE,
motor,car,traction motor,1,900,EUR,DE,yes
mag,motor,sintered NdFeB magnets with Dy,48,3.2,EUR,JP,
dyox,mag,dysprosium oxide,1,0.05,EUR,CN,
"""


@pytest.fixture
def shipment(tmp_path: Path) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(SHIPMENT, "utf-8")
    return path


def test_an_answer_in_words(shipment: Path) -> None:
    done = dearth("licence", str(shipment), "--full", COLUMNS="100")
    assert done.status == 0, done.err
    text = " ".join(done.out.split())
    for part in (
        "LIC: a licence",
        "worst case over what is missing or disputed: PROHIBIT",
        "CN-2025-18 LIC",
        "our paraphrase:",
        "issued 2025-04-04, in force from 2025-04-04",
        "https://www.mofcom.gov.cn",
        "What is missing, and what to ask",
        "Is the end user military?",
        "Papers to prepare",
        "working days",
        "sample size not stated",
        "possible match, verify identity",
        "names held of",
    ):
        assert part in text, part
    assert "by the clock" in done.err
    assert "clock" not in done.out
    brief = dearth("licence", str(shipment), COLUMNS="100").out
    assert len(brief) < len(done.out)
    assert brief.splitlines()[0] == done.out.splitlines()[0]
    assert "--full" in brief


def test_json_csv_and_page_agree(shipment: Path, tmp_path: Path) -> None:
    files = ("--csv", str(tmp_path / "o.csv"), "--html", str(tmp_path / "o.html"))
    done = dearth("licence", str(shipment), "--json", *files)
    found = json.loads(done.out)
    assert found["study"] == "licence"
    hits = {hit["rule"] for hit in found["answer"]["hits"]}
    rows = list(csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text("utf-8"))))
    assert {row["rule"] for row in rows if row["group"] == "hits"} == hits
    page = (tmp_path / "o.html").read_text("utf-8")
    assert page.endswith("</html>\n")
    assert "LIC: a licence" in page
    assert "<script" not in page
    for text in (done.out, page, (tmp_path / "o.csv").read_text("utf-8")):
        assert [word for word in BANNED if word in text.lower()] == []
    assert fresh_dearth("licence", str(shipment), "--json", "--quiet").out == done.out


def test_the_template_is_a_shipment(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(dearth("licence", "template").out, "utf-8")
    assert json.loads(dearth("licence", str(path), "--json").out)["answer"]["deciding"] == ["CN-2025-18"]
    lines = path.read_text("utf-8").splitlines()[2:]
    path.write_text("\n".join(line.removeprefix("# ") for line in lines), "utf-8")
    done = dearth("licence", str(path), "--json")
    assert done.status == 0, done.err
    assert len(json.loads(done.out)["answer"]["parties"]) == 3


def test_another_day_and_what_was_known(shipment: Path) -> None:
    def effect(*options: str) -> str:
        return str(
            json.loads(dearth("licence", str(shipment), "--json", *options).out)["answer"]["determination"]
        )

    assert effect("--on", "2025-04-03") == "NLR"
    assert effect("--on", "2025-04-04") == "LIC"
    assert effect("--on", "2025-04-04", "--as-of", "2025-04-03") == "NLR"


def test_the_trace_is_complete_when_asked(shipment: Path) -> None:
    found = json.loads(dearth("licence", str(shipment), "--json", "--trace").out)
    traced = {one["rule"]: one for one in found["answer"]["trace"]}
    assert traced["CN-2025-18"]["truth"] == "true"
    assert {"fact", "op", "value", "found", "truth"} == set(traced["CN-2025-18"]["steps"][0])
    assert "trace" not in json.loads(dearth("licence", str(shipment), "--json").out)["answer"]


def test_one_staleness_line(shipment: Path) -> None:
    out = dearth("licence", str(shipment), "--on", "2026-11-21").out
    assert " ".join(out.split()).count("look for newer notices") == 1
    assert "look for newer notices" not in " ".join(dearth("licence", str(shipment)).out.split())


def test_a_folder_of_cases_ends_with_the_count(tmp_path: Path) -> None:
    done = dearth("licence", "--cases", str(CASES))
    last = done.out.rstrip("\n").splitlines()[-1]
    agreed, disagreed, unknown = (int(part.split()[0]) for part in last.split(", "))
    assert done.status == 0
    assert last == f"{agreed} agreed, {disagreed} disagreed, {unknown} unknown"
    assert agreed > 300
    found = json.loads(dearth("licence", "--cases", str(CASES), "--json").out)["answer"]
    assert (found["agreed"], found["disagreed"]) == (agreed, disagreed)


def test_a_case_that_disagrees_is_shown(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "schema: rare-earth-cases/1\ncases:\n- id: W\n  why: a wrong hope\n"
        "  facts: {txn.date: 2025-06-01, txn.regime: cn_export, item.form: metal, item.elements: [Dy]}\n"
        "  expected: {determination: NLR}\n",
        "utf-8",
    )
    done = dearth("licence", "--cases", str(tmp_path))
    assert "disagreed: W (c.yaml): expected NLR" in done.out
    assert "a wrong hope" in done.out
    assert done.out.endswith("0 agreed, 1 disagreed, 0 unknown\n")
    assert dearth("licence", str(tmp_path / "c.yaml")).out.endswith("0 agreed, 1 disagreed, 0 unknown\n")


def test_a_bill_shows_both_readings(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text(BILL, "utf-8")
    done = dearth(
        "licence", "--bom", str(path), "--on", "2026-03-01", "--csv", str(tmp_path / "o.csv"), COLUMNS="120"
    )
    assert done.status == 0, done.err
    text = " ".join(done.out.split())
    assert "the two denominators give different answers: car" in text
    assert "freed from China by an exemption, caught offshore if the suspended rule returns: motor" in text
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text("utf-8")))}
    assert rows["dyox"]["from_china"] == "LIC"
    assert float(rows["mag"]["ratio_low"]) == pytest.approx(0.05 / 3.2)
    assert [word for word in BANNED if word in text.lower()] == []


def test_a_bill_with_what_holds_for_every_line(shipment: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text(BILL, "utf-8")
    done = dearth("licence", str(shipment), "--bom", str(path), "--json")
    found = json.loads(done.out)["answer"]
    assert found["on"] == "2026-03-02"
    assert (found["shared"]["txn.to"], found["shared"]["use"]) == ("JP", ["civil"])
    alone = json.loads(dearth("licence", "--bom", str(path), "--on", "2026-03-02", "--json").out)["answer"]
    assert all("use" not in row["offshore"]["missing"] for row in found["rows"])
    assert any("use" in row["from_china"]["missing"] for row in alone["rows"])
    assert all("use" not in row["from_china"]["missing"] for row in found["rows"])


class TestRegister:
    def test_kept_and_decided_again(self, shipment: Path, tmp_path: Path) -> None:
        register = tmp_path / "r.db"
        first = dearth("licence", str(shipment), "--on", "2025-04-03", "--register", str(register))
        head = re.search(r"kept as row 1 of \S+, head (1:[0-9a-f]{64})", " ".join(first.err.split()))
        assert head is not None, first.err
        assert dearth("register", "verify", str(register), "--head", head[1]).status == 0
        assert dearth("licence", str(shipment), "--register", str(register)).status == 0
        done = dearth("licence", "changes", "--since", "2025-04-03", "--register", str(register), "--json")
        found = json.loads(done.out)["answer"]
        assert found["recorded"] == 2
        assert {one["case"] for one in found["changes"]} == {"PO-4711"}
        assert found["changes"][0]["by_date"]["determination"] == ["NLR", "LIC"]
        words = dearth("licence", "changes", "--since", "2025-04-03", "--register", str(register)).out
        assert "2 of 2 recorded determinations would be others" in " ".join(words.split())

    def test_a_register_that_is_not_there_is_not_made(self, tmp_path: Path) -> None:
        path = tmp_path / "none.db"
        done = dearth("licence", "changes", "--since", "2025-01-01", "--register", str(path))
        assert done.status == 2
        assert not path.exists()

    def test_no_row_is_kept_when_the_input_is_wrong(self, tmp_path: Path) -> None:
        path = tmp_path / "s.yaml"
        path.write_text("goods: 5.5\n", "utf-8")
        assert dearth("licence", str(path), "--register", str(tmp_path / "r.db")).status == 2
        assert not (tmp_path / "r.db").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nothing to decide"),
        (("no-such-file.yaml",), "cannot be opened"),
        ((".",), "not a file"),
        (("s.yaml", "--cases", "."), "cannot be told together"),
        (("s.yaml", "--on", "tomorrow"), "is not a day"),
        (("s.yaml", "--as-of", "2026-02-30"), "is not a day"),
        (("s.yaml", "--since", "2026-01-01"), "--since goes with"),
        (("changes",), "needs --since and --register"),
        (("--cases", "no-such-folder"), "cannot be listed"),
        (("--cases", ".", "--on", "2026-01-01"), "takes no --on"),
        (("--bom", "no-such-file.csv"), "no such file"),
        (("--bom", "b.csv", "--register", "r.db"), "--bom takes no --register"),
        (
            ("changes", "--since", "2025-01-01", "--register", "r.db", "--csv", "a.csv"),
            "cannot be written for",
        ),
        (("s.yaml", "--csv", "."), "not a file name"),
        (("s.yaml", "--csv", "a.csv", "--html", "a.csv"), "name one file"),
    ],
)
def test_a_wrong_command_line(
    arguments: tuple[str, ...], says: str, shipment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shipment.parent)
    done = dearth("licence", *arguments)
    assert done.status == 2, done.out
    assert says in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    assert [path.name for path in shipment.parent.iterdir()] == ["s.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "x",
        "goods: [",
        "goods: &a x\nto: *a",
        "a: !!python/object:os.system x",
        "goods: 1\ngoods: 2",
        "facts: 5",
        "facts: {item.form: [metal, {}]}",
        "facts: {item.elements: {Dy: 1}}",
        "facts: {calc.cn_part1_ratio: .nan}",
        "facts: {calc.cn_part1_ratio: -.inf}",
        "facts: {user.military: maybe}",
        "on: 99999-01-01",
        "consignee: {name: ''}",
        "parties: [[]]",
        "cases: []",
        "cases: 7",
        "'=cmd()': x",
        "{" * 200,
        "goods: " + "9" * 5000,
    ],
)
def test_a_hostile_file_ends_with_two_and_a_cure(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, "utf-8")
    done = dearth("licence", str(path))
    assert done.status == 2, done.out + done.err
    assert "  - " in done.err
    assert "Traceback" not in done.err
    assert "fault of its own" not in done.err


def test_a_name_that_begins_like_a_formula_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("id: '=1+1'\ngoods: dysprosium oxide\nfrom: CN\non: 2025-06-01\n", "utf-8")
    dearth("licence", str(path), "--csv", str(tmp_path / "o.csv"))
    assert "\n'=1+1," in (tmp_path / "o.csv").read_text("utf-8")


def test_a_page_shows_markup_as_text(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("title: '<script>alert(1)</script>'\ngoods: dysprosium oxide\nfrom: CN\n", "utf-8")
    dearth("licence", str(path), "--html", str(tmp_path / "o.html"))
    assert "<script" not in (tmp_path / "o.html").read_text("utf-8")
