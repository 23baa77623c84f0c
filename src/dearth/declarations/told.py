"""Reasons in words: what triggered each, what else explains it, and what could not be judged, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from dearth.declarations.criteria import Criteria, Reason
from dearth.declarations.table import literal, only

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["explained", "reasons_of", "words_of"]

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
_BATCH: Final = 5_000


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


def reasons_of(
    connection: Connection, criteria: Criteria, rows: Iterable[int]
) -> dict[int, list[dict[str, Any]]]:
    """Return, for each row, the reasons that fired: code, layer, points, words and their figures."""
    wanted = list(rows)
    found: dict[int, list[dict[str, Any]]] = {row: [] for row in wanted}
    for start in range(0, len(wanted), _BATCH):
        listed = ", ".join(map(str, wanted[start : start + _BATCH]))
        asked = connection.execute(
            "SELECT row, code, factor * coalesce(points, 0) AS points, a, b, n, z, t FROM fired "
            f"LEFT JOIN weights USING (code) WHERE row IN ({listed}) ORDER BY row, points DESC, code, t, a"
        )
        names = ("points", "a", "b", "n", "z", "t")
        for row, code, *cells in asked.fetchall():
            fired = dict(zip(names, cells, strict=True))
            reason = criteria.reasons[code]
            found[row].append(
                {"code": code, "layer": reason.layer, "title": reason.title, "words": words_of(reason, fired),
                 "innocent": reason.innocent, "look": reason.look, **fired}
            )  # fmt: skip
    return found


def explained(connection: Connection, criteria: Criteria, name: str) -> dict[str, Any] | None:
    """Return all that was asked of the row with the id `name`; None if there is no such row."""
    got = only(
        connection,
        "SELECT r.row, place, status, r.score, probability, judged, taught, p FROM ranking r "
        "JOIN scores USING (row) WHERE r.id = ?", [name],
    )  # fmt: skip
    if not got:
        return None
    row = int(got[0])
    keys = ("row", "place", "status", "score", "probability", "judged", "learned_points", "learned_share")
    fields = _one(connection, f"SELECT * RENAME (day AS date) FROM d WHERE row = {row}")
    figures = _one(connection, f"SELECT * FROM f WHERE row = {row}")
    fired = reasons_of(connection, criteria, [row])[row]
    hit = {reason["code"] for reason in fired}
    rest = [
        {
            "code": code,
            "layer": reason.layer,
            "title": reason.title,
            "outcome": _outcome(reason, fields, figures),
        }
        for code, reason in criteria.reasons.items()
        if code not in hit and reason.layer != "learned"
    ]
    stated = {
        k: v if isinstance(v, (int, float, bool)) else str(v) for k, v in fields.items() if v is not None
    }
    return {"id": name, **dict(zip(keys, got, strict=True)), "stated": stated, "reasons": fired, "rest": rest}


def _one(connection: Connection, sql: str) -> dict[str, Any]:
    asked = connection.execute(sql)
    names = [column[0] for column in asked.description or ()]
    return dict(zip(names, asked.fetchall()[0], strict=True))


def _outcome(reason: Reason, fields: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    """Return why a reason is silent: a field is blank, the peers are too few, or nothing was seen."""
    groups = [[name.strip() for name in part.split(" or ")] for part in reason.needs.split(",")]
    blank = [" or ".join(names) for names in groups if all(fields.get(name) is None for name in names)]
    if blank:
        return f"{_BLANK}: {', '.join(blank)} not stated"
    measured = _MEASURED.get(reason.code)
    if measured is None:
        return _NOTHING
    if figures.get(measured) is None:
        why = "the weight is estimated" if fields.get("weight_estimated") else "a figure is zero"
        return f"{_BLANK}: {why}"
    return _NOTHING if figures.get(f"{measured}_z") is not None else f"{_BLANK}: too few peers"


def selected_rows(connection: Connection, statuses: Iterable[str]) -> list[dict[str, Any]]:
    """Return rows of the ranking with one of `statuses`, in order of their place, with what they declare."""
    listed = ", ".join(literal(status) for status in statuses)
    asked = connection.execute(
        "SELECT r.place, r.row, r.id, r.status, r.score, r.probability, CAST(day AS VARCHAR) AS date, "
        "office, "
        "hs, description, origin, coalesce(destination, departure) AS place_to, exporter, net_kg, "
        "value, currency "
        f"FROM ranking r JOIN d USING (row) WHERE r.status IN ({listed}) ORDER BY r.place"
    )
    names = [column[0] for column in asked.description or ()]
    return [dict(zip(names, cells, strict=True)) for cells in asked.fetchall()]
