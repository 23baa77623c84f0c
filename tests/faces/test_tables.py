"""What the terminal shows, at several widths, in colour and without."""

from __future__ import annotations

import io

import pytest
from made_up import countdown_answer
from rich.console import Console

from dearth.answer import Answer
from dearth.faces.tables import bar, countdown_view, plain_table


def shown(answer: Answer, width: int, **options: object) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, **options)  # type: ignore[arg-type]
    console.print(countdown_view(answer, console))
    return file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
def test_it_fits_and_shows_what_matters(width: int) -> None:
    text = shown(countdown_answer(), width)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    flat = " ".join(text.split())
    for part in (
        "Automotive outside China: first lines (1 %) stop in week 7.2",
        "EV traction, India",
        "Never stop",
    ):
        assert part in flat
    for part in (
        "5.5 (4.4\u20137.4)",
        "12 May 2025",
        "cover-other-automotive",
        "18 more",
        "Before you cite this",
    ):
        assert part in flat


def test_no_figure_is_cut_at_80_columns() -> None:
    assert "\u2026" not in shown(countdown_answer(), 80)


def test_the_finding_comes_first_and_the_ranking_is_kept() -> None:
    text = shown(countdown_answer(), 100)
    assert text.startswith("Automotive outside China")
    assert (
        text.index("EV traction, India")
        < text.index("EV traction, Germany")
        < text.index("Other automotive, India")
    )


def test_a_terminal_gets_colour_unless_it_refuses() -> None:
    answer = countdown_answer()
    assert "\x1b[32m" in shown(answer, 80, force_terminal=True, color_system="standard")
    assert "\x1b[32m" not in shown(answer, 80, force_terminal=True, no_color=True)


def test_an_empty_answer_is_still_an_answer() -> None:
    assert "No sector" in shown(countdown_answer(rows=[], groups=[], priors=[]), 80)


def test_a_bar_is_as_long_as_its_weeks() -> None:
    figures = {"p10": 10.0, "p50": 20.0, "p90": 30.0}
    assert bar(figures, 40, 40).plain == "\u2588" * 10 + "\u2593" * 10 + "\u2592" * 10 + "\u00b7" * 10
    assert bar(figures, 40, 8, ascii_only=True).plain == "##==--.."


def test_a_bar_that_never_ends_is_full() -> None:
    assert bar({"p10": None, "p50": None, "p90": None}, 52, 10).plain == "\u2588" * 10


def test_text_is_not_markup() -> None:
    file = io.StringIO()
    Console(file=file, width=80).print(plain_table("[red]t[/red]", ["[b]c"], [["[link=x]cell"]]))
    assert "[link=x]cell" in file.getvalue()
