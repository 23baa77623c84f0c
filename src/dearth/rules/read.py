"""Files of ``data/rules`` to a rule set: every fault of every file at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from dearth.book.read import DATA, read_table
from dearth.book.read import read_bytes as read_csv_bytes
from dearth.errors import DearthError, Fault, RuleError
from dearth.plain_yaml import Bounds, parse_yaml, read_bytes
from dearth.rules.conditions import Condition, parse
from dearth.rules.goods import CONTROL_COLUMNS, ControlItem, control_item
from dearth.rules.links import link_faults, with_listed
from dearth.rules.ruleset import RuleSet
from dearth.rules.schema import Ambiguity, Conflict, Derived, FactSpec, Rule, RuleSetHead, Source

__all__ = ["RULES_FOLDER", "load_rules", "read_rules"]

RULES_FOLDER: Final = DATA / "rules"
SCHEMA: Final = "dearth-rules/1"
_PHASE: Final = "Reading the rules"
_BOUNDS: Final = Bounds("rules", max_bytes=4 << 20, max_depth=24, max_nodes=400_000)
_MODELS: Final[dict[str, type[BaseModel]]] = {
    "sources": Source, "facts": FactSpec, "derived": Derived,
    "rules": Rule, "conflicts": Conflict, "ambiguities": Ambiguity,
}  # fmt: skip
_BY_NAME: Final = ("sources", "facts", "derived", "lists")
_IN_ROWS: Final = ("rules", "conflicts", "ambiguities")
_CONTROL_LIST: Final = "control_items"


@dataclass(slots=True)
class _Draft:
    """What the files say so far, and what is wrong with it."""

    head: RuleSetHead | None = None
    found: dict[str, dict[str, Any]] = field(default_factory=lambda: {k: {} for k in (*_BY_NAME, *_IN_ROWS)})
    faults: list[Fault] = field(default_factory=list)

    def fail(self, what: str, where: str, cure: str = "") -> None:
        self.faults.append(Fault(what, where, cure=cure))

    def add(self, section: str, name: str, item: object, where: str) -> None:
        if name in self.found[section]:
            self.fail(f"{name!r} stands already in {section}", where, "give one of them another name")
        self.found[section][name] = item


@cache
def load_rules(folder: Path | None = None) -> RuleSet:
    """Return dearth's own rules, or those of a folder; read once.

    Raises
    ------
    RuleError
        As `read_rules`.
    """
    return read_rules(folder or RULES_FOLDER)


def read_rules(folder: Path) -> RuleSet:
    """Return the rules written in the YAML and CSV files of `folder`.

    Raises
    ------
    RuleError
        Anything is wrong with any file: all faults at once.
    """
    draft = _Draft()
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        _read_yaml(path, draft, digest)
    tables = {path.stem: _read_csv(path, draft, digest) for path in sorted(folder.glob("*.csv"))}
    items = _control_items(tables.pop(_CONTROL_LIST, ()), draft)
    if draft.head is None:
        draft.fail("no file holds `ruleset:`", str(folder), "add a version and an as_of day")
    rules = _rule_set(draft, items, tables, digest.hexdigest())
    if draft.faults or rules is None:
        raise RuleError(_PHASE, draft.faults)
    return rules


def _read_yaml(path: Path, draft: _Draft, digest: Any) -> None:
    try:
        data = read_bytes(path, _BOUNDS)
        raw = parse_yaml(data, path.name, _BOUNDS)
    except DearthError as error:
        draft.faults.extend(error.faults)
        return
    digest.update(f"{path.name}\0{len(data)}\0".encode() + data)
    if raw.pop("schema", SCHEMA) != SCHEMA:
        draft.fail("unknown schema", path.name, f"write schema: {SCHEMA}")
    for key, value in raw.items():
        _section(key, value, path.name, draft)


def _section(key: str, value: Any, where: str, draft: _Draft) -> None:
    if key == "ruleset":
        found = _validated(RuleSetHead, value, where, draft)
        if draft.head is not None:
            draft.fail("`ruleset:` stands twice", where, "keep one")
        draft.head = found if isinstance(found, RuleSetHead) else draft.head
    elif key == "lists" and isinstance(value, Mapping):
        _lists(value, where, draft)
    elif key in _BY_NAME and isinstance(value, Mapping):
        for name, item in value.items():
            found = _validated(_MODELS[key], item, f"{where}: {name}", draft)
            draft.add(key, str(name), found, where)
    elif key in _IN_ROWS and isinstance(value, list):
        for place, item in enumerate(value):
            name = str(item.get("id", place)) if isinstance(item, Mapping) else str(place)
            found = _validated(_MODELS[key], item, f"{where}: {name}", draft)
            draft.add(key, name, found, where)
    else:
        draft.fail(
            f"unknown or misshapen section {key!r}", where, f"one of {', '.join(draft.found)}, ruleset"
        )


def _lists(value: Mapping[str, Any], where: str, draft: _Draft) -> None:
    for name, items in value.items():
        if isinstance(items, list) and all(isinstance(item, str | int | float) for item in items):
            draft.add("lists", str(name), tuple(items), where)
        else:
            draft.fail(f"list {name!r} is not a list of plain values", where, "write [a, b]")


def _validated(model: type[BaseModel], raw: Any, where: str, draft: _Draft) -> BaseModel | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            at = ".".join([where, *map(str, item["loc"])])
            context = item.get("ctx", {})
            what = str(context.get("what", f"{item['msg']}: {str(item['input'])[:60]!r}"))
            draft.fail(what, at, str(context.get("cure", "")))
        return None


def _read_csv(path: Path, draft: _Draft, digest: Any) -> tuple[Mapping[str, str], ...]:
    data = read_csv_bytes(path)
    if isinstance(data, Fault):
        draft.faults.append(data)
        return ()
    digest.update(f"{path.name}\0{len(data)}\0".encode() + data)
    header = data.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip()
    wanted = CONTROL_COLUMNS if path.stem == _CONTROL_LIST else tuple(header.split(","))
    table = read_table(path.name, data, wanted)
    draft.faults.extend(table.faults)
    return tuple(table.cells)


def _control_items(rows: tuple[Mapping[str, str], ...], draft: _Draft) -> tuple[ControlItem, ...]:
    complete = [row for row in rows if all(column in row for column in CONTROL_COLUMNS)]
    if len(complete) < len(rows):
        draft.fail("columns are missing", f"{_CONTROL_LIST}.csv", "see the header of the shipped table")
    return tuple(control_item(row) for row in complete)


def _rule_set(
    draft: _Draft, items: tuple[ControlItem, ...], tables: Mapping[str, Any], digest: str
) -> RuleSet | None:
    found, head = draft.found, draft.head
    if any(item is None for section in found.values() for item in section.values()) or head is None:
        return None
    when = dict(_conditions("rules", draft))
    derived = dict(_conditions("derived", draft))
    conflict_when = dict(_conditions("conflicts", draft))
    rules = RuleSet(
        version=head.version,
        as_of=head.as_of,
        sha256=digest,
        rules=tuple(found["rules"][name] for name in sorted(found["rules"])),
        when=when,
        derived=with_listed(derived, [*when.values(), *derived.values(), *conflict_when.values()], items),
        facts=found["facts"],
        sources=found["sources"],
        lists=found["lists"],
        conflicts=tuple(found["conflicts"][name] for name in sorted(found["conflicts"])),
        conflict_when=conflict_when,
        ambiguities=tuple(found["ambiguities"].values()),
        control_items=items,
        tables=tables,
    )
    draft.faults.extend(link_faults(rules))
    return rules


def _conditions(section: str, draft: _Draft) -> Iterator[tuple[str, Condition]]:
    for name, item in draft.found[section].items():
        if item.when is not None:
            where = f"{section}: {name}.when"
            condition = parse(item.when, where, draft.found["lists"], draft.faults)
            if condition is not None:
                yield name, condition
