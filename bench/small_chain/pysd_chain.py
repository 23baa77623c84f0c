"""The small chain in PySD: the Vensim text of spec.md, written from the tables and translated by PySD itself.

Three forms of the same equations.  ``arcs``: every arc is a scalar variable, as a modeller draws it.
``folded``: scalar, but arcs stand inside the sums of their nodes, which saves PySD a call an arc.
``subscripts``: whole arrays, which PySD runs on xarray.
"""

from __future__ import annotations

import hashlib
import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from small_chain.chain import ELEMENTS, PLACES, STAGES, Array, Chain

FORMS = ("arcs", "folded", "subscripts")
NODES = list(itertools.product(range(STAGES), range(ELEMENTS), range(PLACES)))


def name_of(*key: int) -> str:
    """Return the indices of a node or an arc as part of a name."""
    return " ".join(f"n{index}" for index in key)


def equation(left: str, right: str) -> str:
    """Return one equation of a Vensim file."""
    return f"{left} = {right}\n\t~\t\n\t~\t\t|\n\n"


def pulse(c: dict[str, float], what: str) -> str:
    """Return 1, or the share that is left between two weeks."""
    return (
        f"IF THEN ELSE(Time >= {c[what + '_from']} :AND: Time < {c[what + '_to']}, {c[what + '_share']}, 1)"
    )


def arc(chain: Chain, s: int, e: int, p: int, q: int) -> str:
    """Return what a buyer orders of a seller."""
    gate = " * gate" if p == chain.constants["gate_place"] != q else ""
    return f"{chain.share[s, e, p, q]!r}{gate} * want {name_of(s + 1, e, q)}".replace("np.float64", "")


def number(value: float) -> str:
    """Return a number in full."""
    return repr(float(value))


def node_lines(chain: Chain, key: tuple[int, int, int], ordered: str) -> Iterator[str]:
    """Yield the equations of a mine or plant."""
    c, n = chain.constants, name_of(*key)
    make_base, target, gain = (number(a[key]) for a in (chain.make_base, chain.finished_target, chain.gain))
    lost = " * left" if key[2] == c["loss_place"] else ""
    limit = f"{number(chain.use_limit[key])}{lost}"
    plan = f"MAX(0, {make_base} + ({target} - finished {n}) / {number(c['adjust'])}) / {gain}"
    allowed = f"MIN({limit}, {plan})"
    yield equation(f"orders {n}", ordered)
    yield equation(f"fill {n}", f"MIN(1, finished {n} / MAX(orders {n}, {number(c['tiny'])}))")
    yield equation(f"use {n}", allowed if key[0] == 0 else f"MIN({allowed}, bought {n})")
    yield equation(f"finished {n}", f"INTEG({gain} * use {n} - fill {n} * orders {n}, {target})")


def buyer_lines(chain: Chain, key: tuple[int, int, int], arrived: str) -> Iterator[str]:
    """Yield the equations of what a buyer wants, gets and holds."""
    n, base, target = name_of(*key), number(chain.use_base[key]), number(chain.input_target[key])
    want = f"MAX(0, {base} + ({target} - bought {n}) / {number(chain.constants['adjust'])})"
    yield equation(f"want {n}", want)
    yield equation(f"bought {n}", f"INTEG({arrived} - use {n}, {target})")
    if key[0] == STAGES:
        yield equation(f"use {n}", f"MIN({number(chain.use_limit[key])}, bought {n})")


def scalar_lines(chain: Chain, folded: bool) -> Iterator[str]:
    """Yield all equations, each of a number."""
    for s, e, p in NODES:
        arcs = {q: f"order {name_of(s, e, p, q)}" for q in range(PLACES)}
        if folded:
            arcs = {q: arc(chain, s, e, p, q) for q in range(PLACES)}
        else:
            yield from (equation(name, arc(chain, s, e, p, q)) for q, name in arcs.items())
        yield from node_lines(chain, (s, e, p), " + ".join(arcs.values()))
        if folded:
            came = [f"{arc_to(chain, s, e, k, p)} * fill {name_of(s, e, k)}" for k in range(PLACES)]
            arrived = f"want {name_of(s + 1, e, p)} * ({' + '.join(came)})"
        else:
            came = [f"order {name_of(s, e, k, p)} * fill {name_of(s, e, k)}" for k in range(PLACES)]
            arrived = " + ".join(came)
        yield from buyer_lines(chain, (s + 1, e, p), arrived)


def arc_to(chain: Chain, s: int, e: int, p: int, q: int) -> str:
    """Return the share of an arc, gate included."""
    gate = " * gate" if p == chain.constants["gate_place"] != q else ""
    return f"{number(chain.share[s, e, p, q])}{gate}"


def tail_lines(chain: Chain) -> Iterator[str]:
    """Yield the two events and the clock."""
    yield equation("gate", pulse(chain.constants, "gate"))
    yield equation("left", pulse(chain.constants, "loss"))
    yield equation("INITIAL TIME", "0") + equation("FINAL TIME", str(chain.weeks))
    yield equation("TIME STEP", "1") + equation("SAVEPER", "1")


def table(name: str, rows: Array, *fixed: str) -> str:
    """Return a constant of two axes, the first ones fixed."""
    inner = ("place", "buyer") if name == "share" else ("element", "place")
    axes = ", ".join((*fixed, *inner))
    return equation(f"{name}[{axes}]", "\n" + rows_text(rows))


