"""Reasons in words: what triggered each, what else explains it, and what could not be judged, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from dearth.declarations.criteria import Criteria, Reason
from dearth.declarations.marks import LEARNED, Told

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["plain", "reasons_of", "silent_of", "stated_of", "whole_of", "words_of"]

_NOTHING: Final = "not triggered"
_BLANK: Final = "cannot be judged"
_MEASURED: Final = {
    "unit-value-high": "uv",
    "unit-value-low": "uv",
    "rare-earth-price": "uv",
    "density": "den",
    "weight-per-package": "kpp",
    "freight-share": "frt",
}
Row = dict[str, Any]


def _figure(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004


def words_of(reason: Reason, fired: Mapping[str, Any]) -> str:
    """Return what triggered a reason, in words."""
    z = fired["z"]
    return reason.template.format(
        a=_figure(fired["a"]),
        b=_figure(fired["b"]),
        n="?" if fired["n"] is None else f"{fired['n']:,}",
        z="?" if z is None else f"{z:+.1f}",
        t=fired["t"] or "?",
    )


_TELLING: Final = (  # what a signal may tell of
    "row, id, day, description, composition, grade, hs, exemption, origin, departure, licence, office, "
    "freight, value, price, gross_kg, net_kg"
)
_DECLARED: Final = (
    "CAST(day AS VARCHAR) AS date, office, hs, description, origin, "
    "coalesce(destination, departure) AS place_to, exporter, net_kg, value, currency"
)


def stated_of(connection: Connection, rows: Iterable[int]) -> tuple[dict[int, Row], dict[int, Row]]:
    """Return what some rows state, by row: for a list, and enriched as the signals take it."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    connection.register("_some", pa.table({"row": pa.array(list(rows), pa.int64())}))
    connection.execute("DELETE FROM d_wanted")
    connection.execute("INSERT INTO d_wanted FROM _some")
    connection.unregister("_some")
    connection.execute("DELETE FROM picked")
    connection.execute("INSERT INTO picked FROM d_picked")
    listed = _rows(connection, f"SELECT row, {_DECLARED} FROM picked")
    return listed, _rows(connection, f"SELECT {_TELLING} FROM e_picked")


def whole_of(connection: Connection, row: int) -> Row:
    """Return all that a row states, one of those asked for last."""
    return _rows(connection, f"FROM picked WHERE row = {row}")[row]


def _rows(connection: Connection, sql: str) -> dict[int, Row]:
    asked = connection.execute(sql)
    names = [column[0] for column in asked.description or ()]
    return {cells[0]: dict(zip(names, cells, strict=True)) for cells in asked.fetchall()}


def reasons_of(
    criteria: Criteria, points: Mapping[str, float], told: Iterable[tuple[str, Told]]
) -> list[Row]:
    """Return the reasons that fired on a row: code, layer, points, words and their figures."""
    found = []
    for code, what in told:
        reason = criteria.reasons[code]
        worth = what.factor * points.get(code, 0.0)
        fired = {"points": worth, "a": what.a, "b": what.b, "n": what.n, "z": what.z, "t": what.t}
        found.append(
            {"code": code, "layer": reason.layer, "title": reason.title, "words": words_of(reason, fired),
             "innocent": reason.innocent, "look": reason.look, **fired}
        )  # fmt: skip
    return sorted(found, key=_strongest)


def _strongest(reason: Row) -> tuple[Any, ...]:
    t, a = reason["t"], reason["a"]
    return -reason["points"], reason["code"], t is None, t or "", a is None, a or 0.0


def silent_of(
    criteria: Criteria, hit: Iterable[str], stated: Mapping[str, Any], judged: Mapping[str, bool | None]
) -> list[Row]:
    """Return what was asked of a row and did not fire, and why.

    Parameters
    ----------
    judged
        Of each figure: whether it has peers enough, None when the figure itself is not known.
    """
    return [
        {
            "code": code,
            "layer": reason.layer,
            "title": reason.title,
            "outcome": _outcome(reason, stated, judged),
        }
        for code, reason in criteria.reasons.items()
        if code not in set(hit) and reason.layer != LEARNED
    ]


def plain(stated: Mapping[str, Any]) -> Row:
    """Return the fields that are stated, as plain data, the day under its own name."""
    named = {("date" if name == "day" else name): value for name, value in stated.items()}
    return {k: v if isinstance(v, (int, float, bool)) else str(v) for k, v in named.items() if v is not None}


def _outcome(reason: Reason, fields: Mapping[str, Any], judged: Mapping[str, bool | None]) -> str:
    """Return why a reason is silent: a field is blank, the peers are too few, or nothing was seen."""
    groups = [[name.strip() for name in part.split(" or ")] for part in reason.needs.split(",")]
    blank = [
        " or ".join(names)
        for names in groups
        if all(fields.get("day" if name == "date" else name) is None for name in names)
    ]
    if blank:
        return f"{_BLANK}: {', '.join(blank)} not stated"
    measured = _MEASURED.get(reason.code)
    if measured is None:
        return _NOTHING
    if judged.get(measured) is None:
        why = "the weight is estimated" if fields.get("weight_estimated") else "a figure is zero"
        return f"{_BLANK}: {why}"
    return _NOTHING if judged[measured] else f"{_BLANK}: too few peers"
