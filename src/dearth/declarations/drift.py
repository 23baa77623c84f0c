"""Whether the table has moved: the latest fifth of its days beside those before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dearth.declarations.criteria import Criteria
from dearth.declarations.table import only

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["drift"]

_LATEST: Final = 0.8
_LEAST: Final = 100  # rows on each side
_THINGS: Final = {
    "2-digit heading": "coalesce(hs2, 'blank')",
    "origin": "coalesce(origin, 'blank')",
    "destination": "coalesce(destination, 'blank')",
    "office": "coalesce(office, 'blank')",
    "mode": "coalesce(mode, 'blank')",
    "unit value (robust "
    "z)": "CASE WHEN uv_z IS NULL THEN 'blank' ELSE CAST(greatest(-4, least(4, round(uv_z))) AS VARCHAR) END",
    "signals on a row": "CAST(least(reasons, 4) AS VARCHAR)",
}


def drift(connection: Connection, criteria: Criteria) -> dict[str, Any]:
    """Return the population stability index of several things, and found cases by quarter.

    The index is the sum over classes of (q - p) ln(q / p), with half a row added to each class.
    """
    (since,) = only(connection, f"SELECT quantile_disc(day, {_LATEST}) FROM d WHERE day IS NOT NULL")
    counted = "SELECT count(*) FILTER (day < ?), count(*) FILTER (day >= ?) FROM d"
    sides = only(connection, counted, [since, since])
    answer: dict[str, Any] = {
        "since": None if since is None else str(since),
        "before": sides[0],
        "after": sides[1],
    }
    enough = since is not None and min(sides) >= _LEAST
    answer["moved"] = [_index(connection, criteria, *thing) for thing in _THINGS.items()] if enough else []
    answer["outcomes"] = [
        {"quarter": quarter, "inspected": n, "found": hits}
        for quarter, n, hits in connection.execute(
            "SELECT year(day) || '-Q' || quarter(day) AS q, count(*), CAST(sum(outcome) AS BIGINT) FROM d "
            "WHERE outcome IS NOT NULL AND day IS NOT NULL GROUP BY q ORDER BY q"
        ).fetchall()
    ]
    return answer


def _index(connection: Connection, criteria: Criteria, name: str, sql: str) -> dict[str, Any]:
    asked = f"""WITH cut AS (SELECT quantile_disc(day, {_LATEST}) AS since FROM d WHERE day IS NOT NULL),
      things AS (SELECT {sql} AS thing, day >= since AS late FROM e JOIN f USING (row) JOIN scores USING
        (row), cut
        WHERE day IS NOT NULL),
      classes AS (SELECT thing, count(*) FILTER (late) + 0.5 AS q, count(*) FILTER (NOT late) + 0.5 AS p
        FROM things GROUP BY thing),
      shares AS (SELECT q / sum(q) OVER () AS q, p / sum(p) OVER () AS p FROM classes)
      SELECT sum((q - p) * ln(q / p)) FROM shares"""
    (value,) = only(connection, asked)
    some, much = criteria.limit("drift-some"), criteria.limit("drift-much")
    word = "much" if value >= much else "some" if value >= some else "little"
    return {"what": name, "index": round(float(value), 6), "change": word}
