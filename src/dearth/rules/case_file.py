"""Files of cases with the answer that their author expects, and whether the rules agree with it.

::

    schema: rare-earth-cases/1
    cases:
    - id: A01
      facts: {txn.date: '2025-06-10', txn.regime: cn_export, ...}
      expected: {determination: LIC, rules: [CN-2025-18], if_reactivated: LIC, disputed: LIC, worst_case: LIC}
      why: ...
      source: ...

Of ``expected`` only ``determination`` is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from dearth.errors import DearthError, Fault, InputError, did_you_mean
from dearth.plain_yaml import Bounds, parse_yaml, read_bytes
from dearth.rules.case import Case, read_facts
from dearth.rules.decide import Determination
from dearth.rules.effects import EFFECTS, NO_RULE, severity
from dearth.rules.ruleset import RuleSet

__all__ = ["CASE_BOUNDS", "SCHEMA", "Outcome", "WrittenCase", "outcome_of", "read_case_folder", "read_cases"]

SCHEMA: Final = "rare-earth-cases/1"
CASE_BOUNDS: Final = Bounds("case", max_bytes=4 << 20, max_nodes=200_000)
Outcome = Literal["agreed", "disagreed", "unknown"]
_PHASE: Final = "Reading cases"
# view -> its own worst case
_VIEWS: Final = {"if_reactivated": "if_reactivated_worst", "disputed": "disputed_worst", "worst_case": ""}
_EXPECTED: Final = ("determination", "rules", "presumption", *_VIEWS)
_KEYS: Final = ("id", "facts", "expected", "why", "source", "source_date", "confidence", "note", "title")
_MAX_FILES: Final = 1000
_CASES: Final = re.compile(rb"^\s*[\"']?cases[\"']?\s*:", re.MULTILINE)


@dataclass(frozen=True)
class WrittenCase:
    """A case and what its author expects."""

    case: Case
    file: str
    expected: Mapping[str, Any]
    why: str = ""
    source: str = ""
    warnings: tuple[str, ...] = field(default=())


def read_case_folder(folder: Path, rules: RuleSet) -> tuple[WrittenCase, ...]:
    """Return the cases of every YAML file of a folder, by name of file; files without cases are passed over.

    Raises
    ------
    InputError
        No such folder, no file in it, or anything wrong with any file: all faults at once.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(_PHASE, Fault("cannot be listed", str(folder)[:200], why, "name a folder")) from None
    if not files or len(files) > _MAX_FILES:
        what = f"holds {len(files)} YAML files"
        raise InputError(_PHASE, Fault(what, str(folder)[:200], cure=f"put 1 to {_MAX_FILES} files in it"))
    found: list[WrittenCase] = []
    faults: list[Fault] = []
    passed: list[str] = []
    for path in files:
        raw, wrong = _raw_cases(path)
        if raw is None:
            faults.extend(wrong)
            passed += [] if wrong else [path.name]
            continue
        cases, wrong = read_cases(raw, rules, path.name)
        found.extend(cases)
        faults.extend(wrong)
    if not found and not faults:
        cure = "a file of cases begins with `cases:`"
        faults.append(
            Fault("no file of cases", str(folder)[:200], f"looked at {', '.join(passed)[:200]}", cure)
        )
    if faults:
        raise InputError(_PHASE, faults)
    return tuple(found)


