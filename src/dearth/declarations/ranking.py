"""The finished ranking: of every row as a view, and in words of the rows that somebody will read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Criteria
from dearth.declarations.learned import Learned
from dearth.declarations.marks import LEARNED, Marks, Shown, Told
from dearth.declarations.measured import MEASURES
from dearth.declarations.rank import STATUSES, Ranking
from dearth.declarations.score import odds
from dearth.declarations.sheet import Sheet
from dearth.declarations.signals import Figures
from dearth.declarations.table import only
from dearth.declarations.told import plain, reasons_of, silent_of, stated_of, whole_of
from dearth.errors import Fault, UnknownNameError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["Outcome", "explained", "keep_ranking", "keep_words", "names_of", "selected"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Outcome:
    """What the layers gave, by row: signals, how many could be asked, score, place, and what was learned.

    Attributes
    ----------
    extra
        Points of what was learned, None when it is not trusted.
    share
        Rows in order, and the share of found cases that is foretold of each.
    """

    sheet: Sheet
    marks: Marks
    figures: Figures
    points: dict[str, float]
    score: Array
    ranking: Ranking
    learned: Learned
    extra: Array | None
    share: tuple[Array, Array]

    def counts(self) -> dict[str, int]:
        """Return the number of rows on which each reason stands, those that stand on any, by code."""
        counts = self.marks.count()
        raised = 0 if self.extra is None else int(np.count_nonzero(self.extra > 0))
        return dict(sorted({**counts, **({LEARNED: raised} if raised else {})}.items()))

    def statuses(self) -> dict[str, int]:
        """Return the number of rows of each status that occurs."""
        numbers = np.bincount(self.ranking.status, minlength=len(STATUSES)).tolist()
        return {status: n for status, n in sorted(zip(STATUSES, numbers, strict=True)) if n}

    def foretold(self, row: int) -> float | None:
        """Return the share of found cases that is foretold of a row."""
        rows, share = self.share
        at = int(np.searchsorted(rows, row))
        return float(share[at]) if at < rows.size and rows[at] == row else None


def keep_ranking(connection: Connection, found: Outcome) -> None:
    """Make the view ``ranking`` of every row, and the table ``why``, still empty."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    marks, ranking = found.marks, found.ranking
    bits = marks.bits
    if found.extra is not None:
        bits = bits | np.where(found.extra > 0, np.uint32(1 << len(marks.codes)), np.uint32(0))
    kinds, every = np.unique(bits), [*marks.codes, LEARNED]
    codes = [sorted(c for i, c in enumerate(every) if kind >> i & 1) for kind in kinds.tolist()]
    columns = {
        "row": found.sheet.read("row"), "spot": ranking.place, "points": found.score, "bits": bits,
        "counted": np.bitwise_count(marks.bits), "asked": found.figures.judged, "state": ranking.status,
    }  # fmt: skip
    connection.register("placed", pa.table(columns))
    _keep(
        connection,
        "signs",
        {"bits": kinds, "codes": pa.array(["; ".join(c) or None for c in codes], pa.string())},
    )
    _keep(
        connection,
        "states",
        {"state": np.arange(len(STATUSES), dtype=np.uint8), "status": pa.array(STATUSES)},
    )
    connection.execute("CREATE TABLE why (row BIGINT, why VARCHAR)")
    plan, u, r = ranking.plan, ranking.plan.chance_uncertain, ranking.plan.chance_random
    chance = (
        f"CASE WHEN spot <= {plan.first} THEN 1.0 "
        f"WHEN spot <= {plan.first + plan.pool} THEN {u} + (1 - {u}) * {r} ELSE {r} END::DOUBLE"
    )
    connection.execute(
        f"CREATE VIEW chances AS SELECT *, CASE WHEN spot > 0 THEN ({chance}) END AS probability FROM placed"
    )
    connection.execute(
        "CREATE VIEW ranking AS SELECT CAST(nullif(spot, 0) AS BIGINT) AS place, row, id, points AS score, "
        "CAST(counted AS BIGINT) AS reasons, CAST(asked AS INTEGER) AS judged, status, probability, codes "
        "FROM chances JOIN (SELECT row, id FROM d) USING (row) JOIN signs USING (bits) "
        "JOIN states USING (state)"
    )


def _keep(connection: Connection, name: str, columns: dict[str, Any]) -> None:
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    connection.register("_some", pa.table(columns))
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM _some")
    connection.unregister("_some")


