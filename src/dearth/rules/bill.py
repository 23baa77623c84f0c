"""What the rules say of every line of a bill of materials, as if it were shipped by itself.

Two acts are judged: leaving China, and a transfer between other countries.  For the second, the ratio of
:mod:`dearth.rules.bill_ratio` is taken with either tier as its denominator where the text leaves the tier
open: the value of the shipped thing, and that of the items of Part 2 inside it.  Where a range of ratios
falls on both sides of a rule's threshold, the ratio is unknown, and the worst case tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol

from dearth.rules.bill_brief import Brief, Decider, KnownFacts, key_of_facts
from dearth.rules.bill_file import Bill, Line, read_bill, read_bill_bytes
from dearth.rules.bill_ratio import NONE, SLACK, UNKNOWN, WHOLE, Ratios, Span, ratios_of
from dearth.rules.conditions import FactValue, Truth, checks
from dearth.rules.effects import severity, strictest
from dearth.rules.facts import Facts
from dearth.rules.narrow import all_checks
from dearth.rules.ruleset import RuleSet, Status

__all__ = ["Bill", "BillAssessment", "BillRow", "Brief", "assess_bill", "read_bill", "read_bill_bytes"]

RATIO: Final = "calc.cn_part1_ratio"
_PART1: Final = "item.part1"
_PART2: Final = ("item.part2_magnet", "item.part2_target")
_MADE_OF_PARTS: Final = ("assembly", "finished_product")
_PART1_LISTS: Final = ("annex61_part1_metals", "annex61_part1_alloys", "annex61_part1_oxides")
_ROUTE: Final = ("txn.regime", "txn.from")
_MOST_WARNINGS: Final = 100
ASSUMPTIONS: Final = (
    "a line without breakdown 'part' is taken to name everything in it below",
    "value that is added above the parts holds no Chinese-origin item of Part 1",
    "prices are taken as written: no published text says which price counts, nor of which tier",
)


class Reading(Protocol):
    """What a text says of an item: facts ``item.*``."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Facts by name."""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One line with its ratios and its determinations.

    Attributes
    ----------
    part1, part2
        Whether it is an item of Part 1, or 2; None: open.
    ratio
        With its own value as the denominator.
    ratio_inside
        The greatest of the items of Part 2 that it is or holds; None: it holds none.
    from_china, offshore, offshore_inside
        Leaving China; between other countries, with the one and with the other denominator.
    tier_open
        Whether the two denominators give different answers.
    freed_then_caught
        Whether an exemption lets it leave China, and a suspended rule would catch it offshore on its return.
    """

    line: Line
    depth: int
    facts: Mapping[str, FactValue]
    part1: Truth
    part2: Truth
    ratio: Span
    ratio_inside: Span | None
    from_china: Brief
    offshore: Brief
    offshore_inside: Brief
    notes: tuple[str, ...] = ()

    @property
    def tier_open(self) -> bool:
        """Whether the two denominators give different answers."""
        return self.offshore != self.offshore_inside

    @property
    def freed_then_caught(self) -> bool:
        """Whether it is freed from China and would be caught offshore if the suspended rule returned."""
        freed = bool(self.from_china.freed_by) and severity(self.from_china.determination) < severity("LIC")
        later = (self.offshore.if_reactivated_worst, self.offshore_inside.if_reactivated_worst)
        return freed and any(severity(effect) >= severity("LIC") for effect in later)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        line = self.line
        return {
            "row": line.row,
            "id": line.id,
            "parent": line.parent or None,
            "depth": self.depth,
            "words": line.words,
            "facts": {name: list(v) if isinstance(v, tuple) else v for name, v in self.facts.items()},
            "part1": self.part1,
            "part2": self.part2,
            "ratio": self.ratio.to_dict(),
            "ratio_inside": self.ratio_inside.to_dict() if self.ratio_inside else None,
            "from_china": self.from_china.to_dict(),
            "offshore": self.offshore.to_dict(),
            "offshore_inside": self.offshore_inside.to_dict(),
            "tier_open": self.tier_open,
            "freed_then_caught": self.freed_then_caught,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class BillAssessment:
    """All lines of a bill, and what to know before using them."""

    name: str
    on: date | None
    as_of: date | None
    rows: tuple[BillRow, ...]
    questions: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: counts and the strictest answers first, then every row."""
        views = ("from_china", "offshore", "offshore_inside")
        return {
            "bill": self.name,
            "on": self.on.isoformat() if self.on else None,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "lines": len(self.rows),
            "strictest": {
                view: {
                    name: strictest(getattr(getattr(row, view), name) for row in self.rows)
                    for name in ("determination", "worst_case", "if_reactivated_worst")
                }
                for view in views
            },
            "counts": {
                view: dict(sorted(Counter(getattr(row, view).determination for row in self.rows).items()))
                for view in views
            },
            "tier_open": [row.line.id for row in self.rows if row.tier_open],
            "freed_then_caught": [row.line.id for row in self.rows if row.freed_then_caught],
            "assumptions": list(ASSUMPTIONS),
            "questions": list(self.questions),
            "warnings": list(self.warnings),
            "rows": [row.to_dict() for row in self.rows],
        }


