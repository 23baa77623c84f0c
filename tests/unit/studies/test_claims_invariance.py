"""What must not change a verdict: the unit, the numeral, the order of words, the language; and what must."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dearth.articles import parse_article
from dearth.book import Book
from dearth.rules import RuleSet, load_rules
from dearth.studies.claims import claims, overall

GRAVE = ("supported", "contradicted")


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def verdict(text: str, day: str, book: Book, rules: RuleSet) -> str:
    answer = claims(parse_article(text.encode(), day=day), book, rules).answer
    return overall(one["verdict"] for one in answer["statements"])


SAME = {
    "tonnes of mining": (
        "2025-08-01",
        "supported",
        (
            "China mined 270,000 tonnes of rare earths in 2024.",
            "China mined 270 kt of rare earths in 2024.",
            "China mined 0.27 million tonnes of rare earths in 2024.",
            "In 2024 China dug up 270,000 tonnes of rare earths.",
            "In 2024, 270,000 tonnes of rare earths were mined in China.",
            "Chinese mines produced 270,000 metric tons of rare earths in 2024.",
            "Last year China mined about 270,000 tonnes of rare earths.",
            "2024年中国开采稀土27万吨。",
            "2024年,中国稀土产量为270000吨。",
            "去年我国稀土矿产量达27万吨。",
        ),
    ),
    "a share of refining": (
        "2025-08-01",
        "supported",
        (
            "China refines 90% of the world's rare earths.",
            "China refines ninety percent of the world's rare earths.",
            "China refines nine tenths of the world's rare earths.",
            "China refines nine in ten tonnes of the world's rare earths.",
            "About 90 per cent of the world's rare earths are refined in China.",
            "全球九成的稀土由中国冶炼分离。",
            "中国冶炼分离了全球90%的稀土。",
            "中国占全球稀土冶炼分离的百分之九十。",
        ),
    ),
    "a share of mining that depends": (
        "2025-11-20",
        "depends on basis",
        (
            "China mines 60% of the world's rare earths.",
            "China mines three fifths of the world's rare earths.",
            "Sixty percent of the world's rare earths are mined in China.",
            "中国开采了全球60%的稀土。",
            "中国开采了全球六成的稀土。",
            "全球六成的稀土在中国开采。",
        ),
    ),
    "a far share of magnets": (
        "2025-11-20",
        "contradicted",
        (
            "China makes 40% of the world's rare earth magnets.",
            "China makes two fifths of the world's rare earth magnets.",
            "Forty percent of the world's rare earth magnets are made in China.",
            "中国生产了全球40%的稀土永磁体。",
            "中国生产了全球四成的稀土永磁体。",
        ),
    ),
    "a month of magnet exports": (
        "2025-07-25",
        "supported",
        (
            "China exported 3,188 tonnes of rare earth magnets in June.",
            "In June 2025 China shipped 3,188 tonnes of rare earth magnets abroad.",
            "China's exports of rare earth magnets came to 3,188 metric tons in June 2025.",
            "3,188 tonnes of rare earth magnets were exported by China in June.",
            "6月份中国出口稀土磁铁3188吨。",
            "今年6月,我国稀土永磁体出口量为3188吨。",
        ),
    ),
    "a quota": (
        "2025-02-01",
        "supported",
        (
            "China's mining quota for 2024 was 270,000 tonnes.",
            "For 2024 the mining quota was set at 270,000 tonnes by Beijing.",
            "Beijing set a rare earth mining quota of 0.27 million tonnes for 2024.",
            "2024年稀土开采总量控制指标为27万吨。",
            "2024年中国稀土开采指标27万吨。",
        ),
    ),
    "a move of a price": (
        "2025-05-20",
        "supported",
        (
            "In Europe dysprosium oxide rose from $280 to $850 a kilogram in a month.",
            "Dysprosium prices in Europe tripled to $850 per kilogram in early May.",
            "Dysprosium prices in Europe trebled to 850 dollars per kg in early May.",
            "欧洲镝价一个月内由每公斤280美元涨到850美元。",
            "欧洲镝价上涨两倍,达到每公斤850美元。",
        ),
    ),
    "a share of imports": (
        "2025-08-01",
        "supported",
        (
            "The United States gets 70% of its rare earth imports from China.",
            "Seven tenths of US rare earth imports come from China.",
            "70 percent of the rare earths that America imports come from China.",
            "美国进口的稀土有70%来自中国。",
            "美国进口的稀土中,七成来自中国。",
        ),
    ),
    "a licence read as a ban": (
        "2025-05-10",
        "unit or label mixed up",
        (
            "In April China banned exports of seven rare earths.",
            "China's ban on exports of seven rare earths took effect in April.",
            "4月,中国全面禁止出口七种稀土。",
        ),
    ),
}


def pairs() -> Iterator[tuple[str, str, str]]:
    for day, wanted, texts in SAME.values():
        for text in texts:
            yield day, wanted, text


@pytest.mark.parametrize(("day", "wanted", "text"), list(pairs()))
def test_the_same_said_otherwise_has_the_same_verdict(
    day: str, wanted: str, text: str, book: Book, rules: RuleSet
) -> None:
    assert verdict(text, day, book, rules) == wanted


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September")


def magnet_months(book: Book) -> list[tuple[str, str, float]]:
    """Return month in words, month, and tonnes of China's magnet exports of 2025."""
    rows = book.find(
        quantity="export", material="rare-earth magnets", place="CHN", partner="WORLD", year=2025
    )
    return [
        (MONTHS[int(row.period[5:]) - 1], row.period, float(row.value or 0.0))
        for row in rows
        if len(row.period) == len("2025-06")
    ]


