"""What buys a firm most time per money: stocks and second sources, ranked; and the cheapest stocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from dearth.answer import Answer
from dearth.book import Book
from dearth.engine.arrays import FloatArray
from dearth.firm import Firm
from dearth.firm.run_down import extra_stock, run_down
from dearth.measures.bands import span, tidy
from dearth.measures.firm_plan import FirmProgramme, Trial, programme_of_firm, trials_of
from dearth.measures.firm_run import FirmRun, firm_question, firm_run
from dearth.measures.firm_stops import lost_money, margins, stops
from dearth.measures.portfolio import Chosen, cvar, damage_of, solve
from dearth.world.envelope import answered
from dearth.world.scenario import Scenario

__all__ = ["LEVEL", "SERVICES", "firm_plan"]

LEVEL: Final = 0.9
SERVICES: Final = (0.5, 0.25, 0.1, 0.05)
_PERCENT: Final = 100.0
_STEP: Final = 100_000.0  # of currency: weeks bought are shown per so much
_LEAST: Final = 1e-3


def firm_plan(  # noqa: PLR0913, PLR0917 (as the studies of the catalogue, and the firm)
    scenario: Scenario,
    book: Book,
    firm: Firm,
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 1,
) -> Answer:
    """Return a firm's measures by weeks per money, and its cheapest stocks for a service.

    Parameters
    ----------
    scenario, book, firm
        What happens, what is known, and the firm's own plants, parts, suppliers and stocks.
    draws, seed
        Replace those of the scenario.
    workers
        Threads; the answer does not depend on it.

    Raises
    ------
    InputError
        The firm does not fit the scenario.
    ScenarioError, BookError
        The input does not describe a world.
    """
    scenario = scenario.ensemble(draws, seed)
    done = firm_run(firm, scenario, book, workers)
    holding = float(np.median(done.model.draws.get("holding-cost"))) / _PERCENT
    answer = {
        "firm": {"name": firm.head.name, "currency": firm.head.currency},
        "clock": {"start": done.start.isoformat(), "weeks": done.weeks},
        "lines": [_line(done, number) for number in range(len(firm.lines))],
        "measures": sorted((_row(done, one, holding) for one in trials_of(done)), key=_rank),
        "portfolio": _portfolio(done, 1.0 + holding),
    }
    return answered(
        "plan",
        scenario,
        book,
        answer,
        used=done.model.used.values(),
        warnings=_warnings(done),
        question=firm_question(scenario, firm),
    )


def _line(done: FirmRun, number: int) -> dict[str, Any]:
    line = done.firm.lines[number]
    return {
        "line": line.id,
        "description": line.description,
        "stop": span(stops(done.done)[number]),
        "margin_per_week": tidy(float(margins(done.firm)[number])),
    }


def _row(done: FirmRun, trial: Trial, holding: float) -> dict[str, Any]:
    """Return a trial as plain data; weeks are those of the line that gains most."""
    gain = trial.later.mean(axis=1)
    best = int(np.argmax(gain))
    node = done.graph.names.index(trial.item)
    use = float(done.graph.use[node])
    paid = trial.purchase
    return {
        "key": f"{trial.lever}: {trial.item}, {trial.size:g} weeks",
        "lever": trial.lever,
        "item": trial.item,
        "size_weeks": tidy(trial.size),
        "line": done.firm.lines[best].id,
        "weeks": tidy(float(gain[best])),
        "weeks_range": span(trial.later[best]),
        "lines": {
            line.id: tidy(float(gain[i])) for i, line in enumerate(done.firm.lines) if gain[i] > _LEAST
        },
        "first_stop": {
            "without": span(stops(done.done)[best])["p50"],
            "with": span(stops(done.done)[best] + trial.later[best])["p50"],
        },
        "saved_margin": span(trial.saved),
        "saved_margin_mean": tidy(float(trial.saved.mean())),
        "purchase": None if paid is None else tidy(paid),
        "holding_per_year": None if paid is None else tidy(paid * holding),
        "weeks_per_100000": None if not paid else tidy(_STEP * float(gain[best]) / paid),
        "hand": {
            "use_per_week": tidy(use),
            "pieces": tidy(use * trial.size) if trial.lever == "stock" else None,
            "price_per_week": None if paid is None else tidy(paid / trial.size),
        },
    }


def _rank(row: dict[str, Any]) -> tuple[bool, float, float, str]:
    """Order measures by weeks per money; those without a known price by weeks, after the others."""
    each = row["weeks_per_100000"]
    return each is None, -(each or 0.0), -row["weeks"], row["key"]


def _portfolio(done: FirmRun, carry: float) -> dict[str, Any] | None:
    """Return the cheapest stocks for each service, and what they do when the firm is run down with them."""
    programme = programme_of_firm(done, carry)
    if programme is None or not programme.items:
        return None
    problem = programme.problem
    nothing = damage_of(problem, np.zeros(len(programme.items)))
    worst = cvar(nothing, problem.chance, LEVEL)
    rows = []
    for share in SERVICES:
        found = solve(problem, level=LEVEL, limit=share * worst)
        if found is not None:
            rows.append(_kept(done, programme, share, found))
    return {
        "level": LEVEL,
        "items": list(programme.items),
        "unpriced": list(programme.unpriced),
        "nothing": {"mean": tidy(float(nothing.mean())), "worst": tidy(worst)},
        "run_down_nothing": _lost(done, done.graph.stock),
        "frontier": rows,
    }


def _kept(done: FirmRun, programme: FirmProgramme, share: float, found: Chosen) -> dict[str, Any]:
    weeks = {item: float(u) for item, u in zip(programme.items, found.units, strict=True) if u > _LEAST}
    return {
        "share_left": share,
        "cost": tidy(found.spending),
        "weeks": {item: tidy(some) for item, some in weeks.items()},
        "mean": tidy(float(found.damage.mean())),
        "worst": tidy(found.risk),
        "run_down": _lost(done, extra_stock(done.graph, weeks)),
    }


def _lost(done: FirmRun, stock: FloatArray) -> dict[str, float]:
    """Return margin lost when the firm is run down with some stocks: mean, and mean of the worst tenth."""
    lost = lost_money(done.firm, run_down(done.graph, done.arrive, stock)).sum(axis=0)
    chance = np.full(lost.size, 1.0 / lost.size)
    return {"mean": tidy(float(lost.mean())), "worst": tidy(cvar(lost, chance, LEVEL))}


def _warnings(done: FirmRun) -> list[str]:
    blank: Sequence[str] = [line.id for line in done.firm.lines if line.margin_per_unit is None]
    notes = [
        "A stock is bought, not spent: the purchase stays yours. Holding is at the rate of the data book.",
        "Weeks come from the run-down of your own network. The programme of stocks knows what will come, so "
        "a firm needs somewhat more; the run-down stands beside it.",
        "A second source has no price here: ask it. It serves what the workbook says that it can.",
    ]
    if blank:
        notes.append(f"No margin is stated for {', '.join(blank)}: its loss is not counted.")
    return [*notes, *done.notes]
