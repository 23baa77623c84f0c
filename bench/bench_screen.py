# ruff: noqa: PLC0415 (each process imports what its task needs)
"""Rates of the screen: the exact scan beside DuckDB's and Polars' own, the whole pipeline, in little memory.

Run by ``make bench`` with 1 million rows, and by hand with ``python bench/bench_screen.py 20000000``.
Each task runs in a process of its own, so that its peak memory can be told.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from memory import peak_memory

ROWS, ROUNDS = 1_000_000, 2
KEYS = "hs, origin, destination"
VALUE = "ln(value / net_kg)"
MEMORY = "2GB"
LITTLE = "500MB"
PLACES = "['CN','VN','DE','JP','US','KR','MY','TH','IN','FR','NL','IT','MX','ID','TR']"


def connection(memory: str = MEMORY):
    import duckdb

    return duckdb.connect(config={"memory_limit": memory, "threads": 2, "preserve_insertion_order": False})


def make(path: Path, rows: int) -> None:
    """Write a table of declarations: 300 headings, 15 places, 6,000 descriptions, 40,000 parties."""
    db = connection()
    db.execute("SELECT setseed(0.42)")
    db.execute(f"""COPY (SELECT 'D' || i AS id, DATE '2024-07-01' + CAST(i * 500 / {rows} AS INTEGER) AS date,
        'O' || CAST(random() * 30 AS INTEGER) AS office, 'E' || CAST(pow(random(), 2) * 40000 AS
          INTEGER) AS exporter,
        'C' || CAST(random() * 40000 AS INTEGER) AS consignee,
        CAST(280000 + CAST(pow(random(), 3) * 300 AS INTEGER) * 2317 AS VARCHAR) AS hs,
        'goods of heading ' || CAST(i % 300 AS INTEGER) || ' kind ' || CAST(random() * 20 AS INTEGER) AS
          description,
        {PLACES}[1 + CAST(floor(pow(random(), 2) * 15) AS INTEGER)] AS origin,
        {PLACES}[1 + CAST(floor(random() * 15) AS INTEGER)] AS destination,
        CASE WHEN random() < 0.1 THEN 'air' ELSE 'sea' END AS mode,
        exp(random() * 6) AS net_kg, exp(random() * 3) * exp(random() * 6) AS value, 'USD' AS currency,
        CAST(1 + random() * 40 AS INTEGER) AS packages,
        CASE WHEN random() < 0.5 THEN exp(random() * 4) END AS volume_m3
      FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)""")


def scan(path: Path) -> int:
    import numpy as np

    from dearth.declarations.robust import group_stats

    db = connection("600MB")
    got = db.execute(f"SELECT hash({KEYS}) AS key, {VALUE} AS x FROM '{path}'").fetchnumpy()
    return int(group_stats(np.asarray(got["key"]), np.asarray(got["x"])).n.size)


def plain_duckdb(path: Path) -> int:
    db = connection()
    asked = f"SELECT {KEYS}, median(x), mad(x) FROM (SELECT {KEYS}, {VALUE} AS x FROM '{path}') GROUP BY ALL"
    (groups,) = db.execute(f'SELECT count(*) FROM ({asked}) WHERE "median(x)" <> "mad(x)"').fetchone()
    return int(groups)


def plain_polars(path: Path) -> int:
    import polars as pl

    x = (pl.col("value") / pl.col("net_kg")).log()
    asked = pl.scan_parquet(path).with_columns(x=x).group_by(KEYS.split(", "))
    middle = pl.col("x").median()
    made = asked.agg(m=middle, d=(pl.col("x") - middle).abs().median())
    return made.collect(engine="streaming").height


def pipeline(path: Path, memory: str = LITTLE) -> int:
    from dearth.book import load_book
    from dearth.declarations.rank import parse_capacity
    from dearth.studies.screen import Wish, screening

    with screening(path, load_book(), Wish(capacity=parse_capacity("2000"), memory=memory)) as found:
        return len(found.answer.answer["rows"])


TASKS: dict[str, tuple[Callable[[Path], int], str]] = {
    "scan": (scan, "exact median and MAD, dearth"),
    "plain_duckdb": (plain_duckdb, f"median and mad of DuckDB, memory limit {MEMORY}"),
    "plain_polars": (plain_polars, "the same by Polars, streaming"),
    "pipeline": (pipeline, f"whole pipeline, database limited to {LITTLE}"),
}


def one(task: str, path: Path) -> None:
    """Run one task and print what it took, as JSON; the scan compiles before it is timed."""
    if task == "scan":
        import numpy as np

        from dearth.declarations.robust import group_stats

        group_stats(np.arange(300_000, dtype=np.uint64) % np.uint64(7), np.arange(300_000.0))
    start, used = time.perf_counter(), time.process_time()
    result = TASKS[task][0](path)
    took, cpu = time.perf_counter() - start, time.process_time() - used
    peak = peak_memory() / 1e3
    print(json.dumps({"task": task, "s": took, "cpu_s": cpu, "peak_gb": peak, "result": result}))


def again(task: str, path: Path) -> dict[str, float] | str:
    """Return what a task took in a process of its own, or why it failed."""
    asked = [sys.executable, __file__, "--one", task, str(path)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout.splitlines()[-1])


def row(task: str, found: list, rows: int, base: float) -> str:
    """Return the row of a task: times, rate, memory, and its ratio to our scan."""
    failed = [one for one in found if isinstance(one, str)]
    if failed:
        return f"| {TASKS[task][1]} | failed: {failed[0]} | | | | | |"
    walls, cpu = [one["s"] for one in found], min(one["cpu_s"] for one in found)
    cells = [TASKS[task][1], f"{min(walls):.2f} s to {max(walls):.2f} s", f"{cpu:.2f} s"]
    cells += [
        f"{rows / min(walls) / 1e6:.2f} million rows/s",
        f"{max(one['peak_gb'] for one in found):.2f} GB",
    ]
    cells += [f"{min(walls) / base:,.1f}", f"{found[0]['result']:,}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Make the rows, run the tasks in turn, print and write."""
    from measure import machine, write_block

    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    wanted = sys.argv[2].split(",") if len(sys.argv) > 2 else list(TASKS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "declarations.parquet"
        make(path, rows)
        size = path.stat().st_size / 1e6
        turns = [{task: again(task, path) for task in wanted} for _ in range(ROUNDS)]
    found = {task: [turn[task] for turn in turns] for task in wanted}
    scans = [one["s"] for one in found.get("scan", ()) if not isinstance(one, str)]
    lines = [
        machine(("dearth", "numpy", "numba", "duckdb", "polars")),
        "",
        f"{rows:,} made-up rows, {size:,.0f} MB of Parquet, two threads, {ROUNDS} rounds.",
        "",
        "| task | wall | CPU, best | rate | memory at most | wall / our scan | groups, or rows told |",
        "|---|---|---|---|---|---|---|",
        *(row(task, times, rows, min(scans, default=float("nan"))) for task, times in found.items()),
    ]
    write_block("bench_screen", lines)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--one":
        one(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
