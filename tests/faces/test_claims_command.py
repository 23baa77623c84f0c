"""The command ``dearth claims``: table, page and JSON; a folder; a claims file; hostile articles."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from process import Done, dearth
from report_scripts import markup_of

TEXT = "2025-08-26\nChina accounts for 60% of global rare earth production and 90% of refining [3].\n"


def run(folder: Path, *words: str) -> Done:
    return dearth("claims", *words, folder=folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_one_object_of_json_and_every_file(folder: Path) -> None:
    done = run(folder, "a.txt", "--json", "--csv", "a.csv", "--html", "a.html", "--quiet")
    assert (done.status, done.err) == (0, "")
    found = json.loads(done.out)
    assert [one["verdict"] for one in found["answer"]["statements"]] == ["depends on basis", "supported"]
    assert found["sources"]
    with (folder / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["verdict"] for row in rows] == ["depends on basis", "supported"]
    page = (folder / "a.html").read_text("utf-8")
    assert markup_of(page).count("<mark") == 2
    assert "<script" not in markup_of(page)


def test_a_corrected_table_is_read_back(folder: Path) -> None:
    run(folder, "a.txt", "--csv", "a.csv", "--quiet")
    table = (folder / "a.csv").read_text("utf-8").replace("60 %", "69 %")
    (folder / "b.csv").write_text(table, encoding="utf-8")
    done = run(folder, "a.txt", "--claims", "b.csv", "--json")
    assert [one["verdict"] for one in json.loads(done.out)["answer"]["statements"]] == [
        "supported",
        "supported",
    ]


def test_a_folder_is_read_whole_or_not_at_all(folder: Path) -> None:
    (folder / "b.md").write_text("**China** mined 270,000 tonnes of rare earths in 2024.", encoding="utf-8")
    done = run(folder, ".", "--json")
    assert [one["answer"]["article"]["name"] for one in json.loads(done.out)["articles"]] == [
        "a.txt",
        "b.md",
    ]
    (folder / "c.txt").write_bytes(b"\x00")
    (folder / "d.txt").write_bytes(b"")
    done = run(folder, ".", "--html", "x.html")
    assert (done.status, (folder / "x.html").exists()) == (2, False)
    assert "c.txt" in done.err
    assert "d.txt" in done.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("none.txt",), "cannot be opened"),
        (("a.txt", "--day", "yesterday"), "is not a day"),
        (("a.txt", "--claims", "none.csv"), "none.csv"),
        (("a.txt", "--html", "."), "--html"),
        ((".", "--day", "2025-01-01"), "a folder takes no"),
    ],
)
def test_what_is_wrong_is_told_with_status_2(folder: Path, words: tuple[str, ...], part: str) -> None:
    done = run(folder, *words)
    assert (done.status, part in done.err, "Traceback" in done.err) == (2, True, False)


class Tags(HTMLParser):
    """Tags and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def test_an_article_cannot_write_into_the_page(folder: Path) -> None:
    hostile = (
        'China mined "><script>alert(1)</script> 60% of rare earths <img src=x onerror=alert(2)> in 2024.\n'
        '[rare earths](javascript:alert(3)) \u202e%07\u202c =HYPERLINK("x")\n'
    )
    (folder / "h.txt").write_text(hostile, encoding="utf-8")
    assert run(folder, "h.txt", "--html", "h.html", "--csv", "h.csv", "--quiet").status == 0
    tags = Tags()
    tags.feed(markup_of((folder / "h.html").read_text("utf-8")))
    assert not {"script", "img", "iframe"} & set(tags.tags)
    assert tags.handlers == []
    assert all(link.startswith(("#", "https://", "http://")) for link in tags.links)
    with (folder / "h.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if re.match(r"[=+\-@]", cell)]
