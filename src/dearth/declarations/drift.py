"""Whether the table has moved: the latest fifth of its days beside those before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Criteria
from dearth.declarations.robust import grouped
from dearth.declarations.sheet import NO_DAY, Sheet
from dearth.declarations.table import only

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["drift"]

Array = NDArray[Any]
_LATEST: Final = 0.8
_LEAST: Final = 100  # rows on each side
_MANY: Final = 4  # signals on a row that are told apart
_NAMED: Final = ("origin", "destination", "office", "mode")


def drift(
    connection: Connection, criteria: Criteria, sheet: Sheet, unit_value: Array, reasons: Array
) -> dict[str, Any]:
    """Return the population stability index of several things, and found cases by quarter.

    The index is the sum over classes of (q - p) ln(q / p), with half a row added to each class.

    Parameters
    ----------
    unit_value
        Class of the robust z of the unit value, [rows].
    reasons
        Number of signals, [rows].
    """
    day = sheet.read("day")
    since = _since(connection, day)
    late = day >= (NO_DAY if since is None else since)
    known = day != NO_DAY
    sides = int(np.count_nonzero(known & ~late)), int(np.count_nonzero(known & late))
    named = None if since is None else str(np.datetime64(since, "D"))
    answer: dict[str, Any] = {
        "since": named,
        "before": sides[0] if named else 0,
        "after": sides[1] if named else 0,
    }
    answer["moved"] = []
    if since is not None and min(sides) >= _LEAST:
        things = _things(sheet, unit_value, reasons)
        answer["moved"] = [_index(criteria, name, thing[known], late[known]) for name, thing in things]
    answer["outcomes"] = [
        {"quarter": quarter, "inspected": n, "found": hits}
        for quarter, n, hits in connection.execute(
            "SELECT year(day) || '-Q' || quarter(day) AS q, count(*), CAST(sum(outcome) AS BIGINT) "
            "FROM inspected WHERE outcome IS NOT NULL AND day IS NOT NULL GROUP BY q ORDER BY q"
        ).fetchall()
    ]
    return answer


def _since(connection: Connection, day: Array) -> int | None:
    """Return the day from which the latest fifth of the rows begins, None without a day."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    connection.register("_some", pa.table({"day": day}))
    asked = f"SELECT quantile_disc(day, {_LATEST}) FROM _some WHERE day <> {NO_DAY}"
    (since,) = only(connection, asked)
    connection.unregister("_some")
    return None if since is None else int(since)


def _things(sheet: Sheet, unit_value: Array, reasons: Array) -> Iterator[tuple[str, Array]]:
    """Yield what may move: its name, and the class of each row."""
    yield "2-digit heading", sheet.read("two")
    for name in _NAMED:
        yield name, sheet.read(name)
    yield "unit value (robust z)", unit_value
    yield "signals on a row", np.minimum(reasons, _MANY)


def _index(criteria: Criteria, name: str, thing: Array, late: Array) -> dict[str, Any]:
    groups = grouped(thing.astype(np.uint64))
    n = np.bincount(groups.ids)
    after = np.bincount(groups.ids[late], minlength=n.size)
    q, p = after + 0.5, n - after + 0.5
    q, p = q / q.sum(), p / p.sum()
    value = float(((q - p) * np.log(q / p)).sum())
    some, much = criteria.limit("drift-some"), criteria.limit("drift-much")
    word = "much" if value >= much else "some" if value >= some else "little"
    return {"what": name, "index": round(value, 6), "change": word}
