"""Answers for the terminal: ranked tables with bars, at any width, in colour or without."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from dearth.answer import Answer
from dearth.faces.phrases import (
    axis_end,
    date_text,
    headline,
    name_of,
    number_text,
    plain_text,
    reasons_of,
    share_range,
    share_text,
    stop_text,
    week_text,
)

__all__ = ["bar", "countdown_view", "listed", "plain_table", "setting"]

_WIDE: Final = 140
_TOP: Final = 12
_PRIORS: Final = 8
_NEVER: Final = 12
_NAMED: Final = 4
_NARROW: Final = 80
_BAR: Final = 20
_LONGEST_BAR: Final = 48
_BLOCKS: Final = ("█", "▓", "▒", "·")
_ASCII: Final = ("#", "=", "-", ".")
_STYLES: Final = ("green", "yellow", "red", "dim")

Figures = Mapping[str, Any]


def bar(figures: Figures, axis: float, width: int, *, ascii_only: bool = False) -> Text:
    """Return a countdown: solid while no draw in ten has stopped, paler until P50, until P90, then dots.

    Parameters
    ----------
    figures
        Weeks ``p10``, ``p50``, ``p90``; None lies beyond the horizon.
    axis
        Weeks that `width` cells stand for.
    """
    marks = _ASCII if ascii_only else _BLOCKS
    ends = [float("inf") if figures[q] is None else float(figures[q]) for q in ("p10", "p50", "p90")]
    text = Text()
    for cell in range(width):
        week = (cell + 0.5) * axis / width
        phase = sum(week >= end for end in ends)
        text.append(marks[phase], style=_STYLES[phase])
    return text


def _axis(end: float, width: int) -> str:
    """Return the header of a bar: week 0, the middle, the end."""
    left, right, middle = "week 0", f"{end:g}", f"{end / 2:g}"
    gap = max(1, width // 2 - len(left))
    line = left + " " * gap + middle
    return line + " " * max(1, width - len(line) - len(right)) + right


def _binding(row: Figures, name: str) -> str:
    binding = row["binding"]
    return "" if binding is None else f"{binding[name]} {share_text(binding['share'])}"


def _two(first: RenderableType, second: str) -> Group:
    return Group(first, Text(second, style="dim"))


def _table(gap: int = 0) -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, gap, 0, 0), show_edge=False)


@dataclass(frozen=True, slots=True)
class _Look:
    """How wide the screen is, and what it can show."""

    width: int
    axis: float
    horizon: float
    ascii_only: bool

    @property
    def bar(self) -> int:
        """Cells of a bar."""
        spare = self.width - (_WIDE if self.width >= _WIDE else _NARROW)
        return min(_BAR + spare * 2 // 3, _LONGEST_BAR)

    def table(self, rows: Sequence[Figures]) -> Table:
        """Return the rows as a table, two lines a row."""
        return _wide(rows, self) if self.width >= _WIDE else _narrow(rows, self)

    def cell(self, row: Figures) -> Group:
        """Return the bar to 1 % with the plain figure below it."""
        one = row["stopped"]["1"]
        return _two(bar(one, self.axis, self.bar, ascii_only=self.ascii_only), plain_text(one))


def _stops(row: Figures, key: str, horizon: float) -> Group:
    figures = row["stopped"][key]
    return _two(Text(stop_text(figures, horizon)), date_text(figures["date_p50"]))


def _narrow(rows: Sequence[Figures], look: _Look) -> Table:
    """Return a table that fits in 80 columns."""
    table = _table()
    table.add_column("sector, place", ratio=1, min_width=20)
    table.add_column(_axis(look.axis, look.bar), width=look.bar, no_wrap=True)
    table.add_column("1 % stopped", width=16)
    table.add_column("10 % stopped", width=16)
    for row in rows:
        ten = Text(stop_text(row["stopped"]["10"], look.horizon))
        table.add_row(
            _two(Text(name_of(row), style="bold"), _binding(row, "material")),
            look.cell(row),
            _stops(row, "1", look.horizon),
            _two(ten, f"peak {share_text(row['peak_stopped']['p50'])}"),
        )
    return table


def _wide(rows: Sequence[Figures], look: _Look) -> Table:
    table = _table(gap=1)
    table.add_column("sector, place", ratio=1, min_width=26)
    table.add_column(_axis(look.axis, look.bar), width=look.bar, no_wrap=True)
    for title in ("1 % stopped", "10 % stopped", "50 % stopped", "peak stopped", "output lost"):
        table.add_column(title, width=16)
    for row in rows:
        recovery = week_text(row["recovery_weeks"]["p50"], look.horizon)
        table.add_row(
            _two(Text(name_of(row), style="bold"), _binding(row, "material_name")),
            look.cell(row),
            *(_stops(row, key, look.horizon) for key in ("1", "10", "50")),
            Text(share_range(row["peak_stopped"])),
            _two(Text(share_range(row["lost_share"])), f"back {recovery} weeks"),
        )
    return table


def countdown_view(answer: Answer, console: Console) -> Group:
    """Return the countdown as one likes to read it: finding, tables, who never stops, what it rests on."""
    found = answer.answer
    horizon = float(found["clock"]["weeks"])
    stopping = [row for row in found["rows"] if row["never"] is None]
    groups = [row for row in found["groups"] if row["never"] is None]
    axis = axis_end([*groups, *stopping[:_TOP]], horizon)
    look = _Look(console.width, axis, horizon, console.options.ascii_only)
    parts: list[RenderableType] = [
        Text(headline(found), style="bold"),
        Text(setting(answer), style="dim"),
    ]
    parts += ["", *_legend(ascii_only=look.ascii_only), ""]
    if groups:
        parts += [look.table(groups), ""]
    if stopping:
        parts += [Text("First to stop, by place", style="bold")]
        parts += [look.table(stopping[:_TOP]), *_rest(len(stopping) - _TOP), ""]
    parts += listed("Never stop, and why", _never(found["rows"]), console.width)
    parts += _priors(found["priors"], ascii_only=look.ascii_only)
    parts += listed("Before you cite this", [("", warning) for warning in answer.warnings], console.width)
    return Group(*parts)


def setting(answer: Answer) -> str:
    """Return what was run, in one line."""
    clock = answer.answer["clock"]
    return (
        f"{answer.scenario['name']} from {date_text(clock['start'])}, {clock['weeks']} weeks, "
        f"{answer.draws} draws, seed {answer.seed}, as of {date_text(answer.as_of)}; "
        f"data book {answer.book['version']}, dearth {answer.version}"
    )


def _legend(*, ascii_only: bool) -> list[RenderableType]:
    marks = _ASCII if ascii_only else _BLOCKS
    says = ("before P10", "to P50", "to P90", "later")
    text = Text("Bars, to 1 % stopped: ", style="dim")
    for mark, say, style in zip(marks, says, _STYLES, strict=True):
        text.append(mark * 2, style=style).append(f" {say}  ", style="dim")
    below = "Weeks are P50 (P10\u2013P90). Plain: stock over net use, and (+) what the model adds."
    return [text, Text(below, style="dim")]


def _rest(count: int) -> list[RenderableType]:
    if count <= 0:
        return []
    return [Text(f"and {count} more; all of them: --csv FILE, --html FILE or --json", style="dim")]


def listed(title: str, lines: Iterable[tuple[str, str]], width: int) -> list[RenderableType]:
    """Return a titled list whose long lines are indented."""
    items = [
        Text(textwrap.fill(f"{head}{tail}", width, initial_indent="  - ", subsequent_indent="    "))
        for head, tail in lines
    ]
    return [Text(title, style="bold"), *items, ""] if items else []


def _never(rows: Sequence[Figures]) -> Iterable[tuple[str, str]]:
    return [(f"{_names(names)}: ", reason) for reason, names in reasons_of(rows).items()][:_NEVER]


def _names(names: Sequence[str]) -> str:
    shown, more = "; ".join(names[:_NAMED]), len(names) - _NAMED
    return shown if more <= 0 else f"{shown} and {more} more"


def _priors(priors: Sequence[Figures], *, ascii_only: bool) -> list[RenderableType]:
    if not priors:
        return []
    ranked = sorted(priors, key=lambda p: -abs(p["influence"] or 0.0))[:_PRIORS]
    table = _table(gap=1)
    table.add_column("assumption", ratio=1, min_width=24, overflow="fold")
    table.add_column("value", justify="right")
    table.add_column("low to high", justify="right")
    table.add_column("unit")
    table.add_column("influence", width=18)
    for prior in ranked:
        span = f"{number_text(prior['low'])} to {number_text(prior['high'])}"
        influence = _influence(prior["influence"], ascii_only=ascii_only)
        table.add_row(
            Text(str(prior["id"])), number_text(prior["value"]), span, str(prior["unit"]), influence
        )
    return [Text("Assumptions that matter most (change one: --set ID=VALUE)", style="bold"), table, ""]


def _influence(share: float | None, *, ascii_only: bool) -> Text:
    if share is None:
        return Text("not measured", style="dim")
    mark = "#" if ascii_only else "■"
    return Text(mark * max(0, min(10, round(abs(share) * 10))), style="cyan").append(
        f" {share:.2f}", style="dim"
    )


def plain_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, whole: bool = False
) -> Table:
    """Return a simple table of text; nothing in it is read as markup; `whole` keeps first cells on a line."""
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=Text(title) if title else None, title_justify="left"
    )
    for i, column in enumerate(columns):
        table.add_column(Text(column), overflow="fold", no_wrap=whole and i == 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
