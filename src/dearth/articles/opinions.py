"""Judgements: sentences on rare earths that weigh, advise or foretell, with no figure and no rule in them."""

from __future__ import annotations

from collections.abc import Iterator

from dearth.articles.clause import Words
from dearth.articles.statement import Statement
from dearth.articles.words import find

__all__ = ["opinion_statements"]


def opinion_statements(words: Words) -> Iterator[Statement]:
    """Yield at most one opinion: a sentence that names rare earths and holds a word of judgement.

    The caller asks only where the sentence gave no statement about a figure or a rule.
    """
    sentence = words.sentence
    if not words.elements and not any(word.name == "magnet" for word in words.products):
        return
    word = next(find("judgements", words.text, sentence.language, sentence.start, sentence.end), None)
    if word is None:
        return
    yield Statement(
        id="",
        kind="opinion",
        rule=word.name,
        element=words.near_element(word.start),
        place=words.near_place(word.start),
        attributed=words.attributed,
        span=(word.start, word.end),
        sentence=(sentence.start, sentence.end),
        because=(f"{word.text!r} as a judgement",),
    )
