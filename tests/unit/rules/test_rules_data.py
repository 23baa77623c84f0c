"""The shipped rules: sourced, dated, reachable, each with a case on both sides of each of its days."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import pytest

from dearth.book.read import DATA
from dearth.plain_yaml import Bounds, parse_yaml, read_bytes
from dearth.rules import Case, decide, load_rules
from dearth.rules.case import read_facts
from dearth.rules.conditions import checks

RULES = load_rules()
DAY = timedelta(days=1)
BOUNDS = Bounds("cases", max_bytes=4 << 20, max_depth=24, max_nodes=400_000)
TABLES = sorted((DATA / "rules").glob("*.csv"))
RULE_FILES = sorted((DATA / "rules").glob("*.yaml"))
GATED = [rule for rule in RULES.rules if rule.when is not None]
BACKGROUND = [rule for rule in RULES.rules if rule.when is None]


def by_id(rule):
    return rule.id


def own_cases():
    """Return the cases worked beside the rules; those written independently are judged elsewhere."""
    paths = [DATA / "cases" / name for name in ("worked.yaml", "boundaries.yaml", "penalties.yaml")]
    return [
        case for path in paths for case in parse_yaml(read_bytes(path, BOUNDS), path.name, BOUNDS)["cases"]
    ]


CASES = own_cases()


def facts_of(case):
    facts, faults, _ = read_facts(case["facts"], RULES, case["id"])
    assert not faults, faults
    return facts


def named_in(determination):
    """Return the rules that hit for certain, in whatever state, and the penalties of those in force."""
    groups = ("hits", "duties", "overridden", "suspended", "disputed_hits")
    hit = {hit.rule.id for g in groups for hit in getattr(determination, g) if hit.truth == "true"}
    return hit | {*determination.penalties}


@cache
def cases_that_hit():
    found = defaultdict(list)
    for case in CASES:
        facts = facts_of(case)
        for name in named_in(decide(Case(case["id"], facts), RULES)):
            found[name].append(facts)
    return found


def in_force(rule, day):
    """Return whether some case that hits the rule, moved to `day`, finds it in force and hitting."""
    if RULES.statuses(day)[rule.id] != "active":
        return False
    facts = cases_that_hit()[rule.id]
    return any(rule.id in named_in(decide(Case("moved", one), RULES, on=day)) for one in facts)


def first_day(rule):
    """Return the first day on which the rule is in force and not suspended."""
    day = rule.effective
    for spell in RULES.suspensions[rule.id]:
        day = spell.until + DAY if spell.start <= day else day
    return day


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --------------------------------------------------------------------------- words and sources


@pytest.mark.parametrize("rule", RULES.rules, ids=by_id)
def test_a_rule_says_what_it_does_and_where_it_stands(rule):
    assert len(rule.text) > 40
    assert rule.sources
    assert rule.title
    assert rule.certainty in ("high", "medium", "low")
    addresses = [RULES.sources[name].url or RULES.sources[name].note for name in rule.sources]
    assert all(addresses)


@pytest.mark.parametrize("name", RULES.sources)
def test_a_source_has_an_address_or_says_why_not(name):
    source = RULES.sources[name]
    assert source.url or source.note
    assert source.grade


def test_every_source_is_used():
    used = {name for rule in RULES.rules for name in rule.sources}
    used |= {name for one in (*RULES.conflicts, *RULES.ambiguities) for name in one.sources}
    used |= {item.source for item in RULES.control_items}
    used |= {row["source"] for path in TABLES for row in table(path)}
    for case in CASES:
        used |= set(re.split(r"[,;\s]+", case["source"]))
    assert set(RULES.sources) - used == set()


def test_nothing_reads_like_a_clearance():
    barred = re.compile(
        r"\bcleared\b|\bno licen[cs]e (is )?required\b|\bis allowed\b|\bmay freely\b", re.IGNORECASE
    )
    words = [rule.text + (rule.note or "") for rule in RULES.rules]
    words += [case["why"] for case in CASES]
    assert [text for text in words if barred.search(text)] == []


# --------------------------------------------------------------------------- days


@pytest.mark.parametrize("rule", RULES.rules, ids=by_id)
def test_days_are_in_order_and_known(rule):
    assert rule.until is None or rule.effective <= rule.until
    assert rule.known <= RULES.as_of or rule.effective > RULES.as_of
    spells = RULES.suspensions[rule.id]
    assert all(spell.start <= spell.until for spell in spells)
    for earlier, later in pairwise(spells):
        assert later.start == earlier.until + DAY


def test_any_day_since_2010_has_rules_for_an_export_from_china():
    case = Case("replay", {"txn.regime": "cn_export", "item.form": "oxide", "item.elements": ("Dy",)})
    dates = [date(year, month, 1) for year in range(2010, 2028) for month in range(1, 13)]
    quiet = [day for day in dates if not any(hit.rule for hit in found(case, day))]
    assert quiet == []


def found(case, day):
    determination = decide(case, RULES, on=day)
    return (*determination.hits, *determination.possible)


@pytest.mark.parametrize("rule", RULES.rules, ids=by_id)
def test_a_rule_is_hit_by_a_case_and_a_penalty_named_by_one(rule):
    assert cases_that_hit()[rule.id], f"no case in data/cases hits {rule.id}"


@pytest.mark.parametrize("rule", GATED, ids=by_id)
def test_a_rule_begins_on_its_first_day_and_ends_after_its_last(rule):
    assert in_force(rule, first_day(rule))
    assert not in_force(rule, first_day(rule) - DAY)
    if rule.until is not None:
        assert in_force(rule, rule.until)
        assert not in_force(rule, rule.until + DAY)


@pytest.mark.parametrize("rule", [rule for rule in GATED if RULES.suspensions[rule.id]], ids=by_id)
def test_a_suspension_holds_on_both_its_ends(rule):
    spells = RULES.suspensions[rule.id]
    states = {"confirmed": "suspended", "reported_unconfirmed": "disputed"}
    for spell in spells:
        for day in (spell.start, spell.until):
            assert RULES.statuses(day)[rule.id] == states[spell.certainty]
    assert RULES.statuses(spells[-1].until + DAY)[rule.id] == "active"
    assert RULES.statuses(spells[0].start - DAY)[rule.id] in ("active", "pending")


def test_background_is_penalties_and_each_belongs_to_a_rule():
    assert {rule.kind for rule in BACKGROUND} == {"penalty"}
    named = {name for rule in GATED for name in rule.penalties}
    assert {rule.id for rule in BACKGROUND} == named
    assert all(rule.act for rule in BACKGROUND)
    expected = {name for case in CASES for name in case["expected"].get("rules", ())}
    assert {rule.id for rule in BACKGROUND} <= expected


# --------------------------------------------------------------------------- cases


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_shipped_case_agrees(case):
    expected = case["expected"]
    determination = decide(Case(case["id"], facts_of(case)), RULES)
    assert determination.determination == expected["determination"]
    assert set(expected.get("rules", ())) <= named_in(determination)
    for view in ("if_reactivated", "disputed", "worst_case"):
        assert getattr(determination, view) == expected.get(view, getattr(determination, view))


def test_case_ids_differ_and_sources_are_known():
    counts = Counter(case["id"] for case in CASES)
    assert [name for name, times in counts.items() if times > 1] == []
    for case in CASES:
        if case["id"].startswith("X-"):
            assert case["source"] in RULES.sources


# --------------------------------------------------------------------------- names


def test_every_list_and_fact_is_used():
    raw = "".join(path.read_text(encoding="utf-8") for path in RULE_FILES)
    unused = [name for name in RULES.lists if f"${name}" not in raw]
    assert unused == []
    sections = (RULES.when, RULES.derived, RULES.conflict_when)
    read = {
        check.fact for section in sections for condition in section.values() for check in checks(condition)
    }
    stated = {name for case in CASES for name in case["facts"]}
    assert set(RULES.facts) - read - stated == set()


def test_every_fact_has_a_question():
    assert [name for name, spec in RULES.facts.items() if not spec.question.endswith("?")] == []


def test_every_ambiguity_touches_a_rule_or_says_that_it_is_not_coded():
    bearing = {name for rule in RULES.rules for name in rule.ambiguities}
    loose = [a.id for a in RULES.ambiguities if not a.rules and a.id not in bearing]
    assert all("Not coded" in a.text for a in RULES.ambiguities if a.id in loose)


# --------------------------------------------------------------------------- tables


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_a_table_is_sourced_and_safe(path):
    rows = table(path)
    assert rows
    for row in rows:
        assert row["source"], row
        assert not [cell for cell in row.values() if cell and cell[0] in "=+-@\t"]
        if "url" in row and row.get("certainty") != "missing":
            assert re.match(r"https?://\S+$", row["url"]), row


def test_control_items_name_their_announcement_and_source():
    for item in RULES.control_items:
        assert item.announcement in RULES.by_id
        assert item.source in RULES.sources
        assert not item.alloy or item.form == "alloy"
        assert all(re.fullmatch(r"\d{8}(\d{2})?", code) for code in item.ref_hs), item
    forms = set(RULES.facts["item.form"].values)
    assert {item.form for item in RULES.control_items} - forms == set()


def test_tariff_codes_are_digits_and_their_control_items_exist():
    codes = {item.code for item in RULES.control_items}
    for row in RULES.tables["hs_codes"]:
        assert re.fullmatch(r"\d{6,10}", row["code"]), row
        for name in re.findall(r"\b1C9\d\d\.[a-z](?:\.\d)?", row["control_item"]):
            assert any(code.startswith(name) for code in codes), row


def test_duty_rates_of_rules_are_those_of_the_table():
    stated = {
        (row["year"], row["hs8"]): float(row["rate_pct"]) / 100
        for row in RULES.tables["duties_2010_2015"]
        if row["direction"] == "export" and row["hs8"] and row["rate_pct"]
    }
    compared = 0
    for rule in RULES.rules:
        for line, rate in rule.params.get("rates", {}).items():
            known = stated.get((str(rule.effective.year), line))
            if known is not None and isinstance(rate, float):
                compared += 1
                assert rate == known, (rule.id, line)
    assert compared > 30


def test_fines_and_multiples_are_ranges():
    def ranges(value):
        if isinstance(value, dict):
            for inner in value.values():
                yield from ranges(inner)
        elif isinstance(value, list) and all(isinstance(x, int | float) for x in value):
            yield value

    seen = [pair for rule in BACKGROUND for pair in ranges(rule.params)]
    assert len(seen) > 20
    assert all(len(pair) == 2 and pair[0] < pair[1] for pair in seen)


# --------------------------------------------------------------------------- parties


def test_notices_are_held_in_full_and_dated():
    rows = table(DATA / "parties" / "parties.csv")
    held = Counter((row["list"], row["notice"]) for row in rows)
    notices = {(row["list"], row["notice"]): row for row in table(DATA / "parties" / "notices.csv")}
    for key, count in held.items():
        assert count == int(notices[key]["issued_count"])
    for row in rows:
        day = date.fromisoformat(row["date"])
        assert day == date.fromisoformat(notices[row["list"], row["notice"]]["date"])
        assert not row["until"] or date.fromisoformat(row["until"]) >= day
        assert row["source"].startswith("https://")


def test_a_list_of_which_no_name_is_held_is_incomplete():
    held = {row["list"] for row in table(DATA / "parties" / "parties.csv")}
    for row in table(DATA / "parties" / "lists.csv"):
        assert (row["complete"] == "yes") == (row["list"] in held)


def test_spells_belong_to_notices_and_follow_each_other():
    notices = {row["notice"] for row in table(DATA / "parties" / "notices.csv")}
    last: dict[str, date] = {}
    for row in table(DATA / "parties" / "spells.csv"):
        start, end = date.fromisoformat(row["from"]), date.fromisoformat(row["until"])
        assert row["notice"] in notices
        assert start <= end
        assert row["notice"] not in last or start == last[row["notice"]] + DAY
        last[row["notice"]] = end


@pytest.mark.parametrize(
    ("rule", "bound"),
    [
        ("CN-CONTROL-LIST", {"user.cn_control_list": True}),
        ("CN-2024-46-1", {"user.country": "US", "user.military": True}),
        ("CN-2026-01", {"user.country": "JP", "user.military": True}),
    ],
)
def test_origin_counts_abroad_only_for_rules_on_every_export(rule, bound):
    facts = {"txn.date": "2026-03-02", "item.form": "oxide", "item.elements": ("Dy",), **bound}
    for regime, origin, hit in (
        ("cn_export", None, True),
        ("cn_export", "JP", True),
        ("offshore_transfer", "CN", True),
        ("offshore_transfer", "JP", False),
    ):
        stated = {**facts, "txn.regime": regime} | ({"item.origin": origin} if origin else {})
        found = decide(Case("origin", stated), RULES)
        assert (rule in [one.rule.id for one in found.hits]) is hit, (regime, origin)
