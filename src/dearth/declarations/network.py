"""Layers 4 and 5: parties by their past only, routes, and flows around a control date.

A gap between what partners book and what was declared out is never a measure of smuggling: it holds
freight, timing, re-exports and other headings; so it is an interval, and it fires on few points.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from dearth.declarations.criteria import Control, Criteria, Flow
from dearth.declarations.signals import insert, starts_with
from dearth.declarations.table import literal, only

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["fire_flows", "fire_network", "mirror_gap"]

_PARTIES: Final = ("exporter", "consignee")


def fire_network(connection: Connection, criteria: Criteria) -> None:
    """Add layer 4; a party's rows after the day of a row do not count."""
    own = (*criteria.prefixes("rare-earth"), *criteria.prefixes("magnet"))
    _fire_traders(connection, own)
    _fire_first(connection, criteria)
    _fire_offices(connection, criteria, own)
    _fire_splitting(connection, criteria)
    for control in criteria.controls:
        _fire_exporters(connection, criteria, control)


def _fire_traders(connection: Connection, own: tuple[str, ...]) -> None:
    rare = starts_with("hs", own)
    both = " UNION ALL ".join(
        f"SELECT {party} AS party, day FROM e WHERE {rare} AND {party} IS NOT NULL" for party in _PARTIES
    )
    connection.execute(
        f"CREATE TABLE traders AS SELECT party, min(day) AS first FROM ({both}) GROUP BY party "
        "HAVING min(day) IS NOT NULL"
    )
    sides = " UNION ALL ".join(
        f"SELECT row, '{party}' AS t, first FROM e JOIN traders ON party = {party} "
        f"WHERE first < day AND hs IS NOT NULL AND NOT {rare}"
        for party in _PARTIES
    )
    words = "string_agg(t || ', first on ' || first, '; ' ORDER BY t) AS t"
    told = f"(SELECT row, {words} FROM ({sides}) GROUP BY row)"
    insert(connection, "party-trades-rare-earths", told, t="t")


def _fire_first(connection: Connection, criteria: Criteria) -> None:
    keys = "exporter, hs6, coalesce(destination, '')"
    known = "exporter IS NOT NULL AND hs6 IS NOT NULL AND day IS NOT NULL"
    connection.execute(
        f"CREATE TABLE firsts AS SELECT hash({keys}) AS key, min(day) AS first FROM e WHERE {known} "
        f"GROUP BY 1"
    )
    days = "date_diff('day', (SELECT min(day) FROM e), day)"
    old = f"{days} >= {criteria.limit('history-days')}"
    told = f"e JOIN firsts ON key = hash({keys}) WHERE {known} AND first = day AND {old}"
    insert(connection, "first-seen", told, a=days)


def _fire_offices(connection: Connection, criteria: Criteria, own: tuple[str, ...]) -> None:
    told = (
        "(SELECT row, office, count(*) OVER (PARTITION BY hs6) AS n, "
        f"count(*) OVER (PARTITION BY hs6, office) AS a FROM e WHERE office IS NOT NULL AND "
        f"{starts_with('hs6', own)}) "
        f"WHERE n >= {criteria.limit('office-rows')} AND a < n * {criteria.limit('office-share')}"
    )
    insert(connection, "unusual-office", told, a="a", n="n", t="office")


def _fire_splitting(connection: Connection, criteria: Criteria) -> None:
    window = (
        "PARTITION BY exporter, consignee, hs6 ORDER BY day "
        f"RANGE BETWEEN INTERVAL {criteria.limit('split-days'):.0f} DAY PRECEDING AND CURRENT ROW"
    )
    known = " AND ".join(f"{name} IS NOT NULL" for name in ("exporter", "consignee", "hs6", "day"))
    told = (
        f"(SELECT row, count(*) OVER ({window}) - 1 AS a FROM e WHERE {known} "
        f"AND net_kg <= {criteria.limit('split-kg')}) WHERE a >= {criteria.limit('split-count')}"
    )
    insert(connection, "splitting", told, a="a")


def _bound(criteria: Criteria, after: str, before: str) -> str:
    """Return the SQL of the lower bound of a log ratio of two rates, given as (count, exposure)."""
    (na, ta), (nb, tb) = after.split("/"), before.split("/")
    z = criteria.limit("surge-z")
    return f"ln({na} / ({ta})) - ln(({nb} + 0.5) / ({tb})) - {z} * sqrt(1.0 / {na} + 1.0 / ({nb} + 0.5))"


