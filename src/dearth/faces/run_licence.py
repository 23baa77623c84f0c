"""Running ``dearth licence``: check, read, decide, keep, show, write."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from dearth.answer import Answer
from dearth.book.read import read_bytes as read_table_bytes
from dearth.errors import Fault, InputError
from dearth.faces.console import say, write_lines
from dearth.faces.files import asked_for, check_request, write_all
from dearth.faces.licence_tables import (
    agreement_csv,
    agreement_lines,
    changes_lines,
    determination_csv,
)
from dearth.faces.licence_template import TEMPLATE
from dearth.faces.licence_view import lines_of
from dearth.lexicon import load_lexicon
from dearth.plain_yaml import parse_yaml, read_bytes
from dearth.rules.case_file import CASE_BOUNDS, read_case_folder, read_cases
from dearth.rules.conditions import FactValue
from dearth.rules.read import load_rules
from dearth.rules.rule import parse_day
from dearth.rules.ruleset import STALE_DAYS, RuleSet
from dearth.rules.shipment import Shipment, read_shipment
from dearth.studies.licence import Asked, agreement, bill, envelope, licence, recorded, redecide

__all__ = ["Wanted", "run_licence", "wanted_of"]

_CHANGES: Final = "changes"
_TEMPLATE: Final = "template"

_PHASE: Final = "Reading the command line"
_SHIPMENT: Final = "Reading a shipment"


@dataclass(frozen=True)
class Wanted:
    """What was asked, as the options gave it."""

    what: str | None = None
    changes: bool = False
    template: bool = False
    cases: Path | None = None
    bom: Path | None = None
    on: str | None = None
    as_of: str | None = None
    since: str | None = None
    register: Path | None = None
    full: bool = False
    trace: bool = False
    json: bool = False
    csv: Path | None = None
    html: Path | None = None
    quiet: bool = False

    @property
    def targets(self) -> dict[str, Path]:
        """Files to write, by the option that named them."""
        named = {"--csv": self.csv, "--html": self.html}
        return asked_for(named)

    def day(self, option: str) -> date | None:
        """Return the day of an option that has been checked."""
        return parse_day(getattr(self, option.replace("-", "_")))


def wanted_of(options: Mapping[str, Any]) -> Wanted:
    """Return what was asked by the options of the command line, where a word may stand for a case."""
    word = options.get("what")
    asked = {"changes": word == _CHANGES, "template": word == _TEMPLATE}
    return Wanted(**{**options, **asked, "what": None if any(asked.values()) else word})


def run_licence(wanted: Wanted) -> None:
    """Answer what was asked and show it.

    Raises
    ------
    InputError
        Anything is wrong with the command line or a file: all faults at once; no file has been touched.
    """
    _check(wanted)
    if wanted.template:
        sys.stdout.write(TEMPLATE)
        return
    rules = load_rules()
    _tell_the_clock(rules, wanted.quiet)
    if wanted.changes:
        _changes(wanted, rules)
    elif wanted.cases is not None:
        _agreement(read_case_folder(wanted.cases, rules), wanted.cases, wanted, rules)
    elif wanted.bom is not None:
        _bill(wanted.bom, wanted, rules)
    else:
        _one_file(Path(str(wanted.what)), wanted, rules)


def _check(wanted: Wanted) -> None:
    check_request(_PHASE, _option_faults(wanted), wanted.targets)


def _option_faults(wanted: Wanted) -> list[Fault]:
    asked = {
        "CASE": wanted.what is not None,
        "changes": wanted.changes,
        "template": wanted.template,
        "--cases": wanted.cases is not None,
        "--bom": wanted.bom is not None,
    }
    named = [name for name, there in asked.items() if there]
    if named == ["CASE", "--bom"]:
        named = ["--bom"]
    faults = []
    if len(named) != 1:
        what = "nothing to decide" if not named else f"{' and '.join(named)} cannot be told together"
        faults.append(Fault(what, cure="give a YAML file, `changes --since DATE`, --cases DIR or --bom FILE"))
    for option in ("on", "as-of", "since"):
        value = getattr(wanted, option.replace("-", "_"))
        if value is not None and parse_day(value) is None:
            cure = "write YYYY-MM-DD, e.g. 2025-04-04"
            faults.append(Fault(f"{value[:60]!r} is not a day", f"--{option}", cure=cure))
    faults += _pair_faults(wanted)
    return faults


def _pair_faults(wanted: Wanted) -> list[Fault]:
    faults = []
    if wanted.changes and (wanted.since is None or wanted.register is None):
        faults.append(Fault("`changes` needs --since and --register", cure="name a day and a register"))
    if wanted.since is not None and not wanted.changes:
        faults.append(Fault("--since goes with `changes`", cure="write: dearth licence changes --since DATE"))
    if wanted.bom is not None and wanted.register is not None:
        cure = "keep the lines that matter one by one: dearth licence CASE --register FILE"
        faults.append(Fault("--bom takes no --register", cure=cure))
    if wanted.cases is not None and (wanted.on or wanted.as_of or wanted.register):
        what = "--cases takes no --on, --as-of or --register"
        faults.append(Fault(what, cure="each case has a day of its own"))
    return faults


def _tell_the_clock(rules: RuleSet, quiet: bool) -> None:
    """Say on standard error when the rules are older than two weeks by the clock."""
    days = (date.today() - rules.as_of).days
    if days > STALE_DAYS:
        held = f"rules {rules.version} rest on evidence up to {rules.as_of}"
        text = f"{held}, {days} days ago by the clock: look for newer notices"
        say(text, quiet=quiet)


def _one_file(path: Path, wanted: Wanted, rules: RuleSet) -> None:
    raw = _raw(path)
    if "cases" not in raw:
        _determination(_shipment(raw, path, wanted, rules), wanted, rules)
        return
    found, faults = read_cases(raw, rules, path.name)
    if wanted.on or wanted.as_of or wanted.register:
        what = "a file of cases takes no --on, --as-of or --register"
        faults.append(Fault(what, path.name, cure="each case has a day of its own"))
    if faults:
        raise InputError("Reading cases", faults)
    _agreement(tuple(found), path, wanted, rules)


def _raw(path: Path) -> dict[str, Any]:
    return parse_yaml(read_bytes(path, CASE_BOUNDS), path.name, CASE_BOUNDS)


def _shipment(raw: Mapping[str, Any], path: Path, wanted: Wanted, rules: RuleSet) -> Shipment:
    shipment, faults = read_shipment(raw, rules, path.name, on=wanted.on)
    if faults or shipment is None:
        raise InputError(_SHIPMENT, faults)
    return shipment


def _determination(shipment: Shipment, wanted: Wanted, rules: RuleSet) -> None:
    answer = licence(shipment, rules, as_of=wanted.day("as-of"), with_trace=wanted.trace)
    _keep(answer, wanted)
    _write(wanted, {"--csv": lambda: determination_csv(answer), "--html": lambda: _page(answer)})
    lines = lines_of(answer.answer, answer.question, answer.warnings, full=wanted.full)
    _show(answer, wanted, lambda: write_lines(lines))


def _keep(answer: Answer, wanted: Wanted) -> None:
    if wanted.register is None:
        return
    from dearth.register import Register  # noqa: PLC0415 (a fast start)

    with Register.open(wanted.register) as register:
        row = register.append(recorded(answer))
    say(f"kept as row {row.number} of {wanted.register}, head {row.head}", quiet=wanted.quiet)


def _agreement(found: tuple[Any, ...], folder: Path, wanted: Wanted, rules: RuleSet) -> None:
    answer = agreement(found, rules, folder=folder)
    _write(wanted, {"--csv": lambda: agreement_csv(answer)})
    _show(answer, wanted, lambda: write_lines(agreement_lines(answer)))


def _changes(wanted: Wanted, rules: RuleSet) -> None:
    """Show which recorded determinations would be others under the rules held."""
    from dearth.register import Register, changes  # noqa: PLC0415 (a fast start)

    _write(wanted, {})
    since, on = str(wanted.since), wanted.on or max(str(wanted.since), rules.as_of.isoformat())
    with Register.open(Path(str(wanted.register)), create=False) as register:
        faults = register.verify()
        if faults:
            raise InputError("Reading the register", faults)
        rows = register.rows("determination")
    found = changes(rows, redecide(rules), since, on)
    answer = {"since": since, "on": on, "recorded": len(rows), "changes": [one.to_dict() for one in found]}
    asked = Asked({"since": since, "on": on}, _named("changes", [row.hash for row in rows]), parse_day(on))
    whole = envelope(rules, asked, answer, ())
    _show(whole, wanted, lambda: write_lines(changes_lines(whole)))


def _named(name: str, parts: list[str]) -> Any:
    from dearth.rules.case import Case  # noqa: PLC0415

    return Case(name, {"rows": tuple(parts)})


def _bill(path: Path, wanted: Wanted, rules: RuleSet) -> None:
    """Judge every line of a bill; a shipment file beside it says what holds for all of them."""
    from dearth.faces.licence_bill import bill_csv, bill_lines  # noqa: PLC0415 (a fast start)
    from dearth.rules.bill import assess_bill, read_bill_bytes  # noqa: PLC0415

    shared: dict[str, FactValue] = {}
    on = wanted.day("on")
    if wanted.what is not None:
        path_of_case = Path(wanted.what)
        shipment = _shipment(_raw(path_of_case), path_of_case, wanted, rules)
        shared = {name: v for name, v in shipment.case.facts.items() if not name.startswith("item.")}
        on = on or shipment.case.day
    data = read_table_bytes(path)
    if isinstance(data, Fault):
        raise InputError("Reading the bill of materials", data)
    read = read_bill_bytes(path.name, data, rules)
    goods = load_lexicon().goods
    assessed = assess_bill(read, rules, on=on, as_of=wanted.day("as-of"), read_goods=goods, shared=shared)
    answer = bill(assessed, rules, sha256=hashlib.sha256(data).hexdigest(), shared=shared)
    _write(wanted, {"--csv": lambda: bill_csv(answer)})
    _show(answer, wanted, lambda: write_lines(bill_lines(answer)))


def _page(answer: Answer) -> str:
    from dearth.faces.licence_page import licence_html  # noqa: PLC0415 (jinja2 only when asked for)

    return licence_html(answer)


def _write(wanted: Wanted, writers: Mapping[str, Callable[[], str]]) -> None:
    faults = [
        Fault("cannot be written for this question", option, cure="leave it out")
        for option in wanted.targets
        if option not in writers
    ]
    if faults:
        raise InputError(_PHASE, faults)
    contents: dict[Path, str | bytes] = {path: writers[option]() for option, path in wanted.targets.items()}
    write_all(contents)
    for path in contents:
        say(f"wrote {path}", quiet=wanted.quiet)


def _show(answer: Answer, wanted: Wanted, in_words: Callable[[], None]) -> None:
    if wanted.json:
        sys.stdout.write(answer.to_json() + "\n")
    else:
        in_words()
