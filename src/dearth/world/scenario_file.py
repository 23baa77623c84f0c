"""Reading a scenario file that may be hostile: bounded, plain, one document, nothing executed.

Only the part of YAML 1.2 that a scenario needs is read: mappings, lists, text, numbers, booleans.
Dates stay text (the schema reads them); tags, anchors and aliases, several documents, deep nesting
and duplicate keys are refused.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any, Final

import yaml

from dearth.errors import Fault, ScenarioError

__all__ = ["MAX_BYTES", "parse_yaml", "read_bytes"]

MAX_BYTES: Final = 1 << 20
_MAX_DEPTH: Final = 16
_MAX_NODES: Final = 50_000
_MAX_DIGITS: Final = 18
_PHASE: Final = "Reading a scenario file"

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # pragma: no cover - wheels of PyYAML carry libyaml
    from yaml import SafeLoader as _Base  # type: ignore[assignment]


class _PlainLoader(_Base):
    """The YAML 1.2 core schema: no dates, no base-60 numbers, no yes/no, no merge keys."""


_PlainLoader.yaml_implicit_resolvers = {}  # PyYAML's own registry: start from none

_INT: Final = re.compile(r"^[-+]?[0-9]+$")
_FLOAT: Final = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)


def _construct_int(_loader: Any, node: yaml.ScalarNode) -> int | float:
    digits = node.value.lstrip("+-0")
    return int(node.value) if len(digits) <= _MAX_DIGITS else float(node.value[:400])


def _construct_float(_loader: Any, node: yaml.ScalarNode) -> float:
    text = node.value.lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_PlainLoader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_PlainLoader.add_constructor("tag:yaml.org,2002:float", _construct_float)


def _fail(fault: Fault) -> ScenarioError:
    return ScenarioError(_PHASE, fault)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a regular file of at most `MAX_BYTES`.

    Raises
    ------
    ScenarioError
        Missing, unreadable, not a regular file (folder, device, pipe), or too large.
    """
    where = "".join(c if c.isprintable() else "?" for c in str(path)[:200])
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _fail(Fault("cannot be opened", where, why, "check the path and your rights")) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            why = "it is a folder, a device or a pipe"
            raise _fail(Fault("not a file", where, why, "name a YAML file, or a shipped scenario"))
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    finally:
        os.close(handle)
    if len(data) > MAX_BYTES:
        why = f"a scenario has at most {MAX_BYTES} bytes"
        raise _fail(Fault("too large", where, why, "is this the right file?"))
    return data


def parse_yaml(data: bytes, where: str) -> dict[str, Any]:
    """Return the mapping written in `data`, UTF-8 YAML with one document.

    Raises
    ------
    ScenarioError
        Any way in which this is not such a document.
    """
    text = _decode(data, where)
    try:
        _refuse_tricks(text, where)
        node = yaml.compose(text, Loader=_PlainLoader)
        if node is None:
            raise _fail(Fault("the file is empty", where, cure="see `dearth scenario new`"))
        if not isinstance(node, yaml.MappingNode):
            why = "found a list or a single value" if text.strip() else ""
            raise _fail(Fault("not a scenario", where, why, "write `key: value` lines"))
        faults = _duplicate_keys(node, where)
        if faults:
            raise ScenarioError(_PHASE, faults)
        return _construct(node)
    except yaml.YAMLError as error:
        raise _fail(_yaml_fault(error, where)) from None


def _decode(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = f"byte {error.start} cannot be read"
        raise _fail(Fault("not UTF-8 text", where, why, "save the file as UTF-8")) from None


def _construct(node: yaml.MappingNode) -> dict[str, Any]:
    loader = _PlainLoader("")
    try:
        result: dict[str, Any] = loader.construct_document(node)
    finally:
        loader.dispose()
    return result


def _refuse_tricks(text: str, where: str) -> None:
    """Walk the flat stream of YAML events once, before anything is built from it."""
    depth = nodes = documents = 0
    for event in yaml.parse(text, Loader=_PlainLoader):
        at = f"{where}, line {event.start_mark.line + 1}" if event.start_mark else where
        nodes += isinstance(event, yaml.NodeEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        _refuse_node(event, at)
        if depth > _MAX_DEPTH or nodes > _MAX_NODES:
            raise _fail(Fault("nested too deep or too long", at, cure="a scenario is a flat, short file"))
        if documents > 1:
            raise _fail(Fault("more than one document", at, cure="keep one scenario per file, without `---`"))


def _refuse_node(event: yaml.Event, at: str) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise _fail(Fault("anchors and aliases are not read", at, cure="write the value out"))
    tag = getattr(event, "tag", None)
    if tag:
        raise _fail(Fault(f"tag {tag[:80]!r} is not read", at, "a scenario is plain data", "remove the tag"))


def _duplicate_keys(node: yaml.Node, where: str) -> list[Fault]:
    faults: list[Fault] = []
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            faults += _duplicate_keys(child, where)
    elif isinstance(node, yaml.MappingNode):
        faults += _key_faults(node, where)
        for _key, child in node.value:
            faults += _duplicate_keys(child, where)
    return faults


def _key_faults(node: yaml.MappingNode, where: str) -> list[Fault]:
    faults: list[Fault] = []
    seen: set[str] = set()
    for key, _child in node.value:
        at = f"{where}, line {key.start_mark.line + 1}" if key.start_mark else where
        if not isinstance(key, yaml.ScalarNode):
            faults.append(Fault("a key is a list or a mapping", at, cure="write `key: value`"))
        elif key.value in seen:
            faults.append(Fault(f"key {key.value[:80]!r} stands twice", at, cure="keep one of them"))
        else:
            seen.add(key.value)
    return faults


def _yaml_fault(error: yaml.YAMLError, where: str) -> Fault:
    mark = getattr(error, "problem_mark", None)
    at = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
    why = str(getattr(error, "problem", None) or getattr(error, "reason", "") or "")[:200]
    return Fault("not YAML", at, why, "check indentation, colons and quotes near there")
