"""Sentences and their clauses, as spans of the text, in English and Chinese."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, NamedTuple

from dearth.articles.statement import Span

__all__ = ["MAX_SENTENCE", "Sentence", "sentences_of"]

MAX_SENTENCE: Final = 1200
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_MIN_CHINESE: Final = 4
# A full stop ends a sentence unless an abbreviation, an initial or a decimal stands before it.
_END: Final = re.compile(
    r"[\u3002\uff01\uff1f!?;\uff1b]+[\"')\]\u300d]*|\.(?=[\"')\]]*(?:\s*\[\d+\])*[\"')]*(?:\s|$))[\"')\]]*(?:\s*\[\d+\])*|\n+"
    r"|(?<=[\]\w]) (?=Group \d+:| - )|(?<=[.\]])\s+(?=- )"
)
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:U\.S|U\.K|E\.U|e\.g|i\.e|etc|approx|vs|Mr|Ms|Mrs|Dr|Prof|Inc|Ltd|Co|Corp|No|Nos|Ann|Art|St|Jan|Feb|Mar"
    r"|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|Fig|cf|ca|al|pct|p\.a|[A-Z]))\.$"
)
_CLAUSE: Final = re.compile(
    r"[,\uff0c;\uff1b:\uff1a\u3001()\uff08\uff09]|\s-\s|\b(?:and|but|while|whereas|with|which)\b|\u800c|\u5e76"
)


class Sentence(NamedTuple):
    """One sentence.

    Attributes
    ----------
    number
        From 1, in the order of the text.
    start, end
        Signs of the text.
    paragraph
        Number of the line it stands in.
    language
        ``"en"`` or ``"zh"``.
    clauses
        Starts of its clauses, `start` the first.
    """

    number: int
    start: int
    end: int
    paragraph: int
    language: str
    clauses: tuple[int, ...]

    def clause(self, at: int) -> int:
        """Return the number of the clause that holds sign `at`."""
        return max(0, bisect_right(self.clauses, at) - 1)


def sentences_of(text: str) -> list[Sentence]:
    """Return the sentences of a translated text; a longer one than `MAX_SENTENCE` is cut."""
    found: list[Sentence] = []
    paragraph, seen = 0, 0
    for start, end in _spans(text):
        paragraph += text.count("\n", seen, start)
        seen = start
        piece = text[start:end]
        language = "zh" if len(_CHINESE.findall(piece)) >= _MIN_CHINESE else "en"
        starts = (
            start,
            *(start + match.end() for match in _CLAUSE.finditer(piece) if not _in_number(piece, match)),
        )
        found.append(Sentence(len(found) + 1, start, end, paragraph, language, starts))
    return found


def _in_number(piece: str, match: re.Match[str]) -> bool:
    """Say whether a comma stands inside a number."""
    before, after = piece[max(0, match.start() - 1) : match.start()], piece[match.end() : match.end() + 1]
    return match[0] == "," and before.isdigit() and after.isdigit()


def _spans(text: str) -> list[Span]:
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if (
            match[0].startswith(".")
            and _ABBREVIATION.search(text[max(start, match.start() - 8) : match.start() + 1])
            and _goes_on(text, match.end())
        ):
            continue
        _take(text, start, match.end(), spans)
        start = match.end()
    _take(text, start, len(text), spans)
    return spans


def _goes_on(text: str, at: int) -> bool:
    """Say whether the sentence may go on after an abbreviation: not at a line's end."""
    return bool(text[at : at + 1]) and "\n" not in text[at : at + 2]


def _take(text: str, start: int, end: int, spans: list[Span]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SENTENCE:
        spans.append((start, start + MAX_SENTENCE))
        start += MAX_SENTENCE
    if end - start > 1:
        spans.append((start, end))
