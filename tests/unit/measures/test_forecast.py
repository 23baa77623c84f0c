"""Sealed forecasts: what was changed is found out, what is no forecast is refused, the rest is scored."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Any

import pytest

from dearth.errors import InputError
from dearth.measures.forecast import asked_of, frozen, read_forecast, scored
from made_observations import seen

ROW = {
    "observable": "magnet-export", "element": "", "place": "CHN", "partner": "WORLD", "tier": "flow",
    "unit": "t/month", "start": "2025-05-01", "end": "2025-05-28", "p5": 1.0, "p50": 2.0, "p95": 4.0,
}  # fmt: skip
CONTENT = {"as_of": "2025-04-04", "observables": [ROW]}


def sealed(**changes: Any) -> bytes:
    return frozen({**CONTENT, **changes}).encode()


def test_six_months_after_the_day_are_asked_for() -> None:
    asked = asked_of(date(2025, 10, 31))
    starts = sorted({o.start for o in asked})
    assert starts[0] == date(2025, 11, 1)
    assert starts[-1] == date(2026, 4, 1)
    assert len(starts) == 6
    assert max(o.end for o in asked) == date(2026, 4, 30)
    assert len({o.id for o in asked}) == len(asked)


def test_a_forecast_is_read_back_intact() -> None:
    assert read_forecast("f", sealed())["intact"]


@pytest.mark.parametrize("change", [("2.0", "2.5"), ("2025-04-04", "2025-04-05"), ("t/month", "kg/month")])
def test_any_change_is_found_out(change: tuple[str, str]) -> None:
    data = sealed().replace(change[0].encode(), change[1].encode())
    found = read_forecast("f", data)
    assert not found["intact"]
    assert scored(found, [seen(2.0, month=5)])["known"] == 0


def test_layout_and_order_of_keys_are_no_change() -> None:
    content = json.loads(sealed())
    data = json.dumps(dict(reversed(content.items()))).encode()
    assert read_forecast("f", data)["intact"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"null",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"kind": "other"}',
        b'{"kind": "dearth forecast"}',
        frozen({"as_of": "2025-04-04", "observables": [{**ROW, "p5": "1"}]}).encode(),
        frozen({"as_of": "2025-04-04", "observables": [{}]}).encode(),
        frozen({"as_of": "2025-04-04", "observables": 3}).encode(),
        sealed().replace(b"2.0", b"NaN"),
        b" " * 5_000_001,
    ],
)  # fmt: skip
def test_what_is_no_forecast_is_refused(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_forecast("some.json", data)
    assert all(f.where == "some.json" and f.cure for f in caught.value.faults)


def test_a_figure_known_before_the_day_is_not_scored() -> None:
    content = read_forecast("f", sealed(as_of="2025-05-01"))
    assert scored(content, [seen(2.0, month=5)])["known"] == 0


def test_interval_and_loss() -> None:
    content = read_forecast("f", sealed())
    right = scored(content, [seen(2.0, month=5)])
    assert (right["known"], right["hits"], right["coverage"]) == (1, 1, 1.0)
    ln2 = math.log(2.0)
    assert right["loss"] == pytest.approx((0.05 * ln2 + 0.0 + 0.05 * ln2) / 3.0, rel=1e-5)
    wrong = scored(content, [seen(8.0, month=5)])
    assert wrong["hits"] == 0
    assert wrong["loss"] == pytest.approx((0.05 * 3 + 0.5 * 2 + 0.95 * 1) * ln2 / 3.0, rel=1e-5)


def test_another_unit_is_another_figure() -> None:
    content = read_forecast("f", sealed())
    assert scored(content, [seen(2.0, month=5, unit="kg/month")])["known"] == 0
