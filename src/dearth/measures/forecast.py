"""Forecasts made before the fact: figures of the next six months, sealed by a hash, scored once known.

An archived file is never changed: its content hashes to what it says, else it counts as tampered with.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, Literal

from dearth.book.observations import Observation
from dearth.errors import Fault, InputError
from dearth.measures.compared import HIGH, LOW, ZERO_MONTH, compared
from dearth.measures.observed import Run

__all__ = ["KIND", "MONTHS", "asked_of", "forecast_rows", "frozen", "read_forecast", "scored", "sha_of"]

KIND: Final = "dearth forecast"
MONTHS: Final = 6
_PHASE: Final = "Reading an archived forecast"
_DECEMBER: Final = 12
_KEYS: Final = ("observable", "element", "place", "partner", "tier", "unit", "start", "end")
_QUANTILES: Final = (LOW, 0.5, HIGH)
_LEAST: Final = 1e-6
_MOST_BYTES: Final = 5_000_000
_Tier = Literal["flow", "quote", "china"]
_Named = tuple[str, str, str, str, _Tier, str]  # observable, element, place, partner, tier, unit
_MONTHLY: Final[tuple[_Named, ...]] = (
    *(
        ("magnet-export", "", "CHN", p, "flow", "t/month")
        for p in ("WORLD", "USA", "EUR", "JPN", "IND", "KOR")
    ),
    *(("oxide-export", e, "CHN", "WORLD", "flow", "kg/month") for e in ("Dy", "Tb", "Y")),
    ("aggregate-export", "*", "CHN", "WORLD", "flow", "t/month"),
    *(("price", e, "EUR", "", "quote", "USD/kg") for e in ("Dy", "Tb", "Y", "NdPr")),
    *(("price", e, "CHN", "", "china", "USD/kg") for e in ("Dy", "Tb", "Y", "NdPr", "La", "Ce")),
)


def _month_after(day: date) -> date:
    return date(day.year + day.month // _DECEMBER, day.month % _DECEMBER + 1, 1)


def asked_of(as_of: date, months: int = MONTHS) -> list[Observation]:
    """Return the figures asked for: each named observable in each of the months after `as_of`."""
    found, first = [], _month_after(as_of.replace(day=1))
    for _ in range(months):
        last = _month_after(first) - timedelta(days=1)
        found += [_asked(what, first, last) for what in _MONTHLY]
        first = _month_after(first)
    return found


def _asked(what: _Named, first: date, last: date) -> Observation:
    observable, element, place, partner, tier, unit = what
    name = "-".join(p for p in (observable, element, place, partner, tier) if p and p != "*").lower()
    return Observation(
        id=f"obs-asked-{name}-{first:%Y-%m}",
        episode="2025",
        observable=observable,
        element=element,
        place=place,
        partner=partner,
        tier=tier,
        start=first,
        end=last,
        value=0.0,
        low=None,
        high=None,
        unit=unit,
        use="note",
        bar="none",
        source="asked for by a forecast",
        url="https://example.org",
        grade="-",
        terms="own-work",
        note="",
    )


def forecast_rows(run: Run, as_of: date, months: int = MONTHS) -> list[dict[str, Any]]:
    """Return the 5, 50 and 95 % quantiles of every figure that the run can give."""
    rows = []
    for row in compared(run, asked_of(as_of, months)):
        if row.model is not None:
            obs = row.observation
            named = {k: getattr(obs, k) for k in _KEYS} | {
                "start": obs.start.isoformat(),
                "end": obs.end.isoformat(),
            }
            rows.append(named | {"p5": _tidy(row.low), "p50": _tidy(row.model), "p95": _tidy(row.high)})
    return rows


def _tidy(value: float | None) -> float:
    return float(f"{value or 0.0:.6g}")


def sha_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the content in canonical form, its own hash left out."""
    rest = {k: v for k, v in content.items() if k != "sha256"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def frozen(content: Mapping[str, Any]) -> str:
    """Return the text of an archive file: the content and its hash."""
    sealed = {"kind": KIND, **content}
    return (
        json.dumps(sealed | {"sha256": sha_of(sealed)}, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    )


def read_forecast(name: str, data: bytes) -> dict[str, Any]:
    """Return an archived forecast; ``["intact"]`` says whether its hash still fits.

    Raises
    ------
    InputError
        It is no forecast of dearth.
    """
    cure = "score only files that `dearth validate --archive` wrote"
    if len(data) > _MOST_BYTES:
        raise InputError(_PHASE, Fault("too large for a forecast", name, cure=cure))
    try:
        content = json.loads(data.decode("utf-8"), parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise InputError(_PHASE, Fault("is no JSON text", name, str(error)[:200], cure)) from None
    faults = list(_faults(content, name))
    if faults:
        raise InputError(_PHASE, faults)
    return {**content, "intact": content["sha256"] == sha_of(content)}


def _refused(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _faults(content: object, name: str) -> Iterator[Fault]:
    cure = "score only files that `dearth validate --archive` wrote"
    if not isinstance(content, dict) or content.get("kind") != KIND:
        yield Fault("is no forecast of dearth", name, cure=cure)
        return
    if not isinstance(content.get("sha256"), str) or not isinstance(content.get("as_of"), str):
        yield Fault("lacks its hash or its date", name, cure=cure)
    rows = content.get("observables")
    if not isinstance(rows, list) or not all(_is_row(r) for r in rows):
        yield Fault("its observables are not as dearth writes them", name, cure=cure)


def _is_row(row: object) -> bool:
    if not isinstance(row, dict):
        return False
    texts = all(isinstance(row.get(k), str) for k in _KEYS)
    return texts and all(isinstance(row.get(k), int | float) for k in ("p5", "p50", "p95"))


def scored(content: Mapping[str, Any], observations: Sequence[Observation]) -> dict[str, Any]:
    """Return the scores of an archived forecast against what is known now.

    Only figures whose days begin after the forecast count, and only if it is intact.  The loss is the
    mean pinball loss of the logarithms of the three quantiles (Gneiting and Raftery 2007): 0 is perfect, a
    median off by a factor 2 costs about 0.1 by itself.
    """
    known = {_ident(o): o for o in observations if o.start.isoformat() > str(content["as_of"])}
    rows = []
    for row in content["observables"] if content["intact"] else ():
        obs = known.get(tuple(str(row[k]) for k in _KEYS))
        if obs is not None:
            rows.append(_score(row, obs))
    hits = [r["hit"] for r in rows]
    return {
        "as_of": content["as_of"],
        "intact": content["intact"],
        "sha256": content["sha256"],
        "asked": len(content["observables"]),
        "known": len(rows),
        "hits": sum(hits),
        "coverage": sum(hits) / len(hits) if hits else None,
        "loss": _tidy(sum(r["loss"] for r in rows) / len(rows)) if rows else None,
        "rows": rows,
    }


def _ident(obs: Observation) -> tuple[str, ...]:
    observable = obs.observable.removesuffix("-path")
    return tuple(observable if k == "observable" else str(getattr(obs, k)) for k in _KEYS)


def _score(row: Mapping[str, Any], obs: Observation) -> dict[str, Any]:
    said = (float(row["p5"]), float(row["p50"]), float(row["p95"]))
    least = ZERO_MONTH if obs.unit.startswith("kg/month") else _LEAST
    off = [math.log(max(obs.value, least) / max(v, least)) for v in said]
    losses = [max(q * d, (q - 1.0) * d) for q, d in zip(_QUANTILES, off, strict=True)]
    return {
        **{k: row[k] for k in _KEYS},
        **dict(zip(("p5", "p50", "p95"), said, strict=True)),
        "observed": obs.value,
        "observation": obs.id,
        "hit": off[0] >= 0.0 >= off[2],
        "loss": _tidy(sum(losses) / len(losses)),
    }