def _raw_cases(path: Path) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Return what a file says, or None with its faults; a file that holds no cases has none."""
    try:
        data = read_bytes(path, CASE_BOUNDS)
    except DearthError as error:
        return None, list(error.faults)
    try:
        raw = parse_yaml(data, path.name, CASE_BOUNDS)
    except DearthError as error:
        return None, list(error.faults) if _CASES.search(data) else []
    return (raw, []) if "cases" in raw else (None, [])


def read_cases(raw: Mapping[str, Any], rules: RuleSet, where: str) -> tuple[list[WrittenCase], list[Fault]]:
    """Return the cases of one file, and what is wrong with it.

    A fact that no rule knows, or a value outside its closed list, stays out with a warning: the rest of the
    case can still be judged, and what stays out is unknown.
    """
    faults = [
        Fault(f"unknown key {str(key)[:80]!r}", where, cure=did_you_mean(str(key)[:80], ("schema", "cases")))
        for key in raw
        if key not in ("schema", "cases")
    ]
    if raw.get("schema", SCHEMA) != SCHEMA:
        faults.append(Fault(f"unknown schema {str(raw['schema'])[:60]!r}", where, cure=f"write {SCHEMA}"))
    rows = raw.get("cases")
    if not isinstance(rows, list) or not rows:
        return [], [*faults, Fault("no list of cases", where, cure="write `cases:` and a list below it")]
    found = []
    seen: set[str] = set()
    for place, row in enumerate(rows):
        at = f"{where}: cases[{place}]"
        written, wrong = _read_case(row, rules, where, at)
        if written is not None and written.case.id in seen:
            wrong.append(Fault(f"case {written.case.id!r} stands twice", at, cure="give one another id"))
        if written is not None:
            seen.add(written.case.id)
            found.append(written)
        faults += wrong
    return found, faults


def _read_case(row: Any, rules: RuleSet, file: str, at: str) -> tuple[WrittenCase | None, list[Fault]]:
    if not isinstance(row, Mapping):
        return None, [Fault("not a case", at, cure="write id:, facts: and expected:")]
    faults: list[Fault] = []
    name = row.get("id")
    if not isinstance(name, str | int) or isinstance(name, bool) or not str(name).strip():
        faults.append(Fault("a case without an id", at, cure="write `id:`"))
        name = at
    facts, expected = row.get("facts"), row.get("expected")
    if not isinstance(facts, Mapping):
        faults.append(Fault("`facts` is missing or not a mapping", at, cure="write `fact: value` lines"))
        facts = {}
    faults += _expected_faults(expected, at)
    stated, wrong, warnings = read_facts(facts, rules, at, strict=False)
    faults += wrong
    warnings += [*_unknown(row, _KEYS, at), *_unknown(expected, _EXPECTED, f"{at}.expected")]
    if faults:
        return None, faults
    case = Case(str(name)[:80], stated, str(row.get("title", "") or ""))
    text = {key: str(row.get(key) or "") for key in ("why", "source")}
    assert isinstance(expected, Mapping)
    return WrittenCase(case, file, expected, warnings=tuple(warnings), **text), []


def _unknown(row: Any, known: tuple[str, ...], at: str) -> Iterator[str]:
    for key in row if isinstance(row, Mapping) else ():
        if key not in known:
            name = str(key)[:80]
            yield str(Fault(f"unknown key {name!r} is passed over", at, cure=did_you_mean(name, known)))


def _expected_faults(expected: Any, at: str) -> Iterator[Fault]:
    where = f"{at}.expected"
    if not isinstance(expected, Mapping) or "determination" not in expected:
        yield Fault("no expected determination", where, cure="write `expected: {determination: LIC}`")
        return
    for key in ("determination", *_VIEWS):
        value = expected.get(key)
        if (value is not None or key == "determination") and value not in tuple(EFFECTS):
            cure = did_you_mean(str(value)[:40], list(EFFECTS))
            yield Fault(f"{str(value)[:40]!r} is no effect", f"{where}.{key}", cure=cure)
    rules = expected.get("rules")
    if rules is not None and not (isinstance(rules, list) and all(isinstance(r, str) for r in rules)):
        yield Fault("`rules` is not a list of ids", where, cure="write [CN-2025-18]")


def outcome_of(expected: Mapping[str, Any], found: Determination) -> tuple[Outcome, str]:
    """Return whether a determination is what its author expects, and in what it differs.

    It is ``unknown`` when all that differs is left open by missing facts: the expected effect lies between
    the determination and the worst case.  Expected rules may be suspended, disputed or overridden ones, or
    penalties of rules and duties that hit; a
    worst case may be stricter than expected; a presumption is text and is not compared.
    """
    effect = expected["determination"]
    duty = effect == "COMPLY" and found.determination == NO_RULE and bool(found.duties)
    differs: dict[str, bool] = {}  # what differs -> whether missing facts leave room for it
    if found.determination != effect and not duty:
        room = _between(effect, found.determination, found.worst_case)
        differs[f"determination {found.determination}"] = room
    possible = {hit.rule.id for hit in found.possible}
    groups = (found.hits, found.duties, found.suspended, found.disputed_hits, found.overridden)
    hit = {hit.rule.id for group in groups for hit in group if hit.truth == "true"} | {*found.penalties}
    for name in expected.get("rules") or ():
        if name not in hit:
            differs[f"not hit: {name}"] = name in possible
    for view, worst in _VIEWS.items():
        wanted, is_ = expected.get(view), getattr(found, view)
        enough = not worst and wanted is not None and severity(is_) > severity(wanted)
        if wanted is not None and wanted != is_ and not enough:
            differs[f"{view} {is_}"] = bool(worst) and _between(wanted, is_, getattr(found, worst))
    if not differs:
        return "agreed", ""
    return ("unknown" if all(differs.values()) else "disagreed"), "; ".join(differs)


def _between(effect: str, low: str, high: str) -> bool:
    return severity(low) <= severity(effect) <= severity(high)
