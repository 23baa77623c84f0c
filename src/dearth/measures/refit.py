"""Fitting the free numbers to the train rows of both episodes, and what the record says of each."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.book import Book
from dearth.book.observations import Observation
from dearth.measures.episodes import free_numbers, train_batch
from dearth.measures.fit import Fit, Free, Profile, fit, profile, screened
from dearth.world.market_rows import Fitted

__all__ = ["FITTED_COLUMNS", "Refit", "Told", "fitted_csv", "hash_of_chain", "hash_of_record", "refit"]

FITTED_COLUMNS: Final = (
    "id",
    "prior",
    "value",
    "low",
    "high",
    "identified",
    "chi2",
    "rows",
    "observations_sha256",
    "chain_sha256",
)
_SCREENED: Final = 48
_STARTS: Final = 2
_NEAR_BOUND: Final = 0.01  # of the range

Told = Callable[[str], None]


class Refit(NamedTuple):
    """Fitted numbers: the free ones, the fit, a profile of each, rows fitted, and what stayed fixed."""

    free: tuple[Free, ...]
    best: Fit
    profiles: tuple[Profile, ...]
    rows: int
    held: Mapping[str, Fitted]

    def on_bound(self) -> list[str]:
        """Return the ids of numbers that lie on an end of their range."""
        return [
            f.id
            for f, v in zip(self.free, self.best.values, strict=True)
            if min(v - f.low, f.high - v) < _NEAR_BOUND * (f.high - f.low)
        ]


def refit(
    book: Book,
    observations: Sequence[Observation],
    fitted: Mapping[str, Fitted] | None = None,
    points: int = 5,
    tell: Told = lambda _text: None,
) -> Refit:
    """Return the numbers that meet the train rows of both episodes best, with a profile of each.

    Parameters
    ----------
    book, observations
        What is known, and the record.
    fitted
        Numbers fitted before: of the free ones, one more place to begin from beside the best of a Latin
        hypercube; the others keep their value.
    points
        Of each profile; below 2: no profiles.
    tell
        Told what is being done.
    """
    free = free_numbers(book)
    held = {key: f for key, f in (fitted or {}).items() if key not in {f.id for f in free}}
    batch = train_batch(book, free, observations, fixed={key: f.value for key, f in held.items()})
    tell(f"{len(free)} free numbers: screening {_SCREENED} points")
    starts = screened(batch, free, _SCREENED, _STARTS, seed=1)
    if fitted:
        before = [fitted[f.id].value if f.id in fitted else f.value for f in free]
        starts.append(np.clip(before, [f.low for f in free], [f.high for f in free]))
    found: list[Fit] = []
    for k, at in enumerate(starts):
        tell(f"search {k + 1} of {len(starts)}")
        found.append(fit(batch, free, start=at))
    best = min(found, key=lambda f: f.total)
    profiles = []
    for f in free if points > 1 else ():
        tell(f"profile of {f.id}")
        profiles.append(profile(batch, free, best, f.id, points))
    return Refit(free, best, tuple(profiles), int(batch(best.values[:, None]).shape[0]), held)


def hash_of_record(observations: Iterable[Observation]) -> str:
    """Return a hash of the observations in canonical form."""
    text = "\n".join(o.model_dump_json() for o in sorted(observations, key=lambda o: o.id))
    return hashlib.sha256(text.encode()).hexdigest()


def hash_of_chain(book: Book) -> str:
    """Return a hash of the rows that the market reads: data/chain/market*.csv."""
    rows = (r for r in book.rows if "chain/market" in book.origins[r.id].file)
    text = "\n".join(r.model_dump_json() for r in sorted(rows, key=lambda r: r.id))
    return hashlib.sha256(text.encode()).hexdigest()


def fitted_csv(found: Mapping[str, Any], hashes: Mapping[str, Any]) -> str:
    """Return the text of a file of fitted numbers, as `dearth.world.market_rows.fitted_rows` reads it.

    Parameters
    ----------
    found
        ``answer["identification"]`` of a validation.
    hashes
        ``observations_sha256`` and ``chain_sha256``.
    """
    shared = {"chi2": found["chi2"], "rows": found["rows"], **{k: hashes[k] for k in FITTED_COLUMNS[-2:]}}
    out = io.StringIO()
    writer = csv.DictWriter(out, FITTED_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for n in found["numbers"]:
        ends = [
            n["prior_low"] if n["low"] is None else n["low"],
            n["prior_high"] if n["high"] is None else n["high"],
        ]
        row = {"id": n["id"], "prior": n["prior"], "value": n["value"]}
        row |= {
            "low": min(ends[0], n["value"]),
            "high": max(ends[1], n["value"]),
            "identified": int(bool(n["identified"])),
        }
        writer.writerow({**row, **shared})
    for key, n in found["held"].items():
        writer.writerow({"id": key, **n, "identified": 0, **shared})
    return out.getvalue()
