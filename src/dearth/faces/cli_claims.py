"""``dearth claims``: every checkable statement of an article, with a verdict and the rows behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dearth.faces.options import Book, CsvFile, HtmlFile, Json, Quiet, command_of, table_of

__all__ = ["claims_command"]


_Article = Annotated[
    Path,
    typer.Argument(
        metavar="ARTICLE", help="Text, HTML or Markdown, or a folder of them; English or Chinese."
    ),
]
_Claims = Annotated[
    Path | None,
    typer.Option(
        "--claims", metavar="FILE", help="A table that --csv wrote, corrected by you; then checked."
    ),
]
_Day = Annotated[
    str | None,
    typer.Option("--day", metavar="DATE", help="Day of the article, where it does not say so itself."),
]
_AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Day for which `today` is told; else that of the data."),
]

# parameter -> (type with its help, default)
_OPTIONS: Final[dict[str, tuple[Any, Any]]] = {
    "article": (_Article, ...),
    "claims": (_Claims, None),
    "day": (_Day, None),
    "as_of": (_AsOf, None),
    "book": (Book, None),
    "json": (Json, False),
    "csv": (CsvFile, None),
    "html": (HtmlFile, None),
    "quiet": (Quiet, False),
}


def _run(**options: Any) -> None:
    from dearth.faces.run_claims import Wanted, run_claims  # noqa: PLC0415 (a fast start)

    run_claims(Wanted(**options))


_FIRST: Final = table_of({"article": (_Article, None)})[0]
_REST: Final = table_of(
    {name: (kind, default) for name, (kind, default) in _OPTIONS.items() if default is not ...}
)
claims_command: Final = command_of(_run, [_FIRST.replace(default=_FIRST.empty), *_REST])
