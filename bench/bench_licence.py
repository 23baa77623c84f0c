"""Times of the licence study: one determination after start, and a bill of materials of 10,000 lines.

Run by ``make bench``.  Best of several runs, with the limits that the project has set itself.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date

from dearth.book.read import DATA
from dearth.lexicon import load_lexicon
from dearth.rules import decide, load_rules
from dearth.rules.bill import assess_bill, read_bill_bytes
from dearth.rules.case_file import read_case_folder
from dearth.rules.decide import verdict
from dearth.rules.shipment import read_shipment
from dearth.studies.licence import licence
from dearth.world.rule_gates import gates_on

LINES = 10_000
GOODS = (
    "sintered NdFeB magnet with Dy", "N42SH magnet", "SmCo magnet", "dysprosium oxide", "NdPr oxide",
    "steel bolt", "traction motor", "printed circuit board", "terbium metal", "rotor",
)  # fmt: skip
SHIPMENT = {
    "id": "b",
    "on": "2026-03-02",
    "from": "CN",
    "to": "JP",
    "goods": "dysprosium oxide",
    "use": "civil",
}


def best(work: Callable[[], object], times: int = 5) -> float:
    """Return the shortest wall time, s."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def row(what: str, seconds: float, limit: float | None = None) -> None:
    """Print one line of the table, with the share of the limit that is used."""
    used = f"{seconds / limit:6.0%} of {limit:g} s" if limit else ""
    print(f"{what:<62}{seconds * 1e3:>10,.2f} ms  {used}")


def bill_of(lines: int, seed: int = 1) -> bytes:
    """Return a bill in which every value differs, as a tree of four tiers."""
    rng = random.Random(seed)
    rows = ["id,parent,description,quantity,value,currency,origin,deep_processed"]
    for place in range(lines):
        parent = "" if place < 10 else f"l{rng.randrange(max(0, place // 10 - 10), place // 10 + 1)}"
        value = round(1000 / (1 + place) ** 0.5 + rng.random(), 4)
        origin = rng.choice(["CN", "JP", "DE", "US", ""])
        rows.append(
            f"l{place},{parent},{rng.choice(GOODS)},1,{value},EUR,{origin},{rng.choice(['yes', 'no', ''])}"
        )
    return "\n".join(rows).encode()


def main() -> None:
    """Print the table."""
    start = time.perf_counter()
    rules = load_rules()
    row(f"reading {len(rules.rules)} rules, once", time.perf_counter() - start)
    start = time.perf_counter()
    goods = load_lexicon().goods
    goods("dysprosium oxide")
    row("reading the lexicon, once", time.perf_counter() - start)
    cases = [written.case for written in read_case_folder(DATA / "cases", rules)]
    row(
        "one determination, mean over the shipped cases",
        best(lambda: [decide(case, rules) for case in cases]) / len(cases),
        0.005,
    )
    slowest = max(best(lambda case=case: decide(case, rules), 3) for case in cases)  # type: ignore[misc]
    row("one determination, the slowest of them", slowest, 0.005)
    row(
        "one verdict without its reasons, mean", best(lambda: [verdict(c, rules) for c in cases]) / len(cases)
    )
    shipment, _faults = read_shipment(SHIPMENT, rules, "bench")
    assert shipment is not None
    row("a shipment in words to the whole answer", best(lambda: licence(shipment, rules)))
    data = bill_of(LINES)
    read = read_bill_bytes("bill.csv", data, rules)
    row(f"reading a bill of {LINES:,} lines", best(lambda: read_bill_bytes("bill.csv", data, rules), 2))
    day = date(2026, 3, 2)
    row(
        f"deciding a bill of {LINES:,} lines",
        best(lambda: assess_bill(read, rules, on=day, read_goods=goods), 2),
        5.0,
    )
    row("the gates of a day, every material, place and use", best(lambda: gates_on(rules, day), 2))


if __name__ == "__main__":
    main()
