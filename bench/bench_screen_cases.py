"""Published cases written as declarations, among matched ordinary goods; writes its figures into
  ``docs/screen.md``.

The cases stand in ``tests/screen_cases.csv``, written without sight of the detectors, absent fields blank.
An ordinary row states the same fields as the case it is matched with, for goods that are what the words
say: same heading, route, office and mode, a day within a year, weight and value around the case's.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from bench_screen_public import write
from dearth.book import load_book
from dearth.declarations.rank import Capacity
from dearth.studies.screen import Wish, screening

CASES = Path(__file__).resolve().parents[1] / "tests" / "screen_cases.csv"
MATCHED = 60
SEEDS = 12
OWN = ("case", "variant", "rare_earth", "date_known")
PLAIN = "Nd {0} %, Pr 2 %, Fe {1} %, B 1 %"  # a made-up lawful magnet without heavy rare earths
Row = dict[str, str]


def ordinary(case: Row, number: int, draw: random.Random) -> Row:
    row = {**case, "id": f"ordinary-{case['id']}-{number}"}
    for name in ("net_kg", "value"):
        if case[name]:
            row[name] = f"{float(case[name]) * draw.lognormvariate(0, 0.5):.2f}"
    if case["net_kg"] and case["value"]:
        price = float(case["value"]) / float(case["net_kg"])
        row["value"] = f"{float(row['net_kg']) * price * draw.lognormvariate(0, 0.25):.2f}"
    if case["date"]:
        row["date"] = str(date.fromisoformat(case["date"]) + timedelta(days=draw.randint(-365, 365)))
    if case["composition"]:
        neodymium = draw.randint(27, 31)
        row["composition"] = PLAIN.format(neodymium, 97 - neodymium)
    if "rare-earth" in case["description"]:
        row["description"] = case["description"].replace("rare-earth ", "")
    return row


def table_of(cases: list[Row]) -> pa.Table:
    draw = random.Random(1)
    rows = [*cases, *(ordinary(case, i, draw) for case in cases for i in range(MATCHED))]
    names = [name for name in cases[0] if name not in OWN]
    return pa.table({name: [row[name] for row in rows] for name in names})


def recalled(table: pa.Table, cases: list[Row], seed: int) -> int:
    """Return how many rows of rare earths, as known, are inspected first when ties fall by this seed."""
    guilty = {c["id"] for c in cases if c["rare_earth"] == "yes" and c["variant"] == "as known"}
    with screening(table, load_book(), Wish(capacity=Capacity(share=0.02), seed=seed)) as found:
        asked = "SELECT id FROM ranking WHERE status = 'inspect first'"
        return len(guilty & {name for (name,) in found.connection.execute(asked).fetchall()})


def main() -> None:
    with CASES.open(encoding="utf-8", newline="") as stream:
        cases = list(csv.DictReader(stream))
    with screening(table_of(cases), load_book(), Wish(capacity=Capacity(share=0.02))) as found:
        asked = "SELECT id, status, codes FROM ranking"
        got = {
            name: (status, codes or "") for name, status, codes in found.connection.execute(asked).fetchall()
        }
        plan = found.answer.answer["plan"]
    first = [name for name, (status, _codes) in got.items() if status == "inspect first"]
    guilty = [case for case in cases if case["rare_earth"] == "yes"]
    lines = [
        f"{len(cases)} rows of {len({c['case'] for c in cases})} cases: {len(guilty)} of rare earths, "
        f"{len(cases) - len(guilty)} of other goods; {MATCHED} matched ordinary rows each; capacity 2 % of "
        f"{plan['open_rows']:,} rows, {plan['capacity']} inspections, of which {plan['first']} by their "
        f"reasons.",
        "",
        "| rows | n | inspect first | a reason fired | not enough to judge |",
        "|---|---|---|---|---|",
    ]
    for variant in ("as known", "HS inferred"):
        some = [got[c["id"]] for c in guilty if c["variant"] == variant]
        counts = Counter(status for status, _codes in some)
        lines.append(
            f"| rare earths, {variant} | {len(some)} | {counts['inspect first']} "
            f"({counts['inspect first'] / len(some):.0%}) | "
            f"{sum(bool(codes) for _s, codes in some)} | {counts['not enough to judge']} |"
        )
    caught = {case["id"] for case in guilty} & set(first)
    lines += [
        "",
        f"False alarms: {len(first) - len(caught)} of {len(first)} rows to inspect first, "
        f"{sum(name.startswith('ordinary') for name in first)} of them ordinary. Every case, and what fired:",
        "",
        "| row | declared as | status | reasons |",
        "|---|---|---|---|",
    ]
    for case in cases:
        status, codes = got[case["id"]]
        what = ", ".join(filter(None, (case["hs"], case["description"], case["composition"])))
        other = "" if case["rare_earth"] == "yes" else " (not a rare earth)"
        missed = "" if status == "inspect first" or other else "**missed**: "
        lines.append(f"| {case['id']}{other} | {what} | {missed}{status} | {codes or '-'} |")
    hits = [recalled(table_of(cases), cases, seed) for seed in range(SEEDS)]
    at = lines.index("") + 5  # below the first table
    lines[at:at] = [
        "",
        f"Ties at the cut fall by lot: over {SEEDS} other seeds {min(hits)} to {max(hits)} of the rows as "
        f"known, {sum(hits) / SEEDS:.1f} on the average.",
    ]
    print("\n".join(lines))
    write("cases", lines)


if __name__ == "__main__":
    main()
