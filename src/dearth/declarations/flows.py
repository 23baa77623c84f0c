"""Layer 5: flows around a control date, and what partners booked beside what was declared out.

A gap between what partners book and what was declared out is never a measure of smuggling: it holds
freight, timing, re-exports and other headings; so it is an interval, and it fires on few points.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Control, Criteria, Flow
from dearth.declarations.headings import number_of, text_of
from dearth.declarations.marks import Marks, Shown, Told
from dearth.declarations.robust import grouped
from dearth.declarations.sheet import NO_DAY, Sheet, mixed, places_of
from dearth.declarations.signals import day_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["fire_flows", "mirror_gap"]

Array = NDArray[Any]
_COLUMNS: Final = ("six", "destination", "day")


def fire_flows(
    connection: Connection, sheet: Sheet, marks: Marks, criteria: Criteria, span: tuple[int, int]
) -> dict[str, Any]:
    """Add layer 5; return the flows that surged and the mirror gaps, each with its interval.

    Parameters
    ----------
    span
        First and last day of the table, in days since 1970-01-01.
    """
    reached = [c for c in criteria.controls if span[0] < day_of(c.first) <= span[1]]
    surges = [s for control in reached for s in _surges(connection, sheet, marks, criteria, control)]
    gaps = [mirror_gap(flow, criteria) for flow in criteria.flows]
    counts = _counts(sheet, criteria)
    for gap, flow in zip(gaps, criteria.flows, strict=True):
        gap["rows"] = sum(counts[hs] for hs in flow.hs)
        if (
            gap["low"] > 1
            and gap["rows"]
            and span[0] <= _new_year(flow.year + 1)
            and _new_year(flow.year) <= span[1]
        ):
            _fire_gap(sheet, marks, criteria, gap, flow)
    return {"surges": surges, "mirror": gaps}


def _counts(sheet: Sheet, criteria: Criteria) -> dict[str, int]:
    """Return the rows of each heading that a flow names."""
    counts = {hs: 0 for flow in criteria.flows for hs in flow.hs}
    for _first, (headings,) in sheet.pieces("six"):
        groups = grouped(headings.astype(np.uint64))
        n = np.bincount(groups.ids)
        found = dict(zip(groups.key.tolist(), n.tolist(), strict=True))
        for hs in counts:
            counts[hs] += found.get(number_of(hs), 0)
    return counts


class _Lanes(NamedTuple):
    """Heading and destination with the rows after and before a day; [lanes]."""

    key: Array
    heading: Array
    destination: Array
    after: Array
    before: Array


def _lanes(sheet: Sheet, start: int, days: int) -> _Lanes:
    """Count the rows of each lane within some days before and after a day."""
    parts = []
    for _first, columns in sheet.pieces(*_COLUMNS):
        here, key = _lane(*columns)
        heading, destination, day = (column[here] for column in columns)
        late = (day >= start) & (day <= start + days)
        early = (day < start) & (day >= start - days)
        parts.append(_merged(_Lanes(key, heading, destination, late * 1, early * 1)))
    return _merged(_Lanes(*(np.concatenate(columns) for columns in zip(*parts, strict=True))))


def _lane(heading: Array, destination: Array, day: Array) -> tuple[Array, Array]:
    """Return the places of rows that state heading, destination and day, and the key of their lane."""
    here = np.flatnonzero((heading != 0) & (destination != 0) & (day != NO_DAY))
    return here, mixed(heading[here], destination[here])


def _merged(lanes: _Lanes) -> _Lanes:
    """Return lanes once each, rows added up."""
    groups = grouped(lanes.key)
    size = groups.key.size
    one = np.zeros(size, np.int64)
    one[groups.ids] = np.arange(groups.ids.size)
    sums = (np.bincount(groups.ids, n, size).astype(np.int64) for n in (lanes.after, lanes.before))
    return _Lanes(groups.key, lanes.heading[one], lanes.destination[one], *sums)


def _surges(
    connection: Connection, sheet: Sheet, marks: Marks, criteria: Criteria, control: Control
) -> Iterator[dict[str, Any]]:
    days, start = round(criteria.limit("surge-days")), day_of(control.first)
    lanes = _lanes(sheet, start, days)
    found = _risen(connection, criteria, lanes.after, lanes.before)
    if not found:
        return
    names = _names(connection, lanes.destination[[lane for lane, *_ in found]])
    listed = [
        (text_of(int(lanes.heading[lane])), names[int(lanes.destination[lane])], lane, *figures)
        for lane, *figures in found
    ]
    hits = _rows_of(sheet, lanes.key[[lane for lane, *_ in found]], start, start + days)
    for hs6, place, lane, after, before, ratio, low in sorted(listed, key=lambda r: (-r[6], r[0], r[1])):
        hit = hits[int(lanes.key[lane])]
        told = Told(a=ratio, b=low, t=f"{hs6} to {place} after {control.first}")
        marks.fire("third-country-surge", hit, _among(hit, told))
        yield {"control": control.id, "date": str(control.first), "hs": hs6, "destination": place,
               "after": after, "before": before, "ratio": ratio, "low": low}  # fmt: skip


def _rows_of(sheet: Sheet, keys: Array, first: int, last: int) -> dict[int, Array]:
    """Return the positions of the rows of some lanes between two days."""
    found: dict[int, list[Array]] = {int(key): [] for key in keys}
    for start, (heading, destination, day) in sheet.pieces(*_COLUMNS):
        here, key = _lane(heading, destination, day)
        hit = np.isin(key, keys) & (day[here] >= first) & (day[here] <= last)
        here, key = here[hit], key[hit]
        for number in np.unique(key):
            found[int(number)].append(here[key == number] + start)
    return {number: np.concatenate(parts) for number, parts in found.items()}


def _among(positions: Array, told: Told) -> Any:
    def tell(shown: Shown) -> Iterator[Told]:
        at = int(np.searchsorted(positions, shown.position))
        if at < len(positions) and positions[at] == shown.position:
            yield told

    return tell


def _risen(connection: Connection, criteria: Criteria, na: Array, nb: Array) -> list[tuple[Any, ...]]:
    """Return (group, after, before, ratio, lower bound) of groups whose share of all rows rose enough."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    rows, z = criteria.limit("surge-rows"), criteria.limit("surge-z")
    if nb.sum() < rows:
        return []
    asked = np.flatnonzero(na >= rows)
    counts = {"i": asked, "na": na[asked], "nb": nb[asked]}
    connection.register("_some", pa.table(counts))
    ta, tb = int(na.sum()), int(nb.sum())
    bound = f"ln(na / ({ta})) - ln((nb + 0.5) / ({tb})) - {z} * sqrt(1.0 / na + 1.0 / (nb + 0.5))"
    found = connection.execute(
        f"SELECT * FROM (SELECT i, na, nb, (na / {ta}) / ((nb + 0.5) / {tb}) AS ratio, exp({bound}) AS low "
        f"FROM _some) WHERE low > {criteria.limit('surge-ratio')} ORDER BY i"
    ).fetchall()
    connection.unregister("_some")
    return found


