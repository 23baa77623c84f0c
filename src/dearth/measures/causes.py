"""Does the model need its causes?  Each is taken out, with a refit and without.

A model that fits as well without a cause it claims has not shown that cause.  So every claimed cause is
removed, the free numbers are fitted anew, and chi2 of the train rows has to double at least; else the record
does not identify it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.book.observations import Observation
from dearth.engine.arrays import FloatArray
from dearth.measures.episodes import episode_run, free_numbers, train_batch
from dearth.measures.fit import fit, screened
from dearth.measures.observed import Run, fob
from dearth.world.market_rows import Fitted
from dearth.world.scenario import Scenario

__all__ = [
    "CAUSES",
    "Cause",
    "Refitted",
    "Switched",
    "refitted",
    "rows_off",
    "switch_offs",
    "without_actions",
]

DOUBLE: Final = 2.0
_GATES: Final = frozenset({"licence", "inspect", "prohibit"})
_SCREENED: Final = 24
_NO_SPREAD: Final = 0.05
_LEAK: Final = ("leak-max", "leak-risk-cost")


class Cause(NamedTuple):
    """A claimed cause: episode, name, actions and rows that carry it, and the rows' value without it."""

    episode: str
    key: str
    name: str
    actions: frozenset[str] = frozenset()
    quantities: tuple[str, ...] = ()
    off: float = 0.0
    basis: str = ""


CAUSES: Final = (
    Cause("2010", "quota", "the export quota", frozenset({"quota"})),
    Cause("2010", "supply", "mines answer prices", quantities=("supply-elasticity", "capacity-elasticity")),
    Cause("2010", "crackdown", "the crackdown of 2011", frozenset({"curb"})),
    Cause("2010", "leak", "smuggling carries the outside price in", quantities=("leak-max",)),
    Cause("2010", "precaution", "precautionary orders", quantities=("precaution",)),
    Cause("2010", "thrift", "thrift and substitution", quantities=("elasticity-long",)),
    Cause("2025", "queue", "the licence queue", _GATES),
    Cause("2025", "horizon", "buyers look ahead", quantities=("decision-horizon",), basis="licence"),
    Cause("2025", "spread", "buyers differ in cover", quantities=("market-cover-spread",), off=_NO_SPREAD),
    Cause("2025", "precaution", "precautionary orders", quantities=("precaution",)),
)


class Refitted(NamedTuple):
    """Chi2 of the train rows of one episode with and without a cause, both refitted."""

    cause: Cause
    rows: int
    full: float
    without: float

    @property
    def ratio(self) -> float:
        """How much worse the fit gets."""
        return self.without / max(self.full, 1e-9)

    @property
    def identified(self) -> bool:
        """Whether chi2 at least doubles."""
        return self.ratio >= DOUBLE


class Switched(NamedTuple):
    """A cause switched off (or on) without a refit: what it is expected to do, and what it did.

    Attributes
    ----------
    figures
        Name -> (as it is, switched).
    held
        Whether the switched model does what the cause claims.
    """

    key: str
    claim: str
    figures: Mapping[str, tuple[float, float]]
    held: bool


def without_actions(actions: frozenset[str]) -> Callable[[Scenario], Scenario]:
    """Return a change that takes the events of some actions out of a scenario."""

    def change(scenario: Scenario) -> Scenario:
        kept = tuple(e for e in scenario.events if e.action not in actions)
        return scenario.model_copy(update={"events": kept})

    return change


def rows_off(book: Book, cause: Cause) -> dict[str, float]:
    """Return the value without the cause of every market row that carries it."""
    found = (row for quantity in cause.quantities for row in book.find(quantity=quantity))
    return {
        row.id: cause.off
        for row in found
        if row.id.startswith("mkt-") and row.basis in {cause.basis, row.basis * (not cause.basis)}
    }


def refitted(
    book: Book,
    observations: tuple[Observation, ...],
    causes: tuple[Cause, ...] = CAUSES,
    start: Mapping[str, float] | None = None,
    tell: Callable[[str], None] = lambda _text: None,
) -> list[Refitted]:
    """Return each cause with chi2 of its episode's train rows, all numbers fitted anew, with and without it.

    Parameters
    ----------
    book, observations
        What is known, and the record.
    causes
        Those to take out.
    start
        Fitted numbers by row id, from which the searches begin as well as from the book's values.
    tell
        Told what is being fitted.
    """
    held = {
        key: value for key, value in (start or {}).items() if key not in {f.id for f in free_numbers(book)}
    }
    out = []
    for episode in dict.fromkeys(c.episode for c in causes):
        tell(f"{episode}: everything on")
        search = _Search(book, observations, episode, held, [start] if start else [])
        found = [search.best(None)]
        mine = [c for c in causes if c.episode == episode]
        for cause in mine:
            tell(f"{episode}: without {cause.name}")
            found.append(search.best(cause))
        full = min(found[0], search.best(None))  # once more, from where the others ended
        out += [Refitted(c, search.rows, full, chi2) for c, chi2 in zip(mine, found[1:], strict=True)]
    return out


