"""The words of one sentence: what they name, where, and which of them stand nearest to a number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dearth.articles.article import Article
from dearth.articles.numbers import Number, numbers_of
from dearth.articles.periods import Period, periods_of
from dearth.articles.sentences import Sentence
from dearth.articles.words import Found, find

__all__ = ["PER_KG", "Words", "because", "nearest", "words_of"]

_WORLD: Final = "WORLD"
_NO_ELEMENT: Final = "alloy"
_CITATION: Final = re.compile(r"\[\d{1,3}\]")
_TOPICAL: Final = frozenset({
    "export-quota", "mining-quota", "separation-quota", "quota", "magnet-output",
    "finance", "debt", "magnet-exports",
    "reserves",
    "stocks", "exports", "price", "mine-output", "project-time",
})  # fmt: skip
_ALONE: Final = _TOPICAL - {"price"} | {
    "separation",
    "metal",
    "licence-time",
    "licence-share",
    "licence-count",
    "export-value",
    "patents",
}
_STRONG: Final = frozenset(
    {"capacity-magnet", "magnet-output", "magnet-exports", "mining-quota", "separation-quota", "export-quota"}
)
_DOMAIN: Final = ("mass", "price")
_TOWARDS: Final = re.compile(
    r"(?:\b(?:to|sent|into)(?:\s+the)?\s+|对|赴|输|销往|出口到|出口至|运往|运到|卖到|卖给|发往|流向|->)$",
    re.IGNORECASE,
)
PER_KG: Final = re.compile(
    r"\b(?:a|per|(?:for\s+)?(?:every|each))\s+(?:kilogram|kilo|kg)\b|/kg|每公斤|每千克", re.IGNORECASE
)
_EQUIVALENT: Final = re.compile(r"[\s-]+equivalent|当量", re.IGNORECASE)
_EQUITY: Final = re.compile(r"stake|preferred|equity|优先股|入股", re.IGNORECASE)
_YEAR_END: Final = re.compile(r"end of|ended|closed|年[底末]", re.IGNORECASE)
_FROM: Final = re.compile(
    r"(?:\bfrom(?:\s+the)?\s+|supplied\s+by\s+|来自于?|产自|源自|购自|由|从|自)$", re.IGNORECASE
)
_SUPPLIES: Final = re.compile(r"\s+(?:suppl|provide|deliver)|(?:供应|提供)了?", re.IGNORECASE)
_TO_SHARE: Final = re.compile(r"(?:belong|accru)\w*\s+to\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class Words:
    """What stands in a sentence.

    Attributes
    ----------
    text
        The whole translated text; spans count its signs.
    """

    text: str
    sentence: Sentence
    numbers: Sequence[Number]
    periods: Sequence[Period]
    subjects: Sequence[Found]
    elements: Sequence[Found]
    places: Sequence[Found]
    things: Sequence[Found]
    products: Sequence[Found]
    markers: Sequence[Found]
    others: Sequence[Found]
    sources: Sequence[Found]
    ranks: Sequence[Found]
    metals: Sequence[Found] = ()

    @property
    def topic(self) -> bool:
        """Whether the sentence itself speaks of rare earths."""
        if self.elements or any(word.name in _STRONG for word in self.subjects):
            return True
        near = any(word.name in _TOPICAL for word in self.subjects) or bool(self.things or self.products)
        money = bool(self.things) and any(one.dimension == "money" for one in self.numbers)
        working = any(word.name == "jobs" for word in self.subjects)
        money |= working and any(one.dimension == "count" for one in self.numbers)
        return near and (money or any(one.dimension in _DOMAIN for one in self.numbers))

    @property
    def per_kilogram(self) -> bool:
        """Whether the sentence says what a kilogram costs."""
        money = any(one.dimension == "money" for one in self.numbers)
        return money and bool(PER_KG.search(self.text, self.sentence.start, self.sentence.end))

    @property
    def negated(self) -> bool:
        """Whether a word of denial stands in the sentence."""
        return any(word.name == "negation" for word in self.markers)

    @property
    def hedged(self) -> bool:
        """Whether the sentence speaks of what may be."""
        return any(word.name in ("hedge", "future") and word.text != "May" for word in self.markers)

    @property
    def respective(self) -> bool:
        """Whether figures are told in the order of names."""
        return any(word.name == "respectively" for word in self.markers)

    @property
    def attributed(self) -> str:
        """Name of the source that the sentence gives."""
        return self.sources[0].name if self.sources else ""

    @property
    def citations(self) -> tuple[str, ...]:
        """Marks such as ``[3]``."""
        return tuple(
            _CITATION.findall(self.text, self.sentence.start, min(len(self.text), self.sentence.end + 12))
        )

    def left_alone(self, context_topic: bool) -> str:
        """Return why no number of the sentence is taken, ``""`` when they are."""
        if not self.numbers:
            return ""
        if self.others and not self._bought_in:
            return f"speaks of {self.others[0].text.strip()!r}"
        if self.metals and not self.elements and not context_topic | self._of_magnets:
            return f"speaks of {self.metals[0].text.strip()!r}"
        domain = any(one.dimension in _DOMAIN for one in self.numbers) or self.per_kilogram
        known = any(word.name in _ALONE for word in self.subjects) or self._of_the_act
        if not (self.topic or context_topic or domain or known):
            return "no word of rare earths"
        return ""

    @property
    def _bought_in(self) -> bool:
        """Whether public money for a firm is told, though in words of shares."""
        money = any(one.dimension == "money" for one in self.numbers)
        return money and bool(self.things) and any(_EQUITY.search(word.text) for word in self.subjects)

    @property
    def _of_the_act(self) -> bool:
        """Whether the sentence speaks of what the European act asks for."""
        span = (self.text, self.sentence.language, self.sentence.start, self.sentence.end)
        europe = any(word.name in ("EU27", "EUR") for word in self.places)
        return (
            europe
            and any("2030" in one.text for one in self.periods)
            and next(find("acts", *span), None) is not None
        )

    @property
    def _of_magnets(self) -> bool:
        return bool(self.products) or any(word.name in _STRONG - {"export-quota"} for word in self.subjects)

    def of_other_metal(self, at: int) -> bool:
        """Say whether the clause of a number names a metal that is no rare earth, and no rare earth."""
        clause = self.sentence.clause(at)
        here = [word for word in self.elements if self.sentence.clause(word.start) == clause]
        return not here and any(self.sentence.clause(word.start) == clause for word in self.metals)

    def near_place(self, at: int) -> str:
        """Return the place nearest to a sign, never the world, ``""`` when none is named."""
        return nearest(self, [word for word in self.places if word.name != _WORLD], at)

    def near_element(self, at: int) -> str:
        """Return the element nearest to a sign; in its clause a single one goes before the generic word."""
        clause = self.sentence.clause(at)
        single = [word for word in self.elements if word.name != "REO"]
        inside = [word for word in single if self.sentence.clause(word.start) == clause]
        counted = {self.sentence.clause(one.start) for one in self.numbers} - {clause}
        priced = self.per_kilogram or any(one.dimension == "price" for one in self.numbers)
        own = not priced and any(self.sentence.clause(word.start) == clause for word in self.subjects)
        open_to = [
            w
            for w in self.elements
            if not own or (self.sentence.clause(w.start) not in counted and (w.start < at or w.name == "REO"))
        ]
        return nearest(self, inside or open_to or [w for w in self.elements if w.name == "REO"], at)

    def is_goal(self, word: Found) -> bool:
        """Say whether a place is where goods go: ``to the U.S.``, ``输美``."""
        before = self.text[max(self.sentence.start, word.start - 12) : word.start]
        own = word.text[:1] in "对赴输" and len(word.text) > 1
        return own or (bool(_TOWARDS.search(before)) and not _TO_SHARE.search(before))

    def is_origin(self, word: Found) -> bool:
        """Say whether a place is where goods come from: ``from China``, ``来自中国``, ``Chinese``."""
        before = self.text[max(self.sentence.start, word.start - 16) : word.start]
        after = self.text[word.end : word.end + 14]
        return bool(_FROM.search(before) or _SUPPLIES.match(after)) or word.text == "Chinese"

    def named(self) -> dict[str, str]:
        """Return what a later sentence may lean on: the first place, the last element and thing."""
        places = [word.name for word in self.places if word.name != _WORLD and not self.is_goal(word)]
        single = [word.name for word in self.elements if word.name != "REO"]
        generic = [word.name for word in self.elements]
        return {
            "place": places[0] if places else "",
            "element": (single or generic or [""])[-1],
            "thing": self.things[-1].name if self.things else "",
        }


def nearest(
    words: Words, found: Iterable[Found], at: int, keep: Callable[[Found], bool] | None = None
) -> str:
    """Return the name of the nearest word: before in its clause, after in it, before, after."""
    sentence = words.sentence
    clause = sentence.clause(at)

    def rank(word: Found) -> tuple[int, int]:
        before = word.start <= at
        same = sentence.clause(word.start) == clause
        return (0 if same and before else 1 if same else 2 if before else 3, abs(word.start - at))

    chosen = [word for word in found if keep is None or keep(word)]
    return min(chosen, key=rank).name if chosen else ""


def words_of(text: str, sentence: Sentence, article: Article) -> Words:
    """Return what stands in a sentence of a translated text."""
    start, end, language = sentence.start, sentence.end, sentence.language

    def group(name: str) -> list[Found]:
        return list(find(name, text, language, start, end))

    month = int(article.day[5:7]) if article.day else 0
    periods = periods_of(text, start, end, article.year, month)
    numbers = [
        one
        for one in numbers_of(text, start, end, language)
        if not any(p.start < one.end and one.start < p.end for p in periods)
    ]
    return Words(
        text=text,
        sentence=sentence,
        numbers=numbers,
        periods=[_of_the_year(text, one, numbers) for one in periods],
        subjects=group("subjects"),
        elements=[word for word in group("elements") if word.name != _NO_ELEMENT],
        places=group("places"),
        things=group("things"),
        products=[word for word in group("products") if not _EQUIVALENT.match(text, word.end)],
        markers=group("markers"),
        others=group("other-topics") if numbers else [],
        sources=group("attributions"),
        metals=group("other-metals") if numbers else [],
        ranks=[word for word in group("markers") if word.name == "world-rank"],
    )


def _of_the_year(text: str, one: Period, numbers: Sequence[Number]) -> Period:
    """Read ``the end of 2024`` as the year, unless a price is told: that one is of its last month."""
    told = _YEAR_END.search(text[one.start : one.end])
    priced = any(number.dimension in ("price", "money") for number in numbers)
    return one._replace(text=one.text[:4]) if told and not priced else one


def because(words: Words, one: Number, subject: str) -> tuple[str, ...]:
    """Return which words were read as what, for the reader."""
    found = [f"{one.text.strip()!r} as {one.dimension}"]
    word = next((w for w in words.subjects if w.name == subject), None)
    if word is not None:
        found.append(f"{word.text!r} as {subject}")
    return tuple(found)
