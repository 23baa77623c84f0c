"""Both episodes with 500 draws each, on two threads: the market alone, and with the network of the countdown.

Run by ``make bench``.  The bar is 60 s for both episodes on two cores; kernels are compiled once before.
"""

from __future__ import annotations

import time

from dearth.book import load_book
from dearth.measures.episodes import EPISODES, episode_run
from dearth.studies.validate import Asked, validate

DRAWS = 500
BAR = 60.0


def seconds(what: str, asked: Asked) -> float:
    """Time one validation, and print it beside the bar."""
    book = load_book()
    start = time.perf_counter()
    validate(book, asked)
    took = time.perf_counter() - start
    print(f"{what:<64}{took:>8.1f} s  {took / BAR:>6.0%} of the bar")
    return took


def main() -> None:
    """Print the table."""
    book = load_book()
    validate(book, Asked(draws=2, workers=2))
    total = 0.0
    for name in EPISODES:
        start = time.perf_counter()
        episode_run(name, book, DRAWS, workers=2)
        took = time.perf_counter() - start
        total += took
        print(f"{f'{name}: {DRAWS} draws of the market, nothing else':<64}{took:>8.1f} s")
    print(f"{'both runs':<64}{total:>8.1f} s  {total / BAR:>6.0%} of the bar")
    seconds(
        "validate, market only: runs, rivals, switch-offs, 3 origins",
        Asked(draws=DRAWS, workers=2, network=False),
    )
    seconds("validate with the network of the countdown", Asked(draws=DRAWS, workers=2))


if __name__ == "__main__":
    main()
