"""What the data book says about a subject: one reading per row, and per share that two rows give together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, Final

from dearth.articles.patterns import has_flag, secondary, subjects, whole_places
from dearth.book import Book
from dearth.book.book import vintage_of
from dearth.book.observations import load_observations
from dearth.measures.claim_rows import Asked, Reading
from dearth.units import UNITS

__all__ = ["EDITIONS", "Asked", "Reading", "readings", "start_reading"]

_ALL: Final = ("", "REO")
_HEAVY: Final = ("HREE", "Tb+Dy", "Dy", "Tb")
_WIDER: Final = {"HREE": _HEAVY, "Dy": ("Dy", "Tb+Dy"), "Tb": ("Tb", "Tb+Dy")}
_MAGNET_REE: Final = "NdPr+Tb+Dy"
_SECTORS: Final = ("", "all")
_ALIASES: Final = {"MP Materials": ("MP ", "Mountain Pass")}  # a firm by the names of its plants
_EUROPE: Final = ("EUR", "EU27")
_MONTHLY: Final = {"t/month": 1.0, "kg/month": 1e-3}
_CANONICAL: Final = {
    "mass": "t", "mass REO": "t", "mass magnet": "t", "mass flow": "t", "mass flow REO": "t",
    "mass flow magnet": "t", "mass per unit": "t", "number": "%", "mass ratio": "%", "time": "year",
    "money": "USD", "money INR": "INR", "money AUD": "AUD", "money CAD": "CAD", "money EUR": "EUR",
    "price": "USD/kg", "price CNY": "CNY/kg", "price AUD": "AUD/kg",
}  # fmt: skip
_FACTOR: Final = {"mass per unit": 1e-3, "number": 100.0, "mass ratio": 100.0, "time": 7.0 / 365.25}
_MILLION: Final = 1e6
EDITIONS: Final = "two editions of one publisher"


@lru_cache(maxsize=2048)
def readings(book: Book, asked: Asked, form: str) -> tuple[Reading, ...]:
    """Return every reading of a subject that the words allow, of any period.

    Parameters
    ----------
    form
        ``"share"`` (per cent) or ``"level"`` (tonnes, money, price, years).
    """
    spec = subjects().get(asked.subject, {})
    selectors = spec.get(form, ())
    found: list[Reading] = []
    if form == "level" and asked.thing and spec.get("plant"):
        found = [one for selector in spec["plant"] for one in _rows(book, selector, asked)]
        selectors = selectors if asked.thing in whole_places() else ()
        asked = replace(asked, thing="")
    found += [one for selector in selectors for one in _rows(book, selector, asked)]
    if asked.subject == "content" and any(one.element == "REO" for one in found):
        found = [one for one in found if one.element == (asked.element or "REO")]
    if form == "share" and asked.thing in whole_places():
        asked = replace(asked, thing="")
    if form == "share" and spec.get("world"):
        found += _derived_shares(book, asked)
    if form == "share":
        found += _complements(book, asked, found)
    if asked.subject == "destination-share":
        found += _to_partner(book, asked)
    if asked.subject == "price":
        found += _quoted(asked)
    return tuple(_without_copies(found))


def _rows(book: Book, selector: Mapping[str, Any], asked: Asked) -> Iterator[Reading]:
    for row in book.find(quantity=selector["quantity"]):
        if (
            row.kind == "hole"
            or not row.has_number
            or (row.kind == "assumption" and row.grade == "-" and not row.source)
        ):
            continue
        if _selected(row, selector) and _is_asked(row, asked):
            yield replace(_reading(row, asked), rival=book.rivals(row).winner is not row)


def _selected(row: Any, selector: Mapping[str, Any]) -> bool:
    for column, wanted in selector.items():
        if column in ("quantity", "not"):
            continue
        cell = getattr(row, column)
        if isinstance(wanted, list):
            if cell not in wanted:
                return False
        elif column == "basis":
            if wanted not in cell:
                return False
        elif cell != wanted:
            return False
    return not any(word in getattr(row, column) for column, word in selector.get("not", {}).items())


def _is_asked(row: Any, asked: Asked) -> bool:
    return (
        _element_fits(asked, row.element)
        and _place_fits(asked, row)
        and _thing_fits(asked, row.sector)
        and (asked.subject != "import-share" or _of_magnets(row.material) == (asked.product == "magnet"))
        and (asked.subject != "content" or asked.product != "magnet" or "magnet" in row.material)
    )


def _of_magnets(material: str) -> bool:
    return "magnet" in material and "without magnets" not in material


def _element_fits(asked: Asked, element: str) -> bool:
    """Say whether rows of an element are of what is asked; of no element means of rare earths together."""
    if has_flag(asked.subject, "any-element") or has_flag(asked.subject, "generic-element"):
        return True
    magnets = asked.subject == "import-share" and asked.product == "magnet"
    if magnets or (asked.thing and has_flag(asked.subject, "by-firm")):
        return True
    if asked.element in _ALL:
        generic = asked.subject == "content" or (asked.subject != "price" and element == _MAGNET_REE)
        return element in _ALL or generic
    return element in _WIDER.get(asked.element, (asked.element,))


def _place_fits(asked: Asked, row: Any) -> bool:
    if asked.subject.startswith(("capacity", "finance")) and not asked.thing:
        return bool(row.place == asked.place)
    if has_flag(asked.subject, "any-place"):
        return True
    if has_flag(asked.subject, "targets"):
        return bool(row.place == subjects()[asked.subject]["place"])
    special = _PLACES.get(asked.subject)
    return special(asked, row) if special else _trade_fits(asked, row)


def _trade_fits(asked: Asked, row: Any) -> bool:
    spec = subjects().get(asked.subject, {})
    place = asked.place or str(spec.get("place", ""))
    partner = asked.partner or str(spec.get("partner", ""))
    if asked.subject == "import-share" and not partner:
        return False
    return bool(row.place == place and (not partner or not row.partner or row.partner == partner))


def _price_place(asked: Asked, row: Any) -> bool:
    both = asked.place in _EUROPE and row.place in _EUROPE
    return not asked.place or row.place == asked.place or both


def _licence_place(asked: Asked, row: Any) -> bool:
    return (
        not asked.place
        or asked.place in ("CHN", row.place, row.partner, row.sector)
        or (asked.place in _EUROPE and {row.place, row.partner} & set(_EUROPE) != set())
    )


def _import_place(asked: Asked, row: Any) -> bool:
    return bool(row.partner == asked.place and row.place == (asked.partner or "WORLD"))


_PLACES: Final[dict[str, Callable[[Asked, Any], bool]]] = {
    "price": _price_place,
    "licence-share": _licence_place,
    "licence-count": _licence_place,
    "imports": _import_place,
}


def _thing_fits(asked: Asked, sector: str) -> bool:
    """Say whether rows of a firm, plant or machine are of what is asked; a nation's rows have none."""
    spec = subjects().get(asked.subject, {})
    if has_flag(asked.subject, "by-use"):
        return bool(asked.thing) and asked.thing == sector
    if asked.thing in _ALIASES and sector.startswith(_ALIASES[asked.thing]):
        return bool(spec.get("thing") or spec.get("plant") or has_flag(asked.subject, "any-thing"))
    if asked.thing and (spec.get("thing") or spec.get("plant") or has_flag(asked.subject, "by-firm")):
        return asked.thing.lower() in sector.lower()
    if spec.get("thing"):
        return asked.subject.startswith(("capacity", "finance"))
    return has_flag(asked.subject, "any-thing") or sector in _SECTORS or sector.startswith("all,")


