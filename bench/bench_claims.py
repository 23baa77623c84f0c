"""How long ``dearth claims`` takes for 2,000 words, after start: both languages, seconds of the processor.

Run by hand: ``python bench/bench_claims.py``.
"""

from __future__ import annotations

import time

from dearth.articles import extract, parse_article
from dearth.book import load_book
from dearth.rules import load_rules
from dearth.studies.claims import claims

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
    book, rules = load_book(), load_rules()
    english = " ".join((ENGLISH * 40).split()[:WORDS])
    for name, text in (("English", english), ("Chinese", CHINESE * (2 * WORDS // len(CHINESE)))):
        article = parse_article(text.encode(), day="2025-07-01")
        for turn in ("first", "again"):
            start = time.process_time()
            statements = extract(article).statements
            middle = time.process_time()
            claims(article, book, rules)
            whole = time.process_time() - middle
            line = f"{len(statements)} statements; read {middle - start:.2f} s, read and judged {whole:.2f} s"
            print(f"{name}, {turn}: {line}")


if __name__ == "__main__":
    main()
