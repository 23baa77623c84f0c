"""Screening: dated, by every form of a name, and never more than the notice says."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dearth.errors import InputError, RuleError
from dearth.rules.parties import Parties, load_parties
from dearth.rules.party_lists import FOLDER
from party_files import ROWS, write

DAY = date(2026, 8, 1)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return load_parties(write(tmp_path_factory.mktemp("lists")))


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("Northwind Missile Systems", "exact"),
        ("northwind  missile systems, Inc.", "exact"),
        ("北风导弹系统公司", "exact"),
        ("北风导弹系统有限公司", "exact"),
        ("NMS", "alias"),
        ("Borealis GmbH", "alias"),
        ("Northwind\u00a0Missile Systems", "exact"),
        ("Nоrthwind Missile Systems", "exact"),  # noqa: RUF001 (a Cyrillic letter in disguise)
    ],
)
def test_a_listed_name_is_a_possible_match(parties: Parties, name: str, how: str) -> None:
    found = parties.screen(name, DAY)
    assert (found.control, found.watch) == (True, False) or found.unknown
    assert found.control is True
    match = found.matches[0]
    assert (match.how, match.score, match.notice, match.date) == (how, 100.0, "2025-1", "2025-01-02")
    assert match.to_dict()["wording"] == "possible match, verify identity"


@pytest.mark.parametrize(
    "name",
    [
        "Northwind Missle Systems",  # a letter is missing
        "Missile Systems Northwind",  # turned round
        "Northwind Missile Systems Europe",  # more than the listed name
        "Northwind",  # less than it
        "北风导弹系统公司上海分公司",  # the listed name inside another
        "北風導彈系統公司",  # the other Chinese script
    ],
)
def test_a_near_name_is_unknown_and_never_true(parties: Parties, name: str) -> None:
    found = parties.screen(name, DAY)
    assert found.control is None
    assert found.matches[0].how == "near"
    assert found.matches[0].score < 100
    assert any("is near" in why for why in found.unknown)


def test_umlauts_are_spelt_in_three_ways(parties: Parties) -> None:
    assert parties.screen("Grenzland Muller", DAY).control is True
    assert parties.screen("Grenzland MÜLLER GmbH", DAY).control is True
    assert parties.screen("Grenzland Mueller", DAY).control is None


def test_no_name_like_it_in_complete_lists_is_false(parties: Parties) -> None:
    found = parties.screen("Quite Another Firm", DAY)
    assert (found.control, found.watch, found.matches, found.unknown, found.notes) == (
        False,
        False,
        (),
        (),
        (),
    )


@pytest.mark.parametrize("name", ["Systems Inc", "Missile", "General Systems", "Kestrel-free", "XY", "Denki"])
def test_common_words_alone_make_no_match_by_name(parties: Parties, name: str) -> None:
    assert [match for match in parties.screen(name, DAY).matches if match.how != "near"] == []


@pytest.mark.parametrize("name", ["Systems Inc", "General Systems Technology", "International Corporation"])
def test_words_that_many_firms_share_are_near_to_none(parties: Parties, name: str) -> None:
    assert parties.screen(name, DAY).matches == ()


def test_short_names_are_matched_whole_only(parties: Parties) -> None:
    assert parties.screen("XYK", DAY).watch is True
    assert parties.screen("XYZ", DAY).matches == ()


def test_before_the_notice_there_is_no_match(parties: Parties) -> None:
    assert parties.screen("Blue Kestrel", date(2025, 4, 3)).matches == ()
    assert parties.screen("Blue Kestrel", date(2025, 4, 3)).control is False
    assert parties.screen("Blue Kestrel", date(2025, 4, 4)).control is True


def test_the_last_day_of_a_listing_counts(parties: Parties) -> None:
    assert parties.screen("Redwood Arms", date(2025, 11, 9)).control is True
    after = parties.screen("Redwood Arms", date(2025, 11, 10))
    assert (after.control, after.matches[0].status, after.matches[0].until) == (False, "ended", "2025-11-09")


@pytest.mark.parametrize(
    ("day", "control", "status"),
    [
        (date(2025, 11, 9), True, "in force"),
        (date(2025, 11, 10), False, "suspended"),
        (date(2026, 8, 24), False, "suspended"),
        (date(2026, 11, 10), None, "suspended"),  # the lists were checked to 2026-08-24
        (date(2026, 11, 11), None, "disputed"),
        (date(2027, 1, 11), True, "in force"),
    ],
)
def test_a_suspended_notice_is_shown_and_not_in_force(
    parties: Parties, day: date, control: bool | None, status: str
) -> None:
    found = parties.screen("Blue Kestrel Inc", day)
    assert (found.control, found.matches[0].status) == (control, status)


def test_after_the_last_check_silence_is_unknown(parties: Parties) -> None:
    assert parties.screen("Quite Another Firm", date(2026, 8, 24)).control is False
    late = parties.screen("Quite Another Firm", date(2026, 8, 25))
    assert (late.control, late.watch) == (None, None)
    assert "checked to 2026-08-24" in late.unknown[0]


def test_an_unknown_day_leaves_everything_unknown(parties: Parties) -> None:
    for name in ("Northwind Missile Systems", "Quite Another Firm"):
        found = parties.screen(name, None)
        assert (found.control, found.watch) == (None, None)
    assert parties.screen("Northwind Missile Systems", None).matches[0].status == "day unknown"


def test_an_incomplete_list_never_says_no(tmp_path: Path) -> None:
    notices = [("control", "2025-1", "2025-01-02", "28", "", ""), *ROWS["notices.csv"][1:]]
    parties = load_parties(write(tmp_path, notices=notices))
    found = parties.screen("Quite Another Firm", DAY)
    assert (found.control, found.watch) == (None, False)
    assert found.unknown == ("control list: incomplete, 4 names held of 30 issued",)
    assert (found.held, found.issued) == ({"control": 4, "watch": 2}, {"control": 30, "watch": 2})
    assert parties.screen("Northwind Missile Systems", DAY).control is True


def test_a_notice_of_unknown_size_is_incomplete(tmp_path: Path) -> None:
    notices = [("control", "2025-1", "2025-01-02", "", "", ""), *ROWS["notices.csv"][1:]]
    found = load_parties(write(tmp_path, notices=notices)).screen("Quite Another Firm", DAY)
    assert found.control is None
    assert found.issued["control"] is None
    assert "an unknown number" in found.unknown[0]


def test_a_list_that_says_it_is_incomplete_never_says_no(tmp_path: Path) -> None:
    lists = [("control", "Control", "2026-08-24", "no", ""), ROWS["lists.csv"][1]]
    assert load_parties(write(tmp_path, lists=lists)).screen("Quite Another Firm", DAY).control is None


@pytest.mark.parametrize("name", ["ソフトウエア", "Ромашка", "한국", "شركة"])
def test_silence_on_another_script_is_unknown(parties: Parties, name: str) -> None:
    found = parties.screen(name, DAY)
    assert (found.control, found.watch) == (None, None)
    assert "script" in found.unknown[0]


def test_a_name_in_another_script_is_near_by_its_sound(parties: Parties) -> None:
    assert parties.screen("アオゾラ", DAY).watch is None
    assert [match.name for match in parties.screen("Аодзора Денки", DAY).matches] != ["x"]


def test_another_country_is_noted_and_hides_nothing(parties: Parties) -> None:
    found = parties.screen("XYK", DAY, "DE")
    assert found.watch is True
    assert any("listed under JP, the party is in DE" in note for note in found.notes)


def test_nothing_is_inferred_of_owners_or_groups(parties: Parties) -> None:
    text = json.dumps(parties.screen("Northwind Missile Systems Holding Europe", DAY).to_dict())
    assert "nothing follows for owners" in text
    assert parties.screen("Northwind Missile Systems Holding Europe", DAY).control is None


def test_no_answer_uses_forbidden_words(parties: Parties) -> None:
    for name in ("Northwind", "Quite Another Firm", "XYK"):
        text = json.dumps(parties.screen(name, DAY).to_dict()).lower()
        assert not any(word in text for word in ("clear", "allowed", "no licence required"))


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "a\nb", "x" * 301, "\u202eabc", None, 7])
def test_what_is_no_name_is_refused(parties: Parties, name: str) -> None:
    with pytest.raises(InputError, match="is no name"):
        parties.screen(name, DAY)


def test_the_hash_follows_the_bytes(tmp_path: Path, parties: Parties) -> None:
    assert load_parties(write(tmp_path / "a")).sha256 == parties.sha256
    assert load_parties(write(tmp_path / "b", spells=[])).sha256 != parties.sha256


GOOD = ("control", "2025-1", "2025-01-02", "", "1", "A", "", "", "US", "s", "")
OTHERS = {name.removesuffix(".csv"): rows[1:] for name, rows in ROWS.items()}


def first(name: str, *cells: str) -> dict[str, list[tuple[str, ...]]]:
    """Return a file with another first row."""
    return {name: [cells, *map(tuple, OTHERS[name])]}


def party(column: int, text: str) -> dict[str, list[tuple[str, ...]]]:
    return first("parties", *GOOD[:column], text, *GOOD[column + 1 :])


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "date": (party(2, "2025-02-30"), "not a day"),
    "until": (party(3, "2024-01-01"), "before"),
    "list": (party(0, "contrl"), "'control'"),
    "name": (party(5, ""), "is empty"),
    "country": (party(8, "USA"), "two capital"),
    "notice": (party(1, "2024-9"), "2024-9"),
    "twice": ({"parties": [*ROWS["parties.csv"], ROWS["parties.csv"][0]]}, "2 times"),
    "count": (first("notices", "control", "2025-1", "2025-01-02", "two", "", ""), "count"),
    "more": (first("notices", "control", "2025-1", "2025-01-02", "1", "", ""), "2 names are held"),
    "vintage": (first("lists", "control", "C", "soon", "yes", ""), "not a day"),
    "complete": (first("lists", "control", "C", "2026-08-24", "true", ""), "yes"),
    "missing": ({"lists": [ROWS["lists.csv"][0]]}, "'watch' is missing"),
    "spell": (first("spells", "2099-1", "2025-11-10", "", "suspended", "x", "confirmed"), "no notice"),
    "status": (first("spells", "2025-2", "2025-11-10", "", "gone", "x", "confirmed"), "suspended"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_the_place(
    tmp_path: Path, bad: tuple[dict[str, list[tuple[str, ...]]], str]
) -> None:
    with pytest.raises(RuleError, match=bad[1]):
        load_parties(write(tmp_path, **bad[0]))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        load_parties(tmp_path)
    assert len(caught.value.faults) == 4


@pytest.mark.skipif(not (FOLDER / "parties.csv").exists(), reason="the lists are not written yet")
class TestOwnLists:
    def test_every_name_finds_its_own_listing(self) -> None:
        parties = load_parties()
        with (FOLDER / "parties.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        for cells in rows:
            for name in filter(None, (cells["name"], cells["name_zh"])):
                found = parties.screen(name, date.fromisoformat(cells["date"]))
                assert [m for m in found.matches if m.notice == cells["notice"] and m.score == 100], name

    def test_no_firm_that_no_notice_names_is_listed(self) -> None:
        for name in (
            "Siemens AG",
            "Toyota Motor Corporation",
            "Lynas Rare Earths",
            "Vacuumschmelze GmbH & Co. KG",
        ):
            assert load_parties().screen(name, DAY).control is not True


@pytest.mark.parametrize(
    "name",
    ["三菱重工业株式会社", "三菱重工業株式会社", "三菱重工", "雷神公司", "Mitsubishi Heavy Industries"],
)
def test_a_group_whose_members_are_listed_is_never_a_no(name: str) -> None:
    found = load_parties().screen(name, DAY)
    assert found.control is None
    assert {match.how for match in found.matches} == {"near"}


def test_a_shared_country_name_is_no_likeness() -> None:
    assert load_parties().screen("日本航空", DAY).matches == ()
