"""What an article states: a figure or a rule, of what, where and when, with the words it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

__all__ = ["BOUNDS", "KINDS", "ROLES", "Figure", "Span", "Statement"]

Span = tuple[int, int]
KINDS: Final = (
    "share", "level", "ratio", "comparison", "change", "multiple", "count", "duration", "date", "superlative",
    "legal", "question", "opinion",
)  # fmt: skip
BOUNDS: Final = ("", "more", "less", "nearly", "about", "only")
ROLES: Final = ("value", "from", "to", "change", "end")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of an article.

    Attributes
    ----------
    low, high
        Equal but for a range; in `unit`.
    unit
        A unit of the book, ``"1"`` for a multiple.
    step
        Half of the last digit that is written: how far rounding alone may have moved the number.
    bound
        ``"more"``, ``"less"``, ``"nearly"``, ``"about"``, ``"only"`` or ``""``.
    role
        ``"value"``, or its part in a change: ``"from"``, ``"to"``, ``"change"``; ``"end"``: the price
        that a move told as a share or a multiple ended at.
    span
        Where it stands in the text of the article.
    """

    low: float
    high: float
    unit: str
    step: float = 0.0
    bound: str = ""
    role: str = "value"
    span: Span = (0, 0)

    @property
    def middle(self) -> float:
        """Middle of the range."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class Statement:
    """One checkable statement.

    Attributes
    ----------
    id
        ``s12.1``: the first statement of the twelfth sentence.
    kind
        One of `KINDS`.
    subject
        What the figure is about, by its name in ``data/claims/words.yaml``; ``""`` when the words do not say.
    also
        Other subjects that the sentence names and that the figure could be of.
    stage, element, place, partner, thing, product
        Of the chain; of the book; the codes of the book; a firm, plant or machine; oxide, feed, concentrate.
    period
        As in the book: ``2024``, ``2025-06``, ``2010-01..2010-11``; ``""`` when not told.
    base
        Of a change: the period it is counted from, ``"y/y"`` or ``"m/m"``.
    loose
        The period stands in a later clause than the figure, and may not be that of the figure.
    figures
        In the order of the text.
    comparison
        For a comparison: place and subject of the other side, and how many of its parts make a year.
    rule
        For a legal statement: name of its pattern in ``data/claims/law.yaml``.
    qualifier
        ``"indirect"`` where the words add what goes by a third place, ``"ambiguous"`` where the clause names
        another stage of the chain as well.
    negated, attributed, citations
        A word of denial stands near; who is said to say so; marks such as ``[3]``.
    cumulative
        The words add batches up.
    inherited
        Fields that were taken from an earlier sentence or from the title.
    span, sentence
        Where it stands, and the sentence around it.
    because
        Which words were read as what.
    """

    id: str
    kind: str
    subject: str = ""
    also: tuple[str, ...] = ()
    stage: str = ""
    element: str = ""
    place: str = ""
    partner: str = ""
    thing: str = ""
    product: str = ""
    period: str = ""
    base: str = ""
    loose: bool = False
    figures: tuple[Figure, ...] = ()
    comparison: tuple[str, str, str] = ("", "", "")
    rule: str = ""
    qualifier: str = ""
    direction: str = ""
    negated: bool = False
    hedged: bool = False
    attributed: str = ""
    citations: tuple[str, ...] = ()
    cumulative: bool = False
    inherited: tuple[str, ...] = ()
    span: Span = (0, 0)
    sentence: Span = (0, 0)
    text: str = ""
    because: tuple[str, ...] = ()

    def figure(self, role: str) -> Figure | None:
        """Return the first figure with this role."""
        return next((one for one in self.figures if one.role == role), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, keys in the order of the fields."""
        data: dict[str, Any] = {one: getattr(self, one) for one in self.__slots__}
        figures = tuple({name: getattr(one, name) for name in one.__slots__} for one in self.figures)
        return {**data, "figures": figures}