def _reading(row: Any, asked: Asked) -> Reading:
    dimension, factor = UNITS[row.unit]
    unit = _CANONICAL.get(dimension, row.unit)
    scale = _MONTHLY.get(
        row.unit,
        factor * _FACTOR.get(dimension, 1.0) * (_MILLION if unit in ("AUD", "CAD", "EUR", "INR") else 1.0),
    )
    low, high = (end * scale for end in row.bounds)
    bound = row.value is None and (row.low is None or row.high is None or asked.subject == "metal")
    if row.value is None and row.low is None:
        low = 0.0
    if row.value is None and row.high is None:
        high = 10.0 * high if unit != "%" else 100.0
    basis = row.basis or str(subjects().get(asked.subject, {}).get("words", ""))
    words = f"{row.basis} {row.material} {row.element if row.element == _MAGNET_REE else ''}"
    aside = any(word in words for word in secondary()) or (
        row.element == _MAGNET_REE and asked.element in _ALL
    )
    wide = unit == "%" and high - low > _WIDE
    return Reading(
        low, high, unit, _named(basis, row), row.place, row.element, row.period, vintage_of(row), row.grade,
        row.source, row.url, (row.id,), primary=not aside,
        bound=bound or (wide and asked.subject != "cost-ratio"),
        material=row.material, forecast=row.is_forecast,
    )  # fmt: skip


_WIDE: Final = 15.0  # a share known no better than this proves nothing


def start_reading(row: Any) -> Reading:
    """Return the year in which a plant started or was to start."""
    low, high = row.bounds
    return Reading(
        low, high, row.unit, f"{row.sector}, {row.quantity}", row.place, row.element, row.period,
        vintage_of(row), row.grade, row.source, row.url, (row.id,),
    )  # fmt: skip


