"""``dearth scenario``: list, show, start, check scenarios; print their schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dearth.axes import MATERIALS, PLACES
from dearth.errors import Fault, InputError
from dearth.faces.console import console_out, print_json, say, write_lines
from dearth.faces.files import check_targets, write_all
from dearth.faces.groups import group
from dearth.faces.options import Json, overrides_of
from dearth.world import DEFAULT_SCENARIO

if TYPE_CHECKING:
    from dearth.world.scenario import Event, Scenario

__all__ = ["scenario_app"]

scenario_app = group()

_Name = Annotated[str, typer.Argument(metavar="SCENARIO", help="A shipped name, or a YAML file.")]
_Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a value.")]
_WIDTH: Final = 14


@scenario_app.command("list")
def list_scenarios(as_json: Json = False) -> None:
    """List the shipped scenarios."""
    from dearth.world.scenario import load_scenario, scenario_names  # noqa: PLC0415 (a fast start)

    scenarios = [load_scenario(name) for name in scenario_names()]
    if as_json:
        print_json({"scenarios": [_summary(s) for s in scenarios]})
        return
    from dearth.faces.tables import plain_table  # noqa: PLC0415 (a fast start)

    rows = [(s.name, s.title, str(s.start), str(s.weeks), str(len(s.events))) for s in scenarios]
    console_out().print(plain_table("", ("name", "title", "start", "weeks", "events"), rows))


def _summary(scenario: Scenario) -> dict[str, object]:
    found = scenario.to_dict()
    keys = ("name", "title", "start", "as_of", "weeks", "draws", "seed", "growth")
    return {**{key: found[key] for key in keys}, "events": len(scenario.events), "sha256": scenario.sha256}


@scenario_app.command("show")
def show(
    scenario: _Name = DEFAULT_SCENARIO,
    override: _Set = None,
    as_json: Json = False,
) -> None:
    """Show a scenario: its settings, and what happens on which day by which source."""
    from dearth.world.scenario import load_scenario  # noqa: PLC0415

    overrides, faults = overrides_of(override or ())
    if faults:
        raise InputError("Reading the command line", faults)
    found = load_scenario(scenario, overrides)
    if as_json:
        print_json({**found.to_dict(), "sha256": found.sha256})
        return
    write_lines(_lines(found))


def _lines(scenario: Scenario) -> Iterator[tuple[str, str]]:
    yield scenario.title, "bold"
    yield scenario.description, ""
    yield "", ""
    settings = ("name", "start", "as_of", "weeks", "draws", "seed", "growth", "sha256")
    yield from ((f"{key:<{_WIDTH}}{getattr(scenario, key)}", "") for key in settings)
    yield from ((f"{'set':<{_WIDTH}}{key} = {value:g}", "") for key, value in scenario.set.items())
    for event in scenario.events:
        quiet = "dim" if event.action == "note" else ""
        yield "", ""
        yield f"{event.date}  {event.action}  {_reach(event)}".rstrip(), f"bold {quiet}".strip()
        yield f"  {event.what}", quiet
        yield f"  source: {event.source}" + (f" <{event.url}>" if event.url else ""), "dim"


def _reach(event: Event) -> str:
    """Return what an event touches, in short."""
    if event.origin is None:
        return ""
    abroad = [place for place in PLACES if place != event.origin]
    to = "all places" if list(event.destinations) == abroad else ", ".join(event.destinations)
    what = " ".join(_patterns(event.materials))
    amount = "" if event.tonnes_per_half_year is None else f", {event.tonnes_per_half_year:g} t per half-year"
    return f"{event.origin} to {to}: {what} ({event.end_use} uses{amount})"


def _patterns(materials: Sequence[str]) -> Iterator[str]:
    """Fold full stages back into patterns such as ``magnet:*``."""
    for stem in dict.fromkeys(m.split(":")[0] for m in materials):
        named = [m for m in materials if m.startswith(f"{stem}:")]
        whole = [m for m in MATERIALS if m.startswith(f"{stem}:")]
        yield f"{stem}:" + ("*" if named == whole else ",".join(m.partition(":")[2] for m in named))


@scenario_app.command("new")
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The YAML file to write; it must not exist.")],
    like: Annotated[
        str, typer.Option("--from", metavar="SCENARIO", help="Start from this one.")
    ] = "squeeze-2025",
) -> None:
    """Start a scenario of your own as a copy of another."""
    from dearth.world.scenario import load_scenario, scenario_text  # noqa: PLC0415

    name = file.stem.lower()
    faults = []
    if file.exists() or file.is_symlink():
        faults.append(Fault("exists already", str(file), cure="choose another name, or remove it first"))
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", name):
        faults.append(
            Fault(f"{file.stem[:80]!r} cannot name a scenario", str(file), cure="e.g. my-squeeze.yaml")
        )
    if faults:
        raise InputError("Starting a scenario", faults)
    check_targets({"FILE": file})
    load_scenario(like)
    data, _where = scenario_text(like)
    text = re.sub(r"(?m)^name:.*$", f"name: {name}", data.decode("utf-8-sig"), count=1)
    write_all({file: text})
    say(f"wrote {file}; check it with: dearth scenario check {file}")
    say("for completion in an editor: dearth scenario schema > scenario.schema.json")


@scenario_app.command("check")
def check(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Names or YAML files.")],
    as_json: Json = False,
) -> None:
    """Check scenarios, the assumptions they name included; all faults of all are listed."""
    from dearth.book import load_book  # noqa: PLC0415 (a fast start)
    from dearth.faces.run_study import assumption_ids  # noqa: PLC0415
    from dearth.world.scenario import load_scenario  # noqa: PLC0415

    faults: list[Fault] = []
    good: list[Scenario] = []
    known = None
    for name in scenarios:
        try:
            found = load_scenario(name)
            known = known if known is not None else assumption_ids(load_book())
            found.check_ids(known)
            good.append(found)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError("Checking scenarios", faults)
    if as_json:
        print_json({"scenarios": [_summary(s) for s in good]})
        return
    for found in good:
        console_out().print(f"{found.name}: ok ({len(found.events)} events, sha256 {found.sha256[:12]})")


@scenario_app.command("schema")
def schema() -> None:
    """Print the JSON Schema of a scenario file."""
    from dearth.world.scenario import scenario_schema  # noqa: PLC0415

    print_json(scenario_schema())