def keep_words(connection: Connection, words: dict[int, str]) -> None:
    """Fill the table ``why`` with the words of the rows to open."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    _keep(
        connection, "why", {"row": pa.array(words, pa.int64()), "why": pa.array(words.values(), pa.string())}
    )


def names_of(connection: Connection, sheet: Sheet, positions: Array) -> list[str]:
    """Return the ids at some positions."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    rows = sheet.at("row", positions)
    connection.register("_some", pa.table({"row": rows}))
    names = dict(connection.execute("SELECT row, id FROM d WHERE row IN (SELECT row FROM _some)").fetchall())
    connection.unregister("_some")
    return [str(names[row]) for row in rows.tolist()]


def selected(
    connection: Connection, criteria: Criteria, found: Outcome, statuses: Iterable[str]
) -> list[dict[str, Any]]:
    """Return rows of some statuses in order of their place, with what they declare and their reasons."""
    status, place = found.ranking.status, found.ranking.place
    positions = np.flatnonzero(np.isin(status, [STATUSES.index(name) for name in statuses]))
    positions = positions[np.argsort(place[positions])]
    rows = found.sheet.at("row", positions).tolist()
    listed, enriched = stated_of(connection, rows)
    chance = "SELECT row, probability FROM chances WHERE row IN (FROM d_wanted)"
    chances = dict(connection.execute(chance).fetchall())
    made = []
    for position, row in zip(positions.tolist(), rows, strict=True):
        declared = {name: value for name, value in listed[row].items() if name != "row"}
        made.append(
            {"place": int(place[position]), "row": row, "id": enriched[row]["id"],
             "status": STATUSES[status[position]], "score": float(found.score[position]),
             "probability": chances[row], **declared,
             "reasons": _reasons(criteria, found, Shown(position, enriched[row]), row)}
        )  # fmt: skip
    return made


def _reasons(criteria: Criteria, found: Outcome, shown: Shown, row: int) -> list[dict[str, Any]]:
    told = list(found.marks.tell(shown))
    if found.extra is not None and found.extra[shown.position] > 0:
        told.append((LEARNED, Told(a=found.foretold(row), b=found.learned.base)))
    return reasons_of(criteria, found.points, told)


def explained(connection: Connection, criteria: Criteria, found: Outcome, name: str) -> dict[str, Any]:
    """Return all that was asked of the row with the id `name`.

    Raises
    ------
    UnknownNameError
        There is no such row.
    """
    asked = "SELECT row, place, status, score, probability, judged FROM ranking WHERE id = ?"
    got = only(connection, asked, [name])
    if not got:
        near = connection.execute(
            "SELECT id FROM d ORDER BY damerau_levenshtein(left(id, 60), ?), id LIMIT 3", [name[:60]]
        ).fetchall()
        cure = "did you mean " + " or ".join(repr(row[0]) for row in near) + "?"
        raise UnknownNameError(
            "Explaining a row", Fault(f"no declaration has the id {name[:60]!r}", "--explain", cure=cure)
        )
    row = int(got[0])
    at = int(found.sheet.positions(np.array([row]))[0])
    _listed, enriched = stated_of(connection, [row])
    stated = {**whole_of(connection, row), **_inspected(connection, row)}
    reasons = _reasons(criteria, found, Shown(at, enriched[row]), row)
    share = found.foretold(row)
    points = 0.0 if share is None else _learned_points(found.learned, share)
    keys = ("row", "place", "status", "score", "probability", "judged")
    return {
        "id": name, **dict(zip(keys, got, strict=True)), "learned_points": points, "learned_share": share,
        "stated": plain(stated), "reasons": reasons,
        "rest": silent_of(criteria, {reason["code"] for reason in reasons}, stated, _judged(found, at)),
    }  # fmt: skip


def _learned_points(learned: Learned, share: float) -> float:
    inside, base = odds(share), odds(learned.base)
    return learned.trust * (math.log(inside) - math.log(base))


def _inspected(connection: Connection, row: int) -> dict[str, Any]:
    """Return what the table of outcomes says of a row, {} when it was not inspected."""
    names = ("outcome", "reason_selected", "label_date", "probability")
    got = only(connection, f"SELECT {', '.join(names)} FROM inspected WHERE row = {row}")
    return dict(zip(names, got, strict=True)) if got else {}


def _judged(found: Outcome, at: int) -> dict[str, bool | None]:
    """Return of each figure whether it has peers enough, None when the figure is not known."""
    judged: dict[str, bool | None] = {}
    for i, m in enumerate(MEASURES):
        known = m.name in found.sheet.kinds and not math.isnan(found.sheet.at(m.name, np.array([at]))[0])
        judged[m.name] = bool(found.figures.beside[at] >> i & 1) if known else None
    return judged
