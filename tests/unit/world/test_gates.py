"""Events to gates and quotas: whose goods they hold, and what happens at the turn of the year."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from dearth.book import Book
from dearth.engine.licences import OPEN
from dearth.world.draws import Draws
from dearth.world.gates import Edges, gate_arrays, quota_arrays
from dearth.world.parts import Route
from dearth.world.scenario import Event, Scenario

START = date(2025, 4, 4)
ROUTES = (
    Route("magnet:low", "CHN", "DEU", "civil"),
    Route("magnet:low", "CHN", "DEU", "military"),
    Route("magnet:low", "CHN", "USA", "civil"),
    Route("magnet:low", "CHN", "CHN", "civil"),
    Route("magnet:low", "JPN", "DEU", "civil"),
    Route("magnet:none", "CHN", "DEU", "civil"),
    Route("oxide:Dy", "CHN", "JPN", ""),
    Route("oxide:La", "CHN", "JPN", ""),
    Route("assembly:low", "CHN", "DEU", "civil"),
)
N = 5
PER_WEEK = 4


def event(action: str = "licence", **changes: Any) -> Event:
    made = {"date": START, "what": "x", "source": "y", "action": action, "origin": "CHN"}
    return Event(**{**made, "materials": ["magnet:low"], **changes})


def scenario(*events: Event, weeks: int = 30, as_of: date = date(2025, 12, 31)) -> Scenario:
    return Scenario(
        name="made-up",
        title="made up",
        description="made up",
        start=START,
        as_of=as_of,
        weeks=weeks,
        seed=1,
        draws=N,
        events=events,
    )


def edges(weeks: int = 30) -> Edges:
    return Edges(ROUTES, weeks * PER_WEEK, PER_WEEK)


@pytest.fixture(scope="module")
def draws(book: Book) -> Draws:
    return Draws(book, N, 1)


def held(draws: Draws, *events: Event) -> set[Route]:
    """Return the routes that are put under a gate."""
    at, _ = gate_arrays(edges(), scenario(*events), draws)
    return {r for r, c in zip(ROUTES, at, strict=True) if c >= 0}


def test_only_the_named_material_from_the_origin_is_held(draws: Draws) -> None:
    assert held(draws, event()) == {ROUTES[0], ROUTES[1], ROUTES[2]}
    assert held(draws, event(materials=["oxide:Dy"])) == {ROUTES[6]}
    assert held(draws, event(materials=["magnet:*"], origin="JPN")) == {ROUTES[4]}


def test_only_the_named_destination_is_held(draws: Draws) -> None:
    assert held(draws, event(destinations=["USA"])) == {ROUTES[2]}


@pytest.mark.parametrize(("use", "want"), [("civil", {0, 2}), ("military", {1}), ("all", {0, 1, 2})])
def test_only_the_named_end_use_is_held(draws: Draws, use: str, want: set[int]) -> None:
    assert held(draws, event(end_use=use)) == {ROUTES[i] for i in want}


def test_goods_above_magnets_count_as_civil(draws: Draws) -> None:
    assert held(draws, event(materials=["oxide:*"], end_use="military")) == set()
    assert held(draws, event(materials=["oxide:*"], end_use="civil")) == {ROUTES[6], ROUTES[7]}


def test_home_trade_is_never_held(draws: Draws) -> None:
    assert ROUTES[3] not in held(draws, event("prohibit", materials=["magnet:*"]))


def test_notes_and_quotas_are_no_gates_nor_events_not_yet_known(draws: Draws) -> None:
    quota = event("quota", tonnes_per_half_year=5.0)
    assert held(draws, event("note"), quota) == set()
    late = scenario(event(date=date(2025, 6, 1)), as_of=date(2025, 5, 31))
    assert gate_arrays(edges(), late, draws)[0].max() == -1


def test_without_events_there_is_no_class(draws: Draws) -> None:
    at, allowance = gate_arrays(edges(), scenario(), draws)
    assert at.tolist() == [-1] * len(ROUTES)
    assert allowance.shape == (30 * PER_WEEK, 0, N)


def test_goods_of_one_destination_and_use_share_a_class(draws: Draws) -> None:
    both = event("prohibit", materials=["magnet:low", "magnet:none"])
    at, allowance = gate_arrays(edges(), scenario(both), draws)
    assert at[0] == at[5] >= 0
    assert len({at[0], at[1], at[2]}) == 3
    assert allowance.shape == (30 * PER_WEEK, 3, N)
    assert allowance.flags.c_contiguous


def path(draws: Draws, route: int, *events: Event) -> np.ndarray[Any, Any]:
    at, allowance = gate_arrays(edges(), scenario(*events), draws)
    return np.asarray(allowance[:, at[route]])


def test_a_prohibition_lets_declared_goods_pass_and_then_nothing(draws: Draws) -> None:
    found = path(draws, 0, event("prohibit"))
    passes = draws.get("declared-pass", place="CHN")
    for d in range(N):
        first = int(passes[d] * PER_WEEK)
        assert np.all(found[:first, d] >= 1.0)
        assert np.all(found[first + 1 :, d] == 0.0)


def test_the_gate_closes_on_the_day_of_the_event(draws: Draws) -> None:
    """Three weeks and a day after the start, stopped trade ends inside step 12."""
    found = path(draws, 0, event("stop-flow", date=date(2025, 4, 26)))
    assert np.all(found[:12] == OPEN)
    assert np.all(found[13:] == 0.0)
    assert np.all((found[12] > 0.0) & (found[12] < OPEN))


def test_a_later_event_replaces_the_earlier(draws: Draws) -> None:
    found = path(draws, 0, event("stop-flow"), event("open", date=date(2025, 5, 2)))
    assert np.all(found[: 4 * PER_WEEK] == 0.0)
    assert np.all(found[4 * PER_WEEK :] == OPEN)


def test_licences_are_granted_by_destination_and_end_use(draws: Draws) -> None:
    """After a year nearly all that will be granted is; the share follows the row of each class."""
    asked = event()
    at, allowance = gate_arrays(edges(), scenario(asked), draws)
    early = allowance[6 * PER_WEEK]
    civil, military, usa = early[at[0]], early[at[1]], early[at[2]]
    assert np.all(military < 0.4 * civil)
    grant = [draws.get("licence-grant-share", place="CHN", partner=p, sector="civil") for p in ("DEU", "USA")]
    more = grant[0] > grant[1]
    assert more.any()
    assert np.array_equal(civil > usa, more)


def test_inspection_takes_the_share_that_is_tested(draws: Draws) -> None:
    found = path(draws, 5, event("inspect", materials=["magnet:none"]))
    share = draws.get("inspection-share", material="magnet:none", place="CHN")
    head = draws.get("licence-headroom", place="CHN")
    assert np.all(found >= (1.0 - share) * head - 1e-9)
    assert found[-1] == pytest.approx(head, rel=1e-2)


# Quotas


def quota(tonnes: float = 100.0, **changes: Any) -> Event:
    return event("quota", materials=["oxide:*"], tonnes_per_half_year=tonnes, **changes)


def released(*events: Event, weeks: int = 100) -> tuple[list[tuple[int, float, float]], list[int]]:
    """Return (step, tonnes, share kept) of each release of the first quota, and the quota by route."""
    story = scenario(*events, weeks=weeks, as_of=date(2030, 1, 1))
    at, add, keep = quota_arrays(edges(weeks), story)
    steps = np.flatnonzero((add[:, 0] > 0.0) | (keep[:, 0] < 1.0))
    return [(int(k), float(add[k, 0]), float(keep[k, 0])) for k in steps], at.tolist()


def step_of(day: date) -> int:
    return (day - START).days * PER_WEEK // 7


def test_a_quota_comes_each_half_year_and_dies_with_the_year() -> None:
    found, at = released(quota())
    halves = [date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1)]
    want = [(0, 100.0, 1.0)]
    want += [(step_of(day), 100.0, 0.0 if day.month == 1 else 1.0) for day in halves]
    assert found == want
    assert [r.material for r, q in zip(ROUTES, at, strict=True) if q == 0] == ["oxide:Dy", "oxide:La"]


def test_a_quota_begins_with_its_event() -> None:
    found, _ = released(quota(date=date(2025, 7, 1)))
    assert [k for k, _, _ in found] == [
        step_of(d) for d in (date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1))
    ]


def test_a_quota_that_begins_with_the_year_has_nothing_to_lose() -> None:
    found, _ = released(quota(date=date(2026, 1, 1)))
    assert found[0] == (step_of(date(2026, 1, 1)), 100.0, 0.0)


def test_each_quota_holds_its_own_goods() -> None:
    magnets = event("quota", tonnes_per_half_year=7.0)
    at, add, _ = quota_arrays(edges(), scenario(quota(), magnets))
    assert [int(q) for q in at] == [1, 1, 1, -1, -1, -1, 0, 0, -1]
    assert add[0].tolist() == [100.0, 7.0]


def test_without_quotas_there_are_none() -> None:
    at, add, keep = quota_arrays(edges(), scenario(event()))
    assert at.max() == -1
    assert add.shape == keep.shape == (30 * PER_WEEK, 0)
