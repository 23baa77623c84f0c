"""Reading YAML that may be hostile: each way of being wrong, and what is kept as text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dearth.errors import InputError
from dearth.plain_yaml import Bounds, parse_yaml, read_bytes

BOUNDS = Bounds("case", max_bytes=1000, max_depth=6, max_nodes=100)

WRONG = {
    "": "the file is empty",
    "# nothing\n": "the file is empty",
    "- a\n- b\n": "not a case",
    "just words": "not a case",
    "a: 1\na: 2\n": "stands twice",
    "a: &x 1\nb: *x\n": "anchors and aliases",
    "a: !!python/object:os.system x\n": "is not read",
    "!!map {a: 1}\n": "is not read",
    "a: 1\n---\nb: 2\n": "more than one document",
    "? [a]\n: 1\n": "a key is a list",
    "a: [1, 2\n": "not YAML",
    "a: {b: {c: {d: {e: {f: {g: 1}}}}}}\n": "nested too deep",
    f"a: [{', '.join(['1'] * 200)}]\n": "too long",
    "a: \x07\n": "not YAML",
}


@pytest.mark.parametrize(("text", "says"), WRONG.items(), ids=range(len(WRONG)))
def test_a_wrong_document_is_refused_with_a_cure(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_yaml(text.encode(), "f.yaml", BOUNDS)
    (fault,) = caught.value.faults
    assert says in str(fault)
    assert "f.yaml" in fault.where
    assert fault.cure
    assert caught.value.exit_status == 2
    assert caught.value.phase == "Reading a case file"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        parse_yaml(b"a: \xff\xfe", "f.yaml", BOUNDS)


def test_every_key_that_stands_twice_is_told() -> None:
    with pytest.raises(InputError) as caught:
        parse_yaml(b"a: 1\na: 2\nb: {c: 1, c: 2}\n", "f.yaml", BOUNDS)
    assert len(caught.value.faults) == 2


def test_norway_dates_and_true_as_written() -> None:
    text = "to: NO\non: 2025-04-04\nop: yes\nflag: true\nn: 1\nx: 1.5\nnone: null\nlist: [a, 2]\n"
    assert parse_yaml(text.encode(), "f", BOUNDS) == {
        "to": "NO",
        "on": "2025-04-04",
        "op": "yes",
        "flag": True,
        "n": 1,
        "x": 1.5,
        "none": None,
        "list": ["a", 2],
    }


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_yaml(b"\xef\xbb\xbfa: 1\n", "f", BOUNDS) == {"a": 1}


def test_a_huge_number_is_not_built_digit_by_digit() -> None:
    found = parse_yaml(b"a: " + b"9" * 300 + b"\n", "f", BOUNDS)
    assert found["a"] == pytest.approx(1e300)


@pytest.mark.parametrize("make", ["missing", "folder", "pipe", "large"])
def test_what_is_no_plain_file_is_refused(make: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    if make == "folder":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    elif make == "large":
        path.write_bytes(b"a" * 1001)
    with pytest.raises(InputError) as caught:
        read_bytes(path, BOUNDS)
    assert str(path) in caught.value.faults[0].where


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1\n")
    assert parse_yaml(read_bytes(path, BOUNDS), "x.yaml", BOUNDS) == {"a": 1}
