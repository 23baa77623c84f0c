"""Reading an article: a file that may be hostile, as text with a title and a day."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from dearth.articles.cleaning import shown
from dearth.articles.markup import looks_like_html, text_of_html, text_of_markdown
from dearth.errors import Fault, InputError
from dearth.plain_yaml import Bounds, read_bytes

__all__ = ["MAX_BYTES", "MAX_SIGNS", "SUFFIXES", "Article", "parse_article", "read_article"]

_PHASE: Final = "Reading an article"
MAX_BYTES: Final = 2 << 20
MAX_SIGNS: Final = 60_000
_MAX_HEAD: Final = 400
_BOUNDS: Final = Bounds(what="text", max_bytes=MAX_BYTES)
SUFFIXES: Final = (".txt", ".md", ".markdown", ".html", ".htm", ".text")
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_TOO_ODD: Final = 0.02
_DAY: Final = re.compile(r"(20\d\d|19\d\d)[-/.年](0?[1-9]|1[0-2])[-/.月](0?[1-9]|[12]\d|3[01])(?!\d)")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_MIN_CHINESE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Article:
    """The text of an article.

    Attributes
    ----------
    name
        Of the file, without its folder.
    title, day
        First line or title of the page; ISO date of publication, ``""`` when it is not told.
    text
        What is read; spans of statements count its signs.
    language
        ``"en"`` or ``"zh"``.
    sha256
        Over the bytes of the file.
    """

    name: str
    title: str
    day: str
    text: str
    language: str
    sha256: str

    @property
    def year(self) -> int:
        """Year of publication, 0 when it is not told."""
        return int(self.day[:4]) if self.day else 0


def read_article(path: Path, day: str = "") -> Article:
    """Return the article in a file; `day` (ISO) goes before a date that is found in it.

    Raises
    ------
    InputError
        Missing, too large, not text, a PDF or another container, or a page built as a bomb.
    """
    return parse_article(read_bytes(path, _BOUNDS), path.name, day)


def parse_article(data: bytes, name: str = "article.txt", day: str = "") -> Article:
    """Return the article in these bytes; see :func:`read_article`.

    Raises
    ------
    InputError
        As :func:`read_article`.
    """
    raw = _decoded(data, name)
    suffix = Path(name).suffix.lower()
    title = found = ""
    if suffix in (".html", ".htm") or looks_like_html(raw):
        raw, title, found = text_of_html(raw)
    elif suffix in (".md", ".markdown"):
        raw = text_of_markdown(raw)
    text = shown(raw.replace("\r\n", "\n").replace("\r", "\n")).strip("\n ")
    _check_text(text, name)
    title = title or _first_line(text)
    return Article(
        name, title, day or found or _day_in(text), text, _language(text), hashlib.sha256(data).hexdigest()
    )


def _fail(what: str, where: str, why: str = "", cure: str = "") -> InputError:
    return InputError(_PHASE, Fault(what, where, why, cure))


def _decoded(data: bytes, name: str) -> str:
    _refuse_containers(data, name)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _as(data, "utf-16", name)
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _checked_signs(text, name)
    raise _fail("cannot be read as text", name, "neither UTF-8 nor GB18030", "save the article as UTF-8 text")


def _as(data: bytes, encoding: str, name: str) -> str:
    try:
        return _checked_signs(data.decode(encoding), name)
    except UnicodeDecodeError as error:
        raise _fail("cannot be read as text", name, f"broken {encoding}", "save it as UTF-8") from error


def _refuse_containers(data: bytes, name: str) -> None:
    if data[:5] == b"%PDF-":
        cure = "take its text out first, e.g. `pdftotext article.pdf article.txt`"
        raise _fail("a PDF, not text", name, "dearth reads the text of a PDF, not its pages", cure)
    if data[:2] == b"PK" or data[:4] in (
        b"\x89PNG",
        b"\xff\xd8\xff\xe0",
        b"\xd0\xcf\x11\xe0",
        b"\x1f\x8b\x08\x00",
    ):
        raise _fail("not text", name, "an archive, a picture or an office file", "save the article as text")


def _checked_signs(text: str, name: str) -> str:
    odd = text.count("\x00") + text.count("\ufffd")
    if odd and (odd > _TOO_ODD * len(text) or "\x00" in text):
        raise _fail("not text", name, f"{odd} signs that no text has", "save the article as UTF-8 text")
    return text


def _check_text(text: str, name: str) -> None:
    if not text.strip():
        raise _fail("no text", name, "nothing to read is in it", "paste the words of the article into a file")
    if len(text) > MAX_SIGNS:
        why = f"{len(text)} signs; an article has at most {MAX_SIGNS}"
        raise _fail("too long", name, why, "is this the right file? split it into articles")


def _first_line(text: str) -> str:
    line = text.split("\n", 1)[0].strip()
    return line[:_MAX_HEAD]


def _day_in(text: str) -> str:
    for year, month, day in _DAY.findall(text[:_MAX_HEAD]):
        try:
            return date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue
    return ""


def _language(text: str) -> str:
    sample = text[:20_000]
    return "zh" if len(_CHINESE.findall(sample)) > _MIN_CHINESE * len(sample) else "en"
