"""A screening as one self-contained HTML file: inline style, no script, nothing loaded."""

from __future__ import annotations

from typing import Any, Final

from dearth.answer import Answer
from dearth.faces.page import rendered, source_cells
from dearth.faces.screen_view import goods_of, headline, plan_line

__all__ = ["screen_html"]

_ROWS: Final = 500
_MIRROR: Final = 8


def _card(row: dict[str, Any], most: float) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("place", "id", "status", "reasons")},
        "score": f"{row['score']:.2f}",
        "size": round(100 * max(0.0, row["score"]) / most, 1) if most else 0,
        "goods": goods_of(row),
        "probability": f"{row['probability']:.3g}",
        "party": row["exporter"] or "",
    }


def screen_html(answer: Answer) -> str:
    """Return a whole HTML page; the first 500 selected rows are shown."""
    found = answer.answer
    rows = found["rows"][:_ROWS]
    most = max((row["score"] for row in rows), default=0.0)
    gaps = sorted(
        (g for g in found["flows"]["mirror"] if g["low"] > 1 and g["rows"]), key=lambda g: -g["year"]
    )
    return rendered(
        "screen.html.j2",
        {
            "answer": answer,
            "headline": headline(answer),
            "plan": plan_line(answer),
            "rows": [_card(row, most) for row in rows],
            "more": max(0, len(found["rows"]) - _ROWS),
            "statuses": found["statuses"],
            "signals": found["signals"],
            "weights": {w["code"]: w for w in found["weights"]},
            "learned": found["learned"],
            "surges": found["flows"]["surges"],
            "gaps": gaps[:_MIRROR],
            "drift": found["drift"],
            "table": found["table"],
            "sources": [source_cells(source) for source in answer.sources],
        },
    )
