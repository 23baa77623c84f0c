"""Forecasts and their scores, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.text import Text

from dearth.faces.validate_document import Sheet, number, percent
from dearth.faces.validate_view import sheet_table

__all__ = ["forecast_view", "scores_view"]


def _named(row: Mapping[str, Any]) -> str:
    words = (row["observable"], row["element"], row["place"], row["partner"], row["tier"])
    return " ".join(w for w in words if w and w != "*")


def forecast_view(content: Mapping[str, Any], width: int) -> Group:
    """Return a forecast as a table."""
    rows = [
        (_named(r), r["start"][:7], number(r["p5"]), number(r["p50"]), number(r["p95"]), r["unit"])
        for r in content["observables"]
    ]
    head = Text(f"Forecast as of {content['as_of']}, scenario {content['scenario']['name']}", style="bold")
    return Group(head, sheet_table(Sheet(("figure", "month", "5 %", "50 %", "95 %", "unit"), rows), width))


def scores_view(found: Sequence[Mapping[str, Any]], width: int) -> Group:
    """Return the scores of all forecasts of a folder."""
    return Group(*(part for score in found for part in _score(score, width)))


def _score(score: Mapping[str, Any], width: int) -> Iterator[Any]:
    yield Text(f"{score['file']}: as of {score['as_of']}", style="bold")
    if not score["intact"]:
        yield Text("TAMPERED WITH: its content does not hash to what it says; not scored", style="red")
        return
    known = f"{score['known']} of {score['asked']} figures are known"
    if not score["known"]:
        yield Text(f"{known}: nothing to score yet")
        return
    yield Text(
        f"{known}; the 5-95 % band holds {score['hits']} ({percent(score['coverage'])}); mean pinball loss "
        f"of the logarithms {number(score['loss'])}"
    )
    rows = [
        (
            _named(r),
            r["start"][:7],
            number(r["p5"]),
            number(r["p50"]),
            number(r["p95"]),
            number(r["observed"]),
            "yes" if r["hit"] else "NO",
            number(r["loss"]),
        )
        for r in score["rows"]
    ]
    heads = ("figure", "month", "5 %", "50 %", "95 %", "observed", "in band", "loss")
    yield sheet_table(Sheet(heads, rows), width)
