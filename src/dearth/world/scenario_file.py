"""A scenario file, read by `dearth.plain_yaml`: the bounds of one, and its errors as errors of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from dearth import plain_yaml
from dearth.errors import InputError, ScenarioError

__all__ = ["MAX_BYTES", "parse_yaml", "read_bytes"]

_BOUNDS: Final = plain_yaml.Bounds("scenario", when_empty="see `dearth scenario new`")
MAX_BYTES: Final = _BOUNDS.max_bytes


@contextmanager
def _as_scenario() -> Iterator[None]:
    """Raise what is wrong with the file as what is wrong with a scenario."""
    try:
        yield
    except InputError as error:
        raise ScenarioError(_BOUNDS.phase, error.faults) from None


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a regular file of at most `MAX_BYTES`.

    Raises
    ------
    ScenarioError
        Missing, unreadable, not a regular file (folder, device, pipe), or too large.
    """
    with _as_scenario():
        return plain_yaml.read_bytes(path, _BOUNDS)


def parse_yaml(data: bytes, where: str) -> dict[str, Any]:
    """Return the mapping written in `data`, UTF-8 YAML with one document.

    Raises
    ------
    ScenarioError
        Any way in which this is not such a document.
    """
    with _as_scenario():
        return plain_yaml.parse_yaml(data, where, _BOUNDS)
