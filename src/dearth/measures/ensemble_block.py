"""A block of a large ensemble: some hundreds of members, run and at once reduced to a tally.

A block is seeded by a child of the ensemble's seed and has a fixed size, so what it leaves hangs on the
question and its own number alone.  Its draws are a Latin hypercube of their own.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

import numpy as np

from dearth.book import Book
from dearth.engine.arrays import FloatArray, Trace
from dearth.engine.run import BLOCK as RUN_BLOCK
from dearth.measures.countdown_blocks import ran
from dearth.measures.countdown_rows import RHO_DIGITS, Named, groups_of, site_of
from dearth.measures.grid import Grid
from dearth.measures.groups import GROUPS
from dearth.measures.influence import rank_correlations
from dearth.measures.program import program_of
from dearth.measures.row_values import Looked, RowValues, losses_of
from dearth.measures.sites import lines_of
from dearth.measures.stops import FIRST, THRESHOLDS
from dearth.measures.tally import Counted, Tally, counted, fixed, merged
from dearth.measures.tally_bytes import to_bytes
from dearth.world.build import Model
from dearth.world.cut import cut
from dearth.world.ready import built
from dearth.world.scenario import Scenario

__all__ = ["GRIDS", "Block", "Question", "block_model", "blocks_of", "maker", "name_of", "tally_block"]

GRIDS: Final[Mapping[str, Grid]] = {
    "stop": Grid(0.05),
    "recovery": Grid(0.05),
    "peak": Grid(0.0002),
    "lost": Grid(0.0002),
    "exposed": Grid(0.001),
    "path": Grid(0.005),
    "exports": Grid(0.002),
    "need": Grid(0.002, relative=True),
    "plain": Grid(0.002, relative=True),
}
"""Grids by what is counted: weeks, shares, and sizes by their ratio."""

_REST: Final = ("peak", "lost", "recovery")
_PIECE_BYTES: Final = 32 << 20  # of the paths of the rows, for the members of a piece
_FIRST: Final = list(THRESHOLDS).index(FIRST)


class Block(NamedTuple):
    """Members ``0 .. members - 1`` of a block."""

    number: int
    members: int


@dataclass(frozen=True)
class Question:
    """What is asked, in one piece: the scenario whose `draws` are the size of a block, and the book.

    It is sent with every block; a worker unpacks it once.
    """

    scenario: Scenario
    book: Book

    @cached_property
    def _packed(self) -> bytes:
        return zlib.compress(pickle.dumps((self.scenario, self.book)), 1)

    def __reduce__(self) -> tuple[Callable[[bytes], Question], tuple[bytes]]:
        """Let it go to another process as small as it can be."""
        return _unpacked, (self._packed,)


@lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> Question:
    return Question(*pickle.loads(zlib.decompress(packed)))


def blocks_of(draws: int, size: int) -> list[Block]:
    """Return the blocks of an ensemble; the last one may be cut short, not made otherwise."""
    return [Block(i, min(size, draws - i * size)) for i in range(-(-draws // size))]


def name_of(block: Block) -> str:
    """Return what a block is called in a folder."""
    return f"{block.number:07d}-{block.members}"


def maker() -> str:
    """Return a hash of all that a block hangs on beside the question."""
    return program_of(__name__)


def block_model(question: Question, number: int) -> Model:
    """Return the model of a whole block; raises as :func:`dearth.world.build.build`."""
    child = np.random.SeedSequence(question.scenario.seed, spawn_key=(number,))  # as spawn() would
    seed = int.from_bytes(child.generate_state(4).astype("<u4").tobytes(), "little")
    return built(question.scenario.model_copy(update={"seed": seed}), question.book)


def tally_block(question: Question, block: Block) -> bytes:
    """Return the tally of a block, as bytes; see `dearth.measures.tally_bytes`.

    Raises
    ------
    ScenarioError, BookError
        The input does not describe a world.
    MassError
        The engine lost mass: our fault.
    """
    model = block_model(question, block.number)
    return to_bytes(tally_of(model, block.members), maker())


def tally_of(model: Model, members: int) -> Tally:
    """Return the tally of the first members of a model, run piece by piece for their memory."""
    parts, outcome = [], []
    for piece in _pieces(model, members):
        part, first = _piece(cut(model, piece))
        parts.append(part)
        outcome.append(first)
    return merged([*parts, _influence(model, np.concatenate(outcome))])


def _pieces(model: Model, members: int) -> list[slice]:
    each = 8 * (model.world.n_steps // model.world.steps_per_week + 1) * len(model.lines)
    size = max(RUN_BLOCK, _PIECE_BYTES // each // RUN_BLOCK * RUN_BLOCK)
    return [slice(lo, min(lo + size, members)) for lo in range(0, members, size)]


def _piece(model: Model) -> tuple[Tally, FloatArray]:
    """Run some members; return their tally, and when the first group sees its first stop."""
    keys = list(lines_of(model))
    picks = [*(site_of(one, i) for i, one in enumerate(keys)), *groups_of(keys)]
    names = [key(pick.names[0], pick.names[2]) for pick in picks]
    found = ran(model, picks)
    counts = {**_counts(names, found.values), **_exports(found.exports)}
    worst = float(found.trace.residual.max(initial=0.0))
    members = model.world.rate.shape[1]
    tally = Tally(members, worst, counts, _chain(model, found.trace))
    sums = [_binding(found.looked, name, pick) for name, pick in zip(names, picks, strict=True)]
    head = key(GROUPS[0].key, GROUPS[0].place_key)
    first = found.values.weeks[names.index(head), _FIRST] if head in names else np.zeros(members)
    return merged([tally, *sums]), first


def key(*words: str) -> str:
    """Return a name for what several words tell apart."""
    return "|".join(words)


def _counts(names: list[str], found: RowValues) -> dict[str, Counted]:
    values = {
        "need": found.need[:, np.newaxis],
        "exposed": found.exposed[:, np.newaxis],
        "plain": found.plain[:, np.newaxis],
        "stop": found.weeks,
        "path": found.path,
        **{name: found.rest[:, i : i + 1] for i, name in enumerate(_REST)},
    }
    return {kind: counted(names, some, GRIDS[kind]) for kind, some in values.items()}


def _binding(looked: Looked, name: str, pick: Named) -> Tally:
    """Return in how many members a row loses output, and for want of which part it loses most."""
    found = losses_of(looked, [looked.sites[i] for i in pick.sites])
    hit = found.by_part.sum(axis=0) > 0.0
    most = np.bincount(np.argmax(found.by_part, axis=0)[hit], minlength=len(found.names)).tolist()
    parts = {key(name, part): n for part, n in zip(found.names, most, strict=True)}
    lines = {}
    if len(pick.sites) == 1:
        lost = fixed(found.loss).tolist()
        lines = {line_key(looked.model, i): n for i, n in zip(found.lines, lost, strict=True)}
    return Tally(0, 0.0, {}, {"hit": {name: int(hit.sum())}, "most": parts, "line": lines})


def line_key(model: Model, line: int) -> str:
    """Return the name of a process."""
    return key(*model.processes[line])


def edge_key(model: Model, edge: int) -> str:
    """Return the name of a route."""
    return key(*model.routes[edge])


def buffer_key(model: Model, buffer: int) -> str:
    """Return the name of the stock of an input at a process."""
    process, market = model.buffers[buffer]
    return key(*model.processes[process], *model.markets[market])


def _chain(model: Model, trace: Trace) -> dict[str, dict[str, int]]:
    """Return what was held back and missed along the chain, to find where a shortage begins."""
    edges = [edge_key(model, e) for e in range(len(model.routes))]
    buffers = [buffer_key(model, b) for b in range(len(model.buffers))]
    return {
        "blocked": _named(edges, trace.edge_blocked),
        "unfilled": _named(edges, trace.edge_unfilled),
        "missed": _named(buffers, trace.buffer_loss),
    }


def _named(names: list[str], values: FloatArray) -> dict[str, int]:
    return {name: n for name, n in zip(names, fixed(values).tolist(), strict=True) if n}


def _exports(found: dict[str, FloatArray]) -> dict[str, Counted]:
    if not found or not next(iter(found.values())).size:
        return {}
    return {"exports": counted(list(found), np.stack(list(found.values())), GRIDS["exports"])}


def _influence(model: Model, outcome: FloatArray) -> Tally:
    """Return the rank correlation of every range with the first stop, weighed by the members of the block."""
    n = outcome.size
    rows = [r for r in model.used.values() if r.low is not None and r.high != r.low]
    drawn = np.stack([model.draws.of(r)[:n] for r in rows]) if rows else np.zeros((0, n))
    rho = rank_correlations(drawn, outcome[np.newaxis])[:, 0]
    known = [(row.id, one) for row, one in zip(rows, rho.tolist(), strict=True) if not np.isnan(one)]
    return Tally(
        0,
        0.0,
        {},
        {
            "rho": {name: round(one * 10**RHO_DIGITS) * n for name, one in known},
            "rho of": dict.fromkeys((name for name, _ in known), n),
        },
    )
