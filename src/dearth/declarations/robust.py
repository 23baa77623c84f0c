"""Exact medians and median absolute deviations of many groups at once.

Values are sorted into their groups by counting, and each group is halved by quickselect in place: work and
memory are linear in the rows, 24 bytes a row.  Trials beside DuckDB and Polars stand in ``docs/screen.md``.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["GroupStats", "group_ids", "group_stats", "plain_group_stats"]

_SMALL: Final = 200_000  # rows below which compiling is not worth it
_LOAD: Final = 2  # slots of the hash table per group, at least


class GroupStats(NamedTuple):
    """Of each group: its key, its rows, median and median absolute deviation, in the unit of the values."""

    key: NDArray[np.uint64]
    n: NDArray[np.int64]
    median: NDArray[np.float64]
    mad: NDArray[np.float64]


@njit(nogil=True, cache=True)
def _kth(a, low, high, k):  # type: ignore[no-untyped-def] # pragma: no cover (compiled)
    """Return the k-th smallest of ``a[low..high]``; the slice is reordered (Hoare 1961)."""
    while low < high:
        pivot = a[(low + high) >> 1]
        i, j = low, high
        while i <= j:
            while a[i] < pivot:
                i += 1
            while a[j] > pivot:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return a[k]


@njit(nogil=True, cache=True)
def _median(a, low, end):  # type: ignore[no-untyped-def] # pragma: no cover (compiled)
    """Return the median of ``a[low:end]``, not empty; of an even number the mean of the middle two."""
    middle = low + ((end - low) >> 1)
    upper = _kth(a, low, end - 1, middle)
    if (end - low) & 1:
        return upper
    lower = a[low]
    for i in range(low, middle):
        lower = max(lower, a[i])
    return 0.5 * (lower + upper)


@njit(nogil=True, cache=True)
def _stats(values, start, first, last, median, mad):  # type: ignore[no-untyped-def] # pragma: no cover
    """Fill median and MAD of the groups ``first..last``; `values` are overwritten by deviations."""
    for group in range(first, last):
        low, end = start[group], start[group + 1]
        if end > low:
            middle = _median(values, low, end)
            median[group] = middle
            for i in range(low, end):
                values[i] = abs(values[i] - middle)
            mad[group] = _median(values, low, end)


@njit(nogil=True, cache=True)
def _sorted_in(ids, values, start, out):  # type: ignore[no-untyped-def] # pragma: no cover (compiled)
    """Count the rows of each group into `start`, and write the values of each group side by side."""
    for group in ids:
        start[group + 1] += 1
    for group in range(start.size - 1):
        start[group + 1] += start[group]
    at = start[:-1].copy()
    for i in range(ids.size):
        out[at[ids[i]]] = values[i]
        at[ids[i]] += 1


@njit(nogil=True, cache=True)
def _number(keys, table, numbers, out):  # type: ignore[no-untyped-def] # pragma: no cover (compiled)
    """Give the keys numbers in order of first sight, by open addressing; -1 when the table is half full."""
    mask = np.uint64(table.size - 1)
    found = 0
    for i in range(keys.size):
        slot = (keys[i] ^ (keys[i] >> np.uint64(29))) & mask
        while numbers[slot] >= 0 and table[slot] != keys[i]:
            slot = (slot + np.uint64(1)) & mask
        if numbers[slot] < 0:
            if found * _LOAD >= table.size:
                return -1
            table[slot] = keys[i]
            numbers[slot] = found
            found += 1
        out[i] = numbers[slot]
    return found


def group_ids(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Return the distinct keys, and of each row the place of its key among them."""
    ids = np.empty(keys.size, np.int32)
    size = 1 << 12
    while True:
        table, numbers = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
        found = _number(keys, table, numbers, ids)
        if found >= 0:
            distinct = np.empty(found, np.uint64)
            used = numbers >= 0
            distinct[numbers[used]] = table[used]
            return distinct, ids
        size <<= 3


def group_stats(keys: NDArray[np.uint64], values: NDArray[np.float64], threads: int = 2) -> GroupStats:
    """Return exact median and MAD of `values` by key, keys in ascending order.

    Parameters
    ----------
    keys
        Group of each row, [rows].
    values
        Finite, [rows].
    """
    if keys.size < _SMALL:
        return plain_group_stats(keys, values)
    distinct, ids = group_ids(keys)
    start = np.zeros(distinct.size + 1, np.int64)
    beside = np.empty_like(values)
    _sorted_in(ids, values, start, beside)
    median, mad = np.full(distinct.size, np.nan), np.full(distinct.size, np.nan)
    cuts = np.searchsorted(start, np.linspace(0, values.size, threads + 1)).astype(np.int64)
    cuts[0], cuts[-1] = 0, distinct.size
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda i: _stats(beside, start, cuts[i], cuts[i + 1], median, mad), range(threads)))
    order = np.argsort(distinct)
    return GroupStats(distinct[order], np.diff(start)[order], median[order], mad[order])


def plain_group_stats(keys: NDArray[np.uint64], values: NDArray[np.float64]) -> GroupStats:
    """Return the same by sorting: slower, plainer, and what small tables take."""
    distinct, ids, n = np.unique(keys, return_inverse=True, return_counts=True)
    median = _middle(ids, values, n)
    mad = _middle(ids, np.abs(values - median[ids]), n)
    return GroupStats(distinct.astype(np.uint64), n.astype(np.int64), median, mad)


def _middle(ids: NDArray[np.intp], values: NDArray[np.float64], n: NDArray[np.intp]) -> NDArray[np.float64]:
    ranked = values[np.lexsort((values, ids))]
    first = np.cumsum(n) - n
    lower, upper = ranked[first + (n - 1) // 2], ranked[first + n // 2]
    middle: NDArray[np.float64] = np.where(n % 2 == 1, upper, 0.5 * (lower + upper))
    return middle
