"""Files of rules: what is read, and every way in which they may be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from dearth.errors import RuleError
from dearth.rules.read import load_rules, read_rules
from small_rules import CONTROL, RULES, small, write

# what is replaced, by what, and what is said of it
WRONG = {
    "rule-effect": ("effect: CBC", "effect: MAYBE", "Input should be"),
    "rule-kind": ("kind: procurement", "kind: wish", "Input should be"),
    "rule-day": ("effective: 2019-04-30", "effective: 2019-02-30", "is not a day"),
    "rule-day-in-words": ("effective: 2019-04-30", "effective: last spring", "is not a day"),
    "rule-backwards": ("until: 2026-05-31", "until: 2024-05-31", "ends before it begins"),
    "spell-backwards": ("until: 2026-11-10", "until: 2024-11-10", "ends before it begins"),
    "rule-unknown-key": ("text: keep records", "text: keep records\n  txet: x", "Extra inputs"),
    "rule-no-text": ("  text: keep records\n", "", "Field required"),
    "rule-id": ("- id: CONDUCT", "- id: 'CON DUCT'", "should match pattern"),
    "rule-twice": ("- id: CONDUCT", "- id: FOREIGN", "stands already in rules"),
    "source-unknown": (
        "text: keep records\n  sources: [S1]",
        "text: x\n  sources: [S9]",
        "unknown source 'S9'",
    ),
    "source-url": ("https://example.org/a", "javascript:alert(1)", "is not a web address"),
    "override-unknown": ("overrides: [LICENCE]", "overrides: [LICENSE]", "unknown rule 'LICENSE'"),
    "suspended-with-unknown": ("suspended_with: PAUSED", "suspended_with: NOBODY", "unknown rule"),
    "ambiguity-unknown": ("ambiguities: [A1]", "ambiguities: [A2]", "unknown ambiguity 'A2'"),
    "conflict-unknown": ("between: [LICENCE, FOREIGN]", "between: [LICENCE, NOBODY]", "unknown rule"),
    "fact-unknown": ("f: user.military", "f: user.militray", "unknown fact 'user.militray'"),
    "fact-type": ("type: share", "type: percentage", "Input should be"),
    "value-never": ("v: mixture}", "v: soup}", "is never 'soup'"),
    "list-unknown": ("v: $barred", "v: $bared", "unknown list 'bared'"),
    "status-unknown": ("status.PAUSED", "status.PAUSE", "unknown rule 'PAUSE'"),
    "op-unknown": ("op: ge, v: 0.5", "op: above, v: 0.5", "unknown op"),
    "circle": (
        "  item.listed: {when: {any: [{f: listed.1C902, op: 'true'}",
        "  item.listed: {when: {any: [{f: item.listed, op: 'true'}",
        "rests on itself",
    ),
    "stated-and-derived": ("  item.listed: {when", "  item.form: {when", "both stated and derived"),
    "no-head": ("ruleset: {version: small, as_of: 2026-10-08}", "", "no file holds `ruleset:`"),
    "schema": ("schema: dearth-rules/1", "schema: dearth-rules/9", "unknown schema"),
    "section": ("conflicts:", "quarrels:", "unknown or misshapen section"),
    "list-shape": ("barred: [CN, RU]", "barred: {CN: 1}", "not a list of plain values"),
    "yaml": ("lists:", "lists: [", "not YAML"),
    "anchor": ("lists:", "lists: &x", "anchors and aliases"),
}


@pytest.mark.parametrize(("old", "new", "says"), WRONG.values(), ids=list(WRONG))
def test_every_way_of_being_wrong_is_told(old: str, new: str, says: str, tmp_path: Path) -> None:
    assert old in RULES
    with pytest.raises(RuleError) as caught:
        small(tmp_path, RULES.replace(old, new, 1))
    assert any(says in str(fault) for fault in caught.value.faults), caught.value
    assert caught.value.exit_status == 2


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = RULES.replace("effect: CBC", "effect: MAYBE").replace("type: share", "type: x")
    text = text.replace("effective: 2019-04-30", "effective: never")
    with pytest.raises(RuleError) as caught:
        small(tmp_path, text)
    assert len(caught.value.faults) == 3


def test_the_control_list_must_have_its_columns(tmp_path: Path) -> None:
    write(tmp_path, control=CONTROL.replace("family,", "famly,"))
    with pytest.raises(RuleError, match="famly"):
        read_rules(tmp_path)


def test_an_empty_folder_holds_no_rules(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no file holds"):
        read_rules(tmp_path)


def test_the_small_rules_are_read(tmp_path: Path) -> None:
    rules = small(tmp_path)
    assert [rule.id for rule in rules.rules] == sorted(rules.by_id)
    assert rules.by_id["LICENCE"].cited == "Announcement 18 of 2025"
    assert {"listed.1C902", "listed.1C905", "item.listed"} == set(rules.derived)
    assert len(rules.control_items) == 6


def test_the_shipped_rules_are_read_once() -> None:
    assert load_rules() is load_rules()
    assert len(load_rules().rules) > 80
