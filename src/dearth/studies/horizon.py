"""How long the leverage of the supplier lasts: unused, used once, used to the limit."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from dearth.answer import Answer
from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.book.project_rows import LINKS
from dearth.book.schema import FactRow
from dearth.engine.arrays import FloatArray
from dearth.errors import Fault, ScenarioError
from dearth.measures.archive import light_run
from dearth.measures.back_test import frozen
from dearth.measures.bands import five, tidy
from dearth.measures.card import Outcome, Window, loss_of, outcome_of
from dearth.measures.horizon_parts import back_test, base_rates, forecasts, projects, record
from dearth.measures.horizon_rows import LEVELS, SHOWN, links_of, rows_of, summary
from dearth.measures.horizon_table import Start, start_of
from dearth.measures.leverage import chokepoint
from dearth.measures.worth import choke_shares
from dearth.world.envelope import answered
from dearth.world.market import build_market
from dearth.world.scenario import Scenario, load_scenario

__all__ = ["horizon"]

_ONCE: Final = 1.0
_LIMIT: Final = 10.0
_TEN: Final = 10
_ROUGH_DRAWS: Final = 50
_MOST_DRAWS: Final = 2000  # all draws pass at once: about a gigabyte
_LIGHT: Final = ("La", "Ce", "NdPr")
_LIGHT_YEARS: Final = (2012, 2013, 2014, 2015, 2018)
_WEEKS: Final = 365.25 / 7.0


class _Play(NamedTuple):
    """A way to play the card, and what follows."""

    name: str
    windows: tuple[Window, ...]
    outcome: Outcome


def horizon(
    scenario: Scenario,
    book: Book,
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 1,  # noqa: ARG001 (all draws go through one pass; the answer does not depend on it)
) -> Answer:
    """Return how long the leverage lasts, by element, link and buyer.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    draws, seed
        Replace those of the scenario.
    workers
        Taken for the sake of the shared options.

    Returns
    -------
    Answer
        ``answer["rows"]``, one per element, link and buyer; ``answer["elements"]``, what the card does, and
        the last chokepoint; ``answer["projects"]``, ``answer["base_rates"]``, ``answer["back_test"]``,
        ``answer["forecasts"]``, ``answer["record"]``.  None: not within the years.

    Raises
    ------
    ScenarioError, BookError
        The input does not describe a world, or asks for more than 2,000 draws.
    """
    scenario = scenario.ensemble(draws, seed)
    if scenario.draws > _MOST_DRAWS:
        cure = f"ask for at most {_MOST_DRAWS}"
        raise ScenarioError(
            "Asking for the horizon", Fault(f"{scenario.draws} draws are too many", "draws", cure=cure)
        )
    start = start_of(scenario, book)
    plays = _plays(start)
    calm = plays[0]
    answer = {
        "clock": {
            "as_of": scenario.as_of.isoformat(),
            "years": [float(np.floor(y)) for y in start.table.years],
            "levels": LEVELS,
            "played_before": [list(w) for w in start.before],
            "plays": {p.name: [list(w) for w in p.windows] for p in plays},
        },
        "rows": rows_of(start.table, start.stakes, calm.outcome),
        "elements": [_element(start, plays, e) for e in SHOWN],
        "supplier": {p.name: _loss(start, calm, p) for p in plays[1:]},
        "projects": projects(start, calm.outcome),
        "base_rates": base_rates(start.table.hazards),
        "back_test": back_test(start.histories),
        "forecasts": {**forecasts(start, calm.outcome), "pothen_2013": _light(book, start)},
        "record": record(book),
    }
    return answered("horizon", scenario, book, answer, used=_used(start).values(), warnings=_warnings(start))


def _plays(start: Start) -> list[_Play]:
    """Return the three ways to play the card, from the year after the as-of day."""
    begin = float(np.floor(start.table.as_of)) + 1.0
    ways: dict[str, tuple[Window, ...]] = {
        "unused": (),
        "once": ((begin, begin + _ONCE),),
        "limit": ((begin, begin + _LIMIT),),
    }
    return [
        _Play(name, w, _lean(outcome_of(start.table, w, start.before), whole=not w))
        for name, w in ways.items()
    ]


def _lean(outcome: Outcome, *, whole: bool) -> Outcome:
    """Let go of what is asked of the unused card only: large ensembles would fill the memory."""
    if whole:
        return outcome
    none = np.zeros(0)
    return outcome._replace(share=none, need=none, survival=outcome.survival._replace(own=none, buyers=none))


def _leverage(outcome: Outcome, element: str, link: str) -> FloatArray:
    return np.asarray(1.0 - outcome.survival.outside[LINKS.index(link), ELEMENTS.index(element)])


def _element(start: Start, plays: list[_Play], element: str) -> dict[str, Any]:
    """Return what playing the card does to one element, and where the chain is scarcest."""
    e, calm = ELEMENTS.index(element), plays[0].outcome
    last = links_of(start.table, element)[-1]
    after = min(_TEN, len(start.table.years) - 1)
    return {
        "element": element,
        "last_link": last,
        "plays": _played(start, plays, element, last),
        "plays_oxide": _played(start, plays, element, LINKS[1]),
        "chokepoint": {
            "now": dict(zip(LINKS, choke_shares(calm, e, 0), strict=True)),
            "in_ten_years": dict(zip(LINKS, choke_shares(calm, e, after), strict=True)),
            "last": _last_link(calm, e),
        },
    }


def _played(start: Start, plays: list[_Play], element: str, link: str) -> dict[str, Any]:
    """Return leverage at a link by play: half-life, first years, path, and the area lost to the play."""
    paths = {p.name: _leverage(p.outcome, element, link) for p in plays}
    found = {}
    for play in plays:
        spent, path = sum(b - a for a, b in play.windows), paths[play.name]
        lost = (paths[plays[0].name] - path).sum(axis=0)
        found[play.name] = {
            **summary(path, start.table.years),
            "path": {q: [tidy(v) for v in np.quantile(path, x, axis=1)] for q, x in _FAN.items()},
            "leverage_years_lost": five(lost),
            "lost_per_year_of_squeeze": five(lost / spent) if spent else None,
        }
    return found


_FAN: Final = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def _last_link(outcome: Outcome, e: int) -> str:
    """Return the link that is scarcest in most draws at the end of the years."""
    links = chokepoint(outcome.survival.own)[e, -1]
    return LINKS[int(np.bincount(links, minlength=len(LINKS)).argmax())]


def _loss(start: Start, calm: _Play, play: _Play) -> dict[str, Any]:
    found = loss_of(start.table, calm.outcome, play.outcome, play.windows)
    both = found.withheld + found.later
    return {"withheld_musd": five(found.withheld), "later_musd": five(found.later), "all_musd": five(both)}


def _light(book: Book, start: Start) -> dict[str, Any]:
    """Return the assumptions of 2013 on light rare earths beside the base rates of the same plans."""
    then = load_scenario("quota-2010").ensemble(1, None)
    market = build_market(then, book, central=True).market
    rows = [i for i, g in enumerate(market.good.tolist()) if g < len(ELEMENTS) and ELEMENTS[g] in _LIGHT]
    need = {}
    for year in _LIGHT_YEARS:
        week = min(int((year + 0.5 - then.start.year) * _WEEKS), market.need_path.shape[0] - 1)
        need[year] = sum(
            float(market.need0[i, 0] * market.need_path[week, market.good[i], 0]) * _WEEKS for i in rows
        )
    other = sum(float(market.other0[i, 0]) * _WEEKS for i in rows)
    return light_run(start.histories, need, other, frozen("back-test"))


def _used(start: Start) -> dict[str, FactRow]:
    """Return the rows behind the answer, those of the card and of projects included."""
    return {**start.used, **start.table.draws.used}


def _warnings(start: Start) -> list[str]:
    used = list(_used(start).values())
    assumed = sum(r.kind == "assumption" for r in used)
    later = [
        h.project
        for h in start.histories
        if h.cohort != "listed-2010" and h.year("announced") > start.table.as_of
    ]
    notes = [
        "Chances of projects are base rates of their class, not an assessment of any company.",
        "Rates after 2016 rest on plans picked by hand, which favour those where something happened; how "
        "much of "
        "that counts is drawn (list-weight).",
        "Need counts magnets and products that buyers outside China buy; motors that come with their "
        "magnets inside "
        "are not in it, nor is the use of the supplier at home.",
        "Plans without a readable tonnage add nothing, so what survives is a low figure; plants fail in "
        "the model "
        "only before their plateau, so it is a high one.",
        f"{assumed} of the {len(used)} rows behind this answer are assumptions with a range, all drawn.",
    ]
    if later:
        notes.append(f"{len(later)} plans were announced after the as-of day and are not known here.")
    if start.table.draws.n < _ROUGH_DRAWS:
        notes.append(f"Only {start.table.draws.n} draws: P10 to P90 are rough; use 200 or more to cite.")
    return notes