def assess_bill(  # noqa: PLR0913, PLR0917 (one question, with everything it depends on)
    bill: Bill,
    rules: RuleSet,
    on: date | None = None,
    as_of: date | None = None,
    read_goods: Callable[[str], Reading] | None = None,
    shared: Mapping[str, FactValue] | None = None,
    rates: Mapping[str, float] | None = None,
) -> BillAssessment:
    """Return what the rules say of every line.

    Parameters
    ----------
    on, as_of
        As in :func:`dearth.rules.decide.decide`.
    read_goods
        Reads a description, a grade or a CAS number; ``load_lexicon().goods``.
    shared
        Facts that hold for every line: destination, parties, use.
    rates
        Worth of one unit of each currency in a common one.  Without it, values in another currency than
        that of the first product are unknown.
    """
    work = _Work(bill, rules, on, as_of, dict(shared or {}), dict(rates or _one_currency(bill)))
    facts = [work.facts_of(line, read_goods) for line in bill.lines]
    work.carry_up(facts)
    part1 = [work.truth(_PART1, one) for one in facts]
    part2 = [work.either(one) for one in facts]
    known = [work.known(line, one, p) for line, one, p in zip(bill.lines, facts, part1, strict=True)]
    ratios = ratios_of(bill, known, [truth is not False for truth in part2], work.rates)
    rows = tuple(
        work.row(place, facts[place], part1[place], part2[place], ratios) for place in range(len(facts))
    )
    warnings = _few((*bill.warnings, *work.warnings(), *ratios.warnings))
    return BillAssessment(bill.name, on, as_of, rows, tuple(_questions(bill, known)), warnings)


def _one_currency(bill: Bill) -> dict[str, float]:
    valued = sorted((line for line in bill.lines if line.currency), key=lambda line: bool(line.parent))
    return {valued[0].currency: 1.0} if valued else {}


