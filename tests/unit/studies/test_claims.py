"""Verdicts: each with its rows; support and contradiction only where the book is firm."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claim_scores import halves, rows_of, score
from dearth.articles import parse_article
from dearth.articles.corrections import read_claims
from dearth.book import Book
from dearth.errors import InputError
from dearth.rules import RuleSet, load_rules
from dearth.studies.claims import claims, overall

EVIDENCE = (
    Path(os.environ.get("DEARTH_EVIDENCE", Path(__file__).resolve().parents[4] / "shared" / "evidence"))
    / "claims"
)
DEV = Path(__file__).resolve().parents[2] / "claims_practice_dev.csv"
needs_evidence = pytest.mark.skipif(
    not (EVIDENCE / "expected.csv").exists(), reason="the articles are not part of the repository"
)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def judged(
    text: str, book: Book, rules: RuleSet, day: str = "2025-11-20", **more: Any
) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = claims(
        parse_article(text.encode(), day=day), book, rules, **more
    ).answer["statements"]
    return found


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("China mined 70% of the world's rare earths in 2024.", "supported"),
        ("China produces 60% of the world's rare earths.", "depends on basis"),
        ("China controls 25% of the global output of rare earths.", "contradicted"),
        ("China refines 90% of the world's rare earths.", "supported"),
        ("China makes 60% of all rare earth permanent magnets.", "contradicted"),
        ("Chinese rare earth exports reached 30,258 tonnes in 2010.", "unit or label mixed up"),
        ("China exported 35,000 tonnes of rare earths in 2010.", "unit or label mixed up"),
        ("China produced 2,700,000 tonnes of rare earths in 2024.", "unit or label mixed up"),
        ("About 40% of global rare earth reserves belong to China.", "out of date"),
        ("In 2018 Myanmar mined 5,000 tonnes of rare earths.", "out of date"),
        ("China holds 67% of the patents on rare earth magnets.", "cannot be checked"),
        ("Utopia produced 60% of the world's rare earths.", "cannot be checked"),
        ("Rebuilding a rare earth supply chain takes decades.", "opinion"),
        ("An F-35 fighter contains 418 kg of rare earths.", "depends on basis"),
        ("欧洲的镝价自4月初上涨两倍,达到每公斤850美元。", "supported"),
        ("稀土磁铁6月输美353吨,较5月猛增660%。", "supported"),
        ("2023年中国稀土开采总量控制指标为25.5万吨。", "supported"),
        ("中国的稀土产量占全球七成,精炼占九成。", "supported"),
        ("稀土价格飙升逾210%。", "unit or label mixed up"),
    ],
)
def test_a_statement_gets_its_verdict(text: str, verdict: str, book: Book, rules: RuleSet) -> None:
    found = judged(text, book, rules, "2025-07-01" if "月" in text or "210" in text else "2025-11-20")
    assert overall(one["verdict"] for one in found) == verdict


@pytest.mark.parametrize(
    ("text", "day", "verdict"),
    [
        ("China needs approval for rare earth goods with even trace amounts.", "2025-10-20", "supported"),
        ("China needs approval for rare earth goods with even trace amounts.", "2025-11-22", "out of date"),
        ("The Rare Earth Management Regulations came in 2024.", "2025-11-22", "supported"),
        ("The Rare Earth Management Regulations came in 2021.", "2025-11-22", "contradicted"),
        (
            "China declared that seven rare earth elements would no longer be exported.",
            "2025-06-01",
            "unit or label mixed up",
        ),
    ],
)
def test_dates_decide_on_rules(text: str, day: str, verdict: str, book: Book, rules: RuleSet) -> None:
    found = judged(text, book, rules, day)
    assert found[0]["verdict"] == verdict
    assert found[0]["rules"][0]["url"].startswith("http")


def test_an_ended_rule_is_out_of_date(book: Book, rules: RuleSet) -> None:
    found = judged(
        "China tightens its strategic grip on rare earths by tariffs and quotas on exports.", book, rules
    )
    assert [one["verdict"] for one in found if one["kind"] == "legal"] == ["out of date"]


def test_no_verdict_without_a_source(book: Book, rules: RuleSet) -> None:
    rows = rows_of(DEV)
    for row in rows:
        for one in judged(row["sentence"], book, rules, row["date"][:4] + "-06-15"):
            if one["verdict"] in (
                "supported",
                "contradicted",
                "depends on basis",
                "out of date",
                "unit or label mixed up",
            ):
                assert one["evidence"] or one["rules"], row["id"]
                assert all(reading["source"] and reading["rows"] for reading in one["evidence"])


def test_a_denial_is_never_judged_as_the_figure(book: Book, rules: RuleSet) -> None:
    (found,) = judged("China does not produce 70% of the world's rare earths.", book, rules)
    assert found["verdict"] == "cannot be checked"
    assert "denial" in found["why"]


def test_what_only_the_context_says_is_never_contradicted(book: Book, rules: RuleSet) -> None:
    found = judged(
        "China mined 270,000 tonnes of rare earths in 2024. It holds 90% of global reserves.", book, rules
    )
    assert [one["verdict"] for one in found] == ["supported", "cannot be checked"]


def test_who_imports_may_stand_in_the_sentence_before(book: Book, rules: RuleSet) -> None:
    found = judged(
        "The United States mines rare earths. It gets 70% of its rare earths from China.", book, rules
    )
    assert [(one["partner"], one["inherited"], one["verdict"]) for one in found] == [
        ("USA", ("partner",), "supported")
    ]


def test_a_later_month_is_of_the_goods_told_before(book: Book, rules: RuleSet) -> None:
    found = judged("5月中国稀土磁铁出口1238吨。6月回升至3188吨,7月为9999吨。", book, rules, "2025-08-25")
    assert [(one["subject"], one["verdict"]) for one in found] == [
        ("magnet-exports", "supported"),
        ("magnet-exports", "supported"),
        ("magnet-exports", "cannot be checked"),
    ]


def test_a_source_that_counts_two_ways_is_no_contradiction(book: Book, rules: RuleSet) -> None:
    text = "China accounts for about 70% of rare earth mining, according to the International Energy Agency."
    (found,) = judged(text, book, rules, "2025-08-22")
    assert found["verdict"] == "supported"


def test_a_question_names_the_study_that_answers_it(book: Book, rules: RuleSet) -> None:
    (found,) = judged("If China cut off rare earth exports, carmakers would suffer.", book, rules)
    assert (found["verdict"], found["offers"][-1]["study"]) == ("question for a study", "countdown")


def test_an_old_article_is_read_in_its_own_time_and_told_what_holds_today(book: Book, rules: RuleSet) -> None:
    (found,) = judged(
        "China controls 58% of the world's rare earth production.",
        book,
        rules,
        "2021-07-01",
        as_of=date(2026, 11, 22),
    )
    assert (found["verdict"], found["today"]) == ("supported", "out of date")


def test_a_person_corrects_an_extraction(tmp_path: Path, book: Book, rules: RuleSet) -> None:
    article = parse_article(b"Its quota was 255,000 tonnes. It went up by 5%.", day="2024-01-15")
    rows = [one["row"] for one in claims(article, book, rules).answer["statements"]]
    rows[0] |= {"subject": "mining-quota", "place": "CHN", "period": "2023"}
    rows[1] |= {"drop": "yes"}
    path = tmp_path / "claims.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (found,) = claims(article, book, rules, corrections=read_claims(path)).answer["statements"]
    assert (found["verdict"], found["because"][-1]) == ("supported", "corrected by hand")


def test_all_faults_of_a_claims_file_come_at_once(tmp_path: Path, book: Book, rules: RuleSet) -> None:
    article = parse_article(b"China mined 270,000 tonnes of rare earths in 2024.")
    (row,) = [one["row"] for one in claims(article, book, rules).answer["statements"]]
    wrong = [
        {**row, "kind": "levle", "place": "Atlantis", "figure": "many", "period": "24"},
        {**row, "id": "s9.9"},
    ]
    path = tmp_path / "claims.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerows(wrong)
    with pytest.raises(InputError) as caught:
        claims(article, book, rules, corrections=read_claims(path))
    words = " ".join(fault.what for fault in caught.value.faults)
    assert all(part in words for part in ("levle", "Atlantis", "many", "'24'", "s9.9"))


@needs_evidence
def test_the_two_articles_agree_with_the_verdicts_expected_of_them(book: Book, rules: RuleSet) -> None:
    with (EVIDENCE / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    marks = {
        "China 60%": 60.0, "China 90%": 90.0, "US annual": 25.0, "China 80%": 80.0, "China 99%": 99.0,
        "Dy oxide": 250.0,
    }  # fmt: skip
    laws = {"Approval": "trace-content", "Rare Earth Management": "management-regulations"}
    for row in expected:
        article = parse_article((EVIDENCE / row["article"]).read_bytes(), row["article"])
        found = claims(article, book, rules).answer["statements"]
        figure = next((value for head, value in marks.items() if row["claim"].startswith(head)), None)
        rule = next((name for head, name in laws.items() if row["claim"].startswith(head)), None)
        hits = [
            one
            for one in found
            if (rule and one["rule"] == rule)
            or (figure and one["figures"] and one["figures"][0]["low"] == figure)
        ]
        assert [one["verdict"] for one in hits] == [row["verdict"]], row["claim"]


@needs_evidence
def test_nothing_is_invented_in_the_two_articles(book: Book, rules: RuleSet) -> None:
    many = {"000_463cf2f51e87952f.txt": 7, "003_9ec0c91005d20880.txt": 8}
    for name, count in many.items():
        article = parse_article((EVIDENCE / name).read_bytes(), name)
        assert len(claims(article, book, rules).answer["statements"]) == count


@needs_evidence
def test_the_dev_half_of_the_practice_statements(book: Book, rules: RuleSet) -> None:
    dev, held = halves(rows_of(EVIDENCE / "practice.csv"))
    assert len(dev) - len(held) in (0, 1)
    scores = score(dev, book, rules)
    assert scores.decoys_taken == 0
    assert scores.costly() == 0
    assert scores.claims_found / scores.claims > 0.9


@needs_evidence
@pytest.mark.xfail(
    strict=True, reason="0.62: clauses of A whose place or element stands in a sentence that is not there"
)
def test_the_verdicts_on_the_dev_half_reach_their_bar(book: Book, rules: RuleSet) -> None:
    dev, _held = halves(rows_of(EVIDENCE / "practice.csv"))
    assert score(dev, book, rules).macro_f1() > 0.7


def test_sets_that_were_once_unseen_stay_read_and_their_decoys_left_alone(book: Book, rules: RuleSet) -> None:
    scores = score(rows_of(DEV.with_name("claims_practice_spent.csv")), book, rules)
    assert scores.decoys_taken == 0
    assert scores.costly() <= 2
    assert scores.claims_found > 30
    assert scores.macro_f1() > 0.65


def test_the_third_set_is_known_now_and_stays_as_well_judged(book: Book, rules: RuleSet) -> None:
    scores = score(rows_of(DEV.with_name("claims_practice_third.csv")), book, rules)
    assert scores.decoys_taken == 0
    assert scores.costly() <= 2
    assert scores.claims_found > 35
    assert scores.macro_f1() > 0.75


def test_our_own_variants_of_what_articles_say(book: Book, rules: RuleSet) -> None:
    """Every family of figures said in several ways; written in five lots, each judged before it was used."""
    scores = score(rows_of(DEV.with_name("claims_own_variants.csv")), book, rules)
    assert scores.decoys > 15
    assert scores.decoys_taken == 0
    assert scores.costly() <= 9
    assert scores.macro_f1() > 0.88


@pytest.mark.parametrize(
    ("text", "day", "wanted"),
    [
        ("Beijing controls roughly 70% of rare earth mining.", "2025-06-15", ("share", "supported")),
        ("China has 92% of global magnet making capacity.", "2025-11-20", ("share", "depends on basis")),
        ("Rare earths are a group of 17 elements.", "2025-05-20", ("count", "supported")),
        (
            "Export controls cover samarium, neodymium and dysprosium.",
            "2025-05-20",
            ("legal", "contradicted"),
        ),
        ("中国稀土产量占全球的95%以上。", "2012-05-20", ("share", "out of date")),
        ("Yttrium in Europe rose 45-fold to $270 per kg.", "2025-11-20", ("multiple", "cannot be checked")),
        ("如果中国断供,欧洲车企能撑多久?", "2025-05-01", ("question", "question for a study")),
    ],
)
def test_classes_of_fault(text: str, day: str, wanted: tuple[str, str], book: Book, rules: RuleSet) -> None:
    found = [(one["kind"], one["verdict"]) for one in judged(text, book, rules, day)]
    assert [one for one in found if one[0] == wanted[0]][:1] == [wanted]


@pytest.mark.parametrize(
    "text", ["Tungsten prices rose 40% this year.", "MP Materials shares climbed 50% to $45."]
)
def test_other_metals_and_stocks_are_left_alone(text: str, book: Book, rules: RuleSet) -> None:
    assert judged(text, book, rules) == []


def test_the_dev_half_of_our_own_practice_statements(book: Book, rules: RuleSet) -> None:
    scores = score(rows_of(DEV), book, rules)
    assert scores.decoys_taken == 0
    assert scores.costly() <= 1
    assert scores.macro_f1() > 0.75
