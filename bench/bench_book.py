"""Rates of the data book: rows read and checked, looked up, searched, audited.

Run by ``make bench``.  Rates by the best CPU time; beside reading stands Python's csv on the same bytes,
which checks nothing.
"""

from __future__ import annotations

import csv
from io import StringIO

from dearth.book import audit, load_book, show
from dearth.book.book import own_parts
from measure import RATES, machine, rate_row, ratio, rounds, write_block

LOOKED_UP = 500


def main() -> None:
    """Measure, print and write."""
    texts = [data.decode("utf-8-sig") for _name, data in own_parts() if isinstance(data, bytes)]
    book = load_book()
    n = len(book)
    plain = rounds(lambda: [list(csv.DictReader(StringIO(text))) for text in texts])
    checked = rounds(load_book)
    asked = book.rows[:: max(1, n // LOOKED_UP)][:LOOKED_UP]
    some = len(asked)
    lines = [
        *RATES,
        rate_row("rows read and checked", checked, n, "rows", f"{ratio(checked, plain):.1f} times csv"),
        rate_row("the same bytes by Python's csv", plain, n, "rows"),
        rate_row("a row by its name", rounds(lambda: [book.get(row.id) for row in asked]), some, "rows"),
        rate_row(
            "what else is told of the same thing",
            rounds(lambda: [book.rivals(row) for row in asked]),
            some,
            "rows",
        ),
        rate_row("a search by words", rounds(lambda: show(book, "china mining share")), 1, "searches"),
        rate_row("the audit of all rows", rounds(lambda: audit(book), 3), n, "rows"),
    ]
    said = f"The book holds {n:,} rows in {len(texts)} tables."
    write_block("bench_book", [machine(("dearth", "pydantic")), "", said, "", *lines])


if __name__ == "__main__":
    main()
