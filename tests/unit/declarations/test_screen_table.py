"""Files that are wrong: every fault with its row, nothing lost, nothing guessed."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dearth.book import Book
from dearth.declarations.columns import guess_mapping, mapping_text, read_mapping
from dearth.declarations.composition import read_composition
from dearth.declarations.criteria import load_criteria
from dearth.declarations.robust import group_ids, group_stats, plain_group_stats
from dearth.declarations.table import read_declarations, workspace
from dearth.errors import InputError
from dearth.studies.screen import Wish, screening
from planted_disguises import arrow, ordinary

HEADER = "id,date,hs,net_kg,value"


def read(path: Path, **how):
    with workspace() as connection:
        taken = read_declarations(connection, path, load_criteria(), **how)
        rows = connection.execute("SELECT row, id, day, hs, net_kg, value FROM d ORDER BY row").fetchall()
    return taken, rows


def refused(tmp_path: Path, data: bytes, name: str = "t.csv") -> str:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value)


def csv_of(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows, "")).encode()


class TestFaults:
    def test_all_wrong_cells_are_named_with_row_and_field_at_once(self, tmp_path: Path) -> None:
        text = refused(
            tmp_path,
            csv_of("a,2025-01-01,282110,5,5", "b,soon,28211x,1e999,-3", "c,2025-02-30,2821,nan,1_000"),
        )
        for place in (
            "row 2, date",
            "row 2, hs",
            "row 2, net_kg",
            "row 2, value",
            "row 3, date",
            "row 3, value",
        ):
            assert place in text
        assert "row 1" not in text
        assert "row 3, net_kg" not in text  # nan is a word for blank

    def test_duplicate_ids_name_both_rows(self, tmp_path: Path) -> None:
        text = refused(tmp_path, csv_of("a,,,,", "b,,,,", "a,,,,"))
        assert "row 3" in text
        assert "row 1" in text

    def test_an_empty_id(self, tmp_path: Path) -> None:
        assert "row 2" in refused(tmp_path, csv_of("a,,,,", ",2025-01-01,,,"))

    def test_mixed_encodings_name_every_line(self, tmp_path: Path) -> None:
        rows = [
            HEADER.encode(),
            b"a,,,,",
            "镝,,,,".encode("gb18030"),
            "é,,,,".encode(),
            "é,,,,".encode("latin-1"),
        ]
        text = refused(tmp_path, b"\n".join(rows))
        assert "line 3" in text
        assert "line 5" in text
        assert "line 4" not in text

    @pytest.mark.parametrize("cut", [10, 200, -4])
    def test_a_truncated_parquet_file(self, tmp_path: Path, cut: int) -> None:
        pq.write_table(arrow(ordinary(50)), tmp_path / "whole.parquet")
        data = (tmp_path / "whole.parquet").read_bytes()
        assert "cut off" in refused(tmp_path, data[:cut], "cut.parquet")

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"", "empty"),
            (b"PK\x03\x04xx", "workbook"),
            ("id\na\n".encode("utf-16"), "UTF-16"),
            (b"id,hs\na,1\x002\n", "NUL"),
            (b"id,hs\n", "no rows"),
            (b"number,hs\n1,2821\n", "id"),
            (b"id,id\na,b\n", "twice"),
            (b"id,hs,hs code\na,2821,2821\n", "both"),
        ],
    )
    def test_other_files_are_refused_in_words(self, tmp_path: Path, data: bytes, says: str) -> None:
        assert says in refused(tmp_path, data)

    def test_lines_with_too_many_cells_are_named_and_later_rows_keep_their_numbers(
        self, tmp_path: Path
    ) -> None:
        text = refused(tmp_path, csv_of("a,,,,", "b,,,,,x,y", "c,soon,,,"))
        assert "line 3" in text
        assert "row 3, date" in text

    def test_a_missing_file_and_a_folder(self, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "none.csv"):
            with pytest.raises(InputError):
                read(path)

    def test_a_name_with_wildcards_is_one_file(self, tmp_path: Path) -> None:
        (tmp_path / "a1.csv").write_bytes(csv_of("wrong,,,,"))
        path = tmp_path / "a[1]*.csv"
        path.write_bytes(csv_of("right,,,,"))
        _taken, rows = read(path)
        assert [row[1] for row in rows] == ["right"]

    def test_set_aside_loses_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_bytes(csv_of("a,2025-01-01,282110,5,5", "b,soon,,,", "c,,,,", "a,,,,"))
        taken, rows = read(path, set_aside=True)
        assert [row[1] for row in rows] == ["a", "c"]
        assert [(row, name) for row, name, _why in taken.aside] == [(2, "b"), (4, "a")]


class TestCells:
    def test_forms_that_are_understood(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_bytes(
            csv_of("a,2025/03/04,2821.10,1e3,N/A", "b,20250304,80511, 7 ,?", '"x,y",04.03.2025,28469015,,0')
        )
        _taken, rows = read(path)
        assert {str(row[2]) for row in rows} == {"2025-03-04"}
        assert [row[3] for row in rows] == ["282110", "080511", "28469015"]
        assert [row[4] for row in rows] == [1000.0, 7.0, None]
        assert [row[5] for row in rows] == [None, None, 0.0]
        assert rows[2][1] == "x,y"

    def test_parquet_and_csv_and_arrow_give_one_answer(self, tmp_path: Path, book: Book) -> None:
        rows = ordinary(250)
        columns = {
            name: pa.array([r[name] for r in rows]) for name in ("id", "net_kg", "value", "hs", "packages")
        }
        days = pa.array([date.fromisoformat(r["date"]) for r in rows])
        pq.write_table(pa.table({**columns, "date": days}), tmp_path / "t.parquet")
        text = [["id", "net_kg", "value", "hs", "packages", "date"]]
        text += [[str(r[name]) for name in text[0]] for r in rows]
        (tmp_path / "t.csv").write_text("\n".join(map(",".join, text)) + "\n")
        answers = []
        for given in (tmp_path / "t.parquet", tmp_path / "t.csv"):
            with screening(given, book) as found:
                answers.append(found.answer.answer["rows"])
        assert answers[0] == answers[1]

    @pytest.mark.parametrize(
        ("text", "shares", "named"),
        [
            ("Nd 29.5%, Pr 2 %, Fe bal., B 1.0", {"Nd": 29.5, "Pr": 2.0, "B": 1.0}, {"Fe"}),
            ("3% Dy, 0.5 % Tb", {"Dy": 3.0, "Tb": 0.5}, set()),
            ("镝 0.36%", {"Dy": 0.36}, set()),
            ("Tb 96 ppm", {"Tb": 0.0096}, set()),
            ("Nd29Fe70B1", {"Nd": 29.0, "Fe": 70.0, "B": 1.0}, set()),
            ("", {}, set()),
            ("Nd 2950%", {}, {"Nd"}),
        ],
    )
    def test_compositions(self, text: str, shares: dict[str, float], named: set[str]) -> None:
        got = read_composition(text)
        assert got.shares == pytest.approx(shares)
        assert got.named == named


class TestMapping:
    def test_other_names_are_known_and_near_ones_are_offered(self) -> None:
        got = guess_mapping(["Declaration ID", "HS6 Code", "Net Mass", "gros weight", "colour"])
        assert got.fields == {"hs": "HS6 Code", "id": "Declaration ID", "net_kg": "Net Mass"}
        assert got.unused == {"gros weight": "gross_kg", "colour": ""}

    def test_a_mapping_survives_its_file(self, tmp_path: Path) -> None:
        first = guess_mapping(['Ref: "x" #1', "HS6 Code", "n"], {"id": 'Ref: "x" #1'})
        path = tmp_path / "m.yaml"
        path.write_text(mapping_text(first))
        assert read_mapping(path) == first.fields

    def test_a_wrong_mapping_is_refused_with_did_you_mean(self) -> None:
        with pytest.raises(InputError) as caught:
            guess_mapping(["id", "weight"], {"net_kgs": "weight", "hs": "wieght"})
        assert "net_kg" in str(caught.value)
        assert "weight" in str(caught.value)

    @pytest.mark.parametrize("text", ["a: 1\n", "schema: dearth-screen-mapping/1\ncolumns: [a]\n", "- x\n"])
    def test_other_yaml_is_no_mapping(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "m.yaml"
        path.write_text(text)
        with pytest.raises(InputError):
            read_mapping(path)


class TestMedians:
    @pytest.mark.parametrize("seed", range(3))
    def test_the_compiled_scan_equals_the_plain_one(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dearth.declarations.robust._SMALL", 0)
        draw = np.random.default_rng(seed)
        keys = draw.integers(0, 900, 20_000).astype(np.uint64) * np.uint64(2**40 + 7)
        values = np.round(draw.normal(size=keys.size), 2)
        for fast, plain in zip(group_stats(keys, values), plain_group_stats(keys, values), strict=True):
            np.testing.assert_array_equal(fast, plain)

    def test_the_plain_scan_equals_the_definition(self) -> None:
        draw = random.Random(1)
        keys = np.array([draw.randrange(9) for _ in range(300)], np.uint64)
        values = np.array([draw.gauss(0, 1) for _ in keys])
        got = plain_group_stats(keys, values)
        for i, key in enumerate(got.key):
            mine = values[keys == key]
            assert got.median[i] == np.median(mine)
            assert got.mad[i] == np.median(np.abs(mine - np.median(mine)))

    def test_more_groups_than_the_first_table_holds(self) -> None:
        keys = np.arange(50_000, dtype=np.uint64)
        distinct, ids = group_ids(keys[::-1].copy())
        np.testing.assert_array_equal(distinct[ids], keys[::-1])


def test_little_memory_gives_the_same_answer(book: Book) -> None:
    table = arrow(ordinary(3000))
    with screening(table, book) as much, screening(table, book, Wish(memory="100MB")) as little:
        assert much.answer.to_json() == little.answer.to_json()
