# ruff: noqa: PLR0913, PLR0917 (a node has this many marks)
"""Writes the tables of the small chain by a closed rule, so that anyone can make them again.

Run by hand: ``python bench/small_chain/make_tables.py``.  The numbers are made up and describe no real chain.
"""

from __future__ import annotations

import csv
from pathlib import Path

HERE = Path(__file__).parent
STAGES, ELEMENTS, PLACES = 4, 6, 12
YIELDS = (1.0, 0.85, 0.95, 0.7)


def share(stage: int, element: int, seller: int, buyer: int) -> float:
    """Return what a buyer buys of a seller in a common year, as a share of its orders."""
    weights = [1 + (7 * stage + 5 * element + 3 * place * place + 11 * buyer) % 13 for place in range(PLACES)]
    weights[0] *= 6
    return round(weights[seller] / sum(weights), 12)


def nodes_of(element: int) -> list[dict[str, object]]:
    """Return the five rows of nodes of every place, from the users back to the mines."""
    use = [20.0 + (17 * element + 29 * place) % 31 for place in range(PLACES)]
    rows = [row(STAGES, element, p, 0.0, use[p], 1.0) for p in range(PLACES)]
    for stage in reversed(range(STAGES)):
        made = [sum(share(stage, element, p, q) * use[q] for q in range(PLACES)) for p in range(PLACES)]
        use = [amount / YIELDS[stage] for amount in made]
        rows += [row(stage, element, p, made[p], use[p], YIELDS[stage]) for p in range(PLACES)]
    return rows


def row(stage: int, element: int, place: int, made: float, use: float, gain: float) -> dict[str, object]:
    """Return one node: a common week's flows, its ceiling, the weeks of stock it aims at."""
    users, mine = stage == STAGES, stage == 0
    return {
        "stage": stage,
        "element": element,
        "place": place,
        "make_base": round(made, 9),
        "use_base": round(use, 9),
        "use_limit": round(use if users else use * (1.1 + 0.05 * ((element + place) % 4)), 9),
        "yield": gain,
        "finished_target": 0.0 if users else round(made * (2 + (stage + place) % 3), 9),
        "input_target": 0.0 if mine else round(use * (3 + (stage + element + 2 * place) % 7), 9),
    }


def write(name: str, rows: list[dict[str, object]]) -> None:
    """Write one table beside this file."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as sink:
        table = csv.DictWriter(sink, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def main() -> None:
    """Write both tables."""
    nodes = [node for element in range(ELEMENTS) for node in nodes_of(element)]
    write("nodes.csv", sorted(nodes, key=lambda n: (n["stage"], n["element"], n["place"])))
    names = ("stage", "element", "seller", "buyer")
    keys = [
        (s, e, p, q)
        for s in range(STAGES)
        for e in range(ELEMENTS)
        for p in range(PLACES)
        for q in range(PLACES)
    ]
    write("arcs.csv", [dict(zip(names, key, strict=True)) | {"share": share(*key)} for key in keys])


if __name__ == "__main__":
    main()
