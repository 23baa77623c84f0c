"""The countdown of very many draws: run in blocks, reduced on the way, the same wherever the blocks were run.

The draws come in blocks of fixed size, each seeded by a child of the seed
(:meth:`numpy.random.SeedSequence.spawn`).  What is kept of a block are counts on fixed grids and sums of
whole numbers, which add up to the same whatever the order; so the answer hangs on the scenario, the book, the
seed, the number of draws and the size of a block, and memory does not grow with the draws.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.answer import Answer
from dearth.book import Book
from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray, Trace
from dearth.errors import Fault, ModelError, ScenarioError
from dearth.measures.bands import tidied, tidy
from dearth.measures.binding import Upstream
from dearth.measures.countdown_rows import (
    RHO_DIGITS,
    Figures,
    Named,
    binding_of,
    clock_of,
    groups_of,
    priors_of,
    rank,
    row_of,
    site_of,
    warnings_of,
)
from dearth.measures.ensemble_block import (
    GRIDS,
    Block,
    Question,
    block_model,
    blocks_of,
    buffer_key,
    edge_key,
    key,
    line_key,
    maker,
    name_of,
    tally_block,
)
from dearth.measures.sites import lines_of
from dearth.measures.stops import Band
from dearth.measures.tally import Tally, ever, merged, quantiles
from dearth.measures.tally_bytes import from_bytes
from dearth.spread.protocol import Map
from dearth.spread.serial import Serial
from dearth.spread.store import Store
from dearth.watch import beat
from dearth.world.build import Model
from dearth.world.envelope import answered
from dearth.world.scenario import Scenario

__all__ = ["BLOCK", "MOST", "ensemble"]

BLOCK: Final = 250
"""Members of a block, unless told."""
MOST: Final = 100_000_000
_LEAST: Final = 2  # a single draw is the central run, which no block holds
_BANDS: Final = (0.1, 0.5, 0.9)
_AT_ONCE: Final = 8  # tallies that are added up together
_PHASE: Final = "Running an ensemble in blocks"


class _Done(NamedTuple):
    """An ensemble that has been run: names as in its first block, numbers of all."""

    scenario: Scenario
    model: Model
    tally: Tally
    sites: dict[tuple[str, str], list[int]]
    upstream: Upstream


def ensemble(  # noqa: PLR0913 (what is asked, and how to run it)
    scenario: Scenario,
    book: Book,
    draws: int | None = None,
    seed: int | None = None,
    *,
    spread: Map | None = None,
    keep: Path | str | None = None,
    block: int = BLOCK,
) -> Answer:
    """Return the countdown of very many draws, as :func:`dearth.studies.countdown.countdown` would tell it.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    draws, seed
        Replace those of the scenario; 2 to 100,000,000 draws.
    spread
        Who runs the blocks: one after another unless told; see :mod:`dearth.spread`.  The answer does not
        depend on it.
    keep
        Folder for finished blocks.  What it holds of this ensemble is not run again, so an interrupted run
        goes on where it was, and a larger ensemble begins with the blocks of a smaller one.
    block
        Members of a block; the answer depends on it.

    Returns
    -------
    Answer
        As of a countdown, and ``answer["method"]``: block, grids and how quantiles are read.  Quantiles are
        exact to half a cell of the grid.

    Raises
    ------
    ScenarioError, BookError, InputError
        The input does not describe a world; the folder cannot be used.
    MassError, ModelError
        The engine lost mass; workers differ, or die.
    StoppedError
        Someone who watches called the run off.
    """
    changes = {"draws": draws, "seed": seed}
    scenario = scenario.model_copy(update={k: v for k, v in changes.items() if v is not None})
    _check(scenario, block)
    asked = Question(scenario.model_copy(update={"draws": block}), book)
    store = None if keep is None else Store(Path(keep), _purpose(asked))
    model = block_model(asked, 0)
    beat("build", 1, 1)
    tally = _run(asked, blocks_of(scenario.draws, block), spread or Serial(), store)
    done = _Done(scenario, model, tally, lines_of(model), _upstream(model, tally))
    keys = list(done.sites)
    answer = {
        "clock": clock_of(scenario, model),
        "rows": sorted(_rows(done, [site_of(k, i) for i, k in enumerate(keys)]), key=rank),
        "groups": _rows(done, groups_of(keys)),
        "mass": {"worst_residual": tally.worst},
        "exports": _exports(tally),
        "priors": _priors(done, book),
        "method": _method(scenario, block),
    }
    used = model.used.values()
    return answered("countdown", scenario, book, answer, used=used, warnings=warnings_of(scenario, used))


def _check(scenario: Scenario, block: int) -> None:
    faults = []
    if not _LEAST <= scenario.draws <= MOST:
        cure = f"{_LEAST} to {MOST:,}; a single draw is the central run of a plain countdown"
        faults.append(Fault(f"{scenario.draws:,} draws", "draws", cure=cure))
    if block < _LEAST:
        faults.append(Fault(f"{block} members of a block", "block", cure=f"{_LEAST} or more"))
    if faults:
        raise ScenarioError(_PHASE, faults)


def _purpose(asked: Question) -> dict[str, str | int]:
    """Return all that a block hangs on beside its number and its members."""
    scenario = {k: v for k, v in asked.scenario.to_dict().items() if k not in ("draws", "seed")}
    text = json.dumps(scenario, sort_keys=True, ensure_ascii=False).encode()
    return {
        "dearth": version("dearth"),
        "program": maker(),
        "book": asked.book.sha256,
        "scenario": hashlib.sha256(text).hexdigest(),
        "seed": asked.scenario.seed,
        "block": asked.scenario.draws,
    }


def _run(asked: Question, blocks: list[Block], spread: Map, store: Store | None) -> Tally:
    """Return the tally of all blocks; memory holds a few of them at a time."""
    total = merged([])
    some: list[Tally] = []
    for done, found in enumerate(_tallies(asked, blocks, spread, store), 1):
        some.append(found)
        if len(some) == _AT_ONCE or done == len(blocks):
            total, some = merged([total, *some]), []
        beat("ensemble", done, len(blocks))
    return total


def _tallies(asked: Question, blocks: list[Block], spread: Map, store: Store | None) -> Iterator[Tally]:
    """Yield the tally of every block: those that were kept first."""
    missing = []
    for block in blocks:
        kept = None if store is None else store.read(name_of(block))
        if kept is None:
            missing.append(block)
        else:
            yield _sound(kept, block)
    if store is not None and store.damaged:
        beat("damaged", len(store.damaged), len(blocks))
    beat("kept", len(blocks) - len(missing), len(blocks))
    if not missing:
        return
    for number, found in spread(partial(tally_block, asked), missing):
        tally = _sound(found, missing[number])
        if store is not None:
            store.write(name_of(missing[number]), found)
        yield tally


def _sound(data: bytes, block: Block) -> Tally:
    """Return the tally of a block, or refuse one that another program made."""
    tally, made_by = from_bytes(data)
    if made_by != maker() or tally.members != block.members:
        why = "byte-identical answers need the same program, libraries and type of machine"
        cure = "install the same versions of dearth, Python, numpy and numba on every worker"
        raise ModelError(_PHASE, Fault("a worker runs another program", f"block {block.number}", why, cure))
    return tally


def _upstream(model: Model, tally: Tally) -> Upstream:
    """Return the way up the chain from the sums over all members."""

    def column(kind: str, names: Iterator[str]) -> FloatArray:
        found = tally.sums.get(kind, {})
        return np.array([float(found.get(name, 0)) for name in names])[:, np.newaxis]

    edges = [edge_key(model, e) for e in range(len(model.routes))]
    buffers = (buffer_key(model, b) for b in range(len(model.buffers)))
    nothing: Trace = Trace(*(np.empty(0) for _ in Trace._fields))
    summed = nothing._replace(
        edge_blocked=column("blocked", iter(edges)),
        edge_unfilled=column("unfilled", iter(edges)),
        buffer_loss=column("missed", buffers),
    )
    return Upstream(model.world, summed)


def _rows(done: _Done, picks: list[Named]) -> list[dict[str, Any]]:
    names = [key(pick.names[0], pick.names[2]) for pick in picks]
    told = _figures(done.tally, names)
    return [
        row_of(done.scenario, pick, told, i, partial(_binding, done, pick, names[i]))
        for i, pick in enumerate(picks)
    ]


def _figures(tally: Tally, names: list[str]) -> Figures:
    """Return the numbers of some rows."""
    at = [tally.counts["stop"].rows.index(name) for name in names]

    def found(kind: str, *, between: bool = False) -> FloatArray:
        return quantiles(tally.counts[kind], GRIDS[kind], _BANDS, between=between)[at]

    def median(kind: str) -> FloatArray:
        return found(kind, between=True)[:, 0, 1]

    rest = np.concatenate([found(kind) for kind in ("peak", "lost", "recovery")], axis=1)
    return Figures(
        need=tidied(median("need") * WEEKS_PER_YEAR),
        exposed=median("exposed"),
        plain=median("plain"),
        weeks=found("stop"),
        ever=tidied(ever(tally.counts["stop"])[at]),
        rest=tidied(rest),
        path=tidied(np.moveaxis(found("path", between=True), -1, 0)),
    )


def _binding(done: _Done, pick: Named, name: str) -> dict[str, Any] | None:
    """Return the part that costs most output, and where its shortage begins."""
    sums, keys = done.tally.sums, list(done.sites)
    lines = [line for i in pick.sites for line in done.sites[keys[i]]]
    loss = {line: sums["line"].get(line_key(done.model, line), 0) for line in lines}
    by_part: dict[str, int] = {}
    for line in lines:
        part = done.model.processes[line].part
        by_part[part] = by_part.get(part, 0) + loss[line]
    hit = sums["hit"].get(name, 0)
    if not hit:
        return None
    best = max(by_part, key=by_part.__getitem__)
    worst = max((line for line in lines if done.model.processes[line].part == best), key=loss.__getitem__)
    share = sums["most"].get(key(name, best), 0) / hit
    return binding_of(done.model, done.upstream, best, worst, share)


def _exports(tally: Tally) -> dict[str, Any]:
    """Return China's exports by four-week months from the start, as shares of the base year (P10-P90)."""
    if "exports" not in tally.counts:
        return {}
    counts = tally.counts["exports"]
    found = quantiles(counts, GRIDS["exports"], _BANDS, between=True)
    return {
        good: {k: [tidy(v) for v in q] for k, q in zip(Band._fields, found[i].T.tolist(), strict=True)}
        for i, good in enumerate(counts.rows)
    }


def _priors(done: _Done, book: Book) -> list[dict[str, Any]]:
    """Return the ranges that move the first stop of automotive lines outside China most."""
    rho, of = done.tally.sums["rho"], done.tally.sums["rho of"]
    rows = [r for r in done.model.used.values() if r.low is not None and r.high != r.low]
    scale = 10**RHO_DIGITS
    return priors_of(
        book, ((rho[r.id] / of[r.id] / scale if of.get(r.id) else float("nan"), r) for r in rows)
    )


def _method(scenario: Scenario, block: int) -> Mapping[str, Any]:
    """Return how the answer was found, for those who find it again."""
    return {
        "blocks": len(blocks_of(scenario.draws, block)),
        "block": block,
        "seeds": "block k draws from SeedSequence(seed).spawn(k + 1)[k], a Latin hypercube of its own",
        "quantiles": "from counts on fixed grids, exact to half a cell",
        "grid": {kind: grid.width for kind, grid in GRIDS.items() if not grid.relative},
        "relative_grid": {kind: grid.width for kind, grid in GRIDS.items() if grid.relative},
        "influence": "rank correlation in each block, mean of the blocks",
    }
