"""Running ``dearth claims``: check, read, judge, show, write; one article or a folder of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from dearth.answer import Answer
from dearth.articles import Article, read_article
from dearth.articles.article import SUFFIXES
from dearth.articles.corrections import read_claims
from dearth.book import load_book
from dearth.errors import Fault, InputError
from dearth.faces.claims_page import claims_html
from dearth.faces.claims_view import claims_csv, claims_lines
from dearth.faces.console import print_json, say, write_lines
from dearth.faces.files import asked_for, check_request, write_all
from dearth.rules.rule import parse_day
from dearth.studies.claims import claims

__all__ = ["Wanted", "run_claims"]

_PHASE: Final = "Reading the command line"
_READING: Final = "Reading articles"
_MOST: Final = 500  # articles of a folder


@dataclass(frozen=True)
class Wanted:
    """What was asked, as the options gave it."""

    article: Path
    claims: Path | None = None
    day: str | None = None
    as_of: str | None = None
    book: Sequence[Path] | None = None
    json: bool = False
    csv: Path | None = None
    html: Path | None = None
    quiet: bool = False

    @property
    def targets(self) -> dict[str, Path]:
        """Files to write, by the option that named them."""
        named = {"--csv": self.csv, "--html": self.html}
        return asked_for(named)


def run_claims(wanted: Wanted) -> None:
    """Answer what was asked and show it.

    Raises
    ------
    InputError
        Anything is wrong with the command line or a file: all faults at once; no file has been touched.
    """
    check_request(_PHASE, _faults(wanted), wanted.targets)
    articles = _articles(wanted)
    corrections = read_claims(wanted.claims) if wanted.claims is not None else []
    book = load_book(wanted.book or ())
    as_of = parse_day(wanted.as_of) if wanted.as_of else None
    answers = [claims(one, book, as_of=as_of, corrections=corrections) for one in articles]
    _write(answers, wanted)
    _show(answers, wanted)


def _faults(wanted: Wanted) -> list[Fault]:
    faults = []
    for option, value in (("--day", wanted.day), ("--as-of", wanted.as_of)):
        if value is not None and parse_day(value) is None:
            what = f"{value[:60]!r} is not a day"
            faults.append(Fault(what, option, cure="write YYYY-MM-DD, e.g. 2025-11-22"))
    if wanted.article.is_dir() and (wanted.claims is not None or wanted.day is not None):
        what = "a folder takes no --claims and no --day"
        faults.append(Fault(what, str(wanted.article), cure="name one article"))
    return faults


def _articles(wanted: Wanted) -> list[Article]:
    """Return the articles asked for; all faults of all files at once."""
    if not wanted.article.is_dir():
        return [read_article(wanted.article, _day(wanted.day))]
    paths = sorted(path for path in wanted.article.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths or len(paths) > _MOST:
        what = "no article in it" if not paths else f"{len(paths)} articles; at most {_MOST} at once"
        cure = f"articles end in {', '.join(SUFFIXES)}"
        raise InputError(_READING, Fault(what, str(wanted.article), cure=cure))
    found: list[Article] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            found.append(read_article(path))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(_READING, faults)
    return found


def _day(text: str | None) -> str:
    day: date | None = parse_day(text) if text else None
    return day.isoformat() if day else ""


def _write(answers: Sequence[Answer], wanted: Wanted) -> None:
    contents: dict[Path, str] = {}
    if wanted.csv is not None:
        contents[wanted.csv] = claims_csv(answers)
    if wanted.html is not None:
        contents[wanted.html] = claims_html(answers)
    write_all(contents)
    for path in contents:
        say(f"wrote {path}", quiet=wanted.quiet)


def _show(answers: Sequence[Answer], wanted: Wanted) -> None:
    if wanted.json:
        many = {"study": "claims", "articles": [answer.to_dict() for answer in answers]}
        print_json(answers[0].to_dict() if not wanted.article.is_dir() else many)
    elif not wanted.targets or not wanted.quiet:
        for answer in answers:
            write_lines(claims_lines(answer))
