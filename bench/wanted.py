"""What was wanted beside what was seen: the head of docs/performance.md, made from its blocks.

A bench says what was wanted of it in lines of the form that `measure.verdict` gives, and bench_start.py in
the last two columns of its table; nothing is written down a second time.  Run by ``make bench`` at its end,
alone with ``python bench/wanted.py``.
"""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from measure import PAGE, ROOT, write_block

BLOCK = re.compile(r"<!-- begin: (\w+) -->\n(.*?)<!-- end: \1 -->", re.DOTALL)
LINE = re.compile(
    r"^- (.+?): (.+?); (.+?) (?:were|was) wanted: (reached|\*\*not reached\*\*|told)\.$", re.MULTILINE
)
CELLS = re.compile(r"^\| `(.+?)` \| (.+?) \|.*\| (.+?) \| (reached|\*\*not reached\*\*) \|$", re.MULTILINE)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=, )")
FASTER = re.compile(r"Faster than ours: (.+?)\.$", re.MULTILINE)

# Block -> what its lines are about, in the order of the table.
ABOUT = {
    "bench_peers": "Small chain beside",
    "bench_engine": "",
    "bench_firm": "Every single loss:",
    "bench_start": "Whole process:",
    "bench_ensemble": "",
    "million_members": "A million members:",
}
OWN = ("wanted", "seconds")  # blocks that tell of the others
# What a test holds and no clock can show.
TESTED = {
    "Quantiles of large ensembles exact to the grid": (
        "tests/unit/studies/test_ensemble.py",
        "test_bands_are_those_of_all_draws",
    ),
    "A killed worker changes no byte, processes": (
        "tests/unit/studies/test_ensemble.py",
        "test_two_processes_one_of_them_killed_give_the_same_bytes",
    ),
    "A killed worker changes no byte, cluster": (
        "tests/unit/studies/test_ensemble.py",
        "test_a_cluster_that_loses_a_worker_gives_the_same_bytes",
    ),
}


class Goal(NamedTuple):
    """A row of the table."""

    what: str
    wanted: str
    seen: str
    reached: str
    told_by: str


def blocks_of(page: str) -> dict[str, str]:
    """Return the text of each block of the page by its name."""
    return {name: text for name, text in BLOCK.findall(page) if name not in OWN}


def goals_of(name: str, text: str) -> list[Goal]:
    """Return what one block says was wanted."""
    day = DAY.match(text)
    told_by = f"{name}, {day[0]}" if day else name
    found = [Goal(what, wanted, seen, word, told_by) for what, seen, wanted, word in LINE.findall(text)]
    found += [Goal(f"`{what}`", most, seen, word, told_by) for what, seen, most, word in CELLS.findall(text)]
    about = ABOUT.get(name, "")
    return [goal._replace(what=f"{about} {goal.what}".strip()) for goal in found]


def tested() -> list[Goal]:
    """Return what tests hold; a test that is gone is said to be."""
    goals = []
    for what, (path, name) in TESTED.items():
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        there = any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree))
        word = "by a test" if there else "**the test is gone**"
        goals.append(Goal(what, "yes", f"[`{name}`](../{path})", word, "`make test`"))
    return goals


def of_the_page(blocks: dict[str, str]) -> list[Goal]:
    """Return how many blocks are dated, and whoever was faster."""
    dated = sum(DAY.match(text) is not None for text in blocks.values())
    word = "reached" if dated == len(blocks) else "**not reached**"
    faster = [name for text in blocks.values() for name in FASTER.findall(text)]
    return [
        Goal(
            "Blocks of this page that a bench wrote and dated",
            "all",
            f"{dated} of {len(blocks)}",
            word,
            "this page",
        ),
        Goal("A peer that is faster is named", "yes", "; ".join(faster) or "not told", "told", "bench_peers"),
    ]


def table(page: str) -> list[str]:
    """Return the rows of the table at the head of the page."""
    blocks = blocks_of(page)
    names = [*(name for name in ABOUT if name in blocks), *(name for name in blocks if name not in ABOUT)]
    goals = [goal for name in names for goal in goals_of(name, blocks[name])]
    lines = ["| what | wanted | seen | | from |", "|---|---|---|---|---|"]
    return [*lines, *(f"| {' | '.join(goal)} |" for goal in [*goals, *tested(), *of_the_page(blocks)])]


def main() -> None:
    """Write the table."""
    write_block("wanted", table(PAGE.read_text("utf-8")))


if __name__ == "__main__":
    main()
