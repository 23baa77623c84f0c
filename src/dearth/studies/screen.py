"""Which declarations to open first, because: a ranking under a stated capacity, with reasons.

The answer is "inspect first", never guilt, and it gives no tonnage of smuggled goods.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dearth.answer import Answer
from dearth.book import Book
from dearth.declarations.criteria import Criteria, load_criteria
from dearth.declarations.drift import drift
from dearth.declarations.learned import Learned, learn
from dearth.declarations.measured import enrich, measure
from dearth.declarations.network import fire_flows, fire_network
from dearth.declarations.prices import price_bands, yuan_per_dollar
from dearth.declarations.rank import Capacity, Plan, parse_capacity, rank, score, weigh, weights_of
from dearth.declarations.signals import fire_figures, fire_words, judge, start
from dearth.declarations.table import MEMORY, Intake, read_declarations, workspace
from dearth.declarations.told import explained, reasons_of, selected_rows
from dearth.declarations.words import chemistry_of
from dearth.errors import Fault, InputError, UnknownNameError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["SELECTED", "Screening", "Wish", "screen", "screening"]

SELECTED: Final = ("inspect first", "uncertain check", "random check")
_SEED: Final = 20261122


@dataclass(frozen=True)
class Wish:
    """What is asked of a table of declarations.

    Attributes
    ----------
    capacity
        How many rows can be opened.
    outcomes
        A table with ``id`` and ``outcome`` (found or clean), and if known ``label_date``,
        ``reason_selected`` and ``probability``.
    explain
        Id of a row of which everything is told.
    mapping
        Field -> column, over what the names of columns say.
    set_aside
        Whether rows with faults are named and left out, instead of refused.
    memory
        Most memory of the database; beyond it works on disk.
    """

    capacity: Capacity = field(default_factory=lambda: Capacity(share=0.02))
    outcomes: Path | Any | None = None
    explain: str | None = None
    mapping: dict[str, str] | None = None
    set_aside: bool = False
    seed: int = _SEED
    memory: str = MEMORY


@dataclass(frozen=True)
class Screening:
    """A finished screening while its tables are still at hand: the answer, and the ranking of all rows."""

    answer: Answer
    connection: Connection
    intake: Intake

    def copy_ranking(self, path: Path, form: str) -> None:
        """Write every row of the table to a CSV or Parquet file, those to inspect first on top."""
        safe = "CASE WHEN regexp_matches({0}, '^[=+@\\t\\r-]') THEN '''' || {0} ELSE {0} END AS {0}"
        text = safe if form == "csv" else "{0}"
        how = "FORMAT csv, HEADER" if form == "csv" else "FORMAT parquet"
        target = str(path).replace("'", "''")
        self.connection.execute(
            f"COPY (SELECT place, row, {text.format('id')}, status, round(score, 6) AS score, "
            f"probability, judged, "
            "codes AS reasons, why FROM (SELECT r.*, c.codes, w.why FROM ranking r "
            "LEFT JOIN codes c USING (row) LEFT JOIN why w USING (row)) ORDER BY place NULLS LAST, row) "
            f"TO '{target}' ({how})"
        )


@contextmanager
def screening(given: Path | Any, book: Book, wish: Wish | None = None) -> Iterator[Screening]:
    """Screen a table and keep the ranking of all its rows at hand.

    Parameters
    ----------
    given
        A CSV file, a Parquet file, or an Arrow table; see ``docs/screen.md`` for its columns.

    Raises
    ------
    InputError
        The table cannot be read or rows are wrong: all faults, each with its row.
    UnknownNameError
        There is no row with the id to explain.
    """
    wish, criteria = wish or Wish(), load_criteria()
    with workspace(wish.memory) as connection:
        intake = read_declarations(
            connection, given, criteria, mapping=wish.mapping, set_aside=wish.set_aside
        )
        if wish.outcomes is not None:
            _add_outcomes(connection, wish.outcomes, criteria)
        found = _run(connection, book, criteria, wish)
        told = _told(connection, criteria, found)
        if wish.explain is not None:
            told["explained"] = _explained(connection, criteria, wish.explain)
        answer = _envelope(book, criteria, wish, intake, told)
        yield Screening(answer, connection, intake)


def screen(
    given: Path | str | Any,
    book: Book,
    capacity: str = "2%",
    **wishes: Any,
) -> Answer:
    """Return which declarations to open first, and why; `wishes` as in :class:`Wish`.

    Raises
    ------
    InputError
        The table cannot be read or rows are wrong: all faults, each with its row.
    """
    wish = Wish(capacity=parse_capacity(capacity), **wishes)
    with screening(Path(given) if isinstance(given, str) else given, book, wish) as found:
        return found.answer


@dataclass(frozen=True)
class _Found:
    """What the layers gave."""

    plan: Plan
    learned: Learned
    flows: dict[str, Any]
    drift: dict[str, Any]


def _run(connection: Connection, book: Book, criteria: Criteria, wish: Wish) -> _Found:
    enrich(connection, criteria, yuan_per_dollar(book))
    measure(connection, criteria)
    start(connection)
    fire_words(connection, chemistry_of(book, criteria))
    fire_figures(connection, criteria, price_bands(book))
    fire_network(connection, criteria)
    flows = fire_flows(connection, criteria)
    judge(connection)
    weigh(connection, criteria)
    learned = learn(connection, criteria, wish.seed)
    score(connection, learned)
    plan = rank(connection, criteria, wish.capacity, wish.seed)
    return _Found(plan, learned, flows, drift(connection, criteria))


def _add_outcomes(connection: Connection, given: Path | Any, criteria: Criteria) -> None:
    """Lay outcomes of another table over ``d``; each must be of a row that is there."""
    taken = read_declarations(connection, given, criteria, table="o")
    if "outcome" not in taken.mapping.fields:
        fault = Fault("no column is the outcome", "--outcomes", cure="name it outcome: found or clean")
        raise InputError("Reading outcomes", fault)
    strange = connection.execute(
        "SELECT row, id FROM o WHERE id NOT IN (SELECT id FROM d) ORDER BY row LIMIT 100"
    ).fetchall()
    if strange:
        cure = "outcomes are of rows of the table"
        faults = [
            Fault(f"no declaration has the id {name!r}", f"outcomes, row {row}", cure=cure)
            for row, name in strange
        ]
        raise InputError("Reading outcomes", faults)
    names = ("outcome", "reason_selected", "label_date", "probability")
    sets = ", ".join(f"{name} = coalesce(o.{name}, d.{name})" for name in names)
    connection.execute(f"UPDATE d SET {sets} FROM o WHERE o.id = d.id")


def _told(connection: Connection, criteria: Criteria, found: _Found) -> dict[str, Any]:
    rows = selected_rows(connection, SELECTED)
    reasons = reasons_of(connection, criteria, [row["row"] for row in rows])
    for row in rows:
        row["reasons"] = reasons[row["row"]]
    connection.execute(
        "CREATE TABLE codes AS SELECT row, string_agg(DISTINCT code, '; ' ORDER BY code) AS codes FROM "
        "fired GROUP BY row"
    )
    _keep_words(connection, {row["row"]: "; ".join(r["words"] for r in row["reasons"]) for row in rows})
    statuses = dict(
        connection.execute("SELECT status, count(*) FROM ranking GROUP BY status ORDER BY status").fetchall()
    )
    signals = connection.execute(
        "SELECT code, count(DISTINCT row) FROM fired GROUP BY code ORDER BY code"
    ).fetchall()
    return {
        "rows": rows,
        "statuses": statuses,
        "plan": {**vars(found.plan), "chance_uncertain": found.plan.chance_uncertain,
                 "chance_random": found.plan.chance_random},
        "signals": [{"code": code, "rows": n, "title": criteria.reasons[code].title} for code, n in signals],
        "weights": weights_of(connection),
        "learned": vars(found.learned),
        "flows": found.flows,
        "drift": found.drift,
    }  # fmt: skip


def _keep_words(connection: Connection, words: dict[int, str]) -> None:
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    table = pa.table({"row": pa.array(words, pa.int64()), "why": pa.array(words.values(), pa.string())})
    connection.register("_some", table)
    connection.execute("CREATE TABLE why AS SELECT * FROM _some")
    connection.unregister("_some")


def _explained(connection: Connection, criteria: Criteria, name: str) -> dict[str, Any]:
    told = explained(connection, criteria, name)
    if told is None:
        near = connection.execute(
            "SELECT id FROM d ORDER BY damerau_levenshtein(left(id, 60), ?), id LIMIT 3", [name[:60]]
        ).fetchall()
        cure = "did you mean " + " or ".join(repr(row[0]) for row in near) + "?"
        raise UnknownNameError(
            "Explaining a row", Fault(f"no declaration has the id {name[:60]!r}", "--explain", cure=cure)
        )
    return told


def _envelope(book: Book, criteria: Criteria, wish: Wish, intake: Intake, told: dict[str, Any]) -> Answer:
    answer = {
        "table": {
            "rows": intake.rows,
            "sha256": intake.sha256,
            "columns": intake.mapping.fields,
            "unused": intake.mapping.unused,
            "set_aside": [{"row": row, "id": name, "why": why} for row, name, why in intake.aside],
        },
        **told,
    }
    try:
        version = importlib.metadata.version("dearth")
    except importlib.metadata.PackageNotFoundError:
        version = "0"
    return Answer(
        study="screen",
        version=version,
        book={"version": book.version, "sha256": book.sha256},
        scenario={"name": "criteria", "sha256": criteria.sha256},
        as_of=book.date,
        seed=wish.seed,
        draws=1,
        question={"capacity": str(wish.capacity), "explain": wish.explain, "set_aside": wish.set_aside},
        answer=answer,
        sources=[_source(row) for row in criteria.rows.values()],
        warnings=_warnings(intake, told),
    )


def _source(row: Any) -> dict[str, Any]:
    names = (
        "id",
        "quantity",
        "value",
        "low",
        "high",
        "unit",
        "date",
        "kind",
        "source",
        "url",
        "grade",
        "note",
    )
    return {name: getattr(row, name) for name in names}


def _warnings(intake: Intake, told: dict[str, Any]) -> list[str]:
    found = [
        "a place in this list says where to look first; it is no finding against anybody",
        "blank fields are unknown: a row that states little is judged on little",
        "points of signals are assumptions until outcomes are fed back; no labelled rare-earth "
        "declarations are public",
        "goods mixed into genuine cargo under true weight, price and papers are seen by no paper screen; "
        "X-ray and laboratory see them",
    ]
    if told["learned"]["why_not"]:
        found.append(f"nothing was learned: {told['learned']['why_not']}")
    meant = [
        f"{column!r} (did you mean {field}?)" for column, field in intake.mapping.unused.items() if field
    ]
    if meant:
        found.append(f"columns not used: {', '.join(meant)}")
    moved = [m["what"] for m in told["drift"]["moved"] if m["change"] == "much"]
    if moved:
        found.append(f"the latest fifth of the days differs much in: {', '.join(moved)}")
    if intake.aside:
        found.append(f"{len(intake.aside)} rows were set aside with their faults")
    return found
