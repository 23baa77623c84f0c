"""Statements out of sentences: what the figure is of, where, when; and what is no claim."""

from __future__ import annotations

import pytest

from dearth.articles import Statement, extract, parse_article


def said(text: str, day: str = "2025-07-15") -> list[Statement]:
    return list(extract(parse_article(text.encode(), day=day)).statements)


def test_a_share_has_subject_element_place_and_citation() -> None:
    first, second = said("China accounts for 61% of global rare earth production and 91% of refining [3].")
    assert (first.kind, first.subject, first.stage, first.element, first.place) == (
        "share",
        "mine-output",
        "mine",
        "REO",
        "CHN",
    )
    assert (second.subject, second.place, second.citations) == ("separation", "CHN", ("[3]",))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("欧洲的镝价上涨两倍。", "multiple", 3.0),
        ("欧洲的镝价涨到4月的两倍。", "multiple", 2.0),
        ("Dysprosium prices in Europe tripled.", "multiple", 3.0),
        ("稀土磁铁6月出口较5月猛增158%。", "change", 158.0),
        ("Exports of rare earths fell 14.5 percent in May.", "change", 14.5),
    ],
)
def test_a_move_is_read_with_its_size(text: str, kind: str, value: float) -> None:
    (found,) = said(text)
    assert (found.kind, found.figures[0].low) == (kind, value)


def test_a_price_goes_from_one_end_to_the_other() -> None:
    (found,) = said(
        "The price of terbium oxide soared to $3,000 per kilogram, starting at $965 per kilogram."
    )
    assert [(one.role, one.low) for one in found.figures] == [("from", 965.0), ("to", 3000.0)]
    assert (found.subject, found.element) == ("price", "Tb")


def test_respectively_gives_each_figure_its_name() -> None:
    found = said("2023年稀土的总量控制指标,开采和冶炼分离分别是255000吨与243850吨。")
    assert [(one.subject, one.figures[0].low) for one in found] == [
        ("mining-quota", 255_000.0),
        ("separation-quota", 243_850.0),
    ]


def test_a_comparison_names_both_sides() -> None:
    (found,) = said(
        "The U.S. has an annual rare earth output of less than a quarter of China's quarterly production."
    )
    assert (found.kind, found.place, found.comparison) == ("comparison", "USA", ("CHN", "mine-output", "4"))


def test_a_place_may_come_from_the_sentence_before_and_is_marked() -> None:
    _first, second = said("China mined 270,000 tonnes of rare earths in 2024. It holds 40% of reserves.")
    assert (second.place, second.inherited) == ("CHN", ("place",))


def test_denial_and_source_are_kept() -> None:
    (found,) = said("According to the IEA, China does not refine 91% of rare earths.")
    assert (found.negated, found.attributed) == (True, "IEA")


@pytest.mark.parametrize(
    "text",
    [
        "Shares of the rare earth miner rose 8% on Monday.",
        "稀土板块个股上涨9%。",
        "Rare earths were told of in [3] and in Announcement 18 of 2025.",
        "The film sold 3 million tickets.",
        "新手机要晚三个月才发布",
    ],
)
def test_what_is_no_claim_on_rare_earths_is_left_alone(text: str) -> None:
    assert said(text) == []


def test_a_rule_and_a_question_are_no_figures() -> None:
    found = said(
        "Rare earth products need approval even for trace amounts. How long can China hold this leverage?"
    )
    assert [(one.kind, one.rule) for one in found] == [
        ("legal", "trace-content"),
        ("question", "how-long-the-leverage"),
    ]


def test_spans_count_the_signs_of_the_article() -> None:
    article = parse_article("前言。\n中国占全球稀土产量的\uff16\uff10\uff05。".encode())
    (found,) = extract(article).statements
    assert article.text[slice(*found.span)] == "\uff16\uff10\uff05"
