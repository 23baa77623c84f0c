"""What makes a report answer like the page: its script and styles, and the answer as data that runs nothing.

The files of ``faces/baked`` are built from ``web/`` as the page is. A report holds them in itself and loads
nothing; its content policy names the script by its hash, so that nothing else in the file can run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from markupsafe import Markup

from dearth.answer import Answer

__all__ = ["CHARTS", "READING", "answer_data", "live"]

CHARTS: Final = "charts"
"""Charts, tables and tips; for reports that hold an answer."""
READING: Final = "reading"
"""Tables and tips only."""

_DIGITS: Final = 4
_KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "countdown": ("clock", "rows", "groups", "priors"),
    "price": ("clock", "goods", "rows"),
    "horizon": ("clock", "rows", "elements", "projects", "back_test"),
    "plan": ("clock", "place", "measures", "without", "cutoff", "portfolio"),
}
_LEFT: Final[Mapping[str, frozenset[str]]] = {
    "countdown": frozenset(("exposed_share", "terms")),
    "price": frozenset((
        "half_life_weeks", "moves", "over_time", "payers", "peak_to_rent_law", "peak_to_value",
        "sensitivity", "stops", "tonnes_per_week", "value_at_stake",
    )),
    "horizon": frozenset((
        "adds", "calibration", "capex_known", "capex_musd", "country", "fails_in_ramp", "forward",
        "half_life_years", "leverage_years_lost", "lost_per_year_of_squeeze", "money", "outcome_url",
        "plays_oxide", "read", "rent_musd", "says", "slips",
    )),
    "plan": frozenset(("announced", "commodities", "in_network", "published", "stock_policy")),
}  # fmt: skip
_EVERYWHERE: Final = frozenset(("p5", "p95"))  # the views show P10 to P90


@lru_cache(maxsize=4)
def _file(name: str) -> str:
    return (resources.files("dearth") / "faces" / "baked" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=4)
def _hash(kind: str) -> str:
    found = hashlib.sha256(_file(f"{kind}.js").encode()).digest()
    return base64.b64encode(found).decode()


def live(kind: str, data: Markup | None = None) -> dict[str, Any]:
    """Return what a template needs: the policy, the style, the script, and the data of an answer.

    Parameters
    ----------
    kind
        :data:`CHARTS` or :data:`READING`.
    data
        Of :func:`answer_data`.
    """
    policy = (
        f"default-src 'none'; script-src 'sha256-{_hash(kind)}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )  # styles stand in attributes where no script runs: the bars of the plain form are placed by them
    return {
        "policy": Markup(policy),
        "style": Markup(_file("report.css")),
        "script": Markup(_file(f"{kind}.js")),
        "data": data,
    }


def answer_data(answer: Answer) -> Markup:
    """Return what the views of a study need of its answer, as JSON that cannot end its element."""
    told = answer.to_dict()
    found = {key: told["answer"][key] for key in _KEPT[answer.study] if key in told["answer"]}
    slim = {
        **{key: told[key] for key in ("dearth", "study", "book", "scenario", "as_of", "seed", "draws")},
        "question": {},
        "answer": _slim(found, _LEFT[answer.study] | _EVERYWHERE),
        "sources": [],
        "warnings": [],
    }
    text = json.dumps(slim, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _slim(value: Any, left: frozenset[str]) -> Any:
    """Return `value` without the keys `left`, its numbers to the digits that a chart can show."""
    if isinstance(value, Mapping):
        return _without(value, left)
    if isinstance(value, list | tuple):
        return [_slim(one, left) for one in value]
    return _short(value) if isinstance(value, float) else value


def _without(value: Mapping[str, Any], left: frozenset[str]) -> dict[str, Any]:
    weeks = value.get("weeks")
    counted = "p50" in value and isinstance(weeks, list) and weeks == list(range(len(weeks)))
    return {
        key: _slim(one, left)
        for key, one in value.items()
        if key not in left and not (counted and key == "weeks")
    }


def _short(value: float) -> float | int:
    short = float(f"{value:.{_DIGITS}g}")
    return int(short) if short.is_integer() else short
