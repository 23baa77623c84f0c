"""Hostile files: refused with their faults, never a fault of ours, and nothing of them stays on disk."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from web_client import API, service


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


HOSTILE = {
    "nothing": b"",
    "zeros": bytes(5000),
    "half_a_zip": b"PK\x03\x04" + b"x" * 50,
    "zip_of_nothing": zipped(),
    "zip_that_climbs": zipped(**{"../../escaped.txt": b"x", "xl/workbook.xml": b"<a/>"}),
    "zip_bomb": zipped(**{"xl/workbook.xml": bytes(40 << 20), "[Content_Types].xml": b"<a/>"}),
    "old_office": b"\xd0\xcf\x11\xe0" + bytes(600),
    "entities": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "half_json": b'{"firm": [',
    "deep_json": b"[" * 100_000,
    "list_json": b"[1, 2, 3]",
    "nan_json": b'{"firm": [{"name": NaN}]}',
    "not_utf8": b"id,description\n\xff\xfe\xfa,x\n",
    "utf16": "id,description\n1,x\n".encode("utf-16"),
    "formula": b"id,description\n=cmd|' /C calc'!A0,dysprosium oxide\n",
    "path": json.dumps({"firm": "/etc/passwd"}).encode(),
    "nul": b"id\x00,description\n1\x00,x\n",
    "one_line": b"id," + b"x" * 2_000_000,
}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with service() as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("path", ["/firm/check", "/firm/squeeze-2025", "/licence/bill"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_faults(
    client: TestClient, folder: Path, name: str, path: str
) -> None:
    reply = client.post(API + path, content=HOSTILE[name])
    if (path, name) == ("/licence/bill", "formula"):
        assert reply.status_code in (200, 422)
    else:
        assert reply.status_code == 422, reply.text[:500]
        assert all(fault["what"] for fault in reply.json()["faults"])
    assert "Traceback" not in reply.text
    assert "root:" not in reply.text
    assert list(folder.iterdir()) == []


def test_what_is_told_back_cannot_break_the_reply(client: TestClient) -> None:
    """Halves of characters and whole numbers of any size, as JSON may carry them."""
    bad = (
        b'{"on": "2025-06-10", "goods": "\\ud800", "id": "\\udfff", "facts": {"item.value_share": 1'
        + b"0" * 40
    )
    reply = client.post(f"{API}/licence", content=bad + b"}}", headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    for body in (b'{"set": {"\\ud800": 1}}', b'{"scenario": "\\ud800"}', b'{"draws": 1' + b"0" * 60 + b"}"):
        reply = client.post(
            f"{API}/run/countdown", content=body, headers={"Content-Type": "application/json"}
        )
        assert reply.status_code == 422, reply.text
    for body in (b"[" * 50_000, b'{"a":' * 50_000, b"NaN", b'"x"', b"", b"\xff"):
        for path in ("/run/countdown", "/licence", "/scenarios/check"):
            reply = client.post(API + path, content=body, headers={"Content-Type": "application/json"})
            assert reply.status_code in (400, 422), (path, body[:9], reply.text)
            assert reply.headers["content-type"] == "application/problem+json"


def test_a_scenario_as_text_is_read_by_the_same_plain_reader(client: TestClient) -> None:
    for text in (
        "a: &x [1]\nb: *x\n",
        "!!python/object:os.system [x]\n",
        "name: a\nname: b\n",
        ": " * 9000,
        "a:\n" * 9000,
    ):
        reply = client.post(f"{API}/scenarios/check", json={"scenario": text})
        assert reply.status_code == 422, text[:20]
        assert reply.json()["faults"]
