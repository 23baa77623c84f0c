"""Layer 6: what earlier outcomes teach, by LightGBM; parties enter only by their past.

The past of a party is the share of found cases among its outcomes known before the day of the row, drawn
towards the mean.  No identity of a party is a feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Criteria
from dearth.declarations.sheet import Sheet
from dearth.declarations.table import only

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["Foretold", "Learned", "auc", "enough", "learn"]

_NUMBERS: Final = (
    "uv", "uv_z", "den", "den_z", "kpp", "kpp_z", "frt", "frt_z",
    "ln(net_kg)", "ln(value)", "ln(packages)", "tax_rate", "dayofweek(day)",
)  # fmt: skip
_NAMES: Final = (
    "hs6", "hs4", "hs2", "origin", "departure", "destination", "office", "mode", "regime", "procedure",
    "use", "payment", "tax_type", "origin_mark", "incoterm", "money",
)  # fmt: skip
_PASTS: Final = {
    "exporter": "exporter",
    "consignee": "consignee",
    "agent": "agent",
    "hs6": "hs6",
    "origin": "origin",
    "goods": "nullif(concat_ws(' ', hs6, origin, tax_type), '')",
    "alike": "CASE WHEN price > 0 THEN "
    "concat_ws(' ', hs6, round(4 * ln(price / net_kg)), origin, tax_type) END",
}
_HELD: Final = 0.2  # latest share of the labelled rows on which the model is tried before it is trusted
_CHUNK: Final = 500_000
_SETTINGS: Final[dict[str, Any]] = {
    "objective": "binary", "metric": "auc", "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 20,
    "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1, "cat_smooth": 20.0,
    "max_cat_threshold": 64, "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1,
}  # fmt: skip
_ROUNDS: Final = 400
_LEAST_ROUNDS: Final = 20
_PATIENCE: Final = 40


@dataclass(frozen=True)
class Learned:
    """What was learned: numbers of outcomes, trial on the latest ones, and how far the model is trusted."""

    found: int
    clean: int
    why_not: str = ""
    trial_auc: float | None = None
    trial_rows: int = 0
    base: float = 0.0
    trust: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return (
            {name: getattr(self, name) for name in self.__slots__}
            if hasattr(self, "__slots__")
            else vars(self)
        )


def auc(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    """Return the chance that a found row scores above a clean one, ties counting half; NaN without one."""
    found = int(labels.sum())
    clean = labels.size - found
    if not found or not clean:
        return float("nan")
    _distinct, place, n = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(n) - (n - 1) / 2.0)[place]
    return float((rank[labels == 1].sum() - found * (found + 1) / 2.0) / (found * clean))


class Foretold(NamedTuple):
    """Rows without outcome, and the share of found cases that the model foretells of each."""

    row: NDArray[np.int64]
    share: NDArray[np.float64]


_NOBODY: Final = Foretold(np.empty(0, np.int64), np.empty(0))


def enough(connection: Connection, criteria: Criteria) -> tuple[int, int, str]:
    """Return found and clean outcomes, and why they are too few, ``""`` if they are not."""
    found, clean = only(
        connection, "SELECT count(*) FILTER (outcome = 1), count(*) FILTER (outcome = 0) FROM inspected"
    )
    return found, clean, _too_few(found, clean, criteria)


def learn(connection: Connection, criteria: Criteria, sheet: Sheet, seed: int) -> tuple[Learned, Foretold]:
    """Return what outcomes teach, and what is foretold of rows without one, if there are outcomes enough."""
    found, clean, short = enough(connection, criteria)
    if short:
        return Learned(found, clean, short), _NOBODY
    try:
        import lightgbm  # noqa: PLC0415 (an extra)
    except ImportError:
        return Learned(found, clean, "LightGBM is not installed: pip install 'dearth[screen]'"), _NOBODY
    _tables(connection, sheet)
    _pasts(connection, criteria, found / (found + clean))
    rows = _fetch(connection, "outcome IS NOT NULL ORDER BY coalesce(day, DATE '1900-01-01'), row")
    coder = _Coder(rows)
    features, labels = coder.matrix(rows), np.asarray(rows["outcome"], np.int64)
    weights = _weights(rows, criteria)
    cut = int(labels.size * (1 - _HELD))
    held = features[cut:], labels[cut:]
    trial = _train(lightgbm, (features[:cut], labels[:cut], weights[:cut]), seed, held=held)
    score = auc(labels[cut:], np.asarray(trial.predict(features[cut:]), np.float64))
    known = bool(np.isfinite(score))
    rounds = max(_LEAST_ROUNDS, trial.best_iteration or _ROUNDS)
    model = _train(lightgbm, (features, labels, weights), seed, rounds=rounds)
    foretold = _predict(connection, model, coder)
    base = float(np.average(labels, weights=weights))
    counts = found / (found + criteria.limit("labels-trust"))
    trust = counts * _trusted(score, criteria) if known else 0.0
    told = Learned(found, clean, "", score if known else None, labels.size - cut, base, trust)
    return told, foretold


def _tables(connection: Connection, sheet: Sheet) -> None:
    """Make the tables ``t``, all that rows state with their outcomes, and ``f``, their figures."""
    names = ("outcome", "reason_selected", "label_date", "probability")
    told = ", ".join(f"i.{name} AS {name}" for name in names)
    connection.execute(
        f"CREATE TABLE t AS SELECT e.* REPLACE ({told}) FROM e LEFT JOIN inspected i ON i.row = e.row"
    )
    figures = ("uv", "den", "kpp", "frt", "uv_z", "den_z", "kpp_z", "frt_z")
    connection.execute(f"CREATE TABLE f (row BIGINT, {', '.join(f'{name} DOUBLE' for name in figures)})")
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    for _first, (row, *columns) in sheet.pieces("row", *figures):
        cells = dict(zip(figures, columns, strict=True))
        blank = {n: np.full(row.size, np.nan) if n not in sheet.kinds else v for n, v in cells.items()}
        connection.register("_some", pa.table({"row": row, **blank}))
        known = ", ".join(f"CASE WHEN NOT isnan({name}) THEN {name} END" for name in figures)
        connection.execute(f"INSERT INTO f SELECT row, {known} FROM _some")
        connection.unregister("_some")


def _trusted(score: float, criteria: Criteria) -> float:
    """Return 0 for a model no better than chance, 1 from a stated area under the curve on."""
    return float(np.clip((score - 0.5) / (criteria.limit("auc-trust") - 0.5), 0, 1))


def _too_few(found: int, clean: int, criteria: Criteria) -> str:
    least = criteria.limit("labels-found"), criteria.limit("labels-clean")
    if found >= least[0] and clean >= least[1]:
        return ""
    return f"{found} found and {clean} clean outcomes; {least[0]:.0f} and {least[1]:.0f} are needed"


def _weights(rows: dict[str, Any], criteria: Criteria) -> NDArray[np.float64]:
    """Return one over the chance with which each outcome was selected, bounded; 1 where it is unknown."""
    chance = _numbers(rows["probability"])
    most = criteria.limit("feedback-weight-most")
    return np.where(np.isfinite(chance), np.minimum(1 / np.maximum(chance, 1 / most), most), 1.0)


def _train(
    library: Any, known: tuple[Any, Any, Any], seed: int, *, rounds: int = _ROUNDS, held: Any = None
) -> Any:
    """Return a model of ``(features, labels, weights)``; with `held` it stops when these no longer gain."""
    features, labels, weights = known
    names = list(range(len(_NUMBERS) + 2 * len(_PASTS), features.shape[1]))
    data = library.Dataset(features, labels, weight=weights, categorical_feature=names, free_raw_data=False)
    settings = {**_SETTINGS, "seed": seed % 2**31}
    if held is None or not 0 < held[1].sum() < held[1].size:
        return library.train(settings, data, num_boost_round=rounds)
    tried = library.Dataset(*held, reference=data, categorical_feature=names, free_raw_data=False)
    stop = [library.early_stopping(_PATIENCE, verbose=False)]
    return library.train(settings, data, num_boost_round=rounds, valid_sets=[tried], callbacks=stop)


def _pasts(connection: Connection, criteria: Criteria, base: float) -> None:
    """Make the table ``pasts``: of each row, outcomes known of its parties before its day, and their risk."""
    prior = criteria.limit("risk-prior")
    chosen, joins = [], []
    for name, sql in _PASTS.items():
        connection.execute(f"""CREATE TABLE past_{name} AS
          SELECT DISTINCT {sql} AS who, coalesce(label_date, day) AS known,
            sum(outcome) OVER w AS hits, count(*) OVER w AS n
          FROM t WHERE outcome IS NOT NULL AND {sql} IS NOT NULL AND coalesce(label_date, day) IS NOT NULL
          WINDOW w AS (PARTITION BY {sql} ORDER BY coalesce(label_date, day)
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)""")
        joins.append(
            f"ASOF LEFT JOIN past_{name} AS p_{name} ON {sql} = p_{name}.who AND t.day > p_{name}.known"
        )
        hits, n = f"coalesce(p_{name}.hits, 0)", f"coalesce(p_{name}.n, 0)"
        chosen.append(f"({hits} + {prior * base}) / ({n} + {prior}) AS risk_{name}, {n} AS n_{name}")
    connection.execute(f"CREATE TABLE pasts AS SELECT t.row, {', '.join(chosen)} FROM t {' '.join(joins)}")


def _fetch(connection: Connection, where: str) -> dict[str, Any]:
    numbers = ", ".join(f"CAST({sql} AS DOUBLE) AS x{i}" for i, sql in enumerate(_NUMBERS))
    names = ", ".join(f"coalesce({name}, '') AS c{i}" for i, name in enumerate(_NAMES))
    pasts = ", ".join(f"risk_{name}, n_{name}" for name in _PASTS)
    return connection.execute(
        f"SELECT row, outcome, probability, {numbers}, {pasts}, {names} "
        f"FROM t JOIN f USING (row) JOIN pasts USING (row) WHERE {where}"
    ).fetchnumpy()


def _numbers(column: Any) -> NDArray[np.float64]:
    return np.ma.filled(np.ma.asarray(column, np.float64), np.nan)


class _Coder:
    """Turns names into numbers, those of the outcomes only; a name not met there is unknown."""

    def __init__(self, rows: dict[str, Any]) -> None:
        self.known = [np.unique(np.asarray(rows[f"c{i}"], str)) for i in range(len(_NAMES))]

    def matrix(self, rows: dict[str, Any]) -> NDArray[np.float64]:
        """Return the features, [rows, features]: figures, pasts, then names."""
        columns = [_numbers(rows[f"x{i}"]) for i in range(len(_NUMBERS))]
        for name in _PASTS:
            columns += [_numbers(rows[f"risk_{name}"]), _numbers(rows[f"n_{name}"])]
        columns += [self._code(i, rows[f"c{i}"]) for i in range(len(_NAMES))]
        return np.column_stack(columns)

    def _code(self, i: int, column: Any) -> NDArray[np.float64]:
        known, names = self.known[i], np.asarray(column, str)
        place = np.minimum(np.searchsorted(known, names), known.size - 1)
        return np.where((known[place] == names) & (names != ""), place.astype(np.float64), np.nan)


def _predict(connection: Connection, model: Any, coder: _Coder) -> Foretold:
    (last,) = only(connection, "SELECT max(row) FROM t")
    found: list[tuple[Any, Any]] = []
    for first in range(0, int(last) + 1, _CHUNK):
        rows = _fetch(connection, f"outcome IS NULL AND row >= {first} AND row < {first + _CHUNK}")
        if len(rows["row"]):
            share = np.asarray(model.predict(coder.matrix(rows)), np.float64)
            found.append((np.asarray(rows["row"], np.int64), share))
    return Foretold(*(np.concatenate(columns) for columns in zip(*found, strict=True))) if found else _NOBODY
