"""The balance of the base year for people: every figure before and after, what stays open, China's shares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from dearth.book import Book
from dearth.book.reconcile import Balance, Figure, NodeBalance, reconcile
from dearth.book.stage_shares import PublishedShare, StageShare
from dearth.faces.console import console_out, print_json, progress, say, write_lines
from dearth.faces.files import write_all
from dearth.faces.phrases import number_text
from dearth.faces.present import csv_text
from dearth.faces.tables import plain_table

__all__ = ["balance_dict", "show_balance"]

_FIGURE_COLUMNS: Final = ("id", "quantity", "unit", "kind", "source", "reconciled", "sigma", "z", "flagged")
_FIGURES: Final = ("figure", "source", "reconciled", "z", "unit")
_NODES: Final = ("balance", "supply", "use", "residual", "share", "limit", "free")
_TINY: Final = 5e-7


def show_balance(book: Book, *, as_json: bool, csv: Path | None, quiet: bool) -> None:
    """Reconcile the base year of `book` and show it.

    Parameters
    ----------
    book
        Rows of the chain.
    as_json, csv, quiet
        As the options of the same names; the CSV table has one row per figure.
    """
    with progress("balancing the base year 2024", quiet=quiet):
        balance = reconcile(book)
    if csv is not None:
        write_all({csv: csv_text(_FIGURE_COLUMNS, [_flat(figure) for figure in balance.figures])})
        say(f"wrote {csv}", quiet=quiet)
    if as_json:
        print_json({"book": {"version": book.version, "sha256": book.sha256}, **balance_dict(balance)})
        return
    _print(balance, f"base year 2024 of data book {book.version}")


def balance_dict(balance: Balance) -> dict[str, Any]:
    """Return the balance as plain data; what is not finite becomes None."""
    return {
        "figures": [_flat(figure) for figure in balance.figures],
        "nodes": [_plain({**asdict(node), "within": node.within}) for node in balance.nodes],
        "checks": [_plain({**asdict(check), "inside": check.inside}) for check in balance.checks],
        "china_shares": [_plain(asdict(share)) for share in balance.shares],
        "flagged": [figure.id for figure in balance.flagged],
        "cost": balance.cost,
        "closure": balance.closure,
        "notes": list(balance.notes),
    }


def _flat(figure: Figure) -> dict[str, Any]:
    return {**{key: _plain(value) for key, value in asdict(figure).items()}, "flagged": figure.flagged}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _print(balance: Balance, title: str) -> None:
    console = console_out()
    console.print(plain_table(f"{title}: every figure", _FIGURES, map(_figure_cells, balance.figures)))
    heading = "Balances, t REO a year; share: residual over supply; free: unobserved use"
    console.print(plain_table(heading, _NODES, map(_node_cells, balance.nodes), whole=True))
    write_lines([("China's share of the world, beside what is published of it", "bold")])
    write_lines(line for share in balance.shares for line in _share_lines(share))
    write_lines(_closing(balance))


def _figure_cells(figure: Figure) -> tuple[str, ...]:
    z = "" if figure.z is None else f"{figure.z:+.2f}{' !' if figure.flagged else ''}"
    return figure.id, _number(figure.source), _number(figure.reconciled), z, figure.unit


def _number(value: float) -> str:
    return number_text(0.0 if abs(value) < _TINY else value)


def _node_cells(node: NodeBalance) -> tuple[str, ...]:
    limit = "China" if node.closed_by_china else "" if node.limit is None else f"{node.limit:.0%}"
    limit += " !" if node.within is False else ""
    return (
        f"{node.element} {node.stage} {node.place}",
        _number(node.supply),
        _number(node.use),
        _number(node.residual),
        f"{node.share:+.1%}",
        limit,
        _number(node.unobserved) if node.unobserved else "",
    )


def _share_lines(share: StageShare) -> Iterator[tuple[str, str]]:
    verdict = "nothing published" if share.inside is None else _verdict(share.inside)
    yield f"  {share.name}: source {share.source:.1f} %, reconciled {share.reconciled:.1f} %: {verdict}", ""
    for kind, rows in (("", share.published), ("neighbouring basis, ", share.related)):
        for row in rows:
            yield f"    {kind}{row.year}: {_span(row)} {_verdict(row.inside)} ({row.id})", "dim"
    if share.by_construction != "no":
        yield f"    true by construction ({share.by_construction}): {share.true_by}; {share.reason}", "dim"


def _span(row: PublishedShare) -> str:
    return f"{row.low:g} %" if row.low == row.high else f"{row.low:g} to {row.high:g} %"


def _verdict(inside: bool) -> str:
    return "inside" if inside else "outside"


def _closing(balance: Balance) -> Iterator[tuple[str, str]]:
    for check in balance.checks:
        figures = f"source {_number(check.source)}, reconciled {_number(check.reconciled)}"
        published = f"{_number(check.low)} to {_number(check.high)}"
        yield f"  {check.what}: {figures}, published {published}: {_verdict(check.inside)} ({check.id})", ""
    yield f"{len(balance.flagged)} figures moved by more than two sigmas", "bold"
    yield from _flagged(balance.flagged)
    broken = [node for node in balance.nodes if node.within is False]
    yield f"{len(broken)} residuals beyond their limit", "bold red" if broken else "bold"
    yield from ((f"  {n.element} {n.stage} {n.place}: {n.share:+.1%} of supply", "") for n in broken)
    yield f"supply = use + stock change + residual, to {balance.closure:.1e} of it", "bold"
    yield f"sum of z squared: {balance.cost:.1f}", ""
    yield from ((f"  {note}", "dim") for note in balance.notes)


def _flagged(figures: Iterable[Figure]) -> Iterator[tuple[str, str]]:
    for figure in figures:
        moved = f"{_number(figure.source)} to {_number(figure.reconciled)} {figure.unit}"
        yield f"  {figure.id}: {moved}, z {figure.z:+.2f}", ""
