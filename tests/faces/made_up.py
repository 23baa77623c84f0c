"""A made-up countdown, in the shape of a real one, for the faces to show."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dearth.answer import Answer
from dearth.axes import PLACES, SECTORS

FACTOR = {"0.1": 0.8, "1": 1.0, "10": 1.6, "50": 3.0}
START, WEEKS = date(2025, 4, 4), 52


def _weeks(p10: float | None, p50: float | None, p90: float | None, ever: float) -> dict[str, Any]:
    day = None if p50 is None else (START + timedelta(days=int(p50 * 7))).isoformat()
    plain = None if p50 is None else round(p50 * 0.86, 3)
    added = None if p50 is None or plain is None else round(p50 - plain, 3)
    return {
        "p10": p10, "p50": p50, "p90": p90, "ever": ever, "date_p50": day, "plain": plain, "added": added,
    }  # fmt: skip


def _crossing(first: float, factor: float, reach: float) -> dict[str, Any]:
    """`reach`: share of draws that ever cross; quantiles beyond it are None."""
    mid = first * factor
    quantiles = [mid * 0.8 if reach > 0.1 else None, mid if reach > 0.5 else None]
    last = mid * 1.35 if reach > 0.9 and mid * 1.35 < WEEKS else None
    return _weeks(*(None if q is None or q > WEEKS else round(q, 4) for q in (*quantiles, last)), reach)


def _path(first: float, peak: float) -> dict[str, list[float]]:
    weeks = [float(w) for w in range(WEEKS + 1)]
    shape = [max(0.0, min(1.0, (w - first) / 9) * max(0.15, 1 - max(0.0, w - 22) / 40)) for w in weeks]
    mid = [round(peak * s, 5) for s in shape]
    return {"weeks": weeks, "p10": [m * 0.5 for m in mid], "p50": mid, "p90": [min(1, m * 1.7) for m in mid]}


def row(sector: str, place: str, first: float, peak: float, **other: Any) -> dict[str, Any]:
    reach = {"0.1": 1.0, "1": min(1.0, peak * 12), "10": min(1.0, peak * 4), "50": peak / 3}
    if first > WEEKS:
        reach = dict.fromkeys(reach, 0.0)
    return {
        "sector": sector,
        "sector_name": SECTORS.get(sector, sector),
        "place": place,
        "place_name": PLACES.get(place, place),
        "need_t_per_year": round(9000 / first, 1),
        "stopped": {key: _crossing(first, FACTOR[key], reach[key]) for key in reach},
        "binding": {"material": "magnet:high", "material_name": "NdFeB magnet with much Dy/Tb",
                    "stage": "magnet", "held": "held at the border, China to Germany", "share": 0.83},
        "peak_stopped": {"p10": peak * 0.6, "p50": peak, "p90": min(1.0, peak * 1.6)},
        "lost_share": {"p10": peak * 0.2, "p50": peak * 0.3, "p90": peak * 0.6},
        "recovery_weeks": {"p10": 16.0, "p50": 24.5, "p90": None},
        "never": None,
        "path": _path(first, peak),
        **other,
    }  # fmt: skip


SECTORS_THAT_STOP = ("ev-traction", "other-automotive", "defence", "aerospace", "industrial-motors")
NEVER = [
    row("refining", "USA", 99, 0.0, binding=None, never="uses La and Ce, which stay free"),
    row("appliances", "SEA", 99, 0.0, binding=None, never="stocks last about 31 weeks, longer than the gap"),
    row("appliances", "BRA", 99, 0.0, binding=None, never="stocks last about 40 weeks, longer than the gap"),
]
PRIORS = [
    {"id": name, "quantity": quantity, "value": value, "low": low, "high": high, "unit": unit,
     "influence": influence, "kind": "assumption", "source": "dearth assumption", "url": "", "note": ""}
    for name, quantity, value, low, high, unit, influence in [
        ("cover-other-automotive", "cover", 6.0, 3.0, 10.0, "week", 0.41),
        ("licence-grant-share-civil", "licence-grant-share", 0.5, 0.25, 0.8, "1", -0.47),
        ("decision-time", "decision-time", 9.0, 8.0, 12.0, "week", 0.14),
        ("transit-chn-deu", "transit", 5.5, 4.0, 7.0, "week", None),
    ]
]  # fmt: skip
SOURCES = [
    {"id": "decision-time", "kind": "sourced", "source": "Order 792, Article 17",
     "url": "https://example.org/law?a=1&b=2", "grade": "A"},
    {"id": "cover-other-automotive", "kind": "assumption", "source": "<b>dearth</b> assumption", "url": "",
     "grade": "-", "note": "bounded by <tier-1> surveys & interviews"},
    {"id": "bad-link", "kind": "sourced", "source": "a trap", "url": "javascript:alert(1)", "grade": "C"},
]  # fmt: skip


def countdown_answer(**changes: Any) -> Answer:
    """Return the made-up answer; `changes` replace parts of what was found."""
    stopping = [
        row(sector, place, 5.5 + 1.3 * i + 0.7 * j, max(0.012, 0.32 - 0.035 * i - 0.02 * j))
        for i, sector in enumerate(SECTORS_THAT_STOP)
        for j, place in enumerate(["IND", "DEU", "REU", "USA", "JPN", "KOR"])
    ]
    groups = [row("automotive", "outside China", 7.2, 0.21), row("all sectors", "outside China", 6.1, 0.13)]
    found = {
        "clock": {"start": START.isoformat(), "weeks": WEEKS, "step_weeks": 0.25},
        "rows": stopping + NEVER,
        "groups": groups,
        "mass": {"worst_residual": 3.1e-13},
        "priors": PRIORS,
    }
    return Answer(
        study="countdown",
        version="0.1.0",
        book={"version": "2026.1", "sha256": "b" * 64},
        scenario={"name": "squeeze-2025", "sha256": "a" * 64},
        as_of="2025-12-31",
        seed=20250404,
        draws=200,
        question={"name": "squeeze-2025", "weeks": WEEKS},
        answer={**found, **changes},
        sources=SOURCES,
        warnings=["Stock cover outside cars is an assumption: no survey is public."],
    )
