"""A tally as bytes and back: what a worker sends and a folder keeps. Plain numbers, nothing that runs."""

from __future__ import annotations

import json
import zlib
from typing import Any, Final

import numpy as np

from dearth.measures.tally import Counted, Tally

__all__ = ["from_bytes", "to_bytes"]

_MARK: Final = b"dearth tally 1\n"
_NUMBER: Final = np.dtype("<i8")
_MOST: Final = 1 << 30  # bytes of a tally when unpacked
_LEVEL: Final = 3


def to_bytes(tally: Tally, maker: str) -> bytes:
    """Return a tally as bytes, the same for the same content; `maker` names the program that made it."""
    arrays = [
        part for c in tally.counts.values() for part in (np.diff(c.keys, prepend=np.int64(0)), c.counts)
    ]
    head = {
        "maker": maker,
        "members": tally.members,
        "worst": tally.worst.hex(),
        "sums": tally.sums,
        "counts": {
            name: {"rows": c.rows, "points": c.points, "cells": c.keys.size}
            for name, c in tally.counts.items()
        },
    }
    text = json.dumps(head, separators=(",", ":")).encode()
    body = np.concatenate([np.zeros(0, np.int64), *arrays]).astype(_NUMBER)
    planes = body.view(np.uint8).reshape(-1, _NUMBER.itemsize).T.tobytes()  # bytes of one rank lie together
    return _MARK + zlib.compress(len(text).to_bytes(8, "little") + text + planes, _LEVEL)


def from_bytes(data: bytes) -> tuple[Tally, str]:
    """Return a tally and its maker.

    Raises
    ------
    ValueError
        The bytes are no tally.
    """
    try:
        return _read(_unpacked(data))
    except (KeyError, TypeError, AttributeError, zlib.error, RecursionError) as error:
        raise ValueError(f"no tally: {type(error).__name__}") from None


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_MARK):
        raise ValueError("no tally: another kind of file")
    unpacker = zlib.decompressobj()
    plain = unpacker.decompress(data[len(_MARK) :], _MOST)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("no tally: cut short, or too large")
    return plain


def _read(plain: bytes) -> tuple[Tally, str]:
    start = 8 + int.from_bytes(plain[:8], "little")
    head: dict[str, Any] = json.loads(plain[8:start])
    planes = np.frombuffer(plain[start:], np.uint8).reshape(_NUMBER.itemsize, -1)
    body = np.ascontiguousarray(planes.T).view(_NUMBER).ravel().astype(np.int64)
    counts, at = {}, 0
    for name, one in head["counts"].items():
        size = one["cells"]
        keys, found = np.cumsum(body[at : at + size]), body[at + size : at + 2 * size]
        counts[name] = _sound(Counted(tuple(one["rows"]), one["points"], keys, found), size)
        at += 2 * size
    if at != body.size:
        raise ValueError("no tally: more or fewer numbers than it says")
    tally = Tally(head["members"], float.fromhex(head["worst"]), counts, head["sums"])
    return tally, head["maker"]


def _sound(counts: Counted, size: int) -> Counted:
    last = len(counts.rows) * counts.points << 32
    keys = counts.keys
    whole = keys.size == counts.counts.size == size and bool((counts.counts > 0).all())
    if not whole or not bool((np.diff(keys, prepend=-1) > 0).all()) or (size and int(keys[-1]) >= last):
        raise ValueError("no tally: cells out of order")
    return counts
