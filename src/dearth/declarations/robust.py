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

__all__ = [
    "GroupStats",
    "Groups",
    "counted",
    "group_ids",
    "group_stats",
    "grouped",
    "least_of",
    "plain_group_stats",
    "stats_of",
]  # fmt: skip

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


@njit(nogil=True, cache=True)
def _least(ids, values, out):  # type: ignore[no-untyped-def] # pragma: no cover (compiled)
    for i in range(ids.size):
        out[ids[i]] = min(out[ids[i]], values[i])


@njit(nogil=True, cache=True)
def _count(bins, out):  # type: ignore[no-untyped-def] # pragma: no cover (compiled)
    for place in bins:
        out[place] += 1


class Groups(NamedTuple):
    """Rows in groups: of each group its key, of each row the place of its group among them."""

    key: NDArray[np.uint64]
    ids: NDArray[np.int32]


def grouped(keys: NDArray[np.uint64]) -> Groups:
    """Return the groups of rows with the same key, in no order that matters."""
    if keys.size < _SMALL:
        distinct, ids = np.unique(keys, return_inverse=True)
        return Groups(distinct, ids.astype(np.int32))
    return Groups(*group_ids(keys))


def least_of(groups: Groups, days: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the least day of each group."""
    least = np.full(groups.key.size, np.iinfo(np.int32).max, np.int32)
    if days.size < _SMALL:
        np.minimum.at(least, groups.ids, days)
    else:
        _least(groups.ids, days, least)
    return least


def counted(bins: NDArray[np.uint64], counters: NDArray[np.uint32]) -> None:
    """Add one to the counter of each bin named."""
    if bins.size < _SMALL:
        np.add.at(counters, bins.astype(np.int64), 1)
    else:
        _count(bins, counters)


def stats_of(groups: Groups, values: NDArray[np.float64], threads: int = 2) -> GroupStats:
    """Return exact median and MAD of `values` by group, in the order of the groups.

    Parameters
    ----------
    values
        Finite, [rows].
    """
    if values.size < _SMALL:
        return _plain_stats(groups, values)
    size = groups.key.size
    start = np.zeros(size + 1, np.int64)
    beside = np.empty_like(values)
    _sorted_in(groups.ids, values, start, beside)
    median, mad = np.full(size, np.nan), np.full(size, np.nan)
    cuts = np.searchsorted(start, np.linspace(0, values.size, threads + 1)).astype(np.int64)
    cuts[0], cuts[-1] = 0, size
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda i: _stats(beside, start, cuts[i], cuts[i + 1], median, mad), range(threads)))
    return GroupStats(groups.key, np.diff(start), median, mad)


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
    found = stats_of(grouped(keys), values, threads)
    order = np.argsort(found.key)
    return GroupStats(found.key[order], found.n[order], found.median[order], found.mad[order])


def plain_group_stats(keys: NDArray[np.uint64], values: NDArray[np.float64]) -> GroupStats:
    """Return the same by sorting: slower, plainer, and what small tables take."""
    distinct, ids = np.unique(keys, return_inverse=True)
    return _plain_stats(Groups(distinct.astype(np.uint64), ids.astype(np.int32)), values)


def _plain_stats(groups: Groups, values: NDArray[np.float64]) -> GroupStats:
    n = np.bincount(groups.ids, minlength=groups.key.size)
    median = _middle(groups.ids, values, n)
    mad = _middle(groups.ids, np.abs(values - median[groups.ids]), n)
    return GroupStats(groups.key, n.astype(np.int64), median, mad)


def _middle(ids: NDArray[np.int32], values: NDArray[np.float64], n: NDArray[np.intp]) -> NDArray[np.float64]:
    ranked = values[np.lexsort((values, ids))]
    first = np.cumsum(n) - n
    lower, upper = ranked[first + (n - 1) // 2], ranked[first + n // 2]
    middle: NDArray[np.float64] = np.where(n % 2 == 1, upper, 0.5 * (lower + upper))
    return middle
