"""Plain text out of HTML and Markdown, bounded; nothing of them is run, followed or loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Final

from dearth.errors import Fault, InputError

__all__ = ["Page", "looks_like_html", "text_of_html", "text_of_markdown"]

_PHASE: Final = "Reading an article"
_MAX_DEPTH: Final = 2000
_MAX_TAGS: Final = 40_000
_MAX_SIGNS: Final = 600_000
_SILENT: Final = frozenset({
    "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "nav", "footer", "form",
    "select", "button", "textarea", "head",
})  # fmt: skip
_BLOCKS: Final = frozenset({
    "p", "div", "br", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4", "h5", "h6",
    "section", "article", "header", "main", "blockquote", "pre", "figcaption", "dd", "dt", "hr", "title",
})  # fmt: skip
_VOID: Final = frozenset({
    "br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr",
})  # fmt: skip
_HTML: Final = re.compile(r"<(?:!doctype\s+html|html|head|body|article|div|p|h1|span|table)\b", re.IGNORECASE)
_MARKS: Final = (
    ("```", re.compile(r"^ {0,3}(?:```|~~~)[^\n]*$", re.MULTILINE), ""),
    ("](", re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,600}\)"), r"\1"),
    ("#", re.compile(r"^ {0,3}#{1,6}[ \t]+", re.MULTILINE), ""),
    (">", re.compile(r"^ {0,3}>[ \t]?", re.MULTILINE), ""),
    ("**", re.compile(r"(?<![\w*])\*\*(?=[^\s*])([^\n*]{1,300})\*\*(?!\w)"), r"\1"),
    ("*", re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,300})\*(?![\w*])"), r"\1"),
    ("`", re.compile(r"`([^`\n]{1,300})`"), r"\1"),
)


class Page(HTMLParser):
    """Collects the text of a page, a line break where a block ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title: list[str] = []
        self.date = ""
        self._open: list[str] = []
        self._silent = 0
        self._in_title = False
        self._tags = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag; a date of publication is taken from the head."""
        self._tags += 1
        if self._tags > _MAX_TAGS or len(self._open) > _MAX_DEPTH:
            what = f"more than {_MAX_TAGS} tags, or {_MAX_DEPTH} inside each other"
            raise InputError(_PHASE, Fault(what, why="no article is built like this", cure="save its text"))
        self._note_date(tag, dict(attrs))
        if tag == "title" and not self.title:
            self._in_title = True
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag not in _VOID:
            self._open.append(tag)
            self._silent += tag in _SILENT

    def _note_date(self, tag: str, attrs: dict[str, str | None]) -> None:
        name = (attrs.get("property") or attrs.get("name") or attrs.get("itemprop") or "").lower()
        wanted = name in ("article:published_time", "datepublished", "date", "pubdate", "dc.date")
        value = attrs.get("content") or attrs.get("datetime") or ""
        if not self.date and ((tag == "meta" and wanted) or tag == "time"):
            found = re.match(r"\d{4}-\d{2}-\d{2}", value)
            self.date = found[0] if found else ""

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those left open inside it."""
        self._in_title = self._in_title and tag != "title"
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag not in self._open[-50:]:
            return
        while self._open:
            closed = self._open.pop()
            self._silent -= closed in _SILENT
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        """Keep text that a reader would see."""
        if self._in_title:
            self.title.append(data)
        elif not self._silent:
            self.parts.append(data)


def looks_like_html(text: str) -> bool:
    """Say whether the beginning of a text is that of a page."""
    return bool(_HTML.search(text[:5000]))


def text_of_html(text: str) -> tuple[str, str, str]:
    """Return the text, the title and the date (or ``""``) of a page.

    Raises
    ------
    InputError
        Tags without measure: a bomb, or no article.
    """
    plain = _without(text, (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"), ("<?", ">")))
    _check_size(plain)
    page = Page()
    page.feed(plain)
    page.close()
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in "".join(page.parts).split("\n"))
    return "\n".join(line for line in lines if line), " ".join("".join(page.title).split()), page.date


def _without(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return `text` without what stands between these marks; an open end takes the rest with it."""
    for opening, closing in pairs:
        parts: list[str] = []
        lower, at = text.lower(), 0
        while (start := lower.find(opening, at)) >= 0:
            parts.append(text[at:start])
            end = lower.find(closing, start + len(opening))
            closed = end if closing.endswith(">") or end < 0 else lower.find(">", end)
            at = len(text) if closed < 0 else closed + (len(closing) if closed == end else 1)
        text = "".join([*parts, text[at:]])
    return text


def _check_size(text: str) -> None:
    if len(text) > _MAX_SIGNS or text.count("<") > _MAX_TAGS:
        what = f"a page of more than {_MAX_SIGNS} signs, or {_MAX_TAGS} tags"
        raise InputError(_PHASE, Fault(what, why="no article is built like this", cure="save its text"))


def text_of_markdown(text: str) -> str:
    """Return the text of a Markdown document: marks gone, links by their words."""
    for needed, pattern, plain in _MARKS:
        if needed in text:
            text = pattern.sub(plain, text)
    return text
