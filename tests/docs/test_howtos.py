"""Every ``console`` block of the README and of the how-tos is run as it is written.

In such a block a line that begins with ``$ `` is a command (a backslash at its end continues it). The
lines below it are expected output: each must occur somewhere in what the command wrote to either stream,
with any amount of white space between words, and ``...`` standing for anything within the line. A line
``[exit 2]`` states the exit status, else it is 0. The commands of one document run in order in one empty
folder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs" / "howto").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\[exit (\d+)\]")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)|(?:src|href)=\"(?!https?:|#)([^\"]+)\"")
TIMEOUT = 300


@dataclass
class Command:
    """A command of a document, and what the document says of it."""

    line: str
    status: int = 0
    expected: list[str] = field(default_factory=list)


def commands_of(text: str) -> list[Command]:
    """Return the commands of every ``console`` block of a document."""
    found: list[Command] = []
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                found.append(Command(line[2:].strip()))
            elif status := EXIT.fullmatch(line.strip()):
                found[-1].status = int(status.group(1))
            elif line.strip(" ."):
                found[-1].expected.append(line.strip())
    return found


def occurs(pattern: str, output: str) -> bool:
    """Say whether an expected line occurs in some line of the output."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in re.split(r"\.\.\.|…", pattern)]
    return any(re.search(".*".join(parts), line) for line in output.splitlines())


def run(command: Command, folder: Path) -> list[str]:
    """Run a command in `folder`; return what differs from the document."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    env = {**os.environ, "PATH": path, "COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.line],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    faults = [f"no line like: {line}" for line in command.expected if not occurs(line, done.stdout)]
    if done.returncode != command.status:
        faults.insert(0, f"exit {done.returncode}, the document says {command.status}")
    return [f"$ {command.line}", *faults, done.stdout[-3000:]] if faults else []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_document_does_what_it_says(document: Path, tmp_path: Path) -> None:
    commands = commands_of(document.read_text("utf-8"))
    assert commands, f"{document.name} has no ```console block to run"
    faults = [line for command in commands for line in run(command, tmp_path)]
    assert not faults, "\n".join(faults)


def test_there_is_a_how_to() -> None:
    assert len(DOCUMENTS) > 1


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    texts = [path.read_text("utf-8") for path in [*DOCUMENTS, *(ROOT / "docs").glob("*.md")]]
    named = {name for text in texts for name in re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)}
    assert {"run", "test"} <= named
    assert named - targets == set()


@pytest.mark.parametrize(
    "document", [*DOCUMENTS, *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    links = ["".join(pair) for pair in LINK.findall(document.read_text("utf-8"))]
    assert [link for link in links if not (document.parent / link).exists()] == []


class TestTheCheckCanFail:
    """A document that says something untrue is caught."""

    @staticmethod
    def faults(block: str, folder: Path) -> list[str]:
        (command,) = commands_of(f"text\n\n```console\n{block}\n```\n")
        return run(command, folder)

    @pytest.mark.parametrize(
        "block",
        [
            "$ echo one; echo two >&2\none\ntwo",
            "$ echo week   9.5\nweek ... .5",
            "$ exit 2\n[exit 2]",
            "$ echo a \\\n  b\na b",
            "$ echo anything\n...",
        ],
    )
    def test_a_true_block_passes(self, block: str, tmp_path: Path) -> None:
        assert self.faults(block, tmp_path) == []

    @pytest.mark.parametrize(
        ("block", "says"),
        [
            ("$ echo one\ntwo", "no line like: two"),
            ("$ exit 3", "exit 3, the document says 0"),
            ("$ true\n[exit 2]", "exit 0, the document says 2"),
            ("$ false | cat", "exit 1"),
            ("$ no-such-command-here", "exit 127"),
            ("$ printf 'a\\nb\\n'\na ... b", "no line like: a ... b"),
            ("$ echo axb\na.b", "no line like: a.b"),
        ],
    )
    def test_a_false_block_is_caught(self, block: str, says: str, tmp_path: Path) -> None:
        assert any(says in line for line in self.faults(block, tmp_path))

    def test_a_block_of_another_language_is_not_run(self) -> None:
        assert commands_of("```sh\n$ make test\n```\n") == []
