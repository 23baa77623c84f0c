"""Draws by lot: MD5 of seed and id, the same for a row wherever it stands in the table.

MD5 stands here for a fair shuffle and for nothing secret (RFC 1321).
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["lot", "lots"]

_SMALL: Final = 50_000  # texts below which compiling is not worth it
_TABLE: Final = np.floor(np.abs(np.sin(np.arange(1, 65))) * 2.0**32).astype(np.uint32)
_TURNS: Final = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
_SHIFTS: Final = np.array([turn[i % 4] for turn in _TURNS for i in range(16)], np.uint32)
_WORDS: Final = np.array(
    [*range(16), *((5 * i + 1) % 16 for i in range(16)), *((3 * i + 5) % 16 for i in range(16)),
     *((7 * i) % 16 for i in range(16))], np.int64
)  # fmt: skip


def lot(text: str) -> tuple[int, int]:
    """Return the two halves of the MD5 of a text as numbers: the later eight bytes, then the first eight."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little"), int.from_bytes(digest[:8], "little")


@njit(cache=True, nogil=True)
def _block(words, state, table, shifts, places):  # type: ignore[no-untyped-def] # pragma: no cover (compiled)
    """Fold sixteen words into the state (RFC 1321, section 3.4)."""
    a, b, c, d = state[0], state[1], state[2], state[3]
    for i in range(64):
        if i < 16:  # noqa: PLR2004
            f = (b & c) | (~b & d)
        elif i < 32:  # noqa: PLR2004
            f = (d & b) | (~d & c)
        elif i < 48:  # noqa: PLR2004
            f = b ^ c ^ d
        else:
            f = c ^ (b | ~d)
        x = np.uint32(np.uint32(a + f) + np.uint32(table[i] + words[places[i]]))
        a, d, c = d, c, b
        b = np.uint32(b + np.uint32((x << shifts[i]) | (x >> (np.uint32(32) - shifts[i]))))
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d


@njit(cache=True, nogil=True)
def _md5(data, starts, tables, out):  # type: ignore[no-untyped-def] # pragma: no cover (compiled)
    """Fill `out` [texts, 4] with the digests of the texts that lie side by side in `data`."""
    table, shifts, places = tables
    words = np.zeros(16, np.uint32)
    for t in range(starts.size - 1):
        first, size = starts[t], starts[t + 1] - starts[t]
        state = out[t]
        state[0], state[1], state[2], state[3] = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476
        for at in range(0, size + 9, 64):
            words[:] = 0
            for i in range(at, min(at + 64, size)):
                words[(i - at) >> 2] |= np.uint32(data[first + i]) << np.uint32(8 * (i & 3))
            if at <= size < at + 64:
                words[(size - at) >> 2] |= np.uint32(0x80) << np.uint32(8 * (size & 3))
            if at + 64 >= size + 9:
                words[14] = np.uint32(8 * size)
                words[15] = np.uint32(size >> 29)
            _block(words, state, table, shifts, places)


def lots(texts: Any) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return :func:`lot` of each text of an Arrow column without nulls: two columns [texts]."""
    if len(texts) < _SMALL:
        halves = np.array([lot(text) for text in texts.to_pylist()], np.uint64).reshape(-1, 2)
        return halves[:, 0], halves[:, 1]
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    column = texts.cast(pa.large_string())
    starts = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(column.buffers()[2], np.uint8)
    out = np.empty((len(column), 4), np.uint32)
    _md5(data, starts, (_TABLE, _SHIFTS, _WORDS), out)
    halves = out.view(np.uint64)
    return halves[:, 1], halves[:, 0]
