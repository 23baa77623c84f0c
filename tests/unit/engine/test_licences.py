"""Licence gates against closed forms, and their edges in time."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.engine.licences import OPEN, Gate, GateNumbers, allowance, licensed_share

TIMES = np.arange(0.0, 60.25, 0.25)


def numbers(**changes: float) -> GateNumbers:
    """Return the numbers of a gate for one draw."""
    values = {
        "decision": 9.0,
        "grant": 1.0,
        "refile": 4.0,
        "stages": 3.0,
        "declared": 0.0,
        "headroom": 1.0,
        "inspected": 0.5,
        "inspection": 2.0,
    }
    return GateNumbers(**{name: np.array([v]) for name, v in (values | changes).items()})


def share(times: np.ndarray, decision: float, grant: float, refile: float, stages: float = 3.0) -> np.ndarray:
    """Return the licensed share of one draw."""
    return licensed_share(
        times, np.array([decision]), np.array([grant]), np.array([refile]), np.array([stages])
    )[:, 0]


# Share of standing customers that holds a licence


@pytest.mark.parametrize("stages", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("decision", [0.01, 0.05, 2.0, 9.0, 26.0])
def test_when_all_are_granted_the_share_is_the_erlang_distribution(decision: float, stages: int) -> None:
    gamma = pytest.importorskip("scipy.stats").gamma
    got = share(TIMES, decision, 1.0, 1.0, stages)
    assert got == pytest.approx(gamma.cdf(TIMES, stages, scale=decision / stages), abs=1e-10)


@pytest.mark.parametrize("grant", [0.1, 0.5, 0.9])
def test_refused_applications_come_back(grant: float) -> None:
    """One stage and refiling: two linear equations, integrated by another library."""
    integrate = pytest.importorskip("scipy.integrate")

    def slope(_: float, y: np.ndarray) -> list[float]:
        return [y[1] / 3.0 - y[0] / 5.0, (1.0 - grant) * y[0] / 5.0 - y[1] / 3.0, grant * y[0] / 5.0]

    plain = integrate.solve_ivp(slope, (0.0, 60.0), [1.0, 0.0, 0.0], t_eval=TIMES, rtol=1e-10, atol=1e-12)
    assert share(TIMES, 5.0, grant, 3.0, 1) == pytest.approx(plain.y[2], abs=1e-8)


@pytest.mark.parametrize("grant", [0.0, 0.2, 0.7, 1.0])
def test_the_share_only_rises_and_stays_a_share(grant: float) -> None:
    got = share(TIMES, 9.0, grant, 4.0)
    assert np.all(np.diff(got) >= 0.0)
    assert got[0] == 0.0
    assert got[-1] <= 1.0 + 1e-12
    assert (got[-1] > 0.0) == (grant > 0.0)


def test_a_faster_or_more_generous_office_is_never_behind() -> None:
    base = share(TIMES, 9.0, 0.5, 4.0)
    for better in (share(TIMES, 7.0, 0.5, 4.0), share(TIMES, 9.0, 0.6, 4.0), share(TIMES, 9.0, 0.5, 3.0)):
        assert np.all(better >= base - 1e-12)
        assert better.mean() > base.mean() + 0.005


def test_the_share_does_not_depend_on_how_often_it_is_read() -> None:
    often, seldom = share(TIMES, 9.0, 0.6, 4.0), share(TIMES[::8], 9.0, 0.6, 4.0)
    assert seldom == pytest.approx(often[::8], abs=1e-12)


def test_a_decision_at_once_is_made_at_once() -> None:
    got = share(np.array([0.0, 0.25, 1.0]), 0.0, 1.0, 0.0)
    assert got == pytest.approx([0.0, 1.0, 1.0], abs=1e-12)


def test_draws_are_decided_alone() -> None:
    decision, grant, refile = np.array([5.0, 9.0]), np.array([0.5, 1.0]), np.array([2.0, 4.0])
    both = licensed_share(TIMES, decision, grant, refile)
    assert both[:, 0] == pytest.approx(share(TIMES, 5.0, 0.5, 2.0), abs=1e-12)
    assert both[:, 1] == pytest.approx(share(TIMES, 9.0, 1.0, 4.0), abs=1e-12)


# Allowance


def path(gates: list[Gate], spw: int = 2, weeks: int = 20, **changes: float) -> np.ndarray:
    """Return the allowance of one draw."""
    return allowance(weeks * spw, spw, gates, numbers(**changes))[:, 0]


def test_no_gate_holds_nothing() -> None:
    assert path([]) == pytest.approx(OPEN)


@pytest.mark.parametrize("kind", ["prohibit", "stop-flow"])
def test_a_closed_route_passes_nothing_from_its_week_on(kind: str) -> None:
    got = path([Gate(3.0, kind)])
    assert np.all(got[:6] == OPEN)
    assert np.all(got[6:] == 0.0)


def test_a_gate_inside_a_step_passes_the_share_before_it() -> None:
    got = path([Gate(3.125, "stop-flow")], headroom=1.2)
    assert np.all(got[:6] == OPEN)
    assert got[6] == pytest.approx(0.25 * 1.2)  # a quarter of the step is still open, at licensed trade
    assert np.all(got[7:] == 0.0)


def test_goods_already_declared_pass_a_prohibition_but_not_a_stopped_flow() -> None:
    assert np.flatnonzero(path([Gate(3.0, "prohibit")], declared=1.0) == 0.0)[0] == 8
    assert np.flatnonzero(path([Gate(3.0, "stop-flow")], declared=1.0) == 0.0)[0] == 6


def test_a_licence_lets_pass_what_is_granted() -> None:
    got = path([Gate(3.0, "licence")], declared=1.0, headroom=1.1)
    granted = share(np.arange(0.0, 17.5, 0.5), 9.0, 1.0, 4.0)
    assert np.all(got[:8] == OPEN)
    assert got[8:] == pytest.approx(1.1 * 0.5 * (granted[2:-1] + granted[3:]), abs=1e-12)


def test_an_inspection_holds_part_of_the_goods_for_a_while() -> None:
    got = path([Gate(0.0, "inspect")], spw=4, weeks=40, inspected=0.5, headroom=1.0)
    assert got[0] == pytest.approx(0.5, abs=0.01)
    assert np.all(np.diff(got) >= -1e-12)
    assert got[-1] == pytest.approx(1.0, abs=1e-3)


def test_opening_ends_a_gate_and_a_later_gate_replaces_an_earlier() -> None:
    got = path([Gate(2.0, "prohibit"), Gate(5.0, "open"), Gate(8.0, "stop-flow")])
    assert np.all(got[4:10] == 0.0)
    assert np.all(got[10:16] == OPEN)
    assert np.all(got[16:] == 0.0)


@pytest.mark.parametrize("kind", ["licence", "inspect", "prohibit", "stop-flow"])
@pytest.mark.parametrize("week", [0.0, 0.3, 19.99, 20.0, 400.0])
def test_a_gate_is_never_negative_nor_above_open(kind: str, week: float) -> None:
    got = path([Gate(week, kind)], declared=0.6)
    assert np.all(np.isfinite(got))
    assert got.min() >= 0.0
    assert got.max() <= OPEN
    if week >= 20.0:
        assert np.all(got == OPEN)


def test_finer_steps_pass_the_same_total() -> None:
    coarse, fine = (path([Gate(0.0, "licence")], spw=s) for s in (1, 8))
    assert fine.reshape(-1, 8).mean(axis=1) == pytest.approx(coarse, abs=0.01)
