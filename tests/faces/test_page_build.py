"""The built page in the package: what the sources give, small, whole and silent."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
STATIC = ROOT / "src" / "dearth" / "faces" / "static"
BAKED = ROOT / "src" / "dearth" / "faces" / "baked"
LIMIT = 400_000
HELD = "page"


def built(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.xdist_group(HELD)
def test_a_new_build_gives_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here; users need none")
    if not (WEB / "node_modules" / "vite").is_dir():
        pytest.skip("what builds the page is not installed: make node, or (cd web && npm ci)")
    folders = {"DEARTH_STATIC": str(tmp_path / "static"), "DEARTH_BAKED": str(tmp_path / "baked")}
    env = {**os.environ, **folders, "NO_COLOR": "1"}
    done = subprocess.run(
        ["npm", "run", "build"], cwd=WEB, env=env, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name, folder in (("static", STATIC), ("baked", BAKED)):
        fresh, kept = built(tmp_path / name), built(folder)
        assert sorted(fresh) == sorted(kept)
        assert [path for path in kept if fresh[path] != kept[path]] == []


def test_the_page_weighs_less_than_400_kb_compressed() -> None:
    weight = sum(
        len(gzip.compress(data, 9)) for name, data in built(STATIC).items() if not name.endswith(".md")
    )
    assert 50_000 < weight < LIMIT


def test_what_reports_hold_is_small_ends_no_element_and_loads_nothing() -> None:
    files = built(BAKED)
    assert sorted(files) == ["charts.js", "reading.js", "report.css"]
    assert len(files["charts.js"]) < 700_000
    assert len(files["reading.js"]) < 80_000
    for name, data in files.items():
        text = data.decode()
        assert not re.search(r"</(script|style)|<!--", text, re.IGNORECASE), name
        assert not re.search(r"\bimport\(|@import|url\(", text) or name == "charts.js", name
    assert b"fetch(" not in files["reading.js"]
    assert files["charts.js"].startswith(b"/*! dearth, Apache-2.0. Holds Apache ECharts")


def test_nothing_of_the_page_is_inline_or_elsewhere() -> None:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert "<style" not in html
    assert re.findall(r"\b(?:src|href)=\"([^\"]+)\"", html)
    assert all(path.startswith("./") for path in re.findall(r"\b(?:src|href)=\"([^\"]+)\"", html))
    css = (STATIC / "page.css").read_text(encoding="utf-8")
    assert "url(" not in css
    assert "@import" not in css


def test_the_licences_of_what_is_built_in_are_there() -> None:
    told = (STATIC / "licences.md").read_text(encoding="utf-8")
    assert "echarts" in told
    assert "Apache" in told


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, one in lock["packages"].items() if "resolved" in one] == []
    assert all("integrity" in one for name, one in lock["packages"].items() if name)


def test_both_languages_have_the_same_words() -> None:
    pattern = re.compile(r"^  (?:\"([^\"]+)\"|(\w+)):", re.MULTILINE)
    tables = [
        [
            first or second
            for first, second in pattern.findall((WEB / "src/words" / name).read_text(encoding="utf-8"))
        ]
        for name in ("en.ts", "zh.ts")
    ]
    assert tables[0] == tables[1]
    assert len(tables[0]) == len(set(tables[0])) > 200
