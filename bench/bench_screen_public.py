# ruff: noqa: PLC0415 (each process imports what its task needs)
"""The screen on the public synthetic declarations, time order kept; writes its figures into
  ``docs/screen.md``.

``python bench/bench_screen_public.py FOLDER`` with the folder that holds ``df_syn_train_eng.csv`` and
``df_syn_valid_eng.csv`` (Institute for Basic Science and Korea Customs Service, MIT licence).  Hard splits
come first: headings that were never labelled, then few labels, then everything known.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import time
import zlib
from pathlib import Path

import numpy as np

from dearth.book import load_book
from dearth.declarations.learned import auc
from dearth.studies.screen import Wish, screening

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "screen.md"
FOLDS = 5
DRAWS = 500
CAPACITIES = (0.01, 0.05, 0.10)
LABEL, KEY, HS = "Fraud", "Declaration ID", "HS6 Code"
RAW = (
    "Office ID", "Process Type", "Import Type", "Import Use", "Payment Type", "Mode of Transport",
    "Declarant ID", "Importer ID", "Seller ID", "Courier ID", HS,
    "Country of Departure", "Country of Origin", "Tax Type",
    "Country of Origin Indicator",
)  # fmt: skip
Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def share_of(text: str, salt: str) -> float:
    """Return a number in [0, 1) that depends on the text alone."""
    return (zlib.crc32(f"{salt}:{text}".encode()) & 0xFFFFFFFF) / 2**32


def screened(train: Rows, test: Rows, labelled: set[str]) -> np.ndarray:
    """Return the screen's score of each test row; outcomes of `labelled` training rows alone are told."""
    import pyarrow as pa

    names = [name for name in train[0] if name not in (LABEL, "Critical Fraud")]
    rows = [*train, *test]
    columns = {name: [row[name] for row in rows] for name in names}
    told = [row[LABEL] if row[KEY] in labelled else "" for row in train]
    columns["outcome"] = told + [""] * len(test)
    columns[KEY] = [f"{i}-{key}" for i, key in enumerate(columns[KEY])]
    with screening(pa.table(columns), load_book(), Wish()) as found:
        got = dict(found.connection.execute("SELECT id, score FROM ranking").fetchall())
    return np.array([got[key] for key in columns[KEY][len(train) :]])


def looked_up(train: Rows, test: Rows, labelled: set[str]) -> np.ndarray:
    """Return the mean label of training rows of the same heading, unit price, origin and tax type,"""
    """with back-off."""
    keys = (
        lambda r: (r[HS], price_class(r), r["Country of Origin"], r["Tax Type"]),
        lambda r: (r[HS], r["Country of Origin"], r["Tax Type"]),
        lambda r: (r[HS],),
    )
    known = [row for row in train if row[KEY] in labelled]
    base = float(np.mean([int(row[LABEL]) for row in known]))
    score = np.full(len(test), base)
    for key in reversed(keys):
        sums: dict[tuple, list[int]] = {}
        for row in known:
            sums.setdefault(key(row), []).append(int(row[LABEL]))
        for i, row in enumerate(test):
            got = sums.get(key(row), ())
            score[i] = (sum(got) + 2 * score[i]) / (len(got) + 2)
    return score


def price_class(row: dict[str, str]) -> int:
    mass, price = float(row["Net Mass"] or 0), float(row["Item Price"] or 0)
    return round(4 * np.log(price / mass)) if mass > 0 and price > 0 else -999


def boosted(train: Rows, test: Rows, labelled: set[str]) -> np.ndarray:
    """Return what LightGBM makes of the raw columns, parties' ids as numbers among them."""
    import lightgbm

    known = [row for row in train if row[KEY] in labelled]
    codes = [{v: i for i, v in enumerate(sorted({row[name] for row in known}))} for name in RAW]

    def matrix(rows: Rows) -> np.ndarray:
        numbers = [
            [float(r["Tax Rate"] or "nan"), float(r["Net Mass"]), float(r["Item Price"])] for r in rows
        ]
        names = [[code.get(r[name], -1) for name, code in zip(RAW, codes, strict=True)] for r in rows]
        return np.hstack([np.array(numbers), np.array(names, float)])

    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 1, "deterministic": True}
    data = lightgbm.Dataset(matrix(known), np.array([int(r[LABEL]) for r in known]))
    return np.asarray(lightgbm.train(settings, data, 300).predict(matrix(test)))


METHODS = {"dearth screen": screened, "LightGBM, raw columns": boosted, "lookup table": looked_up}