@dataclass(slots=True)
class _Work:
    """The rules on one day, and what was found of facts that came before."""

    bill: Bill
    rules: RuleSet
    on: date | None
    as_of: date | None
    shared: Mapping[str, FactValue]
    rates: Mapping[str, float]
    statuses: Mapping[str, Status] = field(init=False)
    thresholds: tuple[float, ...] = field(init=False)
    heavy: frozenset[str] = field(init=False)
    decider: Decider = field(init=False)
    reads: Mapping[str, frozenset[str]] = field(init=False)
    _truths: dict[tuple[str, KnownFacts], Truth] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.statuses = self.rules.statuses(self.on, self.as_of)
        self.thresholds = tuple(sorted(_thresholds(self.rules)))
        names = [str(name) for key in _PART1_LISTS for name in self.rules.lists.get(key, ())]
        self.heavy = frozenset(part for name in names for part in name.split("-"))
        self.reads = {name: frozenset(_beneath(name, self.rules)) for name in (_PART1, *_PART2)}
        self.decider = Decider(self.rules, self.on, self.as_of, tuple(self.shared))

    def facts_of(self, line: Line, read_goods: Callable[[str], Reading] | None) -> dict[str, FactValue]:
        """Return the facts of a line: its columns, before what its words say."""
        read = read_goods(line.words).facts if read_goods and line.words else {}
        return {**{name: value for name, value in read.items() if name in self.rules.facts}, **line.facts}

    def carry_up(self, facts: Sequence[dict[str, FactValue]]) -> None:
        """Give what is made of parts the elements and the magnet of its parts, where it states none."""
        for place in self.bill.upward:
            below = [facts[child] for child in self.bill.children[place]]
            if below and facts[place].get("item.form") in _MADE_OF_PARTS:
                for name, value in self._carried(below, whole=self.bill.lines[place].whole).items():
                    facts[place].setdefault(name, value)

    def _carried(self, below: Sequence[Mapping[str, FactValue]], *, whole: bool) -> dict[str, FactValue]:
        truths = [self.either(part) for part in below]
        if True in truths:
            magnet = below[truths.index(True)]
            names = ("item.elements", "item.family")
            return {"item.part2_magnet": True, **{name: magnet[name] for name in names if name in magnet}}
        return {} if None in truths or not whole else {"item.part2_magnet": False, "item.family": "other"}

    def truth(self, name: str, facts: Mapping[str, FactValue]) -> Truth:
        """Return a derived fact of an item."""
        bearing = {fact: value for fact, value in facts.items() if fact in self.reads[name]}
        key = (name, key_of_facts(bearing))
        if key not in self._truths:
            found = Facts(bearing, self.rules, self.statuses)(name)
            self._truths[key] = found if isinstance(found, bool) else None
        return self._truths[key]

    def either(self, facts: Mapping[str, FactValue]) -> Truth:
        """Say whether an item is one of Part 2."""
        truths = [self.truth(name, facts) for name in _PART2]
        return True if True in truths else None if None in truths else False

    def known(self, line: Line, facts: Mapping[str, FactValue], part1: Truth) -> Span:
        """Return what the facts of a line alone say of its Chinese share."""
        if line.cn_share is not None:
            return Span(*line.cn_share)
        if part1 is True and facts.get("item.origin") == "CN":
            return WHOLE
        if facts.get("item.re_content") is False:
            return NONE
        elements = facts.get("item.elements")
        if isinstance(elements, tuple) and self.heavy and self.heavy.isdisjoint(elements):
            return NONE
        return UNKNOWN

    def row(
        self, place: int, facts: Mapping[str, FactValue], part1: Truth, part2: Truth, ratios: Ratios
    ) -> BillRow:
        """Return one line with its determinations."""
        line, own, inside = self.bill.lines[place], ratios.own[place], ratios.inside[place]
        base = {**self.shared, **facts}
        elsewhere = {name: value for name, value in base.items() if name not in _ROUTE}
        if base.get("txn.from") not in {None, "CN"}:
            elsewhere["txn.from"] = base["txn.from"]
        elsewhere["txn.regime"] = "offshore_transfer"
        china = self.decider.brief({**base, "txn.regime": "cn_export", "txn.from": "CN"})
        outside = self.decider.brief({**elsewhere, **self._ratio(own)})
        within = self.decider.brief({**elsewhere, **self._ratio(own if inside is None else inside)})
        notes = tuple(self._notes(line, own))
        depth = self.bill.depths[place]
        return BillRow(line, depth, facts, part1, part2, own, inside, china, outside, within, notes)

    def _ratio(self, span: Span) -> dict[str, FactValue]:
        """Return the ratio as a fact, one figure for each side of a threshold; nothing when it is on both."""
        low, high = self._class(span.low), self._class(span.high)
        if low != high:
            return {}
        return {RATIO: self.thresholds[low - 1] if low else 0.0}

    def _class(self, ratio: float) -> int:
        return sum(1 for threshold in self.thresholds if ratio >= threshold * (1 - SLACK))

    def _notes(self, line: Line, own: Span) -> Iterator[str]:
        if line.value is not None and line.currency not in self.rates:
            yield f"no rate for {line.currency}: its value is unknown"
        if line.parent and line.quantity is None and line.value_share is None:
            yield "how many are in its parent is unknown"
        if line.value == 0:
            yield "a price of 0 is taken as an unknown value"
        if own.low == 0 and own.high == 1:
            yield "nothing is known of the Chinese share of its value"

    def warnings(self) -> Iterator[str]:
        """Yield what a reader should know of the whole bill."""
        strange = sorted({line.currency for line in self.bill.lines if line.currency} - self.rates.keys())
        if strange:
            yield f"no rates are given for {', '.join(strange)}: values in them are unknown"
        if not self.heavy:
            yield "the rule set has no lists of Part 1: every Chinese share that is not stated is unknown"


def _beneath(name: str, rules: RuleSet) -> Iterator[str]:
    """Yield a derived fact and all that it rests on."""
    yield name
    for check in checks(rules.derived[name]) if name in rules.derived else ():
        yield from _beneath(check.fact, rules)


def _thresholds(rules: RuleSet) -> set[float]:
    values = (check.value for check in all_checks(rules) if check.fact == RATIO)
    return {float(value) for value in values if isinstance(value, int | float)}


def _few(warnings: Sequence[str]) -> tuple[str, ...]:
    more = len(warnings) - _MOST_WARNINGS
    return (*warnings[:_MOST_WARNINGS], f"and {more} more warnings") if more > 0 else tuple(warnings)


def _questions(bill: Bill, known: Sequence[Span]) -> Iterator[str]:
    """Yield what to ask of lines that are not broken down and whose Chinese share is open, in their order."""
    for line, below, span in zip(bill.lines, bill.children, known, strict=True):
        if not below and span.high > span.low:
            yield (
                f"row {line.row}, {line.id[:60]}: which share of its value is Chinese-origin metal, alloy or"
                " oxide of Part 1? Ask its maker, or state form, elements and origin"
            )
