"""An answer without what a page can do without while a slider moves."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["lean"]

_SPREAD: Final = ("p5", "p10", "p90", "p95")
_MIDDLE: Final = "p50"
_PATH: Final = "path"


def lean(told: dict[str, Any]) -> dict[str, Any]:
    """Return an envelope without sources, and with short paths in its tables.

    A path loses its ``weeks`` where they are 0, 1, 2 ..., and with one draw the quantiles that equal the
    middle one; a path of zeros is None.
    """
    single = told["draws"] == 1
    tables = {key: _rows(value, single=single) for key, value in told["answer"].items()}
    return {**told, "answer": tables, "sources": []}


def _rows(table: Any, *, single: bool) -> Any:
    """Return a table with short paths; anything else as it is."""
    if not (isinstance(table, list) and table and isinstance(table[0], dict) and _PATH in table[0]):
        return table
    return [{**row, _PATH: _path(row[_PATH], single=single)} for row in table]


def _path(path: dict[str, Any], *, single: bool) -> dict[str, Any] | None:
    lines = {key: line for key, line in path.items() if key != "weeks"}
    if _MIDDLE in lines and not any(map(any, lines.values())):
        return None
    dropped = {"weeks"} if path.get("weeks") == list(range(len(path.get("weeks", ())))) else set()
    if single and _MIDDLE in lines:
        dropped.update(_SPREAD)
    return {key: line for key, line in path.items() if key not in dropped}
