"""What goes from where to where: the flows between stages and places, on the central path."""

from __future__ import annotations

from typing import Any, Final

from dearth.answer import Answer
from dearth.axes import MATERIALS, PLACES, STAGES
from dearth.book import Book
from dearth.engine.run import run
from dearth.measures.network_flows import Link, links_of, recorded
from dearth.world.envelope import answered
from dearth.world.ready import built
from dearth.world.scenario import Scenario

__all__ = ["flows"]

_EVERY: Final = 4  # weeks that a point of a path is the mean of
_NOTES: Final = (
    "Central values, one draw: where goods go, not how sure that is; see the countdown for ranges.",
    "Tonnes of oxide equivalent up to metal, of contained magnet from the magnet on: never add the two.",
)


def flows(
    scenario: Scenario, book: Book, draws: int | None = 1, seed: int | None = None, workers: int = 1
) -> Answer:
    """Return every link between a stage that makes and a stage that uses, by material and place.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    draws
        One: the flows are those of the central path.
    seed, workers
        Without effect; every study takes them.

    Returns
    -------
    Answer
        ``answer["nodes"]`` and ``answer["links"]``: t/week in the base year (``base``) and as means of four
        weeks (``path``, from the weeks in ``answer["weeks"]`` on).

    Raises
    ------
    ScenarioError, BookError
        The input does not describe a world.
    MassError
        The engine lost mass: our fault.
    """
    del draws, seed, workers
    scenario = scenario.ensemble(1, None)
    model = built(scenario, book)
    world = recorded(model.world)
    links = links_of(model, run(world, model.labels))
    ends = {end for link in links for end in (link.source, link.target)}
    nodes = sorted(ends, key=lambda end: (STAGES.index(end[0]), list(PLACES).index(end[1])))
    weeks = list(range(0, max(1, scenario.weeks - scenario.weeks % _EVERY), _EVERY))
    answer = {
        "clock": {"start": scenario.start.isoformat(), "weeks": scenario.weeks, "every_weeks": _EVERY},
        "stages": list(STAGES),
        "weeks": weeks,
        "nodes": [_node(node) for node in nodes],
        "links": [_link(link, len(weeks)) for link in links],
    }
    return answered("flows", scenario, book, answer, used=model.used.values(), warnings=_NOTES)


def _key(end: tuple[str, str]) -> str:
    return f"{end[0]}:{end[1]}"


def _node(end: tuple[str, str]) -> dict[str, str]:
    stage, place = end
    return {"id": _key(end), "stage": stage, "place": place, "name": f"{stage} in {PLACES[place]}"}


def _link(link: Link, points: int) -> dict[str, Any]:
    parts = [link.path[k * _EVERY : (k + 1) * _EVERY] for k in range(points)]
    return {
        "source": _key(link.source),
        "target": _key(link.target),
        "origin": link.source[1],
        "destination": link.target[1],
        "material": link.material,
        "material_name": MATERIALS[link.material],
        "base": _tidy(link.base),
        "path": [_tidy(float(part.mean())) for part in parts],
    }


def _tidy(value: float) -> float:
    """Round to four significant digits."""
    return float(f"{value:.4g}")