def rows_text(rows: Array) -> str:
    """Return numbers of two axes as Vensim writes them."""
    return ";\n".join(", ".join(number(value) for value in row) for row in rows) + ";"


def tables(chain: Chain) -> Iterator[str]:
    """Yield the axes and the numbers of the chain, stage by stage; a link is known by its seller's stage."""
    for axis, mark, size in (("stage", "s", STAGES), ("element", "e", ELEMENTS), ("place", "p", PLACES)):
        yield f"{axis}: {', '.join(f'{mark}{index}' for index in range(size))} ~~|\n\n"
    yield "buyer <-> place ~~|\n\n"
    own = {"make base": chain.make_base, "target": chain.finished_target, "limit": chain.use_limit}
    own |= {"gain": chain.gain}
    theirs = {"use base": chain.use_base, "aim": chain.input_target}
    for s in range(STAGES):
        yield from (table(name, values[s], f"s{s}") for name, values in own.items())
        yield from (table(name, values[s + 1], f"s{s}") for name, values in theirs.items())
        yield from (table("share", chain.share[s, e], f"s{s}", f"e{e}") for e in range(ELEMENTS))
    yield table("ends", chain.use_limit[STAGES])


def array_lines(chain: Chain) -> Iterator[str]:
    """Yield all equations, each of whole arrays."""
    c, node = chain.constants, "[stage, element, place]"
    adjust, home, hit = number(c["adjust"]), int(c["gate_place"]), int(c["loss_place"])
    yield from tables(chain)
    behind = np.zeros((PLACES, PLACES))
    behind[home, np.arange(PLACES) != home] = 1.0
    yield equation("behind[place, buyer]", "\n" + rows_text(behind))
    yield equation("hit[place]", ", ".join(number(p == hit) for p in range(PLACES)))
    yield equation("passing[place, buyer]", "1 - behind[place, buyer] * (1 - gate)")
    yield equation("spared[place]", "1 - hit[place] * (1 - left)")
    every = "[stage, element, place, buyer]"
    yield equation(f"gated{every}", f"share{every} * passing[place, buyer]")
    yield equation(f"want{node}", f"MAX(0, use base{node} + (aim{node} - bought{node}) / {adjust})")
    gated = "gated[stage, element, {}]"
    ordered = f"SUM({gated.format('place, buyer!')} * want[stage, element, buyer!])"
    yield equation(f"orders{node}", ordered)
    yield equation(f"fill{node}", f"MIN(1, finished{node} / MAX(orders{node}, {number(c['tiny'])}))")
    came = f"SUM({gated.format('buyer!, place')} * fill[stage, element, buyer!])"
    yield equation(f"arrived{node}", f"want{node} * {came}")
    plan = f"MAX(0, make base{node} + (target{node} - finished{node}) / {adjust}) / gain{node}"
    yield equation(f"allowed{node}", f"MIN(limit{node} * spared[place], {plan})")
    for s in range(STAGES):
        here, before = f"[s{s}, element, place]", f"[s{s - 1}, element, place]"
        used = f"MIN(allowed{here}, bought{before})" if s else f"allowed{here}"
        taken = (
            f"use[s{s + 1}, element, place]" if s + 1 < STAGES else f"MIN(ends[element, place], bought{here})"
        )
        yield equation(f"use{here}", used) + equation(f"taken{here}", taken)
    yield equation(
        f"finished{node}", f"INTEG(gain{node} * use{node} - fill{node} * orders{node}, target{node})"
    )
    yield equation(f"bought{node}", f"INTEG(arrived{node} - taken{node}, aim{node})")


def text_of(chain: Chain, form: str) -> str:
    """Return the chain as a Vensim model."""
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}")
    lines = array_lines(chain) if form == "subscripts" else scalar_lines(chain, form == "folded")
    return "{UTF-8}\n" + "".join(lines) + "".join(tail_lines(chain))


def load(chain: Chain, form: str, folder: Path) -> Any:
    """Return PySD's model; its translation takes minutes and is kept in `folder`, by the hash of the text."""
    import pysd  # noqa: PLC0415 (loaded only by the bench)

    text = text_of(chain, form)
    mark = hashlib.sha256((pysd.__version__ + text).encode()).hexdigest()[:12]
    path = folder / f"chain_{form}_{mark}.mdl"
    done = path.with_suffix(".done")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not done.exists():
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            pysd.read_vensim(str(path))
            done.touch()
        return pysd.load(str(path.with_suffix(".py")))


def stocks_of(form: str) -> list[str]:
    """Return the names of the stocks in the order of the record."""
    if form == "subscripts":
        return [f"{name}[s{s},e{e},p{p}]" for name in ("finished", "bought") for s, e, p in NODES]
    bought = [f"bought {name_of(s + 1, e, p)}" for s, e, p in NODES]
    return [f"finished {name_of(*key)}" for key in NODES] + bought


def run(model: Any, chain: Chain, form: str) -> Array:
    """Return finished and input stock from the first week to the end, (weeks + 1, 2, 4, 6, 12), t."""
    columns = stocks_of(form)
    asked = ["finished", "bought"] if form == "subscripts" else columns
    frame = model.run(return_columns=asked, progress=False)
    return frame[columns].to_numpy().reshape(chain.weeks + 1, 2, STAGES, ELEMENTS, PLACES)
