"""Made-up projects and base rates, small enough to reckon by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.project_rows import LINKS, History
from dearth.measures.card import Table
from dearth.world.draws import Draws
from dearth.world.hazards import ClassRate, Hazards, Law, StepRate
from dearth.world.projects import Projects
from dearth.world.standing import BUYERS, Standing
from small_book import book_of, row

LAWS = {
    ("financed", "next"): Law(8.0, 0.8, 0.02, 0.01, 0.0),
    ("financed", "end"): Law(20.0, 1.0, 0.02, 0.0, 0.0),
    ("commissioned", "next"): Law(3.0, 1.5, 0.02, 0.01, 0.0),
    ("commissioned", "end"): Law(15.0, 1.0, 0.02, 0.0, 0.0),
    ("ramped", "next"): Law(5.0, 1.0, 0.02, 0.0, 0.0),
    ("ramped", "end"): Law(12.0, 1.0, 0.02, 0.0, 0.0),
}
BLANK = {
    **dict.fromkeys(History.model_fields, ""),
    **{"id": "a-1", "project": "A", "place": "AUS", "country": "Australia", "kind": "mine", "links": "mine"},
    **{"cohort": "listed-2010", "announced": "2011-04", "seen": "2025", "funding": "unknown", "grade": "A"},
    **{"offtake": "unknown", "floor": "unknown", "radioactive": "unknown", "terms": "quoted-fact"},
    **{"source": "a test", "url": "https://example.org/a"},
}


def history(**columns: Any) -> History:
    """Return a history of these cells."""
    return History.model_validate({**BLANK, **columns})


def hazards(laws: dict[tuple[str, str], Law] | None = None) -> Hazards:
    """Return base rates without classes that differ."""
    levels = ("listed 2010-15", "picked since 2016")
    same = {"list": {level: ClassRate("list", level, 10, 5, 5.0) for level in levels}}
    given = laws or LAWS
    steps = {
        key: StepRate(law, 10, 5, 2, 3, 40.0, {"2": 0.1, "5": 0.2, "10": 0.3}) for key, law in given.items()
    }
    return Hazards(steps, dict.fromkeys(given, same), "made up", "0" * 64)


def draws(n: int = 200, seed: int = 7, **values: float) -> Draws:
    """Return draws of the rows of the horizon, each at one value."""
    plain = {
        "class-shrinkage": 4.0,
        "list-weight": 0.5,
        "project-entry": 0.0,
        "project-entry-lag": 1.0,
        "squeeze-response": 3.0,
        "squeeze-memory": 2.0,
        "squeeze-thrift": 5.0,
        "discount-rate": 8.0,
        **values,
    }
    rows = [row(f"r-{q}", q, v) for q, v in plain.items()]
    for quantity in ("ramp-time", "ramp-control-factor", "plateau-share"):
        value = {"ramp-time": 2.0, "ramp-control-factor": 1.5, "plateau-share": 0.8}[quantity]
        rows.append(row(f"r-{quantity}", quantity, value, sector="*"))
    return Draws(book_of(rows), n, seed)


def projects(
    n: int, count: int = 3, stage: str = "announced", since: float = 2020.0, size: float = 100.0
) -> Projects:
    """Return projects that add `size` t of every element at every link, with home in the United States."""
    shape = (count, n)
    return Projects(
        id=tuple(f"p-{i}" for i in range(count)),
        name=tuple(f"P {i}" for i in range(count)),
        company=("C",) * count,
        place=("USA",) * count,
        kind=("separation",) * count,
        links=np.ones((count, len(LINKS))),
        stage=(stage,) * count,
        since=np.full(count, since),
        planned=np.full(count, 2028.5),
        tonnes=np.full((count, len(ELEMENTS), n), size),
        magnets=np.zeros(count),
        capex=np.full(shape, 100.0),
        capex_known=np.ones(count, bool),
        opex=np.full(shape, 10.0),
        ramp=np.full(shape, 2.0),
        plateau=np.full(shape, 0.8),
        levels=dict.fromkeys(
            ("kind", "funding", "regime", "permit", "offtake", "radioactive", "list"), ("x",) * count
        ),
    )


def standing(
    n: int, need: float = 1000.0, bound: float = 50.0, free: float = 100.0, growth: float = 0.0
) -> Standing:
    """Return buyers who all need and get the same of every element at every link."""
    shape = (len(LINKS), len(ELEMENTS), n)
    return Standing(
        need=np.full((len(BUYERS), *shape), need),
        bound=np.full((len(BUYERS), *shape), bound),
        free=np.full(shape, free),
        growth=np.full((len(ELEMENTS), n), growth),
        through_magnets=np.ones(len(ELEMENTS)),
        swarf=np.zeros((len(ELEMENTS), n)),
    )


def table(n: int = 60, **values: float) -> Table:
    """Return a table with three announced projects, known as of 2026."""
    flat = np.full((len(ELEMENTS), n), 1.0)
    return Table(
        draws=draws(n, **values),
        standing=standing(n),
        projects=projects(n),
        hazards=hazards(),
        years=np.arange(2026.5, 2047.0),
        as_of=2026.0,
        most=0.5 * flat,
        price=100.0 * flat,
    )
