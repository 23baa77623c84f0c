"""Reading a YAML file that may be hostile: bounded, plain, one document, nothing executed.

Only the core of YAML 1.2 is read: mappings, lists, text, numbers, booleans. Dates stay text, ``NO`` stays
Norway; tags, anchors and aliases, several documents, deep nesting and keys that stand twice are refused.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from dearth.errors import Fault, InputError

__all__ = ["Bounds", "parse_yaml", "read_bytes"]

_MAX_DIGITS: Final = 18
_SHOWN: Final = 200

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # pragma: no cover - wheels of PyYAML carry libyaml
    from yaml import SafeLoader as _Base  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a file may hold, and how messages call it.

    Attributes
    ----------
    what
        Noun of the messages, e.g. ``"case"``.
    max_bytes, max_depth, max_nodes
        Sizes above which a file is refused unread.
    when_empty
        Cure for an empty file.
    """

    what: str = "file"
    max_bytes: int = 1 << 20
    max_depth: int = 16
    max_nodes: int = 50_000
    when_empty: str = "write `key: value` lines"

    @property
    def phase(self) -> str:
        """Heading of a list of faults."""
        return f"Reading a {self.what} file"


class _PlainLoader(_Base):
    """The YAML 1.2 core schema: no dates, no base-60 numbers, no yes/no, no merge keys."""


_PlainLoader.yaml_implicit_resolvers = {}  # PyYAML's own registry: start from none

_INT: Final = re.compile(r"^[-+]?[0-9]+$")
_FLOAT: Final = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
_BOOL: Final = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_NULL: Final = re.compile(r"^(?:~|null|Null|NULL|)$")
for _tag, _pattern, _first in (
    ("bool", _BOOL, list("tTfF")),
    ("int", _INT, list("-+0123456789")),
    ("float", _FLOAT, list("-+.0123456789")),
    ("null", _NULL, ["~", "n", "N", ""]),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, _first)


def _construct_int(_loader: Any, node: yaml.ScalarNode) -> int | float:
    digits = node.value.lstrip("+-0")
    return int(node.value) if len(digits) <= _MAX_DIGITS else float(node.value[:400])


def _construct_float(_loader: Any, node: yaml.ScalarNode) -> float:
    text = node.value.lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_PlainLoader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_PlainLoader.add_constructor("tag:yaml.org,2002:float", _construct_float)


def read_bytes(path: Path, bounds: Bounds) -> bytes:
    """Return the bytes of a regular file.

    Raises
    ------
    InputError
        Missing, unreadable, not a regular file (folder, device, pipe), or too large.
    """
    where = "".join(c if c.isprintable() else "?" for c in str(path)[:_SHOWN])
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _fail(bounds, Fault("cannot be opened", where, why, "check the path and your rights")) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            why = "it is a folder, a device or a pipe"
            raise _fail(bounds, Fault("not a file", where, why, "name a plain file"))
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(bounds.max_bytes + 1)
    finally:
        os.close(handle)
    if len(data) > bounds.max_bytes:
        why = f"a {bounds.what} file has at most {bounds.max_bytes} bytes"
        raise _fail(bounds, Fault("too large", where, why, "is this the right file?"))
    return data


def parse_yaml(data: bytes, where: str, bounds: Bounds) -> dict[str, Any]:
    """Return the mapping written in `data`, UTF-8 YAML with one document.

    Raises
    ------
    InputError
        Any way in which this is not such a document.
    """
    text = _decode(data, where, bounds)
    try:
        _refuse_tricks(text, where, bounds)
        node = yaml.compose(text, Loader=_PlainLoader)
        if node is None:
            raise _fail(bounds, Fault("the file is empty", where, cure=bounds.when_empty))
        if not isinstance(node, yaml.MappingNode):
            why = "found a list or a single value" if text.strip() else ""
            raise _fail(bounds, Fault(f"not a {bounds.what}", where, why, "write `key: value` lines"))
        faults = _duplicate_keys(node, where)
        if faults:
            raise InputError(bounds.phase, faults)
        return _construct(node)
    except yaml.YAMLError as error:
        raise _fail(bounds, _yaml_fault(error, where)) from None


def _fail(bounds: Bounds, fault: Fault) -> InputError:
    return InputError(bounds.phase, fault)


def _decode(data: bytes, where: str, bounds: Bounds) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = f"byte {error.start} cannot be read"
        raise _fail(bounds, Fault("not UTF-8 text", where, why, "save the file as UTF-8")) from None


def _construct(node: yaml.MappingNode) -> dict[str, Any]:
    loader = _PlainLoader("")
    try:
        result: dict[str, Any] = loader.construct_document(node)
    finally:
        loader.dispose()
    return result


def _refuse_tricks(text: str, where: str, bounds: Bounds) -> None:
    """Walk the flat stream of YAML events once, before anything is built from it."""
    depth = nodes = documents = 0
    for event in yaml.parse(text, Loader=_PlainLoader):
        at = f"{where}, line {event.start_mark.line + 1}" if event.start_mark else where
        nodes += isinstance(event, yaml.NodeEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        _refuse_node(event, at, bounds)
        if depth > bounds.max_depth or nodes > bounds.max_nodes:
            cure = f"a {bounds.what} file is flat and short"
            raise _fail(bounds, Fault("nested too deep or too long", at, cure=cure))
        if documents > 1:
            cure = "keep one document per file, without `---`"
            raise _fail(bounds, Fault("more than one document", at, cure=cure))


def _refuse_node(event: yaml.Event, at: str, bounds: Bounds) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise _fail(bounds, Fault("anchors and aliases are not read", at, cure="write the value out"))
    tag = getattr(event, "tag", None)
    if tag:
        why = f"a {bounds.what} file is plain data"
        raise _fail(bounds, Fault(f"tag {tag[:80]!r} is not read", at, why, "remove the tag"))


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
    why = str(getattr(error, "problem", None) or getattr(error, "reason", "") or "")[:_SHOWN]
    return Fault("not YAML", at, why, "check indentation, colons and quotes near there")
