"""From sentences to statements: a small grammar that can say why it read what it read.

For each number of a sentence the grammar looks for the words that say what it counts, in a fixed order: the
words that follow ``of``, then the nearest words in the same clause, then in the sentence, then what an
earlier sentence of the paragraph named.  Nothing is learned and nothing is guessed by likelihood; what is not
said stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final, NamedTuple

from dearth.articles.article import Article
from dearth.articles.clause import Words, words_of
from dearth.articles.cleaning import translated
from dearth.articles.meaning import figure_statements
from dearth.articles.opinions import opinion_statements
from dearth.articles.patterns import Match, law, matches, subjects
from dearth.articles.sentences import Sentence, sentences_of
from dearth.articles.statement import Statement
from dearth.articles.words import find

__all__ = ["MAX_STATEMENTS", "Extraction", "extract"]

MAX_STATEMENTS: Final = 2000
_GOODS: Final = ("magnet-exports", "exports")  # what is told month by month
_AMOUNTS: Final = ("t", "%", "1")
_FIELDS: Final = ("place", "element", "thing", "subject", "product")
_ASKS: Final = re.compile(
    r"licen[cs]|permi|approv|requir|\bneed|cover|extend|\badd(?:s|ed)?\b|announc|impos|restrict|tighten|\bban|prohibit|forb"
    r"|effect|in force|\bappl(?:y|ies)|suspend|paus|shelv|quota|duty|duties|abolish"
    r"|scrap|lift|end(?:s|ed)\b|distinguish"
    r"|许可|批准|审批|禁|管制|生效|施行|实施|暂停|取消|配额|关税|区分",
    re.IGNORECASE,
)
_FORCE: Final = re.compile(
    r"\b(?:take|takes|took|into|in)\s+(?:effect|force)|until|施行|生效|实施|至|到|为止", re.IGNORECASE
)


class Extraction(NamedTuple):
    """Everything that was found in an article.

    Attributes
    ----------
    statements
        In the order of the text.
    sentences
        All sentences.
    left
        Sentences with numbers of which none was taken, and why.
    """

    statements: tuple[Statement, ...]
    sentences: tuple[Sentence, ...]
    left: tuple[tuple[Sentence, str], ...]


@dataclass(frozen=True, slots=True)
class _Context:
    """What earlier sentences named."""

    topic: bool = False
    paragraph: int = -1
    fields: tuple[tuple[str, str], ...] = ()


def extract(article: Article) -> Extraction:
    """Return the checkable statements of an article about rare earths."""
    text = translated(article.text)
    sentences = sentences_of(text)
    context = _Context()
    title = words_of(text, sentences[0], article) if sentences else None
    if title is not None and title.topic:
        context = replace(context, topic=True)
    found: list[Statement] = []
    left: list[tuple[Sentence, str]] = []
    for sentence in sentences:
        words = words_of(text, sentence, article)
        new, why = _of_sentence(words, context)
        found.extend(_with_marks(new, words))
        goods = next((one.subject for one in reversed(new) if one.subject in _GOODS), "")
        if why:
            left.append((sentence, why))
        context = _next(context, words, goods)
        if len(found) >= MAX_STATEMENTS:
            break
    return Extraction(tuple(found), tuple(sentences), tuple(left))


def _of_sentence(words: Words, context: _Context) -> tuple[list[Statement], str]:
    """Return the statements of one sentence, and why its numbers were left alone."""
    numbering = count(1)
    sentence = words.sentence
    rules = _without_instead(matches("law", words.text, sentence.language, sentence.start, sentence.end))
    asked = list(matches("questions", words.text, sentence.language, sentence.start, sentence.end))
    topical = words.topic or context.topic
    if rules and not words.numbers and _only_weighed(words):
        rules = []
    found: list[Statement] = []
    if topical or rules:
        found += [_marked("legal", rule, words, next(numbering)) for rule in rules]
        found += [_marked("question", one, words, next(numbering)) for one in asked]
    elif "断供" in words.text[sentence.start : sentence.end]:
        found += [_marked("question", one, words, next(numbering)) for one in asked]
    absolute = next(find("absolutes", words.text, sentence.language, sentence.start, sentence.end), None)
    if absolute is not None:
        found.append(
            _marked("opinion", Match(absolute.name, absolute.start, absolute.end), words, next(numbering))
        )
    why = words.left_alone(context.topic)
    if not why:
        taken = [(rule.start, rule.end) for rule in rules] if rules else []
        for one in figure_statements(words, taken):
            filled = _inherited(one, context, words)
            found.append(replace(filled, id=f"s{sentence.number}.{next(numbering)}"))
    if not found and not words.others:
        found += [
            replace(one, id=f"s{sentence.number}.{next(numbering)}") for one in opinion_statements(words)
        ]
    return found, why if words.numbers else ""


def _without_instead(found: Iterable[Match]) -> list[Match]:
    """Leave out statements whose place a more exact one takes."""
    known = list(found)
    beside = {name for one in known for name in law()[one.name].get("instead", ())}
    return [one for one in known if one.name not in beside]


def _only_weighed(words: Words) -> bool:
    """Say whether a sentence names a rule to judge it, and does not say what it asks for."""
    sentence = words.sentence
    span = (words.text, sentence.language, sentence.start, sentence.end)
    weighed = next(find("judgements", *span), None) is not None
    return weighed and not _ASKS.search(words.text, sentence.start, sentence.end)


def _told_day(words: Words) -> str:
    """Return the time of a rule: the one nearest to a word of coming into force, else the first."""
    cues = [m.start() for m in _FORCE.finditer(words.text, words.sentence.start, words.sentence.end)]
    if not words.periods:
        return ""
    if not cues:
        return words.periods[0].text
    return min(words.periods, key=lambda one: min(abs(one.start - cue) for cue in cues)).text


def _marked(kind: str, match: Match, words: Words, number: int) -> Statement:
    sentence = words.sentence
    period = _told_day(words) if kind == "legal" else words.periods[0].text if words.periods else ""
    return Statement(
        id=f"s{sentence.number}.{number}",
        kind=kind,
        rule=match.name,
        stage="law" if kind == "legal" else "",
        place=words.near_place(match.start) if kind == "legal" else "",
        element=words.near_element(match.start) if kind == "legal" else "",
        period=period,
        negated=words.negated,
        attributed=words.attributed,
        span=(match.start, match.end),
        sentence=(sentence.start, sentence.end),
        because=(f"pattern {match.name}",),
    )


def _inherited(one: Statement, context: _Context, words: Words) -> Statement:
    """Fill what the sentence does not say from earlier sentences of the paragraph."""
    if context.paragraph != words.sentence.paragraph:
        return one
    known = dict(context.fields)
    one, goods = _of_the_same_goods(one, known.get("goods", ""), words)
    new = {
        field: known[field]
        for field in _FIELDS
        if not getattr(one, field) and known.get(field) and _may_inherit(field, one)
    }
    importer = known.get("place", "")
    if one.subject == "import-share" and not one.partner and importer not in ("", one.place):
        new["partner"] = importer
    changes: dict[str, Any] = {**new, "inherited": (*goods, *new)}
    return replace(one, **changes) if new or goods else one


def _of_the_same_goods(one: Statement, goods: str, words: Words) -> tuple[Statement, tuple[str, ...]]:
    """Return a monthly tonnage, or its change, as one of the goods that the sentence before told of."""
    monthly = len(one.period) == len("2025-06") and one.kind in ("level", "change", "multiple")
    vague = one.subject in ("", "exports") and not words.elements and not words.products
    if not goods or not monthly or not vague or one.subject == goods or one.figures[0].unit not in _AMOUNTS:
        return one, ()
    element = "" if goods == "magnet-exports" else one.element
    place = one.place or ("CHN" if goods in _GOODS else "")
    stage = str(subjects()[goods].get("stage", ""))
    return replace(one, subject=goods, element=element, place=place, stage=stage), ("subject",)


def _may_inherit(field: str, one: Statement) -> bool:
    if field == "subject" or (field == "place" and one.subject == "price"):
        return False
    if field == "element":
        return one.subject in ("price", "price-floor", "imports", "exports", "import-share")
    return field != "thing" or one.subject in ("capacity", "content", "finance")


def _next(context: _Context, words: Words, goods: str) -> _Context:
    """Return what the next sentence may lean on."""
    same = context.paragraph == words.sentence.paragraph
    known = dict(context.fields) if same else {}
    known |= {"goods": goods} if goods else {}
    known |= {key: value for key, value in words.named().items() if value}
    return _Context(context.topic or words.topic, words.sentence.paragraph, tuple(known.items()))


def _with_marks(found: list[Statement], words: Words) -> list[Statement]:
    return [
        replace(one, citations=words.citations, text=words.text[one.sentence[0] : one.sentence[1]])
        for one in found
    ]