def _fire_exporters(connection: Connection, criteria: Criteria, control: Control) -> None:
    days, rows = criteria.limit("surge-days"), criteria.limit("surge-rows")
    date = f"DATE '{control.first}'"
    keys = "exporter, hs6"
    known = "exporter IS NOT NULL AND hs6 IS NOT NULL"
    window = f"day < {date} AND day >= {date} - {days:.0f}"
    before = f"SELECT {keys}, count(*) AS nb FROM e WHERE {known} AND {window} GROUP BY ALL"
    after = (
        f"SELECT row, {keys}, date_diff('day', {date}, day) AS dt, "
        f"count(*) OVER (PARTITION BY {keys} ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND "
        f"INTERVAL 1 DAY PRECEDING) "
        f"AS na FROM e WHERE {known} AND day >= {date} AND day <= {date} + {days:.0f}"
    )
    bound = _bound(criteria, "na/dt", f"nb/{days}")
    told = (
        f"(SELECT row, na, coalesce(nb, 0) AS nb, dt FROM ({after}) LEFT JOIN ({before}) USING ({keys}) "
        f"WHERE na >= {rows} AND dt > 0 AND (SELECT min(day) FROM e) <= {date} - {days:.0f}) "
        f"WHERE {bound} > ln({criteria.limit('surge-ratio')})"
    )
    insert(connection, "surge-of-exporter", told, a="na", b="nb", t=literal(str(control.first)))


def fire_flows(connection: Connection, criteria: Criteria) -> dict[str, Any]:
    """Add layer 5; return the flows that surged and the mirror gaps, each with its interval."""
    surges = [flow for control in criteria.controls for flow in _surges(connection, criteria, control)]
    gaps = [mirror_gap(flow, criteria) for flow in criteria.flows]
    for gap, flow in zip(gaps, criteria.flows, strict=True):
        listed = ", ".join(literal(hs) for hs in flow.hs)
        (gap["rows"],) = only(connection, f"SELECT count(*) FROM e WHERE hs6 IN ({listed})")
        if gap["low"] > 1:
            _fire_gap(connection, gap, flow)
    return {"surges": surges, "mirror": gaps}


def _surges(connection: Connection, criteria: Criteria, control: Control) -> Iterator[dict[str, Any]]:
    days, date = criteria.limit("surge-days"), f"DATE '{control.first}'"
    window = f"day >= {date} - {days:.0f} AND day <= {date} + {days:.0f}"
    counts = (
        f"SELECT hs6, destination, count(*) FILTER (day >= {date}) AS na, count(*) FILTER (day < "
        f"{date}) AS nb "
        f"FROM e WHERE {window} AND hs6 IS NOT NULL AND destination IS NOT NULL GROUP BY ALL"
    )
    totals = f"SELECT *, sum(na) OVER () AS ta, sum(nb) OVER () AS tb FROM ({counts})"
    bound = _bound(criteria, "na/ta", "nb/tb")
    asked = (
        f"SELECT hs6, destination, na, nb, (na / ta) / ((nb + 0.5) / tb) AS ratio, exp({bound}) AS low "
        f"FROM ({totals}) WHERE na >= {criteria.limit('surge-rows')} AND tb >= {criteria.limit('surge-rows')}"
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE surged AS FROM ({asked}) WHERE low > {criteria.limit('surge-ratio')}"
    )
    told = "(SELECT row, ratio, low, e.hs6, e.destination FROM e JOIN surged USING (hs6, destination) "
    told += f"WHERE day >= {date} AND day <= {date} + {days:.0f})"
    words = f"hs6 || ' to ' || destination || ' after {control.first}'"
    insert(connection, "third-country-surge", told, a="ratio", b="low", t=words)
    for hs6, place, na, nb, ratio, low in connection.execute(
        "FROM surged ORDER BY low DESC, hs6, destination"
    ).fetchall():
        yield {"control": control.id, "date": str(control.first), "hs": hs6, "destination": place,
               "after": na, "before": nb, "ratio": ratio, "low": low}  # fmt: skip


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


def _fire_gap(connection: Connection, gap: dict[str, Any], flow: Flow) -> None:
    listed = ", ".join(literal(hs) for hs in flow.hs)
    place = "" if flow.exporter == "WORLD" else f"AND coalesce(departure, origin) = {literal(flow.exporter)}"
    words = (
        f"{flow.exporter} to {flow.importers}, {gap['hs']}, {flow.year}: imports {gap['low']:.2f} to "
        f"{gap['high']:.2f} times exports after freight and timing"
    )
    insert(
        connection,
        "mirror-gap",
        f"e WHERE hs6 IN ({listed}) AND year(day) = {flow.year} {place}",
        t=literal(words),
    )