def precision(labels: np.ndarray, scores: np.ndarray, share: float) -> float:
    count = max(1, round(share * labels.size))
    return float(labels[np.argsort(-scores, kind="stable")[:count]].mean())


def figures(labels: np.ndarray, scores: np.ndarray) -> dict[str, list[float]]:
    """Return AUC and precisions, each with its 95 % bootstrap interval over rows."""
    draw = np.random.default_rng(1)
    measures = {"AUC": auc, **{f"p@{100 * c:g}": lambda y, s, c=c: precision(y, s, c) for c in CAPACITIES}}
    some = [draw.integers(0, labels.size, labels.size) for _ in range(DRAWS)]
    found = {}
    for name, measure in measures.items():
        values = [measure(labels[i], scores[i]) for i in some]
        found[name] = [measure(labels, scores), *np.quantile(values, [0.025, 0.975]).tolist()]
    return found


def unseen(train: Rows, test: Rows) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return labels and scores when no row of a test row's heading has a known outcome, fold by fold."""
    fold = [int(FOLDS * share_of(row[HS], "fold")) for row in test]
    scores = {name: np.zeros(len(test)) for name in METHODS}
    for k in range(FOLDS):
        here = [i for i, f in enumerate(fold) if f == k]
        told = {row[KEY] for row in train if int(FOLDS * share_of(row[HS], "fold")) != k}
        for name, method in METHODS.items():
            got = method(train, [test[i] for i in here], told)
            scores[name][here] = np.argsort(np.argsort(got, kind="stable"), kind="stable") / len(here)
    return np.array([int(row[LABEL]) for row in test]), scores


def few(train: Rows, test: Rows, share: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    told = {row[KEY] for row in train if share_of(row[KEY], "label") < share}
    scores = {name: method(train, test, told) for name, method in METHODS.items()}
    return np.array([int(row[LABEL]) for row in test]), scores


def ruled(train: Rows, test: Rows) -> dict[str, list[float]]:
    """Return the figures of the signals alone, no outcome told."""
    return figures(np.array([int(row[LABEL]) for row in test]), screened(train, test, set()))


def row_of(name: str, found: dict[str, list[float]]) -> str:
    cells = [f"{v:.3f} ({low:.3f} to {high:.3f})" for v, low, high in found.values()]
    return f"| {name} | " + " | ".join(cells) + " |"


def write(name: str, lines: list[str]) -> None:
    """Put lines between the marks of a block of the document."""
    text = DOCUMENT.read_text("utf-8")
    block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    DOCUMENT.write_text(block.sub(lambda m: m[1] + "\n".join(lines) + "\n" + m[2], text), "utf-8")


def main() -> None:
    if len(sys.argv) != 2:
        print("name the folder of the public declarations")
        return
    folder = Path(sys.argv[1])
    train, test = read(folder / "df_syn_train_eng.csv"), read(folder / "df_syn_valid_eng.csv")
    rate = np.mean([int(row[LABEL]) for row in test])
    lines = [
        f"Training {len(train):,} rows ({train[0]['Date']} to {train[-1]['Date']}), test {len(test):,} "
        f"later rows "
        f"({test[0]['Date']} to {test[-1]['Date']}), {rate:.1%} of them labelled as fraud. In brackets: "
        f"95 % bootstrap "
        f"intervals over rows, {DRAWS} draws.",
        "",
    ]
    splits = {
        "Headings whose outcomes were never told (five folds of HS6 codes)": lambda: unseen(train, test),
        "1 % of the outcomes told": lambda: few(train, test, 0.01),
        "5 % of the outcomes told": lambda: few(train, test, 0.05),
        "10 % of the outcomes told": lambda: few(train, test, 0.10),
        "Known headings, all outcomes told": lambda: few(train, test, 2.0),
    }
    kept = {}
    for title, split in splits.items():
        start = time.perf_counter()
        labels, scores = split()
        found = {name: figures(labels, values) for name, values in scores.items()}
        kept[title] = found
        lines += [f"**{title}**", "", "| method | AUC | p@1 % | p@5 % | p@10 % |", "|---|---|---|---|---|"]
        lines += [row_of(name, values) for name, values in found.items()] + [""]
        print(title, json.dumps(found), f"{time.perf_counter() - start:.0f} s", flush=True)
    lines += [
        "**No outcome told at all**",
        "",
        "| method | AUC | p@1 % | p@5 % | p@10 % |",
        "|---|---|---|---|---|",
    ]
    lines += [row_of("dearth screen, signals alone", ruled(train, test))]
    print("\n".join(lines))
    if DOCUMENT.exists():
        write("public", lines)


if __name__ == "__main__":
    main()
