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

import numpy as np
from numpy.typing import NDArray

from dearth.answer import Answer
from dearth.book import Book
from dearth.declarations.criteria import Criteria, load_criteria
from dearth.declarations.drift import drift
from dearth.declarations.flows import fire_flows
from dearth.declarations.learned import Foretold, enough, learn
from dearth.declarations.marks import Marks
from dearth.declarations.network import fire_network
from dearth.declarations.prices import price_bands, yuan_per_dollar
from dearth.declarations.rank import Candidates, Capacity, Ranking, parse_capacity, rank
from dearth.declarations.ranking import Outcome, explained, keep_ranking, keep_words, names_of, selected
from dearth.declarations.score import score, taught, weigh, weights_of
from dearth.declarations.sheet import NO_DAY, Sheet, enrich, make_sheet
from dearth.declarations.signals import fire_bands, fire_figures, fire_words
from dearth.declarations.source import readable
from dearth.declarations.table import MEMORY, Intake, read_declarations, workspace
from dearth.declarations.words import chemistry_of
from dearth.errors import Fault, InputError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["SELECTED", "Screening", "Wish", "screen", "screening"]

SELECTED: Final = ("inspect first", "uncertain check", "random check")
_SEED: Final = 20261122
Array = NDArray[Any]


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
            f"probability, judged, codes AS reasons, why FROM ranking LEFT JOIN why USING (row) "
            f"ORDER BY place NULLS LAST, row) TO '{target}' ({how})"
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
        _settle(connection, wish.outcomes, criteria)
        told = readable(intake.name, lambda: _run(connection, book, criteria, wish, intake.mapping.fields))
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


def _run(
    connection: Connection, book: Book, criteria: Criteria, wish: Wish, fields: dict[str, str]
) -> dict[str, Any]:
    enrich(connection, criteria, yuan_per_dollar(book))
    sheet = make_sheet(connection, criteria, fields, wish.seed)
    marks, span = Marks(sheet.rows, criteria), _span(sheet)
    fire_words(connection, sheet, marks, chemistry_of(book, criteria), fields)
    keep = not enough(connection, criteria)[2]
    figures = fire_figures(sheet, marks, criteria, keep=keep)
    floor = criteria.limit("rare-earth-price-floor")
    bands = [band for band in price_bands(book) if band.low >= floor]
    fire_bands(connection, sheet, marks, bands, figures.dear)
    fire_network(sheet, marks, criteria, span[0])
    flows = fire_flows(connection, sheet, marks, criteria, span)
    points = weigh(connection, criteria, sheet, marks)
    learned, foretold = learn(connection, criteria, sheet, wish.seed)
    extra = taught(sheet, learned, *foretold) if learned.trust > 0 else None
    total = score(marks, criteria, points, learned, extra)
    able = (marks.bits != 0) | (figures.judged >= criteria.limit("judged-least"))
    ranking = _ranked(connection, criteria, wish, sheet, total, able)
    found = Outcome(sheet, marks, figures, points, total, ranking, learned, extra, _shares(foretold))
    moved = drift(connection, criteria, sheet, figures.unit_value, np.bitwise_count(marks.bits))
    return _told(connection, criteria, wish, found, {"flows": flows, "drift": moved})


def _shares(foretold: Foretold) -> tuple[Array, Array]:
    """Return what is foretold in order of rows, so that one can be looked up."""
    order = np.argsort(foretold.row)
    return foretold.row[order], foretold.share[order]


def _ranked(  # noqa: PLR0913, PLR0917 (the parts of a ranking)
    connection: Connection, criteria: Criteria, wish: Wish, sheet: Sheet, total: Array, able: Array
) -> Ranking:
    candidates = Candidates(
        score=total,
        able=able,
        still_open=_still_open(connection, sheet),
        draw=sheet.read("draw"),
        lot=sheet.read("lot"),
        names=lambda positions: names_of(connection, sheet, positions),
    )
    return rank(candidates, criteria, wish.capacity, wish.seed)


def _span(sheet: Sheet) -> tuple[int, int]:
    """Return the first and the last day of the table, in days since 1970-01-01."""
    day = sheet.read("day")
    day = day[day != NO_DAY]
    return (int(day.min()), int(day.max())) if day.size else (0, -1)


def _still_open(connection: Connection, sheet: Sheet) -> Array:
    """Return whether a row has no outcome yet."""
    rows = connection.execute("SELECT row FROM inspected ORDER BY row").fetchnumpy()["row"]
    still_open = np.ones(sheet.rows, bool)
    still_open[sheet.positions(np.asarray(rows, np.int64))] = False
    return still_open


def _settle(connection: Connection, outcomes: Path | Any | None, criteria: Criteria) -> None:
    """Make the table ``inspected``: outcomes of the table itself, those of a second table laid over them."""
    names = ("outcome", "reason_selected", "label_date", "probability")
    joined = ""
    if outcomes is not None:
        _read_outcomes(connection, outcomes, criteria)
        joined = "LEFT JOIN o USING (id)"
    cells = ", ".join(f"coalesce(o.{n}, d.{n}) AS {n}" if joined else f"d.{n} AS {n}" for n in names)
    asked = f"SELECT d.row AS row, d.day AS day, {cells} FROM d {joined}"
    connection.execute(f"CREATE TABLE inspected AS SELECT * FROM ({asked}) WHERE outcome IS NOT NULL")


def _read_outcomes(connection: Connection, given: Path | Any, criteria: Criteria) -> None:
    """Make the view ``o`` of a table of outcomes; each must be of a row that is there."""
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


def _told(
    connection: Connection, criteria: Criteria, wish: Wish, found: Outcome, flows: dict[str, Any]
) -> dict[str, Any]:
    keep_ranking(connection, found)
    rows = selected(connection, criteria, found, SELECTED)
    keep_words(connection, {row["row"]: "; ".join(r["words"] for r in row["reasons"]) for row in rows})
    counts, plan = found.counts(), found.ranking.plan
    told = {
        "rows": rows,
        "statuses": found.statuses(),
        "plan": {
            **vars(plan),
            "chance_uncertain": plan.chance_uncertain,
            "chance_random": plan.chance_random,
        },
        "signals": [{"code": c, "rows": n, "title": criteria.reasons[c].title} for c, n in counts.items()],
        "weights": weights_of(connection),
        "learned": vars(found.learned),
        **flows,
    }
    if wish.explain is not None:
        told["explained"] = explained(connection, criteria, found, wish.explain)
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
