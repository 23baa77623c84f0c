"""Scenarios: what they mean, what overrides do, what is refused."""

from __future__ import annotations

import json
import pickle
from contextlib import suppress
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dearth.axes import MAGNETS, PLACES
from dearth.errors import InputError, ScenarioError
from dearth.world.scenario import (
    DEFAULT_SCENARIO,
    Event,
    Scenario,
    load_scenario,
    scenario_names,
    scenario_schema,
)
from dearth.world.scenario_file import parse_yaml

SHIPPED = scenario_names()
PLAIN = """\
name: plain
title: Plain
description: Nothing much.
start: 2025-04-04
as_of: 2025-04-10
weeks: 10
seed: 1
draws: 2
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "plain.yaml"
    path.write_text(text, "utf-8")
    return path


def event(**changes: Any) -> dict[str, Any]:
    made = {"date": "2025-04-11", "what": "x", "source": "y", "action": "licence", "origin": "CHN"}
    return {**made, "materials": ["magnet:*"], **changes}


class TestShipped:
    def test_all_are_there_the_default_first(self) -> None:
        assert SHIPPED == (
            "squeeze-2025",
            "as-planned",
            "cutoff",
            "heavy-only",
            "japan-2026",
            "military-only",
            "myanmar-halt",
            "quota-2010",
            "reactivation",
            "steady",
            "today",
            "yttrium",
        )
        assert SHIPPED[0] == DEFAULT_SCENARIO

    @pytest.mark.parametrize("name", SHIPPED)
    def test_name_is_that_of_the_file_and_it_reads_back(self, name: str) -> None:
        scenario = load_scenario(name)
        assert scenario.name == name
        assert Scenario.model_validate(scenario.to_dict()) == scenario
        assert pickle.loads(pickle.dumps(scenario)).sha256 == scenario.sha256

    @pytest.mark.parametrize("name", SHIPPED)
    def test_the_file_follows_its_schema(self, name: str) -> None:
        folder = resources.files("dearth") / "data" / "scenarios"
        raw = parse_yaml((folder / f"{name}.yaml").read_bytes(), name)
        jsonschema.Draft202012Validator(scenario_schema()).validate(raw)

    def test_the_shipped_schema_is_the_one_in_force(self) -> None:
        folder = resources.files("dearth") / "data" / "scenarios"
        assert json.loads((folder / "scenario.schema.json").read_text("utf-8")) == scenario_schema()

    def test_every_event_of_the_squeeze_has_a_source_and_notes_do_not_act(self) -> None:
        scenario = load_scenario("squeeze-2025")
        assert all(e.url or "assumption" in e.source for e in scenario.events)
        assert {e.action for e in scenario.active_events} == {"licence", "prohibit", "inspect", "stop-flow"}
        assert all(e.date <= date(2025, 4, 30) for e in scenario.active_events)

    def test_the_squeeze_leaves_assemblies_and_light_elements_free(self) -> None:
        touched = {m for e in load_scenario("squeeze-2025").active_events for m in e.materials}
        assert not any(m.startswith(("assembly:", "product:")) for m in touched)
        assert not touched & {"oxide:NdPr", "oxide:La", "oxide:Ce", "metal:NdPr"}

    def test_steady_is_still(self) -> None:
        steady = load_scenario("steady")
        assert (steady.weeks, steady.growth, steady.events) == (520, "none", ())


class TestMeaning:
    def test_patterns_and_all_are_expanded(self) -> None:
        found = Event.model_validate(event(destinations="all"))
        assert found.materials == tuple(MAGNETS)
        assert found.destinations == tuple(p for p in PLACES if p != "CHN")

    def test_absent_destinations_are_all(self) -> None:
        assert (
            Event.model_validate(event()).destinations
            == Event.model_validate(event(destinations="all")).destinations
        )

    def test_end_uses(self) -> None:
        assert Event.model_validate(event()).end_uses == ("civil", "military")
        assert Event.model_validate(event(end_use="military")).end_uses == ("military",)

    def test_events_come_by_day(self, tmp_path: Path) -> None:
        rows = [event(date="2025-05-01"), event(date="2025-04-11")]
        scenario = load_scenario(write(tmp_path, PLAIN + f"events: {json.dumps(rows)}\n"))
        assert [scenario.week_of(e) for e in scenario.events] == [1.0, 27 / 7]

    @pytest.mark.parametrize(("as_of", "acting"), [("2025-04-10", 0), ("2025-04-11", 1), ("2025-04-03", 1)])
    def test_what_is_not_known_yet_does_not_act(self, as_of: str, acting: int, tmp_path: Path) -> None:
        path = write(tmp_path, PLAIN + f"events: {json.dumps([event()])}\n")
        assert len(load_scenario(path, {"as_of": as_of}).active_events) == acting

    def test_it_is_frozen(self) -> None:
        with pytest.raises(ValidationError):
            load_scenario("steady").weeks = 3

    def test_direct_construction_checks_fields_together_too(self) -> None:
        raw = {**load_scenario("steady").to_dict(), "events": [event(date="2024-04-11")]}
        with pytest.raises(ValidationError, match="before the start"):
            Scenario.model_validate(raw)


class TestHash:
    def test_a_changed_copy_has_a_hash_of_its_own(self, tmp_path: Path) -> None:
        path = write(tmp_path, PLAIN)
        scenario = load_scenario(path)
        assert scenario.sha256, "asked before the copy is made"
        assert scenario.ensemble(3, 2).sha256 == load_scenario(path, {"draws": "3", "seed": "2"}).sha256

    def test_layout_order_and_comments_do_not_matter(self, tmp_path: Path) -> None:
        first = load_scenario(write(tmp_path, PLAIN))
        lines = PLAIN.splitlines()
        second = load_scenario(write(tmp_path, "# other\n" + "\n".join(reversed(lines)) + "\n"))
        assert first.sha256 == second.sha256

    @pytest.mark.parametrize(
        "change", [{"seed": "2"}, {"weeks": "11"}, {"set.cover": "1"}, {"growth": "planned"}]
    )
    def test_content_matters(self, change: dict[str, str], tmp_path: Path) -> None:
        path = write(tmp_path, PLAIN)
        assert load_scenario(path, change).sha256 != load_scenario(path).sha256


class TestOverrides:
    def test_they_are_read_strictly(self) -> None:
        found = load_scenario(
            "steady", {"weeks": "52", "draws": "20", "set.cover-wind": "6.5", "as-of": "2025-02-01"}
        )
        assert (found.weeks, found.draws, found.set) == (52, 20, {"cover-wind": 6.5})
        assert found.as_of == date(2025, 2, 1)

    @pytest.mark.parametrize("text", ["", "five", "1_0", "0x10", "1e2", "5.0", "NaN", "9" * 30, "٣"])
    def test_odd_whole_numbers_are_refused(self, text: str) -> None:
        with pytest.raises(ScenarioError, match="not a whole number"):
            load_scenario("steady", {"weeks": text})

    @pytest.mark.parametrize("text", ["", "nan", "inf", "1e999", "1_0", "0x1p3", "--1", "1e9999"])
    def test_odd_numbers_are_refused(self, text: str) -> None:
        with pytest.raises(ScenarioError):
            load_scenario("steady", {"set.cover-wind": text})

    def test_a_shorter_run_drops_what_comes_after_it(self) -> None:
        full, short = load_scenario("squeeze-2025"), load_scenario("squeeze-2025", {"weeks": "4"})
        assert 0 < len(short.events) < len(full.events)

    def test_a_later_start_does_not_hide_events(self) -> None:
        with pytest.raises(ScenarioError, match="before the start"):
            load_scenario("squeeze-2025", {"start": "2025-04-10"})

    def test_unknown_assumptions_are_refused_with_a_hint(self) -> None:
        with pytest.raises(ScenarioError, match="did you mean 'cover-wind'"):
            load_scenario("steady", {"set.cover-wnd": "1"}, lambda: ["cover-wind", "transit"])
        assert load_scenario("steady", {"set.cover-wind": "1"}, lambda: ["cover-wind"]).set

    def test_all_faults_at_once(self) -> None:
        with pytest.raises(ScenarioError) as caught:
            load_scenario("steady", {"weeks": "x", "draws": "0", "seed": "-1", "zed": "1", "set.B": "1"})
        assert len(caught.value.faults) == 5
        assert all(fault.cure or fault.why for fault in caught.value.faults)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_a_mapping_or_an_input_error(data: bytes) -> None:
    with suppress(InputError):
        assert isinstance(parse_yaml(data, "x"), dict)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("2025-04-11"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
_keys = st.sampled_from([*Scenario.model_fields, "other"])
_event_keys = st.sampled_from([*Event.model_fields, "other"])


@settings(max_examples=200, deadline=None)
@given(
    raw=st.dictionaries(_keys, _values, max_size=6),
    events=st.lists(st.dictionaries(_event_keys, _values, max_size=6), max_size=2),
)
def test_any_content_is_a_scenario_or_an_input_error(
    raw: dict[str, Any], events: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    good = load_scenario("steady").to_dict()
    path = tmp_path_factory.mktemp("fuzz") / "x.yaml"
    path.write_text(json.dumps({**good, "events": events, **raw}), "utf-8")
    with suppress(ScenarioError):
        assert load_scenario(path).sha256
