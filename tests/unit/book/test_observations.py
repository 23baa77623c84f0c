"""The record of the two episodes: what it may hold, and every way in which its file can be wrong."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from dearth.axes import ELEMENTS
from dearth.book.observations import OBSERVATION_COLUMNS, load_observations
from dearth.errors import BookError

GOOD = {
    "id": "obs-made-up",
    "episode": "2010",
    "observable": "price",
    "element": "Dy",
    "place": "CHN",
    "partner": "",
    "tier": "china",
    "start": "2010-01-01",
    "end": "2010-03-31",
    "value": "120",
    "low": "100",
    "high": "150",
    "unit": "USD/kg",
    "use": "train",
    "bar": "rel:0.25",
    "source": "made up",
    "url": "https://example.org/a",
    "grade": "A",
    "terms": "quoted-fact",
    "note": "",
}
BAD = [
    ("id", "", "id"),
    ("id", "dy-2010", "id"),
    ("id", "obs-Dy", "id"),
    ("episode", "2030", "not in the list"),
    ("observable", "", "the cell is empty"),
    ("observable", "=A1", "formula"),
    ("element", "Dz", "element"),
    ("place", "Germany", "place"),
    ("partner", "XXX", "partner"),
    ("tier", "spot", "not in the list"),
    ("start", "2010-02-30", "start"),
    ("start", "", "start"),
    ("end", "31.12.2010", "end"),
    ("end", "2009-12-31", "end"),
    ("value", "", "not a finite number"),
    ("value", "about 120", "not a finite number"),
    ("value", "1,200", "not a finite number"),
    ("value", "nan", "not a finite number"),
    ("value", "inf", "not a finite number"),
    ("value", "99", "value"),
    ("value", "151", "value"),
    ("low", "x", "not a finite number"),
    ("high", "1e999", "not a finite number"),
    ("low", "160", "value"),
    ("unit", "=1+1", "formula"),
    ("use", "test", "not in the list"),
    ("bar", "rel:", "bar"),
    ("bar", "rel:0.1.2", "bar"),
    ("bar", "rel:0", "bar"),
    ("bar", "factor:1", "bar"),
    ("bar", "rel:-0.5", "bar"),
    ("bar", "range:9..4", "bar"),
    ("bar", "range:4", "bar"),
    ("bar", "narrow", "bar"),
    ("source", "", "the cell is empty"),
    ("source", "x" * 601, "longer than 600"),
    ("url", "", "url"),
    ("url", "ftp://example.org", "url"),
    ("url", "https://a.org https://b.org", "url"),
    ("grade", "D", "not in the list"),
    ("note", "@SUM(A1)", "formula"),
    ("note", "a\x1b[31mred", "control characters"),
]


def text_of(*rows: dict[str, str], columns: tuple[str, ...] = OBSERVATION_COLUMNS) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def said(folder: Path, content: str | bytes) -> str:
    """Return what loading the file says."""
    path = folder / "made_up.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BookError) as refused:
        load_observations(path)
    return str(refused.value)


def test_a_good_row_is_read(tmp_path: Path) -> None:
    path = tmp_path / "made_up.csv"
    path.write_text(text_of(GOOD, {**GOOD, "id": "obs-b", "low": "", "high": "", "bar": ""}))
    first, second = load_observations(path)
    assert (first.value, first.low, first.high) == (120.0, 100.0, 150.0)
    assert (second.low, second.high, second.bar) == (None, None, "")


@pytest.mark.parametrize(("column", "cell", "word"), BAD)
def test_a_bad_cell_is_named_with_its_line(tmp_path: Path, column: str, cell: str, word: str) -> None:
    message = said(tmp_path, text_of(GOOD, {**GOOD, "id": "obs-bad", column: cell}))
    assert "made_up.csv:3" in message
    assert word in message


def test_an_id_may_stand_once(tmp_path: Path) -> None:
    assert "obs-made-up" in said(tmp_path, text_of(GOOD, GOOD))


def test_all_faults_at_once(tmp_path: Path) -> None:
    rows = [
        {**GOOD, "id": f"obs-{i}", column: cell} for i, (column, cell, _) in enumerate(BAD) if column != "id"
    ]
    message = said(tmp_path, text_of(*rows))
    for line in range(2, len(rows) + 2):
        assert f"made_up.csv:{line}" in message


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "the file is empty"),
        (text_of(GOOD, columns=OBSERVATION_COLUMNS[:-1]), "column 'note' is missing"),
        (text_of(GOOD).replace("note\n", "note,extra\n"), "unknown column 'extra'"),
        (text_of(GOOD) + "a,b\n", "2 cells"),
        (text_of(GOOD).encode("utf-16"), "UTF-16"),
        (text_of(GOOD).replace("made up", "m\xf8").encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04", "a workbook or a zip file"),
        (text_of(GOOD).replace("made up", "a\x00b"), "NUL byte"),
        (text_of(GOOD) + '"open', "quot"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: str | bytes, word: str) -> None:
    assert word in said(tmp_path, content)


def test_no_file_and_no_regular_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BookError):
            load_observations(path)


def test_the_shipped_record_is_sound() -> None:
    found = load_observations()
    assert len({o.id for o in found}) == len(found)
    for o in found:
        assert o.id.startswith(f"obs-{o.episode}"), o.id
        assert o.element in {*ELEMENTS, "*", "", "magnet"}, o.id
        assert o.value >= 0.0, o.id
        if o.use == "train":
            assert o.grade != "-", o.id
    for episode in ("2010", "2025"):
        assert sum(o.episode == episode and o.use == "train" for o in found) > 10
