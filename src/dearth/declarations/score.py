"""Scores: log odds of a row above the ordinary one, from points that outcomes have moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Criteria
from dearth.declarations.learned import Learned
from dearth.declarations.marks import LEARNED, Marks
from dearth.declarations.sheet import PIECE, Sheet
from dearth.declarations.table import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["odds", "score", "taught", "weigh", "weights_of"]

Array = NDArray[Any]
_HARD: Final = ("chemistry", "flow")  # layers that outcomes of other frauds cannot replace
_EDGE: Final = 1e-6
_DIGITS: Final = 1e9


def weigh(connection: Connection, criteria: Criteria, sheet: Sheet, marks: Marks) -> dict[str, float]:
    """Make the table ``weights``, and return the points of each signal: assumed, moved by what outcomes said.

    An outcome counts by one over the chance with which its row was selected.  With `f` and `c` the shares
    of found and of clean rows on which a signal fired, outcomes say ln(f / c); the assumed points count as
    much as a fixed number of outcomes.  A signal that fires on many rows of the table tells them apart by
    little: above a share its points fall in proportion.
    """
    _tabled(connection, criteria, sheet, marks)
    most, prior = criteria.limit("feedback-weight-most"), criteria.limit("feedback-prior")
    common, least = criteria.limit("common-share"), criteria.limit("common-rows")
    values = ", ".join(
        f"({literal(code)}, {literal(reason.layer)}, CAST({criteria.points(code)} AS DOUBLE))"
        for code, reason in criteria.reasons.items()
        if reason.layer != LEARNED
    )
    chance = f"least(1.0 / greatest(coalesce(probability, 1), {1 / most}), {most})"
    connection.execute(f"""CREATE TABLE weights AS
      WITH known AS (SELECT row, outcome, {chance} AS w FROM inspected WHERE outcome IS NOT NULL),
      sums AS (SELECT coalesce(sum(w) FILTER (outcome = 1), 0) AS found,
        coalesce(sum(w) FILTER (outcome = 0), 0) AS clean FROM known),
      seen AS (SELECT code, sum(w) FILTER (outcome = 1) AS found, sum(w) FILTER (outcome = 0) AS clean,
        count(*) AS n FROM hits JOIN known USING (row) GROUP BY code),
      shares AS (SELECT code, n / greatest({sheet.rows}, {least}) AS share FROM fires),
      told AS (SELECT s.code, coalesce(s.found, 0) AS found, coalesce(s.clean, 0) AS clean, s.n,
        ln(((coalesce(s.found, 0) + 0.5) / (sums.found + 1)) / ((coalesce(s.clean, 0) + 0.5) /
          (sums.clean + 1))) AS says
        FROM seen s, sums WHERE sums.found > 0 AND sums.clean > 0)
      SELECT a.code, a.layer, a.prior, CAST(coalesce(told.found, 0) AS DOUBLE) AS found,
        CAST(coalesce(told.clean, 0) AS DOUBLE) AS clean, greatest(0, CASE WHEN told.n IS NULL THEN a.prior
          ELSE ({prior} * a.prior + told.n * told.says) / ({prior} + told.n) END)
          * least(1, {common} / coalesce(nullif(shares.share, 0), 1)) AS points
      FROM (VALUES {values}) AS a(code, layer, prior) LEFT JOIN told USING (code)
      LEFT JOIN shares USING (code) ORDER BY a.code""")
    return dict(connection.execute("SELECT code, points FROM weights").fetchall())


def _tabled(connection: Connection, criteria: Criteria, sheet: Sheet, marks: Marks) -> None:
    """Make the tables ``fires`` (code, rows) and ``hits`` (row, code), the latter of inspected rows only."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    counts = marks.count()
    fires = {"code": pa.array(counts, pa.string()), "n": pa.array(counts.values(), pa.int64())}
    known = connection.execute(
        "SELECT row FROM inspected WHERE outcome IS NOT NULL ORDER BY row"
    ).fetchnumpy()
    rows = np.asarray(known["row"], np.int64)
    bits = marks.bits[sheet.positions(rows)]
    parts = [(rows[(bits & marks.bit(code)) != 0], code) for code in criteria.reasons if code in marks.codes]
    hits = {
        "row": np.concatenate([hit for hit, _code in parts]),
        "code": pa.array([code for hit, code in parts for _ in hit], pa.string()),
    }
    for name, columns in (("fires", fires), ("hits", hits)):
        connection.register("_some", pa.table(columns))
        connection.execute(f"CREATE TABLE {name} AS FROM _some")
        connection.unregister("_some")


def odds(share: float) -> float:
    """Return the odds of a share, kept off 0 and 1."""
    inside = min(max(share, _EDGE), 1 - _EDGE)
    return inside / (1 - inside)


def taught(sheet: Sheet, learned: Learned, rows: Array, share: Array) -> Array:
    """Return the points of what was learned, [rows of the sheet]; `share` is what it foretells of `rows`."""
    points = np.zeros(sheet.rows)
    inside = np.clip(share, _EDGE, 1 - _EDGE)
    gain = np.log(inside / (1 - inside)) - np.log(odds(learned.base))
    points[sheet.positions(rows)] = learned.trust * gain
    return points


def score(
    marks: Marks, criteria: Criteria, points: dict[str, float], learned: Learned, extra: Array | None
) -> Array:
    """Return the score of each row: points of its signals, and `extra` points of what was learned.

    What was learned replaces the assumed points of figures and parties as far as it is trusted; chemistry
    and flows keep theirs, for outcomes of other frauds say nothing of them.
    """
    total = np.zeros(marks.bits.size)
    for code in marks.count():
        kept = 1.0 if criteria.reasons[code].layer in _HARD else 1.0 - learned.trust
        if code in marks.factors:
            positions, factors = marks.factors[code]
            total[positions] += points[code] * factors * kept
            continue
        for first in range(0, total.size, PIECE):
            piece = slice(first, first + PIECE)
            total[piece] += np.where(marks.bits[piece] & marks.bit(code), points[code] * kept, 0.0)
    return _rounded(total if extra is None else total + extra)


def _rounded(values: Array) -> Array:
    """Return values to nine digits, halves away from zero; in place."""
    values *= _DIGITS
    whole = np.trunc(values)
    whole += np.where(np.abs(values - whole) >= 0.5, np.sign(values), 0.0)  # noqa: PLR2004
    return whole / _DIGITS


def weights_of(connection: Connection) -> list[dict[str, Any]]:
    """Return points of each signal: assumed, found and clean outcomes it fired on, points now."""
    rows = connection.execute(
        "SELECT code, layer, prior, found, clean, points FROM weights ORDER BY code"
    ).fetchall()
    names = ("code", "layer", "assumed", "found", "clean", "points")
    return [dict(zip(names, row, strict=True)) for row in rows]
