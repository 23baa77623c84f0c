"""What the kernels of the week do, counted: their own source run as plain Python on numbers that count.

Nothing is written down by hand, so the count follows every change of the kernels.  A few steps of a real run
are counted, spread over its weeks; between them the compiled kernels run.  Of a step this counts

- additions, subtractions and products of floating-point numbers; comparisons (tests, ``max``, ``min``);
- divisions; exponentials;
- bytes that the lines name: eight for every number read from an array or written to it, and for every whole
  number that differs by draw.  What a compiler keeps in a register is counted each time a line names it.

Not counted: loops, indices, offsets, choices between two numbers that are there.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numba
import numpy as np

from dearth.engine import run as runner
from dearth.engine import week
from dearth.engine.arrays import World

KINDS = ("sums and products", "comparisons", "divisions", "exponentials", "bytes named")
SUM, COMPARE, DIVIDE, EXP, BYTES = range(len(KINDS))
_now: list[list[int]] = [[0] * len(KINDS)]  # of the kernel that runs; the last is the innermost


class Count(NamedTuple):
    """What was counted: by kernel, mean of the steps, of one draw."""

    by_kernel: dict[str, list[float]]
    draws: int
    steps: int
    block: int  # bytes of all arrays of a block of draws that change, or differ by draw
    passing: float  # bytes of a draw that come from memory or go there in a whole run, once

    def total(self) -> list[float]:
        """Return the sum over the kernels."""
        return [sum(column) for column in zip(*self.by_kernel.values(), strict=True)]


def _counting(name: str, kind: int) -> Callable[[Any, Any], Any]:
    plain = getattr(float, name)

    def told(self: Number, other: float) -> Any:
        _now[-1][kind] += 1
        found = plain(self, other)
        return Number(found) if kind == SUM else found

    return told


def _over(a: float, b: float) -> Number:
    """Divide as the kernels do: by zero gives inf or nan."""
    _now[-1][DIVIDE] += 1
    with np.errstate(all="ignore"):
        return Number(np.float64(a) / np.float64(b))


class Number(float):
    """A number that counts what is done with it."""

    __slots__ = ()
    __hash__ = float.__hash__
    for _name in ("add", "radd", "sub", "rsub", "mul", "rmul"):
        locals()[f"__{_name}__"] = _counting(f"__{_name}__", SUM)
    for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
        locals()[f"__{_name}__"] = _counting(f"__{_name}__", COMPARE)

    def __truediv__(self, other: float) -> Number:
        return _over(self, other)

    def __rtruediv__(self, other: float) -> Number:
        return _over(other, self)

    def __neg__(self) -> Number:
        return Number(float.__neg__(self))

    def __abs__(self) -> Number:
        return Number(float.__abs__(self))


class Array:
    """An array whose numbers count; whole numbers count as read where they differ by draw."""

    def __init__(self, data: Any, by_draw: bool) -> None:
        self.data, self.shape, self.size, self.ndim = data, data.shape, data.size, data.ndim
        self.real, self.by_draw = data.dtype.kind == "f", by_draw

    def __getitem__(self, at: Any) -> Any:
        found = self.data[at]
        if isinstance(found, np.ndarray):
            return Array(found, self.by_draw)
        if self.by_draw:
            _now[-1][BYTES] += 8
        return Number(found) if self.real else int(found)

    def __setitem__(self, at: Any, value: Any) -> None:
        if self.by_draw:
            _now[-1][BYTES] += 8
        self.data[at] = value.data if isinstance(value, Array) else value

    def __len__(self) -> int:
        return len(self.data)


class _Numpy:
    """What the kernels ask of numpy, counted."""

    @staticmethod
    def zeros(shape: Any, dtype: Any = np.float64) -> Array:
        return Array(np.zeros(shape, dtype), True)

    empty = zeros

    @staticmethod
    def exp(x: float) -> Number:
        _now[-1][EXP] += 1
        return Number(np.exp(float(x)))

    @staticmethod
    def maximum(a: float, b: float) -> Number:
        _now[-1][COMPARE] += 1
        return Number(np.maximum(float(a), float(b)))

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def _attributed(name: str, work: FunctionType, found: dict[str, list[int]]) -> Callable[..., Any]:
    """Return the kernel, what it does put down under its name."""

    def told(*given: Any, **more: Any) -> Any:
        _now.append(found.setdefault(name, [0] * len(KINDS)))
        try:
            return work(*given, **more)
        finally:
            _now.pop()

    return told


def plain_kernels(found: dict[str, list[int]]) -> dict[str, Any]:
    """Return the names of the module of the week, nothing compiled, every kernel counting into `found`."""
    name = "dearth_week_counted"
    names: dict[str, Any] = {"__name__": name, "__file__": week.__file__}
    sys.modules[name] = sys.modules[week.__name__]  # where classes look for their module
    was, numba.config.DISABLE_JIT = numba.config.DISABLE_JIT, True
    try:
        exec(compile(Path(week.__file__).read_text("utf-8"), week.__file__, "exec"), names)
    finally:
        numba.config.DISABLE_JIT = was
        del sys.modules[name]
    for key, value in list(names.items()):
        if isinstance(value, FunctionType) and value.__module__ == name:
            names[key] = _attributed(key, value, found)
    names["np"] = _Numpy()
    return names


def _wrapped(some: Any, n: int) -> Any:
    """Return a tuple of arrays, copied and counting."""
    fields = {}
    for name, value in some._asdict().items():
        if isinstance(value, np.ndarray):
            by_draw = value.ndim > 0 and value.shape[-1] == n and name != "market_buf"
            fields[name] = Array(value.copy(), by_draw or (value.dtype.kind == "f"))
        else:
            fields[name] = Number(value) if isinstance(value, float) else value
    return some._replace(**fields)


@contextmanager
def _in_place_of(stand_in: Callable[..., None]) -> Any:
    compiled = week.simulate
    week.simulate = stand_in  # type: ignore[assignment]
    try:
        yield compiled
    finally:
        week.simulate = compiled


def count(world: World, labels: runner.Labels, at: Sequence[int]) -> Count:
    """Count the steps `at` of a run of all draws of a world, which must fit one block of the engine."""
    n = world.rate.shape[-1]
    found: dict[str, list[int]] = {}
    plain = plain_kernels(found)
    sizes: dict[str, int] = {}

    def stand_in(w: Any, s: Any, tr: Any, first: int = 0, last: int = -1) -> None:
        last = w.n_steps if last < 0 else last
        for k in [k for k in at if first <= k < last]:
            compiled(w, s, tr, first, k)
            plain["simulate"](_wrapped(w, n), _wrapped(s, n), _wrapped(tr, n), k, k + 1)
            first = k
        compiled(w, s, tr, first, last)
        sizes.update(block=_bytes(w, n, timed=False) + _bytes(s, n), passing=_bytes(w, n) + _bytes(tr, n))

    with _in_place_of(stand_in) as compiled:
        runner.run(world, labels, 1)
    blocks = max(1, -(-n // runner.BLOCK))
    means = {k: [x / len(at) / n for x in v] for k, v in found.items() if any(v) and k != "_steps"}
    return Count(means, n, len(at), sizes["block"] // blocks, sizes["passing"] / n)


def _bytes(some: Any, n: int, *, timed: bool = True) -> int:
    """Return the bytes of arrays that differ by draw; `timed`: those with a row for each step too."""
    return builtins.sum(
        value.nbytes
        for value in some
        if isinstance(value, np.ndarray) and value.ndim and value.shape[-1] == n and (timed or value.ndim < 3)
    )