def test_every_month_of_the_record_is_supported_and_no_other_figure_is(book: Book, rules: RuleSet) -> None:
    months = magnet_months(book)
    assert len(months) > 6
    for name, period, tonnes in months:
        for text in (
            "China exported {} tonnes of rare earth magnets in {}.".format(f"{tonnes:,.0f}", name),
            f"{int(period[5:])}月中国稀土磁铁出口量为{tonnes:.0f}吨。",
        ):
            assert verdict(text, "2025-11-05", book, rules) == "supported", text
        for times in (0.5, 1.4, 3.0):
            text = f"China exported {tonnes * times:,.0f} tonnes of rare earth magnets in {name}."
            assert verdict(text, "2025-11-05", book, rules) != "supported", text


def test_every_full_quota_is_supported_in_its_year_and_not_in_another(book: Book, rules: RuleSet) -> None:
    rows = [
        row
        for row in book.find(quantity="quota-mining", element="REO", basis="full year")
        if row.value and not row.sector and row.year >= 2020
    ]
    assert len(rows) > 3
    for row in rows:
        text = f"The rare earth mining quota of {row.year} was {row.value:,.0f} tonnes."
        assert verdict(text, f"{row.year + 1}-02-01", book, rules) == "supported", text
        wrong = f"The rare earth mining quota of {row.year - 1} was {row.value:,.0f} tonnes."
        assert verdict(wrong, f"{row.year + 1}-02-01", book, rules) != "supported", wrong


@pytest.mark.parametrize("text", [text for _day, _wanted, texts in SAME.values() for text in texts])
def test_a_denial_is_never_firm(text: str, book: Book, rules: RuleSet) -> None:
    denied = (
        f"它并非如此:{text}" if any("一" <= sign <= "龥" for sign in text) else f"It is not true that {text}"
    )
    found = claims(parse_article(denied.encode(), day="2025-08-01"), book, rules).answer["statements"]
    assert not {one["verdict"] for one in found if one["kind"] != "legal"} & set(GRAVE), denied


@pytest.mark.parametrize(
    ("right", "wrong", "day"),
    [
        (
            "Brazil's rare earth reserves are 21 million tonnes.",
            "Brazil's rare earth reserves are 2 million tonnes.",
            "2025-03-01",
        ),
        (
            "Exports of magnets fell 74% in May on the year.",
            "Exports of magnets rose 74% in May on the year.",
            "2025-07-01",
        ),
        ("2023年稀土开采指标较2022年增长21.4%。", "2023年稀土开采指标较2022年下降21.4%。", "2024-02-01"),
        ("There are 17 rare earth elements.", "There are 27 rare earth elements.", "2025-03-01"),
        (
            "India's rare earth reserves are the third largest in the world.",
            "India's rare earth reserves are the largest in the world.",
            "2025-03-01",
        ),
        (
            "China's Export Control Law took effect in December 2020.",
            "China's Export Control Law took effect in December 2012.",
            "2025-03-01",
        ),
        (
            "Export controls cover samarium and dysprosium.",
            "Export controls cover lanthanum and cerium.",
            "2025-05-01",
        ),
    ],
)
def test_the_other_way_round_is_not_supported(
    right: str, wrong: str, day: str, book: Book, rules: RuleSet
) -> None:
    assert verdict(right, day, book, rules) == "supported"
    assert verdict(wrong, day, book, rules) not in ("supported", "depends on basis")