class _Search:
    """Fits to the train rows of one episode; every end is a start of the next."""

    def __init__(
        self,
        book: Book,
        observations: tuple[Observation, ...],
        episode: str,
        held: Mapping[str, float],
        starts: Sequence[Mapping[str, float]],
    ) -> None:
        self._book, self._observations, self._episode = book, observations, episode
        self._held = held
        self._starts = list(starts)
        self.rows = 0

    def best(self, cause: Cause | None) -> float:
        """Return the lowest chi2 found, with everything on or without a cause."""
        fixed = {**self._held, **(rows_off(self._book, cause) if cause else {})}
        free = [f for f in free_numbers(self._book) if f.id not in fixed]
        change = without_actions(cause.actions) if cause and cause.actions else None
        batch = train_batch(
            self._book, free, self._observations, episodes=(self._episode,), fixed=fixed, change=change
        )
        points = screened(batch, free, _SCREENED, 1, seed=1)
        points += [
            np.array([np.clip(s.get(f.id, f.value), f.low, f.high) for f in free]) for s in self._starts
        ]
        ends = [fit(batch, free, start=at) for at in points]
        end = min(ends, key=lambda f: f.total)
        self._starts = [*self._starts[:1], {f.id: float(v) for f, v in zip(free, end.values, strict=True)}]
        self.rows = int(batch(end.values[:, None]).shape[0])
        return min(f.chi2 for f in ends)


def _peak(path: FloatArray, start: FloatArray) -> float:
    """Return how many times the start a median path reaches."""
    return float(np.median(path, axis=1).max() / np.median(start))


def _inside(run: Run, element: str, after: int = 0) -> float:
    e = ELEMENTS.index(element)
    return _peak(run.trace.china[after:, e], run.market.price0[e])


def _fob(run: Run, element: str) -> float:
    e = ELEMENTS.index(element)
    return _peak(fob(run, e), run.market.price0[e])


def _quote(run: Run, element: str, place: str = "EUR") -> float:
    at = next(i for i, b in enumerate(run.model.buyers) if b == (element, place))
    return _peak(run.trace.quote[:, at], run.market.price0[ELEMENTS.index(element)])


LEAST_RISE: Final = 4.0
NO_JUMP: Final = 1.25
FOLLOWS: Final = 1.1  # over its start
_SETTLED: Final = 4  # weeks


def switch_offs(episode: str, book: Book, fitted: Mapping[str, Fitted] | None = None) -> list[Switched]:
    """Return the switch-offs of an episode at central values, nothing refitted."""

    def run(actions: frozenset[str] = frozenset(), fixed: Mapping[str, float] | None = None) -> Run:
        change = without_actions(actions) if actions else None
        return episode_run(episode, book, 1, fitted, fixed=fixed, change=change, central=True)

    return _of_2010(run) if episode == "2010" else _of_2025(run, book)


_Runner = Callable[..., Run]


def _of_2010(run: _Runner) -> list[Switched]:
    on, off = run(), run(frozenset({"quota"}))
    rise = {f"{e} FOB, peak over start": (_fob(on, e), _fob(off, e)) for e in ("La", "Ce")}
    quota = Switched(
        "quota off",
        "without the quota La and Ce rise less than 4 times",
        rise,
        all(pair[1] < LEAST_RISE for pair in rise.values()),
    )
    calm = run(frozenset({"curb"}))
    dy = {"Dy in China, peak over start": (_inside(on, "Dy"), _inside(calm, "Dy"))}
    crackdown = Switched(
        "crackdown off", "without the crackdown of 2011 China's Dy peak is lower", dy, _lower(dy)
    )
    return [quota, crackdown]


def _lower(figures: Mapping[str, tuple[float, float]]) -> bool:
    return all(b < a for a, b in figures.values())


def _of_2025(run: _Runner, book: Book) -> list[Switched]:
    on, off = run(), run(_GATES)
    quotes = {
        f"{e} quote in Europe, peak over China's start": (_quote(on, e), _quote(off, e)) for e in ("Dy", "Tb")
    }
    gate = Switched(
        "gate off",
        "with the gates open Europe's quotes do not jump",
        quotes,
        all(pair[1] < NO_JUMP for pair in quotes.values()),
    )
    leaking = run(frozenset({"enforce"}), leak_of_2010(book))
    pair = (_inside(on, "Dy", _SETTLED), _inside(leaking, "Dy", _SETTLED))
    leak = Switched(
        "leak on",
        "were smuggling as open as in 2010, China's Dy would follow Europe's up",
        {"Dy in China, highest after the first month over start": pair},
        pair[0] <= 1.0 and pair[1] > FOLLOWS,
    )
    return [gate, leak]


def leak_of_2010(book: Book) -> dict[str, float]:
    """Return the leak rows of 2025 at the values of 2010."""
    found = {}
    for quantity in _LEAK:
        rows = {row.id: row for row in book.find(quantity=quantity, place="CHN")}
        then = next(r for i, r in rows.items() if i.endswith("2010"))
        now = next(r for i, r in rows.items() if i.endswith("2025"))
        found[now.id] = float(then.central or 0.0)
    return found
