"""The columns that signals compute with: compiled and plain agree, the order of a scan does not matter."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.book import Book
from dearth.declarations import lots as lots_module
from dearth.declarations.criteria import load_criteria
from dearth.declarations.headings import begins, cut, number_of, six, text_of
from dearth.declarations.lots import lot, lots
from dearth.declarations.robust import Groups, counted, grouped, least_of
from dearth.declarations.sheet import Sheet, mixed
from dearth.declarations.table import read_declarations, workspace
from dearth.errors import InputError
from dearth.studies.screen import Wish, screen, screening
from planted_disguises import arrow, fired, ordinary, planted

CODES = ("", "85", "8505", "850511", "85051110", "8505111000", "284690150012", "010121")


class TestHeadings:
    def test_a_code_and_its_number_are_one(self) -> None:
        assert [text_of(number_of(code) if code else 0) for code in CODES] == list(CODES)

    def test_first_digits_and_beginnings_are_those_of_the_text(self) -> None:
        numbers = np.array([number_of(code) if code else 0 for code in CODES])
        assert [text_of(n) for n in cut(numbers, 4).tolist()] == [code[:4] for code in CODES]
        whole = [code[:6] if len(code) >= 6 else "" for code in CODES]
        assert [text_of(n) for n in six(numbers).tolist()] == whole
        for prefixes in (("8505",), ("850511", "2846"), ("01",), ("8505111000",), ()):
            assert begins(numbers, prefixes).tolist() == [code.startswith(prefixes) for code in CODES]


class TestLots:
    def test_the_compiled_digest_is_md5(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lots_module, "_SMALL", 0)
        texts = ["", *("x" * n for n in range(50, 130)), *("é镝" * n for n in range(30))]
        lower, upper = lots(pa.array(texts).slice(1, 100))
        plain = [lot(text) for text in texts[1:101]]
        assert list(zip(lower.tolist(), upper.tolist(), strict=True)) == plain
        digest = hashlib.md5(b"x" * 50, usedforsecurity=False).digest()
        assert upper[0].tobytes() + lower[0].tobytes() == digest


class TestGroups:
    @pytest.mark.parametrize("small", [0, 10**9])
    def test_least_and_counts_compiled_and_plain(self, small: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dearth.declarations.robust._SMALL", small)
        draw = np.random.default_rng(3)
        keys, days = (
            draw.integers(0, 40, 3000).astype(np.uint64),
            draw.integers(-9, 99, 3000).astype(np.int32),
        )
        groups: Groups = grouped(keys)
        for key, least in zip(groups.key, least_of(groups, days), strict=True):
            assert least == days[keys == key].min()
        counters = np.zeros(40, np.uint32)
        counted(keys, counters)
        assert counters.tolist() == np.bincount(keys.astype(int), minlength=40).tolist()

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
    @settings(max_examples=40, deadline=None)
    def test_a_mixed_key_tells_pairs_apart(self, pairs: list[tuple[int, int]]) -> None:
        left, right = (np.array(column, np.uint64) for column in zip(*pairs, strict=True))
        assert np.unique(mixed(left, right)).size == len(set(pairs))


class TestSheet:
    def test_rows_are_found_whatever_the_order_of_the_scan(self, tmp_path: Path) -> None:
        for name, rows in {"up": [1, 2, 5, 9], "mixed": [5, 9, 1, 2]}.items():
            (tmp_path / name).mkdir()
            sheet = Sheet(tmp_path / name)
            sheet.append("row", np.array(rows))
            sheet.rows = 4
            found = sheet.positions(np.array([9, 1]))
            assert sheet.at("row", found).tolist() == [9, 1]

    def test_pieces_of_any_size_give_one_answer(self, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
        table = arrow(planted(900)[0])
        whole = screen(table, book, "5%").to_json()
        monkeypatch.setattr("dearth.declarations.sheet.PIECE", 97)
        monkeypatch.setattr("dearth.declarations.measured._AT_ONCE", 200)
        monkeypatch.setattr("dearth.declarations.network._AT_ONCE", 200)
        assert screen(table, book, "5%").to_json() == whole

    def test_few_counters_change_nothing(self, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
        table = ordinary(300)
        for i in range(100, 110):
            table[i].update(exporter="Parcels", consignee="Buyer", hs="282110", net_kg=9.0)
        monkeypatch.setattr("dearth.declarations.network._BINS", 2)
        with screening(arrow(table), book) as found:
            hit = {name for name, codes in fired(found).items() if "splitting" in codes}
        assert hit == {f"D{i:05}" for i in range(104, 110)}


class TestReading:
    def test_lines_that_are_no_rows_of_one_file_are_not_those_of_another(self, tmp_path: Path) -> None:
        one, two = tmp_path / "one.csv", tmp_path / "two.csv"
        one.write_text("id,hs\na,2821\nb,2821,x\nc,2821\n")
        two.write_text("id,outcome\na,found\n")
        with workspace() as connection:
            criteria = load_criteria()
            aside = read_declarations(connection, one, criteria, set_aside=True).aside
            assert [row for row, _id, _why in aside] == [3]
            assert read_declarations(connection, two, criteria, table="o").rows == 1
            rows = connection.execute("SELECT row, id FROM d ORDER BY row").fetchall()
        assert rows == [(1, "a"), (3, "c")]

    def test_a_day_without_end_is_no_day(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text("id,date\na,infinity\n")
        with workspace() as connection, pytest.raises(InputError, match="infinity"):
            read_declarations(connection, path, load_criteria())

    def test_damage_inside_a_parquet_file_is_a_fault_and_no_traceback(
        self, tmp_path: Path, book: Book
    ) -> None:
        import pyarrow.parquet as pq  # noqa: PLC0415

        path = tmp_path / "t.parquet"
        pq.write_table(arrow(ordinary(2000)), path, compression="gzip")
        data = bytearray(path.read_bytes())
        data[2000:6000] = bytes(4000)
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"t\.parquet"), screening(path, book, Wish()):
            pass
