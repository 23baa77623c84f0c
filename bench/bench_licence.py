"""Rates of the licence study: determinations after start, and a bill of materials of 10,000 lines.

Run by ``make bench``.  Rates by the best CPU time of several runs, with the limits that the project has set
itself.
"""

from __future__ import annotations

import csv
import random
from datetime import date
from io import StringIO

from dearth.book.read import DATA
from dearth.lexicon import load_lexicon
from dearth.rules import decide, load_rules
from dearth.rules.bill import assess_bill, read_bill_bytes
from dearth.rules.case_file import read_case_folder
from dearth.rules.decide import verdict
from dearth.rules.ruleset import RuleSet
from dearth.rules.shipment import read_shipment
from dearth.studies.licence import licence
from dearth.world.rule_gates import gates_on
from measure import RATES, Spent, machine, once, rate_row, ratio, rounds, told, write_block

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


def aim(found: list[Spent], most: float) -> str:
    """Return what share of the limit is used."""
    return f"{min(s.cpu for s in found) / most:.0%} of the {told(most)} that it may take"


def determinations(rules: RuleSet) -> list[str]:
    """Return the rows of single determinations."""
    cases = [written.case for written in read_case_folder(DATA / "cases", rules)]
    n = len(cases)
    whole = rounds(lambda: [decide(case, rules) for case in cases])
    bare = rounds(lambda: [verdict(case, rules) for case in cases])
    each = [rounds(lambda c=case: decide(c, rules), 3) for case in cases]  # type: ignore[misc]
    slow = max(each, key=lambda found: min(s.cpu for s in found))
    shipment, _faults = read_shipment(SHIPMENT, rules, "bench")
    assert shipment is not None
    answer = rounds(lambda: licence(shipment, rules))
    times = f"{ratio(whole, bare):.1f} times the verdict alone"
    return [
        rate_row(f"the {n} shipped cases, decided with reasons", whole, n, "cases", times),
        rate_row("the same, verdicts alone", bare, n, "cases"),
        rate_row("the slowest case, with reasons", slow, 1, "cases", aim(slow, 0.005)),
        rate_row("a shipment in words to the whole answer", answer, 1, "answers"),
    ]


def bills(rules: RuleSet) -> list[str]:
    """Return the rows of a bill of materials."""
    goods, data, day = load_lexicon().goods, bill_of(LINES), date(2026, 3, 2)
    read = read_bill_bytes("bill.csv", data, rules)
    plain = rounds(lambda: list(csv.DictReader(StringIO(data.decode()))), 3)
    reading = rounds(lambda: read_bill_bytes("bill.csv", data, rules), 3)
    deciding = rounds(lambda: assess_bill(read, rules, on=day, read_goods=goods), 3)
    gates = rounds(lambda: gates_on(rules, day), 3)
    times = f"{ratio(reading, plain):.0f} times Python's csv, which checks nothing"
    return [
        rate_row(f"a bill of {LINES:,} lines, read and checked", reading, LINES, "lines", times),
        rate_row(f"a bill of {LINES:,} lines, decided", deciding, LINES, "lines", aim(deciding, 5.0)),
        rate_row("gates of a day: every material, place and use", gates, 1, "days"),
    ]


def main() -> None:
    """Measure, print and write."""
    reading = [once(load_rules)]  # kept afterwards
    rules = load_rules()
    n = len(rules.rules)
    lines = [
        *RATES,
        rate_row(f"the {n} rules read, once a process", reading, n, "rules"),
        *determinations(rules),
        *bills(rules),
    ]
    write_block("bench_licence", [machine(("dearth", "pydantic")), "", *lines])


if __name__ == "__main__":
    main()
