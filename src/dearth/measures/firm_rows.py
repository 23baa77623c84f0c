"""A firm's run as plain rows: why a line stops, what suppliers still get, what parts hold, who may be who."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from dearth.axes import MATERIALS, PLACES
from dearth.book import Book
from dearth.calendar import date_of_week
from dearth.engine.arrays import FloatArray
from dearth.firm.contents import Content, Grams
from dearth.firm.match import WORDING, match_suppliers
from dearth.firm.network import Firm
from dearth.measures.bands import span, tidy
from dearth.measures.firm_assembly import (
    Instead,
    instead_of_magnet,
    reported,
    rules_named,
    spend_moved,
    worth_of_a_piece,
)
from dearth.measures.firm_lanes import Lane, Supply
from dearth.measures.firm_path import Why, cause_of
from dearth.measures.firm_run import FirmRun
from dearth.measures.firm_stops import Bought
from dearth.measures.stops import NEVER, band
from dearth.rules.ruleset import RuleSet

__all__ = [
    "assembly_rows",
    "content_row",
    "critical_row",
    "fan",
    "licence_rows",
    "match_rows",
    "supply_row",
    "when",
]

_SHORT: Final = 0.99  # of the usual deliveries


def _week(value: float) -> float | None:
    return round(float(value), 3) if math.isfinite(value) else None


def when(done: FirmRun, weeks: FloatArray) -> dict[str, Any]:
    """Return P10 to P90 of weeks from the firm's week 0, with days, and the share of draws that see it."""
    found = {name: _week(value) for name, value in zip(("p10", "p50", "p90"), band(weeks), strict=True)}
    days = {
        f"date_{name}": None if week is None else date_of_week(week, done.start).isoformat()
        for name, week in found.items()
    }
    return {**found, "ever": tidy(float(np.isfinite(weeks).mean())), **days}


def fan(path: FloatArray) -> dict[str, list[float]]:
    """Return P10 to P90 of a path, (week, N), week by week."""
    found = np.quantile(path, [0.1, 0.5, 0.9], axis=1)
    return {
        "weeks": [float(week) for week in range(len(path))],
        **{name: [tidy(v) for v in row] for name, row in zip(("p10", "p50", "p90"), found, strict=True)},
    }


def critical_row(done: FirmRun, found: Why, weeks: FloatArray) -> dict[str, Any]:
    """Return the way from a line to the rule that stops it."""
    supply = next((one for one in done.supplies if one.source == found.source), None)
    return {
        "path": list(found.path),
        "part": found.path[-1],
        "share": tidy(found.share),
        **_seller(done, found.source),
        **_cause(done, supply, float(np.median(weeks[np.isfinite(weeks)]))),
    }


def _seller(done: FirmRun, source: int) -> dict[str, Any]:
    site = int(done.graph.site[source]) if source >= 0 else -1
    name, place = (done.graph.sites[site], done.graph.places[site]) if site >= 0 else ("", "")
    seller = {row.id: row.supplier for row in done.firm.sites}.get(name, "")
    known = {row.id: row.name for row in done.firm.suppliers}
    return {
        "site": name,
        "supplier": seller,
        "supplier_name": known.get(seller, ""),
        "place": place,
        "place_name": PLACES.get(place, ""),
    }


def _cause(done: FirmRun, supply: Supply | None, week: float) -> dict[str, Any]:
    lane = None if supply is None else _worst_lane(done, supply)
    if lane is None:
        return dict.fromkeys(("material", "material_name", "upstream", "rule"))
    day = date_of_week(week, done.start)
    route, event = cause_of(done.model, done.trace, done.scenario, done.ways[lane], day)
    upstream = None
    if route is not None and route.material != lane.material:
        upstream = f"{MATERIALS[route.material]}, {PLACES[route.origin]} to {PLACES[route.destination]}"
    keys = ("date", "action", "what", "source", "url")
    return {
        "material": lane.material,
        "material_name": MATERIALS[lane.material],
        "upstream": upstream,
        "rule": None if event is None else {**event.model_dump(mode="json", include=set(keys))},
    }


def _worst_lane(done: FirmRun, supply: Supply) -> Lane | None:
    """Return the lane of a supply of which least leaves."""
    known = [lane for lane in supply.lanes if lane in done.left]
    return min(known, key=lambda lane: float(done.left[lane].sum()), default=None)


