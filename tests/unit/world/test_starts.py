"""When projects start: laws by their own formula, competing ends, the same luck, levers in windows."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.world.hazards import Law
from dearth.world.starts import Push, draw_starts, output_share
from made_projects import LAWS, draws, hazards, projects

SURE = {key: law._replace(var_log_scale=0.0, var_log_shape=0.0) for key, law in LAWS.items()}
NEVER = Law(np.inf, 1.0, 0.0, 0.0, 0.0)


def only(**laws: Law) -> dict[tuple[str, str], Law]:
    given = {tuple(name.split("_")): law for name, law in laws.items()}
    return {key: given.get(key, NEVER) for key in LAWS}  # type: ignore[call-overload]


def test_without_an_end_the_wait_for_money_follows_its_law() -> None:
    law = Law(8.0, 0.8, 0.0, 0.0, 0.0)
    found = draw_starts(
        projects(8000, 1, since=2026.0), hazards(only(financed_next=law)), draws(8000), 2026.0
    ).financed[0]
    for years in (1.0, 5.0, 15.0):
        assert np.mean(found <= 2026.0 + years) == pytest.approx(
            1.0 - np.exp(-((years / 8.0) ** 0.8)), abs=0.02
        )


def test_time_already_spent_counts() -> None:
    law = Law(3.0, 2.0, 0.0, 0.0, 0.0)
    found = draw_starts(
        projects(8000, 1, "financed", 2023.0), hazards(only(commissioned_next=law)), draws(8000), 2026.0
    ).first[0]
    ahead = ((4.0 / 3.0) ** 2) - ((3.0 / 3.0) ** 2)
    assert np.mean(found <= 2027.0) == pytest.approx(1.0 - np.exp(-ahead), abs=0.02)
    assert found.min() >= 2026.0


def test_two_equal_risks_share_the_cases() -> None:
    law = Law(5.0, 1.0, 0.0, 0.0, 0.0)
    laws = only(commissioned_next=law, commissioned_end=law)
    found = draw_starts(projects(8000, 1, "financed", 2026.0), hazards(laws), draws(8000), 2026.0)
    begun, gone = np.isfinite(found.first[0]), np.isfinite(found.cancelled[0])
    assert not (begun & gone).any()
    assert (begun | gone).all()
    assert begun.mean() == pytest.approx(0.5, abs=0.02)


def test_one_draw_is_the_median_path() -> None:
    law = Law(4.0, 1.0, 0.5, 0.0, 0.0)
    found = draw_starts(
        projects(1, 1, "financed", 2026.0), hazards(only(commissioned_next=law)), draws(1), 2026.0
    )
    assert found.first[0, 0] == pytest.approx(2026.0 + 4.0 * np.log(2.0))


def test_who_makes_product_already_has_started_and_is_never_cancelled() -> None:
    found = draw_starts(projects(50, 2, "commissioned", 2023.0), hazards(), draws(50), 2026.0)
    assert (found.first == 2023.0).all()
    assert np.isinf(found.cancelled).all()
    ramped = draw_starts(projects(50, 2, "ramped", 2015.0), hazards(), draws(50), 2026.0)
    assert np.isinf(ramped.failed).all()


def test_a_project_keeps_its_luck_when_others_are_added() -> None:
    few = draw_starts(projects(80, 2), hazards(), draws(80), 2026.0)
    many = draw_starts(projects(80, 5), hazards(), draws(80), 2026.0)
    np.testing.assert_array_equal(few.first, many.first[:2])


def test_a_push_acts_in_its_window_only() -> None:
    made = projects(4000, 1, since=2026.0)
    law = only(financed_next=Law(8.0, 1.0, 0.0, 0.0, 0.0))
    plain = draw_starts(made, hazards(law), draws(4000), 2026.0).financed[0]
    push = Push("financed", np.array([4.0]), 2030.0, 2032.0)
    pushed = draw_starts(made, hazards(law), draws(4000), 2026.0, [push]).financed[0]
    np.testing.assert_array_equal(plain[plain < 2030.0], pushed[plain < 2030.0])
    left = np.exp(-(4.0 + 2.0 * 4.0) / 8.0)
    assert np.mean(pushed > 2032.0) == pytest.approx(left, abs=0.02)
    assert (pushed <= plain).all()


def test_a_push_of_nought_stops_the_step_while_it_lasts() -> None:
    push = Push("financed", np.zeros(1), 2026.0, 2030.0)
    found = draw_starts(projects(500, 1), hazards(SURE), draws(500), 2026.0, [push]).financed
    assert found.min() >= 2030.0


def test_output_ramps_to_the_plateau_and_ends_with_a_failure() -> None:
    made = draw_starts(projects(3, 1, "ramped", 2020.0), hazards(), draws(3), 2026.0)
    years = np.array([2019.5, 2020.5, 2021.5, 2024.5])
    np.testing.assert_allclose(output_share(made, years)[0, :, 0], [0.0, 0.2, 0.6, 0.8])
    stopped = made._replace(failed=np.full_like(made.failed, 2022.0))
    np.testing.assert_allclose(output_share(stopped, years)[0, :, 0], [0.0, 0.2, 0.6, 0.0])


def test_no_projects_are_no_fault() -> None:
    found = draw_starts(projects(4, 0), hazards(), draws(4), 2026.0)
    assert output_share(found, np.array([2030.5])).shape == (0, 1, 4)
