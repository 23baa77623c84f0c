"""The house rules that a machine can check, over every file of the repository."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "dearth"

HOMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}
MAX_FILE_LINES = 400
# All kernels stand in one file: the compiler's disk cache looks only at the file of a cached function.
# Their plain counterpart is one file too, to be read beside them.
ONE_ROOM = {"src/dearth/engine/week.py", "src/dearth/engine/prices.py", "tests/oracles/plain_week.py"}
MAX_FUNCTION_LINES = 60
MEAN_FUNCTION_LINES = 12
# Written in two halves so that this file does not find itself.
FOREIGN = re.compile(r"\.\./" + r"shared" + r"|(?:^|[\s\"'`(=:,])/(?:work|root|home)/[\w.]")
TEXT = {".py", ".md", ".csv", ".yaml", ".yml", ".toml", ".html", ".j2", ".js", ".css", ".svg", ".json", ""}

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Length(NamedTuple):
    """Lines of one function, its docstring not counted."""

    lines: int
    name: str


def python_files(*rooms: str) -> list[Path]:
    found = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    assert found, f"no Python under {rooms}"
    return sorted(found)


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def length(node: Function) -> int:
    """Count the lines of a function from ``def`` to its end, without the docstring."""
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return total
    doc = node.body[0]
    return total - ((doc.end_lineno or doc.lineno) - doc.lineno + 1)


def lengths(source: str, where: str) -> Iterator[Length]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            yield Length(length(node), f"{where}:{node.lineno} {node.name}")


def lengths_of(*rooms: str) -> list[Length]:
    return [found for path in python_files(*rooms) for found in lengths(path.read_text("utf-8"), short(path))]


def calls_print(source: str) -> bool:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)


def own_text_files() -> list[Path]:
    rooms = [p for room in ("src", "docs", "bench", "tests", ".ci") for p in (ROOT / room).rglob("*")]
    tops = [path for path in ROOT.iterdir() if path.name not in {".git", "LICENSE"}]
    files = (path for path in [*rooms, *tops] if path.is_file() and "__pycache__" not in path.parts)
    return [path for path in files if path.suffix in TEXT or path.name == ".gitignore"]


def test_no_module_without_a_noun_of_its_own() -> None:
    names = [path for path in python_files("src") if {path.stem, *path.parent.parts} & HOMELESS]
    assert [short(path) for path in names] == []


@pytest.mark.parametrize("room", ["src", "tests", "bench"])
def test_no_file_is_longer_than_a_room_should_be(room: str) -> None:
    files = python_files(room) if any((ROOT / room).rglob("*.py")) else []
    sizes = {short(path): len(path.read_text("utf-8").splitlines()) for path in files}
    sizes = {name: size for name, size in sizes.items() if name not in ONE_ROOM}
    assert {name: size for name, size in sizes.items() if size > MAX_FILE_LINES} == {}


def test_no_function_is_long() -> None:
    assert [found for found in lengths_of("src") if found.lines > MAX_FUNCTION_LINES] == []


def measure() -> tuple[float, str]:
    """Return the mean length of the functions of src, and a line that says so."""
    found = lengths_of("src")
    mean = statistics.fmean(one.lines for one in found)
    longest = max(found)
    return (
        mean,
        f"{len(found)} functions in src: mean {mean:.1f} lines, longest {longest.lines} ({longest.name})",
    )


def test_functions_are_short_on_average() -> None:
    mean, line = measure()
    assert mean < MEAN_FUNCTION_LINES, line


def test_only_faces_print() -> None:
    files = [path for path in python_files("src") if SRC / "faces" not in path.parents]
    assert [short(path) for path in files if calls_print(path.read_text("utf-8"))] == []


def test_nothing_names_the_machine_it_was_written_on() -> None:
    lines = [
        f"{short(path)}:{number}"
        for path in own_text_files()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1)
        if FOREIGN.search(line)
    ]
    assert lines == []


def test_every_module_of_the_ground_floor_has_its_unit_test() -> None:
    modules = [path.stem for path in SRC.glob("*.py") if not path.stem.startswith("__")]
    missing = [name for name in modules if not (ROOT / "tests" / "unit" / f"test_{name}.py").exists()]
    assert missing == []


def test_every_room_is_imported_by_some_test() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in python_files("tests"))
    rooms = sorted(path.parent.name for path in SRC.glob("*/__init__.py"))
    assert [room for room in rooms if f"dearth.{room}" not in tests] == []


class TestTheChecksCanFail:
    """Each check, on a small example that breaks its rule."""

    def test_length_counts_code_and_not_the_docstring(self) -> None:
        source = 'def f():\n    """One.\n\n    Two.\n    """\n    a = 1\n    return a\n'
        assert [one.lines for one in lengths(source, "x")] == [3]

    def test_a_function_inside_a_function_is_counted_too(self) -> None:
        source = "def f():\n    def g():\n        return 1\n    return g\n"
        assert sorted(one.lines for one in lengths(source, "x")) == [2, 4]

    @pytest.mark.parametrize(("source", "found"), [("print(1)", True), ("console.print(1)", False)])
    def test_print_is_seen(self, source: str, found: bool) -> None:
        assert calls_print(source) is found

    @pytest.mark.parametrize("line", ["see .." + "/shared/x", "open('/" + "work/main')", "/" + "root/.venv"])
    def test_a_foreign_path_is_seen(self, line: str) -> None:
        assert FOREIGN.search(line)

    @pytest.mark.parametrize("line", ["https://x.org/work/1", "a/home/b", "and/or", "metal/work/lines"])
    def test_an_address_is_not_taken_for_a_path(self, line: str) -> None:
        assert not FOREIGN.search(line)


if __name__ == "__main__":
    print(measure()[1])  # noqa: T201 (make lint prints it)
