"""The tables of the small chain as arrays.  What they mean: spec.md."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

HERE = Path(__file__).parent
STAGES, ELEMENTS, PLACES = 4, 6, 12
ARCS = STAGES * ELEMENTS * PLACES * PLACES
Array = np.ndarray


class Chain(NamedTuple):
    """One axis of nodes is (stage, element, place); stage 4 are the users."""

    make_base: Array  # t/week, (5, 6, 12), as all nodes
    use_base: Array
    use_limit: Array
    gain: Array
    finished_target: Array  # t
    input_target: Array  # t
    share: Array  # (stage, element, seller, buyer) = (4, 6, 12, 12)
    constants: dict[str, float]

    @property
    def weeks(self) -> int:
        """Length of the run."""
        return int(self.constants["weeks"])

    def gated(self, week: int) -> bool:
        """Tell whether the export gate is shut in this week."""
        return self.constants["gate_from"] <= week < self.constants["gate_to"]

    def loses(self, week: int) -> bool:
        """Tell whether capacity is lost in this week."""
        return self.constants["loss_from"] <= week < self.constants["loss_to"]

    def passed(self) -> Array:
        """Return the shares with the export gate shut."""
        place = int(self.constants["gate_place"])
        abroad = np.arange(PLACES) != place
        share = self.share.copy()
        share[:, :, place, abroad] *= self.constants["gate_share"]
        return share

    def left(self) -> Array:
        """Return the limits while capacity is lost."""
        limit = self.use_limit.copy()
        limit[:STAGES, :, int(self.constants["loss_place"])] *= self.constants["loss_share"]
        return limit


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of one table."""
    with (HERE / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def read_chain(weeks: int | None = None) -> Chain:
    """Read the tables; `weeks` shortens the run."""
    constants = {row["name"]: float(row["value"]) for row in rows_of("constants.csv")}
    if weeks is not None:
        constants["weeks"] = weeks
    nodes, arcs = rows_of("nodes.csv"), rows_of("arcs.csv")
    if len(arcs) != ARCS:
        raise ValueError(f"arcs.csv has {len(arcs)} rows, not {ARCS}")
    names = ("make_base", "use_base", "use_limit", "yield", "finished_target", "input_target")
    columns = [np.zeros((STAGES + 1, ELEMENTS, PLACES)) for _ in names]
    for row in nodes:
        for name, column in zip(names, columns, strict=True):
            column[int(row["stage"]), int(row["element"]), int(row["place"])] = float(row[name])
    share = np.zeros((STAGES, ELEMENTS, PLACES, PLACES))
    for row in arcs:
        share[int(row["stage"]), int(row["element"]), int(row["seller"]), int(row["buyer"])] = float(
            row["share"]
        )
    return Chain(*columns, share, constants)
