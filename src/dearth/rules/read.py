"""Files of ``data/rules`` to a rule set: every fault of every file at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from dearth.book.read import DATA, read_table
from dearth.book.read import read_bytes as read_csv_bytes
from dearth.errors import DearthError, Fault, RuleError
from dearth.plain_yaml import Bounds, parse_yaml, read_bytes
from dearth.rules.checked import CHECKED, kept_sections, sealed
from dearth.rules.conditions import Condition, parse
from dearth.rules.goods import CONTROL_COLUMNS, ControlItem, control_item
from dearth.rules.links import link_faults, with_listed
from dearth.rules.rule import RuleSetHead
from dearth.rules.ruleset import RuleSet

__all__ = ["RULES_FOLDER", "load_rules", "own_rules", "read_rules", "renew_checked"]

RULES_FOLDER: Final = DATA / "rules"
SCHEMA: Final = "dearth-rules/1"
_PHASE: Final = "Reading the rules"
_BOUNDS: Final = Bounds("rules", max_bytes=4 << 20, max_depth=24, max_nodes=400_000)
_HEAD: Final = "ruleset"
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
    return own_rules() if folder is None else read_rules(folder)


def read_rules(folder: Path) -> RuleSet:
    """Return the rules written in the YAML and CSV files of `folder`.

    Raises
    ------
    RuleError
        Anything is wrong with any file: all faults at once.
    """
    draft = _Draft()
    files = _files(folder, draft)
    _read_sections(files, draft, str(folder))
    return _rule_set(draft, files)


def own_rules(folder: Path = RULES_FOLDER) -> RuleSet:
    """Return what `read_rules` returns, from the rows that were checked before where they are of these bytes.

    Raises
    ------
    RuleError
        As `read_rules`.
    """
    draft = _Draft()
    files = _files(folder, draft)
    sections = None if draft.faults else kept_sections(folder / CHECKED, _digest(files))
    if sections is None:
        return read_rules(folder)
    draft.head = sections[_HEAD][_HEAD]
    draft.found = sections
    return _rule_set(draft, files, linked=True)


def renew_checked(folder: Path = RULES_FOLDER) -> None:
    """Read and check the files of a folder, and leave beside them what `own_rules` reads from then on.

    Raises
    ------
    RuleError
        As `read_rules`; nothing is written.
    """
    draft = _Draft()
    files = _files(folder, draft)
    _read_sections(files, draft, str(folder))
    _rule_set(draft, files)
    copy = sealed({_HEAD: {_HEAD: draft.head}, **draft.found}, _digest(files))
    (folder / CHECKED).write_bytes(copy)


def _files(folder: Path, draft: _Draft) -> dict[str, bytes]:
    """Return the bytes of every file by name: first those with sections, then tables."""
    files: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            files[path.name] = read_bytes(path, _BOUNDS)
        except DearthError as error:
            draft.faults.extend(error.faults)
    for path in sorted(folder.glob("*.csv")):
        data = read_csv_bytes(path)
        if isinstance(data, Fault):
            draft.faults.append(data)
        else:
            files[path.name] = data
    return files


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _read_sections(files: Mapping[str, bytes], draft: _Draft, where: str) -> None:
    for name, data in files.items():
        if name.endswith(".yaml"):
            _read_yaml(name, data, draft)
    if draft.head is None:
        draft.fail("no file holds `ruleset:`", where, "add a version and an as_of day")


def _read_yaml(name: str, data: bytes, draft: _Draft) -> None:
    try:
        raw = parse_yaml(data, name, _BOUNDS)
    except DearthError as error:
        draft.faults.extend(error.faults)
        return
    if raw.pop("schema", SCHEMA) != SCHEMA:
        draft.fail("unknown schema", name, f"write schema: {SCHEMA}")
    for key, value in raw.items():
        _section(key, value, name, draft)


def _section(key: str, value: Any, where: str, draft: _Draft) -> None:
    if key == _HEAD:
        found = _validated(key, value, where, draft)
        if draft.head is not None:
            draft.fail("`ruleset:` stands twice", where, "keep one")
        draft.head = found if isinstance(found, RuleSetHead) else draft.head
    elif key == "lists" and isinstance(value, Mapping):
        _lists(value, where, draft)
    elif key in _BY_NAME and isinstance(value, Mapping):
        for name, item in value.items():
            found = _validated(key, item, f"{where}: {name}", draft)
            draft.add(key, str(name), found, where)
    elif key in _IN_ROWS and isinstance(value, list):
        for place, item in enumerate(value):
            name = str(item.get("id", place)) if isinstance(item, Mapping) else str(place)
            found = _validated(key, item, f"{where}: {name}", draft)
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


def _validated(section: str, raw: Any, where: str, draft: _Draft) -> Any:
    """Return the row of a section that is written in `raw`, None when it is wrong."""
    from pydantic import ValidationError  # noqa: PLC0415 (a fast start)

    from dearth.rules.schema import WRITTEN  # noqa: PLC0415

    try:
        return WRITTEN[section].model_validate(raw).row()
    except ValidationError as error:
        for item in error.errors(include_url=False):
            at = ".".join([where, *map(str, item["loc"])])
            context = item.get("ctx", {})
            what = str(context.get("what", f"{item['msg']}: {str(item['input'])[:60]!r}"))
            draft.fail(what, at, str(context.get("cure", "")))
        return None


def _table(name: str, data: bytes, draft: _Draft) -> tuple[Mapping[str, str], ...]:
    header = data.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip()
    wanted = CONTROL_COLUMNS if name == _CONTROL_LIST else tuple(header.split(","))
    table = read_table(f"{name}.csv", data, wanted)
    draft.faults.extend(table.faults)
    return tuple(table.cells)


def _control_items(rows: tuple[Mapping[str, str], ...], draft: _Draft) -> tuple[ControlItem, ...]:
    complete = [row for row in rows if all(column in row for column in CONTROL_COLUMNS)]
    if len(complete) < len(rows):
        draft.fail("columns are missing", f"{_CONTROL_LIST}.csv", "see the header of the shipped table")
    return tuple(control_item(row) for row in complete)


def _rule_set(draft: _Draft, files: Mapping[str, bytes], *, linked: bool = False) -> RuleSet:
    """Return the rules of a draft and of the tables; `linked`: names are known to lead somewhere.

    Raises
    ------
    RuleError
        With every fault.
    """
    cut = {name.removesuffix(".csv"): data for name, data in files.items() if name.endswith(".csv")}
    tables = {name: _table(name, data, draft) for name, data in cut.items()}
    items = _control_items(tables.pop(_CONTROL_LIST, ()), draft)
    rules = _assembled(draft, items, tables, _digest(files))
    if rules is not None and not linked:
        draft.faults.extend(link_faults(rules))
    if draft.faults or rules is None:
        raise RuleError(_PHASE, draft.faults)
    return rules


def _assembled(
    draft: _Draft, items: tuple[ControlItem, ...], tables: Mapping[str, Any], digest: str
) -> RuleSet | None:
    found, head = draft.found, draft.head
    if any(item is None for section in found.values() for item in section.values()) or head is None:
        return None
    when = dict(_conditions("rules", draft))
    derived = dict(_conditions("derived", draft))
    conflict_when = dict(_conditions("conflicts", draft))
    return RuleSet(
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


def _conditions(section: str, draft: _Draft) -> Iterator[tuple[str, Condition]]:
    for name, item in draft.found[section].items():
        if item.when is not None:
            where = f"{section}: {name}.when"
            condition = parse(item.when, where, draft.found["lists"], draft.faults)
            if condition is not None:
                yield name, condition
