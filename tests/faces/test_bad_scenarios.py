"""Every way a scenario can be wrong: exit status 2, what and where and the cure, quickly, no traceback."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from process import Done, dearth

BAD = Path(__file__).resolve().parents[1] / "bad_scenarios"
QUICK = 5.0

# file -> texts that the message must hold: what is wrong, where, and the cure
SAYS: dict[str, list[str]] = {
    "a-list": ["not a scenario", "write `key: value` lines"],
    "aliases": ["anchors and aliases", "line 9"],
    "control-characters": ["title: text holds control characters"],
    "date-in-words": ["'4 April 2025' is not a day", "write YYYY-MM-DD"],
    "date-out-of-range": ["1999-04-04 is out of range", "use a day of 2005 to 2060"],
    "date-with-time": ["start: '2025-04-04T10:00:00Z' is not a day"],
    "deep": ["nested too deep"],
    "empty": ["the file is empty", "dearth scenario new"],
    "event-after-end": ["events[0].date: 2026-05-01 is after the end", "set `weeks` to 56 or more"],
    "event-before-start": ["events[0].date: 2025-04-03 is before the start", "move `start`"],
    "events-not-a-list": ["events: ", "is not a list"],
    "events-of-numbers": ["events[0]: 3 will not do", "events[1]: None will not do"],
    "half-a-week": ["weeks: 52.5 will not do", "write a whole number"],
    "huge-number": ["seed: inf will not do", "write a whole number"],
    "just-words": ["not a scenario"],
    "key-twice": ["line 9: key 'weeks' stands twice"],
    "licence-of-nothing": ["events[0]: action 'licence' needs 'materials'", "add `materials:`"],
    "licence-with-tonnes": ["action 'licence' has no 'tonnes_per_half_year'", "use action `quota`"],
    "list-as-key": ["a key is a list or a mapping"],
    "many-faults": [
        "'name' is missing",
        "title: ",
        "start: 'soon' is not a day",
        "weeks: -1",
        "draws: 'many'",
        "unknown key 'colour'",
        "action 'prohibit' needs 'origin'",
        "events[0].date: 2001-01-01 is out of range",
    ],
    "missing-key": ["'start' is missing", "add `start:`"],
    "name-with-path": ["name: '../../etc' will not do", "small letters"],
    "negative-weeks": ["weeks: -4 will not do", "greater than or equal to 1"],
    "no-such-day": ["'2025-02-30' is not a day of the calendar"],
    "not-a-number": [
        "set.cover-wind: nan",
        "set.cover-defence: inf",
        "set.cover-medical: -1",
        "set.cover-aerospace",
    ],
    "not-yaml": ["not YAML", "line "],
    "number-as-key": ["Keys must be strings"],
    "object-tag": ["tag ", "is not read", "remove the tag"],
    "object-tag-value": ["tag ", "is not read", "remove the tag"],
    "only-comment": ["the file is empty"],
    "quota-negative": ["events[0].tonnes_per_half_year: -5", "greater than or equal to 0"],
    "quota-without-tonnes": ["action 'quota' needs 'tonnes_per_half_year'"],
    "seed-too-large": ["seed: 4294967296 will not do", "less than or equal to 4294967295"],
    "text-for-a-list": ["materials: 'oxide:Dy' is not a list", "destinations: 'USA' is not a list of places"],
    "text-for-a-number": ["draws: '10' will not do", "write a whole number"],
    "to-itself": ["action 'licence' needs 'destinations'"],
    "too-many-weeks": ["weeks: 521 will not do", "less than or equal to 520"],
    "truth-for-a-number": ["draws: True will not do"],
    "two-documents": ["more than one document"],
    "unknown-action": ["unknown action 'licens'", "did you mean 'licence'?"],
    "unknown-assumption": ["unknown assumption 'cover-wnd'", "did you mean 'cover-wind"],
    "unknown-growth": ["unknown growth 'plannd'", "did you mean 'planned'?"],
    "unknown-key": ["unknown key 'wekks'", "did you mean 'weeks'?"],
    "unknown-material": ["unknown material 'oxid:Dy'", "did you mean 'oxide:Dy'"],
    "unknown-place": ["origin: unknown place 'CN'", "did you mean 'CHN'"],
    "url-of-a-script": ["url: 'javascript:alert(1)' is not a web address"],
}


def check(*arguments: str) -> Done:
    """Run, and hold the promises that every wrong input gets."""
    begun = time.monotonic()
    done = dearth(*arguments)
    assert time.monotonic() - begun < QUICK
    assert done.status == 2, done.err
    assert "Traceback" not in done.err
    assert "\x1b" not in done.err
    assert done.out == ""
    return done


def test_every_bad_file_has_its_row_and_every_row_its_file() -> None:
    assert sorted(path.stem for path in BAD.iterdir()) == sorted(SAYS)


@pytest.mark.parametrize("name", sorted(SAYS))
def test_bad_file(name: str) -> None:
    done = check("countdown", str(BAD / f"{name}.yaml"), "--json")
    assert [text for text in SAYS[name] if text not in done.err] == [], done.err


def test_check_lists_the_faults_of_all_files() -> None:
    done = check("scenario", "check", str(BAD / "unknown-key.yaml"), "steady", str(BAD / "empty.yaml"))
    assert "wekks" in done.err
    assert "the file is empty" in done.err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "shift_jis"])
def test_other_encodings(encoding: str, tmp_path: Path) -> None:
    text = (
        (BAD / "missing-key.yaml")
        .read_text("utf-8")
        .replace("A bad", "Zn\u00b1" if encoding == "latin-1" else "\u6709")
    )
    path = tmp_path / "other.yaml"
    path.write_bytes(text.encode(encoding))
    assert "not UTF-8 text" in check("countdown", str(path)).err


def test_an_endless_file() -> None:
    assert "a device or a pipe" in check("countdown", "/dev/zero").err


def test_a_pipe_that_nobody_writes_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    assert "a device or a pipe" in check("countdown", str(pipe)).err


@pytest.mark.parametrize("content", [b"x" * (1 << 21), b"#\n" * (1 << 20), b"a: [" + b"1," * (1 << 19)])
def test_large_files(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(content)
    check("countdown", str(path))


def test_a_folder(tmp_path: Path) -> None:
    assert "it is a folder" in check("countdown", str(tmp_path)).err


def test_a_missing_file() -> None:
    assert "nowhere.yaml: cannot be opened" in check("countdown", "nowhere.yaml").err


@pytest.mark.parametrize("name", ["squeze-2025", "Steady", "", "x" * 300, "a\nb", "-"])
def test_an_unknown_name(name: str) -> None:
    done = check("countdown", name)
    assert "no scenario or file" in done.err
    assert "squeeze-2025" in done.err or "steady" in done.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--draws", "nan"], "'nan' is not a whole number"),
        (["--draws", "0"], "greater than or equal to 1"),
        (["--draws", "100000001"], "less than or equal to 100000000"),
        (["--weeks=-3"], "weeks: -3"),
        (["--seed", "1e3"], "'1e3' is not a whole number"),
        (["--as-of", "yesterday"], "as_of: 'yesterday' is not a day"),
        (["--set", "weeks"], "'weeks' is not KEY=VALUE"),
        (["--set", "weeks=5", "--weeks", "6"], "'weeks' is set twice"),
        (["--set", "cover-wnd=3"], "unknown assumption 'cover-wnd'"),
        (["--set", "cover-wind=-3"], "greater than or equal to 0"),
        (["--set", "cover-wind=inf"], "'inf' is not a plain number"),
        (["--set", "growth=fast"], "unknown growth 'fast'"),
        (["--workers", "0"], "--workers"),
        (["--book", "no-such-overlay.csv"], "no-such-overlay.csv"),
    ],
)
def test_bad_options(options: list[str], says: str) -> None:
    assert says in " ".join(check("countdown", *options).err.split())


def test_all_faults_of_a_command_line_at_once(tmp_path: Path) -> None:
    options = ["--csv", str(tmp_path), "--set", "oops", "--weeks", "-1", "--draws", "many"]
    done = check("countdown", *options)
    for says in ("is a folder", "'oops' is not KEY=VALUE", "weeks: -1", "'many' is not a whole number"):
        assert says in done.err
