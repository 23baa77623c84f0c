"""Rates of ``dearth claims`` on articles of 2,000 words, English and Chinese, after start.

Run by ``make bench``.  Rates by the best CPU time; the first reading of a process is shown apart, for tables
are read then.
"""

from __future__ import annotations

import re

from dearth.articles import extract, parse_article
from dearth.book import load_book
from dearth.rules import load_rules
from dearth.studies.claims import claims
from measure import RATES, machine, once, rate_row, ratio, rounds, told, write_block

WORDS = 2_000
ENGLISH = (
    "China accounts for 60% of global rare earth production and 90% of refining. Officials met on Monday "
    "to talk about supply chains that nobody had expected to matter so much. The US mined 45,000 "
    "tonnes in 2024, while analysts asked how long the stocks of motor makers would last. Dysprosium oxide "
    "rose from $250 to $850 per kilogram, and exports of magnets fell 75% in May on the year. "
)
CHINESE = (
    "2024年中国稀土开采量为27万吨,占全球约七成。专家认为供应链的调整需要时间,各方正在协商。欧洲镝价上涨两倍。"
)


def main() -> None:
    """Measure, print and write."""
    book, rules = load_book(), load_rules()
    english = " ".join((ENGLISH * 40).split()[:WORDS])
    lines = [*RATES]
    for name, text, size in (
        ("English", english, WORDS),
        ("Chinese", CHINESE * (2 * WORDS // len(CHINESE)), 2 * WORDS),
    ):
        article = parse_article(text.encode(), day="2025-07-01")
        first = once(lambda a=article: claims(a, book, rules)).cpu  # type: ignore[misc]
        plain = rounds(lambda t=text: re.findall(r"\d[\d.,]*\s*\S+", t), 5)  # type: ignore[misc]
        read = rounds(lambda a=article: extract(a), 3)  # type: ignore[misc]
        judged = rounds(lambda a=article: claims(a, book, rules), 3)  # type: ignore[misc]
        n = len(extract(article).statements)
        unit = "words" if name == "English" else "characters"
        lines += [
            rate_row(
                f"{name}: {n} statements found in {size:,} {unit}",
                read,
                size,
                unit,
                f"{ratio(read, plain):,.0f} times a search for numbers alone",
            ),
            rate_row(
                f"{name}: found and judged",
                judged,
                size,
                unit,
                f"{ratio(judged, read):.2f} times finding; {told(first)} the first time",
            ),
        ]
    write_block("bench_claims", [machine(("dearth",)), "", *lines])


if __name__ == "__main__":
    main()
