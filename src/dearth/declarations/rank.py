"""Scores, and which rows to open under a capacity; every chance of being opened is logged.

Most of the capacity goes to the highest scores.  A share is kept for rows just below the cut and for rows
drawn at random, or else nobody learns what the signals miss.  Draws come from a hash of seed and id, so the
order of the file changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dearth.declarations.criteria import Criteria
from dearth.declarations.learned import Learned
from dearth.declarations.table import literal, only
from dearth.errors import Fault, InputError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["Capacity", "Plan", "parse_capacity", "rank", "score", "weigh"]

_HARD: Final = ("chemistry", "flow")  # layers that outcomes of other frauds cannot replace
_CAPACITY: Final = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$")
_EDGE: Final = 1e-6


@dataclass(frozen=True)
class Capacity:
    """How many rows can be opened: a share of the open rows, or a number."""

    share: float | None = None
    number: int | None = None

    def of(self, rows: int) -> int:
        """Return the number of inspections among `rows` open rows, at least one, at most all."""
        wanted = self.number if self.number is not None else round(rows * (self.share or 0.0))
        return max(1, min(rows, wanted))

    def __str__(self) -> str:
        """Return it as it was asked."""
        return f"{100 * self.share:g}%" if self.share is not None else str(self.number)


def parse_capacity(text: str) -> Capacity:
    """Return a capacity written ``2%`` or ``150``.

    Raises
    ------
    InputError
        It is neither, or not above zero, or above 100 %.
    """
    match = _CAPACITY.match(text)
    value = float(match[1]) if match else 0.0
    whole = bool(match) and value == int(value)
    if not match or value <= 0 or (match[2] and value > 100) or (not match[2] and not whole):  # noqa: PLR2004
        cure = "write a share such as 2%, or a number of inspections such as 150"
        raise InputError(
            "Reading the command line", Fault(f"{text[:40]!r} is no capacity", "--capacity", cure=cure)
        )
    return Capacity(share=value / 100) if match[2] else Capacity(number=int(value))


@dataclass(frozen=True)
class Plan:
    """How the capacity is shared out."""

    open_rows: int
    capacity: int
    first: int
    uncertain: int
    pool: int
    random: int
    left: int

    @property
    def chance_uncertain(self) -> float:
        """Chance of a row of the pool to be drawn as uncertain."""
        return self.uncertain / self.pool if self.pool else 0.0

    @property
    def chance_random(self) -> float:
        """Chance of a row not selected otherwise to be drawn at random."""
        return self.random / self.left if self.left else 0.0


def weigh(connection: Connection, criteria: Criteria) -> None:
    """Make the table ``weights``: assumed points of each signal, moved by what outcomes said of it.

    An outcome counts by one over the chance with which its row was selected.  With `f` and `c` the shares
    of found and of clean rows on which a signal fired, outcomes say ln(f / c); the assumed points count as
    much as a fixed number of outcomes.  A signal that fires on many rows of the table tells them apart by
    little: above a share its points fall in proportion.
    """
    most, prior = criteria.limit("feedback-weight-most"), criteria.limit("feedback-prior")
    common, least = criteria.limit("common-share"), criteria.limit("common-rows")
    values = ", ".join(
        f"({literal(code)}, {literal(reason.layer)}, CAST({criteria.points(code)} AS DOUBLE))"
        for code, reason in criteria.reasons.items()
        if reason.layer != "learned"
    )
    chance = f"least(1.0 / greatest(coalesce(probability, 1), {1 / most}), {most})"
    connection.execute(f"""CREATE TABLE weights AS
      WITH known AS (SELECT row, outcome, {chance} AS w FROM d WHERE outcome IS NOT NULL),
      sums AS (SELECT coalesce(sum(w) FILTER (outcome = 1), 0) AS found,
        coalesce(sum(w) FILTER (outcome = 0), 0) AS clean FROM known),
      seen AS (SELECT code, sum(w) FILTER (outcome = 1) AS found, sum(w) FILTER (outcome = 0) AS clean,
        count(*) AS n FROM (SELECT DISTINCT row, code FROM fired) JOIN known USING (row) GROUP BY code),
      fires AS (SELECT code, count(DISTINCT row) / (SELECT greatest(count(*), {least}) FROM d) AS share
        FROM fired GROUP BY code),
      told AS (SELECT s.code, coalesce(s.found, 0) AS found, coalesce(s.clean, 0) AS clean, s.n,
        ln(((coalesce(s.found, 0) + 0.5) / (sums.found + 1)) / ((coalesce(s.clean, 0) + 0.5) /
          (sums.clean + 1))) AS says
        FROM seen s, sums WHERE sums.found > 0 AND sums.clean > 0)
      SELECT a.code, a.layer, a.prior, CAST(coalesce(told.found, 0) AS DOUBLE) AS found,
        CAST(coalesce(told.clean, 0) AS DOUBLE) AS clean, greatest(0, CASE WHEN told.n IS NULL THEN a.prior
          ELSE ({prior} * a.prior + told.n * told.says) / ({prior} + told.n) END)
          * least(1, {common} / coalesce(nullif(fires.share, 0), 1)) AS points
      FROM (VALUES {values}) AS a(code, layer, prior) LEFT JOIN told USING (code)
      LEFT JOIN fires USING (code) ORDER BY a.code""")


def score(connection: Connection, learned: Learned) -> None:
    """Make the table ``scores``: log odds of a row above the ordinary one, in points.

    What was learned replaces the assumed points of figures and parties as far as it is trusted; chemistry
    and flows keep theirs, for outcomes of other frauds say nothing of them.
    """
    hard = ", ".join(literal(layer) for layer in _HARD)
    kept = 1.0 - learned.trust
    base = min(max(learned.base, _EDGE), 1 - _EDGE)
    p = f"least(greatest(p, {_EDGE}), {1 - _EDGE})"
    connection.execute(f"""CREATE TABLE scores AS
      WITH once AS (SELECT row, code, max(factor) AS factor FROM fired GROUP BY row, code),
      ruled AS (SELECT row, sum(points * factor * CASE WHEN layer IN ({hard}) THEN 1.0 ELSE {kept} END)
        AS points,
        count(*) AS n FROM once JOIN weights USING (code) GROUP BY row),
      taught AS (SELECT row, p, {learned.trust} * (ln({p} / (1 - {p})) - ln({base / (1 - base)})) AS
        points FROM learned)
      SELECT d.row, round(coalesce(ruled.points, 0) + coalesce(taught.points, 0), 9) AS score,
        coalesce(ruled.n, 0) AS reasons, coalesce(taught.points, 0) AS taught, taught.p AS p
      FROM d LEFT JOIN ruled USING (row) LEFT JOIN taught USING (row)""")
    if learned.trust > 0:
        connection.execute(
            f"INSERT INTO fired SELECT row, 'learned', 1.0, p, {learned.base}, NULL, NULL, NULL "
            "FROM scores WHERE taught > 0"
        )


def _plan(connection: Connection, criteria: Criteria, capacity: Capacity) -> Plan:
    rows, able = only(connection, "SELECT count(*), count(*) FILTER (able AND score > 0) FROM ordered")
    number = capacity.of(rows) if rows else 0
    explore = round(number * criteria.limit("explore-share"))
    uncertain = round(explore * criteria.limit("explore-uncertain"))
    first = min(number - explore, able)
    pool = min(round(uncertain * criteria.limit("uncertain-pool")), able - first)
    uncertain = min(uncertain, pool)
    random = number - first - uncertain
    return Plan(rows, number, first, uncertain, pool, random, rows - first - uncertain)


def rank(connection: Connection, criteria: Criteria, capacity: Capacity, seed: int) -> Plan:
    """Make the table ``ranking``: of every row its place, status, score and chance of being opened."""
    least = criteria.limit("judged-least")
    connection.execute(f"""CREATE TABLE ordered AS
      SELECT d.row, d.id, s.score, s.reasons, j.n AS judged,
        s.reasons > 0 OR j.n >= {least} AS able,
        md5_number_lower({literal(f"{seed}:")} || d.id) AS draw, md5_number_upper({literal(f"{seed}:")}
          || d.id) AS lot
      FROM d JOIN scores s USING (row) JOIN judged j USING (row) WHERE d.outcome IS NULL""")
    plan = _plan(connection, criteria, capacity)
    by = "able DESC, score DESC, draw, id"
    connection.execute(
        f"CREATE TABLE placed AS SELECT *, row_number() OVER (ORDER BY {by}) AS place FROM ordered"
    )
    connection.execute(f"""CREATE TABLE drawn AS
      SELECT row FROM placed WHERE place > {plan.first} AND place <= {plan.first + plan.pool}
      ORDER BY md5_number_lower({literal(f"uncertain:{seed}:")} || id), id LIMIT {plan.uncertain}""")
    connection.execute(f"""CREATE TABLE lots AS
      SELECT row FROM placed WHERE place > {plan.first} AND row NOT IN (FROM drawn)
      ORDER BY lot, id LIMIT {plan.random}""")
    _write(connection, plan)
    return plan


def _write(connection: Connection, plan: Plan) -> None:
    u, r = plan.chance_uncertain, plan.chance_random
    connection.execute(f"""CREATE TABLE ranking AS
      SELECT p.place, p.row, p.id, p.score, p.reasons, p.judged,
        CASE WHEN p.place <= {plan.first} THEN 'inspect first' WHEN drawn.row IS NOT NULL THEN
          'uncertain check'
          WHEN lots.row IS NOT NULL THEN 'random check' WHEN NOT able THEN 'not enough to judge'
          ELSE 'not selected' END AS status,
        CASE WHEN p.place <= {plan.first} THEN 1.0
          WHEN p.place <= {plan.first + plan.pool} THEN {u} + (1 - {u}) * {r} ELSE {r} END::DOUBLE AS
            probability
      FROM placed p LEFT JOIN drawn USING (row) LEFT JOIN lots USING (row)""")
    connection.execute("""INSERT INTO ranking SELECT NULL, d.row, d.id, s.score, s.reasons, j.n,
      'inspected before', NULL FROM d JOIN scores s USING (row) JOIN judged j USING (row)
      WHERE d.outcome IS NOT NULL""")
    for name in ("ordered", "placed", "drawn", "lots"):
        connection.execute(f"DROP TABLE {name}")


def weights_of(connection: Connection) -> list[dict[str, Any]]:
    """Return points of each signal: assumed, found and clean outcomes it fired on, points now."""
    rows = connection.execute(
        "SELECT code, layer, prior, found, clean, points FROM weights ORDER BY code"
    ).fetchall()
    names = ("code", "layer", "assumed", "found", "clean", "points")
    return [dict(zip(names, row, strict=True)) for row in rows]
