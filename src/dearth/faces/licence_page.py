"""A determination as one self-contained HTML file: inline style, no script, nothing loaded."""

from __future__ import annotations

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from dearth.answer import Answer
from dearth.faces.licence_view import headline, sections_of

__all__ = ["licence_html"]

_PAGE: Final = "licence.html.j2"


def licence_html(answer: Answer) -> str:
    """Return the page of one determination."""
    loader = PackageLoader("dearth.faces", "templates")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    first, *rest = headline(answer.answer, answer.question)
    return environment.get_template(_PAGE).render(
        answer=answer, headline=first, lines=rest, sections=sections_of(answer.answer)
    )
