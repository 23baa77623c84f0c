"""A made-up table of declarations, and disguises planted in it; all parties are invented.

The ordinary rows follow a lane's own price, density and packing.  Each disguise changes one row in the way
its name says, leaving everything else as an ordinary row has it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from dearth.studies.screen import Screening

Row = dict[str, Any]

COLUMNS = (
    "id", "date", "office", "mode", "exporter", "consignee", "hs", "description", "composition", "grade",
    "origin", "destination", "net_kg", "gross_kg", "packages", "volume_m3", "value", "currency", "freight",
    "licence", "exemption", "weight_estimated",
)  # fmt: skip
# heading, words, USD per kg, kg per m3: figures of a made-up market
GOODS = (
    ("282110", "iron oxide pigment", 1.2, 900.0),
    ("281820", "aluminium oxide", 0.8, 1100.0),
    ("340250", "washing powder", 1.1, 600.0),
    ("690721", "ceramic tiles", 0.6, 1200.0),
    ("847330", "computer parts", 40.0, 300.0),
)
START = date(2024, 7, 1)


def ordinary(rows: int, seed: int = 7) -> list[Row]:
    """Return made-up ordinary declarations over a year and a half."""
    draw = random.Random(seed)
    return [_ordinary(draw, i, rows) for i in range(rows)]


def _ordinary(draw: random.Random, i: int, rows: int) -> Row:
    hs, words, price, density = draw.choice(GOODS)
    kg = round(draw.lognormvariate(7, 0.5), 1)
    trader = draw.randrange(200)
    return {
        **dict.fromkeys(COLUMNS),
        "id": f"D{i:05}",
        "date": (START + timedelta(days=i * 540 // rows)).isoformat(),
        "office": draw.choice(("North", "South")),
        "mode": "sea",
        "exporter": f"Invented Export {trader}",
        "consignee": f"Made-up Buyer {trader % 150}",
        "hs": hs,
        "description": words,
        "origin": "CN",
        "destination": draw.choice(("VN", "DE")),
        "net_kg": kg,
        "gross_kg": round(kg * 1.04, 1),
        "packages": int(kg / 25) + 1,
        "volume_m3": round(kg / density * draw.lognormvariate(0, 0.1), 4),
        "value": round(kg * price * draw.lognormvariate(0, 0.12), 2),
        "currency": "USD",
    }


def _magnet(row: Row, composition: str, grade: str = "", words: str = "sintered NdFeB magnets") -> None:
    row.update(hs="8505111000", description=words, composition=composition, grade=grade)


def _dear(row: Row) -> None:
    row["value"] = round(row["net_kg"] * 60, 2)


def _dense(row: Row) -> None:
    row["volume_m3"] = row["net_kg"] / 4500


def _heavy_boxes(row: Row) -> None:
    row["packages"] = max(1, round(row["net_kg"] / 900))


def _by_air(row: Row) -> None:
    row.update(hs="282110", description="iron oxide pigment", mode="air", net_kg=800.0, value=800.0 * 1.2)
    row.update(gross_kg=830.0, packages=33, volume_m3=800 / 900)


# the signal that must see it -> what is done to an ordinary row
DISGUISES: dict[str, Callable[[Row], Any]] = {
    "grade-without-heavy": lambda r: _magnet(r, "Nd 29.5 %, Pr 2 %, Fe 67.5 %, B 1 %", "N42UH"),
    "heavy-left-out": lambda r: _magnet(r, "Nd 24 %, Pr 6 %, Gd 0.2 %, Tb 0.02 %, Fe 68.78 %, B 1 %"),
    "composition-sum": lambda r: _magnet(r, "Nd 20 %, Pr 5 %, Fe 60 %, B 1 %"),
    "composition-missing": lambda r: _magnet(r, ""),
    "family-swap": lambda r: _magnet(r, "Sm 25 %, Co 50 %, Fe 17 %, Cu 5 %, Zr 3 %"),
    "heading-against-words": lambda r: r.update(description="terbium metal ingots", hs="750400"),
    "controlled-licence-not-shown": lambda r: r.update(
        description="dysprosium oxide", hs="2846901500", date="2025-05-05"
    ),
    "rare-earths-unnamed": lambda r: r.update(description="rare-earth alloy powder", hs="720299"),
    "control-not-settled": lambda r: (_magnet(r, ""), r.update(date="2025-05-05")),
    "no-licence-phrase": lambda r: r.update(exemption="goods not controlled"),
    "unit-value-high": _dear,
    "unit-value-low": lambda r: r.update(value=round(r["value"] / 20, 2)),
    "density": _dense,
    "weight-per-package": _heavy_boxes,
    "bulk-by-air": _by_air,
    "gross-below-net": lambda r: r.update(gross_kg=r["net_kg"] / 2),
    "freight-above-value": lambda r: r.update(freight=2 * r["value"]),
}


def planted(rows: int = 1200, seed: int = 7) -> tuple[list[Row], dict[str, str]]:
    """Return a table with one row of each disguise, and the id of each."""
    table = ordinary(rows, seed)
    step = rows // (2 * len(DISGUISES))
    where = {}
    for k, (name, change) in enumerate(DISGUISES.items()):
        row = table[rows // 2 + k * step]
        change(row)
        where[name] = row["id"]
    return table, where


def arrow(rows: Iterable[Row], columns: Iterable[str] = COLUMNS) -> pa.Table:
    """Return rows as a table of texts, blank where nothing is stated."""
    listed = list(rows)
    return pa.table({c: ["" if r.get(c) is None else str(r[c]) for r in listed] for c in columns})


def fired(found: Screening) -> dict[str, set[str]]:
    """Return the codes that fired on each id."""
    listed = found.connection.execute("SELECT id, codes FROM ranking WHERE codes IS NOT NULL").fetchall()
    return {name: set(codes.split("; ")) for name, codes in listed}
