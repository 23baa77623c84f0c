"""The hash of the program covers what a module reaches, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dearth
from dearth.measures.program import program_of, sources_of

ROOT = Path(dearth.__file__).parent
BLOCK = "dearth.measures.ensemble_block"


def reached(module: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in sources_of(module)}


def test_it_reaches_all_that_is_loaded_for_a_block() -> None:
    code = f"import sys, {BLOCK}; print(*[n for n in sys.modules if n.startswith('dearth.')])"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    ).stdout
    loaded = {path for name in out.split() for path in (name.removeprefix("dearth.").replace(".", "/"),)}
    have = {name.removesuffix("/__init__.py").removesuffix(".py") for name in reached(BLOCK)}
    assert loaded - have == set()


def test_it_reaches_the_engine_and_no_face() -> None:
    names = reached(BLOCK)
    assert {"engine/week.py", "world/closing.py", "measures/tally.py", "book/reconcile.py"} <= names
    assert not {
        name for name in names if name.split("/")[0] in ("faces", "studies", "declarations", "spread")
    }


def test_hashes_are_of_one_module() -> None:
    assert program_of(BLOCK) == program_of(BLOCK)
    assert program_of(BLOCK) != program_of("dearth.measures.stops")