def _names(connection: Connection, hashes: Array) -> dict[int, str]:
    """Return the names of destinations by their hash."""
    listed = ", ".join(str(int(number)) for number in hashes)
    asked = f"SELECT DISTINCT hash(destination), destination FROM e WHERE hash(destination) IN ({listed})"
    return dict(connection.execute(asked).fetchall())


def mirror_gap(flow: Flow, criteria: Criteria) -> dict[str, Any]:
    """Return imports over exports of a flow, and between what bounds it lies once freight and timing are out.

    The two sides are as each reported them; a reconciled table has no gap left to see.
    """
    ratio, timing = flow.imports / flow.exports, criteria.limit("timing")
    low = ratio / (criteria.limit("cif-high") * (1 + timing))
    high = ratio / (criteria.limit("cif-low") * (1 - timing))
    named = {
        "hs": "+".join(flow.hs),
        "year": flow.year,
        "exporter": flow.exporter,
        "importers": flow.importers,
    }
    sums = {
        "exports_usd": flow.exports,
        "imports_usd": flow.imports,
        "ratio": ratio,
        "low": low,
        "high": high,
    }
    return {**named, **sums, "source": flow.source, "url": flow.url, "note": flow.note}


def _new_year(year: int) -> int:
    return day_of(date(year, 1, 1))


def _fire_gap(sheet: Sheet, marks: Marks, criteria: Criteria, gap: dict[str, Any], flow: Flow) -> None:
    """Fire on the rows of a year whose headings, and place of departure or origin, are those of a flow."""
    first_day, last_day = _new_year(flow.year), _new_year(flow.year + 1) - 1
    headings = [number_of(hs) for hs in flow.hs]
    found = []
    for first, (heading, day, place) in sheet.pieces("six", "day", "place"):
        hit = (day >= first_day) & (day <= last_day) & np.isin(heading, headings)
        if flow.exporter != "WORLD":
            hit &= place == places_of(criteria).index(flow.exporter) + 1
        found.append(np.flatnonzero(hit) + first)
    told = Told(
        t=f"{flow.exporter} to {flow.importers}, {gap['hs']}, {flow.year}: imports {gap['low']:.2f} to "
        f"{gap['high']:.2f} times exports after freight and timing"
    )
    positions = np.concatenate(found)
    marks.fire("mirror-gap", positions, _among(positions, told))