def supply_row(done: FirmRun, one: Supply) -> dict[str, Any]:
    """Return what one source still gets, and how that is known."""
    arrives = done.by_source.get(one.source)
    first = np.full(done.draws, NEVER) if arrives is None else _first_short(arrives)
    hows = [done.ways[lane].how for lane in one.lanes]
    return {
        "part": one.part,
        **_seller(done, one.source),
        "destination": one.destination,
        "share": tidy(float(done.graph.share[one.source])),
        "materials": [lane.material for lane in one.lanes],
        "one_of": one.one_of and len(one.lanes) > 1,
        "known": one.known,
        "how": "unknown" if not one.lanes else "none" if "none" in hows else max(hows),
        "first_short": when(done, first),
        "arrives": None if arrives is None else fan(arrives),
    }


def _first_short(arrives: FloatArray) -> FloatArray:
    """Return the first week in which less than usual arrives, `NEVER` if none, (N,)."""
    lacking = arrives < _SHORT
    return np.where(lacking.any(axis=0), np.argmax(lacking, axis=0), NEVER)


def licence_rows(done: FirmRun) -> list[dict[str, Any]]:
    """Return the firm's applications: whether the scenario asks for them, and when goods may leave."""
    found = []
    for one in done.firm.licences:
        window = done.windows.get(one.id)
        found.append({
            "id": one.id,
            "part": one.part,
            "site": one.site,
            "filed": None if one.filed is None else one.filed.isoformat(),
            "quantity": one.quantity,
            "status": one.status,
            "counts": window is not None,
            "leaves": None if window is None else when(done, window.start - done.begin),
            "covers_weeks": None if window is None else tidy(float(window.length[0])),
        })  # fmt: skip
    return found


def assembly_rows(done: FirmRun, rules: RuleSet) -> list[dict[str, Any]]:
    """Return what buying assemblies instead of magnets would do, and what decides it."""
    return [_assembly(done, one, rules) for one in instead_of_magnet(done)]


def _assembly(done: FirmRun, one: Instead, rules: RuleSet) -> dict[str, Any]:
    week, piece = spend_moved(done, one.supply), worth_of_a_piece(one)
    place = PLACES[one.assembly.origin]
    return {
        "part": one.supply.part,
        **_seller(done, one.supply.source),
        "magnet": one.lane.material,
        "assembly": one.assembly.material,
        "here_after_weeks": span(one.ready),
        "moves": moves(done, one.bought),
        "saved": span(one.bought.saved),
        "saved_mean": tidy(float(one.bought.saved.mean())),
        "spend_moved_per_week": None if week is None else tidy(week),
        "worth_per_piece": None if piece is None else tidy(piece),
        "depends_on": f"assembly makers in {place}, and as before on magnets of {place}",
        "rules": {
            "magnet": _ruled(rules, rules_named(rules, done, one.lane)),
            "assembly": _ruled(rules, rules_named(rules, done, one.assembly)),
        },
        "reported": {key: reported()[key] for key in ("what", "source", "url", "date")},
    }


def _ruled(rules: RuleSet, named: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rules that decide, as rows; their effect on a firm's own goods is for `dearth licence`."""
    cited = [rules.by_id[name] for name in named]
    return [
        {"id": rule.id, "cited": rule.cited, "effective": rule.effective.isoformat(), "text": rule.text}
        for rule in cited
    ]


def moves(done: FirmRun, one: Bought) -> list[dict[str, Any]]:
    """Return the lines whose stop moves, and by how much."""
    return [
        {"line": line.id, "later": _later(one.moved[number])}
        for number, line in enumerate(done.firm.lines)
        if bool(np.nan_to_num(one.moved[number]).any())
    ]


def _later(moved: FloatArray) -> dict[str, Any]:
    """Return by how much a stop comes later in draws that see one, and in what share of them it moves."""
    stopped = moved[~np.isnan(moved)]
    return {
        **span(stopped),
        "moved_share": tidy(float((stopped != 0).mean())),
        "no_longer_share": tidy(float(np.isinf(stopped).mean())),
    }


def content_row(content: Content) -> dict[str, Any]:
    """Return what a part holds where the firm did not say it all."""

    def grams(one: Grams) -> dict[str, float | None]:
        return {key: None if value is None else tidy(value) for key, value in one._asdict().items()}

    return {
        "part": content.part,
        "known": content.known,
        "magnet_grams": None if content.magnet is None else grams(content.magnet),
        "element_grams": {name: grams(one) for name, one in content.elements.items()},
        "magnets": list(content.classes),
        "rows": list(content.rows),
    }


def match_rows(firm: Firm, book: Book) -> list[dict[str, Any]]:
    """Return for every supplier the facility that the firm confirmed, or what it may be."""
    return [
        {
            "supplier": one.supplier,
            "name": one.name,
            "confirmed": one.confirmed or None,
            "candidates": [candidate._asdict() for candidate in one.candidates],
            "wording": WORDING,
        }
        for one in match_suppliers(firm, book)
    ]