def _named(basis: str, row: Any) -> str:
    """Return what a row counts, with what its other columns add."""
    parts = [
        row.sector if row.sector not in _SECTORS else "",
        row.material.split(":")[0] if row.material != "REO" else "",
        basis,
    ]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _derived_shares(book: Book, asked: Asked) -> list[Reading]:
    """Return shares of the world by division of two rows of one source and one year."""
    level = subjects()["mine-output" if asked.subject == "supply" else asked.subject]["level"][0]
    if asked.element not in _ALL or not asked.place or asked.place == "WORLD":
        return []
    own = list(_rows(book, level, asked))
    world = {(one.source, one.period): one for one in _rows(book, level, replace(asked, place="WORLD"))}
    found = [_share(one, world[one.source, one.period]) for one in own if (one.source, one.period) in world]
    done = {one.period for one in found} | {row.period for row in book.find(quantity="stage-share")}
    for one in own:
        if one.period not in done:
            beside = [
                w for (name, period), w in world.items() if period == one.period and _alike(name, one.source)
            ]
            found += [_of_editions(_share(one, row)) for row in beside]
    return found


def _alike(one: str, other: str) -> bool:
    return one.split(" ", 1)[0] == other.split(" ", 1)[0]


def _of_editions(one: Reading) -> Reading:
    """Return a share by two editions of one publisher as secondary: the later one may have been revised."""
    return replace(one, basis=f"{one.basis} ({EDITIONS})", primary=False)


def _share(one: Reading, world: Reading) -> Reading:
    high = round(100.0 * one.high / world.low, 1)
    low = 0.0 if world.bound else round(100.0 * one.low / world.high, 1)
    basis = f"{one.basis}; {one.low:g} of {'more than ' if world.bound else ''}{world.low:g} t"
    return replace(
        one, low=low, high=high, unit="%", basis=basis, ids=(*one.ids, *world.ids), bound=world.bound
    )


def _to_partner(book: Book, asked: Asked) -> list[Reading]:
    """Return what part of a country's exports went to one partner: two rows of one source and one time."""
    name = "magnet-exports" if asked.product == "magnet" else "exports"
    one = replace(asked, subject=name, element="" if name == "magnet-exports" else asked.element or "REO")
    world = {
        (row.period, row.material, row.source.split(" ")[0]): row
        for row in readings(book, replace(one, partner="WORLD"), "level")
    }
    own = readings(book, one, "level") if asked.partner not in ("", "WORLD") else ()
    pairs = [(row, world.get((row.period, row.material, row.source.split(" ")[0]))) for row in own]
    return [_share(row, whole) for row, whole in pairs if whole is not None and whole.low > 0]


def _complements(book: Book, asked: Asked, found: Sequence[Reading]) -> list[Reading]:
    """Return the most that is left for a place where only the share of another is known."""
    if not asked.place:
        return []
    known = {(one.material, one.year) for one in found}
    rest: list[Reading] = []
    for selector in subjects().get(asked.subject, {}).get("share", ()):
        for row in book.find(quantity=selector["quantity"]):
            narrow = row.element in _HEAVY and asked.element in _HEAVY and _element_fits(asked, row.element)
            other = row.place not in (asked.place, "WORLD") and row.value is not None and not row.partner
            if narrow and other and _selected(row, selector) and (row.material, row.year) not in known:
                one = _reading(row, asked)
                words = f"{one.basis}: what {row.place} leaves to all others"
                rest.append(
                    replace(one, low=0.0, high=100.0 - one.low, basis=words, bound=True, primary=True)
                )
    return rest


@cache
def _observed() -> tuple[Any, ...]:
    return tuple(load_observations())


def _quoted(asked: Asked) -> Iterator[Reading]:
    """Yield the prices of the record of both squeezes."""
    for one in _observed():
        if one.observable != "price" or one.element != asked.element:
            continue
        if asked.place and one.place != asked.place and not (asked.place in _EUROPE and one.place in _EUROPE):
            continue
        start, end = one.start.isoformat(), one.end.isoformat()
        period = start if start == end else f"{start}..{end}"
        yield Reading(
            one.value if one.low is None else one.low, one.value if one.high is None else one.high, one.unit,
            f"oxide, {one.tier}", one.place, one.element, period, end, one.grade, one.source, one.url,
            (one.id,),
        )  # fmt: skip


def _without_copies(found: Iterable[Reading]) -> Iterator[Reading]:
    """Leave out a reading that says the same of the same time as one before, to three digits."""
    seen: set[tuple[Any, ...]] = set()
    for one in found:
        key = (f"{one.low:.3g}", f"{one.high:.3g}", one.unit, one.place, one.element, one.period, one.primary)
        if key not in seen:
            seen.add(key)
            yield one
