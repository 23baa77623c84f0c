"""A validation for the terminal, as Markdown, as one self-contained page and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from dearth.answer import Answer
from dearth.faces.present import csv_text
from dearth.faces.validate_document import Section, Sheet, document

__all__ = [
    "sheet_table",
    "validate_csv",
    "validate_html",
    "validate_lines",
    "validate_markdown",
    "validate_view",
]

_PAGE: Final = "validate.html.j2"
_CSV: Final = (
    "episode",
    "id",
    "observable",
    "element",
    "place",
    "partner",
    "tier",
    "start",
    "end",
    "unit",
    "observed",
    "p5",
    "model",
    "p95",
    "error",
    "use",
    "bar",
    "met",
    "inside",
    "source",
    "url",
)
_STYLES: Final = {
    "NOT MET": "red",
    "met": "green",
    "RIVAL": "yellow",
    "NO": "red",
    "NOT IDENTIFIED": "yellow",
}
_LEAST_WIDTH: Final = 60


def validate_view(answer: Answer, console: Any) -> Any:
    """Return what a terminal shows: verdicts, rivals, switch-offs, stops, origins."""
    from rich.console import Group  # noqa: PLC0415 (rich only when asked for)
    from rich.text import Text  # noqa: PLC0415

    parts: list[Any] = []
    for section in document(answer):
        if section.short:
            parts.append(Text(section.title, style="bold"))
            parts += [Text(line) for line in section.text]
            parts += [sheet_table(sheet, max(_LEAST_WIDTH, console.width)) for sheet in section.sheets]
            parts.append(Text(""))
    parts += [Text(f"Note: {line}", style="dim") for line in answer.warnings]
    return Group(*parts)


def sheet_table(sheet: Sheet, width: int) -> Any:
    """Return a table for a terminal of `width` columns."""
    from rich import box  # noqa: PLC0415 (rich only when asked for)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, width=min(width, 160), show_edge=False)
    for head in sheet.heads:
        table.add_column(head, overflow="fold")
    for row in sheet.rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    return table


def validate_lines(answer: Answer) -> Iterator[str]:
    """Return the Markdown of a validation, line by line."""
    yield from _head(answer)
    for section in document(answer):
        yield from _markdown(section)
    yield from ("## Read this with care", "", *(f"- {line}" for line in answer.warnings), "")


def _head(answer: Answer) -> Iterator[str]:
    yield "# The model against what happened"
    yield ""
    yield (
        f"Written by `dearth validate --report` (dearth {answer.version}, book {answer.book['sha256'][:12]}, "
        f"{answer.draws} draws, seed {answer.seed}); do not edit it by hand. Losses are printed where they "
        "occur."
    )
    yield ""


def _markdown(section: Section) -> Iterator[str]:
    yield f"{'#' * section.level} {section.title}"
    yield ""
    for line in section.text:
        yield line
        yield ""
    for sheet in section.sheets:
        yield _pipes(sheet.heads)
        yield _pipes(["---"] * len(sheet.heads))
        yield from (_pipes(row) for row in sheet.rows)
        yield ""


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"


def validate_markdown(answer: Answer) -> str:
    """Return docs/validation.md."""
    return "\n".join(validate_lines(answer)).rstrip("\n") + "\n"


def validate_html(answer: Answer) -> str:
    """Return one page: nothing is loaded, and it can be read where no script runs."""
    from dearth.faces.baked import READING, live  # noqa: PLC0415 (jinja2 only when asked for)
    from dearth.faces.page import rendered  # noqa: PLC0415

    context = {"answer": answer, "sections": document(answer), "live": live(READING)}
    return rendered("validate.html.j2", context)


def validate_csv(answer: Answer) -> str:
    """Return one row per observation."""
    rows = (
        {"episode": name, **row}
        for name, episode in answer.answer["episodes"].items()
        for row in episode["observations"]
    )
    return csv_text(_CSV, rows)
