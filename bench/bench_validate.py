"""Both episodes of the past with 500 draws each, on two threads, beside the bar of 60 s for both.

Run by ``make bench``; ``--whole`` adds all of `dearth validate`, which takes minutes.
"""

from __future__ import annotations

import argparse

from dearth.book import load_book
from dearth.measures.episodes import EPISODES, episode_run
from dearth.studies.validate import Asked, validate
from measure import Spent, machine, once, told, write_block

DRAWS = 500
BAR = 60.0  # s


def row(what: str, found: Spent) -> str:
    """Return a row: seconds beside the bar."""
    share = f"{found.wall / BAR:.0%} of {BAR:g} s"
    return f"| {what} | {told(found.wall)} | {told(found.cpu)} | {share} |"


def main() -> None:
    """Measure, print and write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=DRAWS)
    asked.add_argument("--whole", action="store_true", help="the whole of `dearth validate` too: minutes")
    given = asked.parse_args()
    book, draws = load_book(), given.draws
    for name in EPISODES:
        episode_run(name, book, 2, workers=2)  # kernels from the disk
    runs = {n: once(lambda n=n: episode_run(n, book, draws, workers=2)) for n in EPISODES}  # type: ignore[misc]
    lines = [row(f"{name}: runs of the market", found) for name, found in runs.items()]
    both = Spent(sum(s.wall for s in runs.values()), sum(s.cpu for s in runs.values()))
    lines.append(row("both", both))
    if given.whole:
        for what, network in (("market only", False), ("with the network of the countdown", True)):
            asking = Asked(draws=draws, workers=2, network=network)
            more = once(lambda a=asking: validate(book, a))  # type: ignore[misc]
            lines.append(row(f"validate: runs, rivals, switch-offs, 3 origins; {what}", more))
    head = [
        f"{draws} draws, two threads, one run each.",
        "",
        "| what | wall | CPU | of the bar |",
        "|---|---|---|---|",
    ]
    write_block("bench_validate", [machine(("dearth", "numpy", "numba")), "", *head, *lines])


if __name__ == "__main__":
    main()
