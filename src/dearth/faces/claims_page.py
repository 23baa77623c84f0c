"""Articles with their statements marked and the evidence beside them: one self-contained page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from dearth.answer import Answer
from dearth.faces.baked import READING, live
from dearth.faces.claims_view import figure_words, offer_of, subject_words
from dearth.faces.page import rendered

__all__ = ["claims_html", "pieces"]

_CLASS: Final = {
    "supported": "yes", "contradicted": "no", "depends on basis": "basis", "out of date": "old",
    "unit or label mixed up": "mixed", "cannot be checked": "open", "opinion": "open",
    "question for a study": "ask",
}  # fmt: skip
_SIGN: Final = {"match": "=", "near": "\u2248", "far": "\u2260", "open": "?"}


def claims_html(answers: Sequence[Answer]) -> str:
    """Return the page of one article or of several."""
    articles = [_article(number, answer) for number, answer in enumerate(answers, start=1)]
    first = answers[0]
    context = {"articles": articles, "answer": first, "warnings": _warnings(answers), "live": live(READING)}
    return rendered("claims.html.j2", context)


def _warnings(answers: Iterable[Answer]) -> list[str]:
    return list(dict.fromkeys(line for answer in answers for line in answer.warnings))


def _article(number: int, answer: Answer) -> dict[str, Any]:
    found = answer.answer
    cards = [_card(number, one) for one in found["statements"]]
    text = found["article"]["text"]
    return {
        "name": found["article"]["name"],
        "title": found["article"]["title"],
        "day": found["article"]["day"] or "no date",
        "counts": [
            {"name": name, "many": many, "kind": _CLASS[name]} for name, many in found["counts"].items()
        ],
        "paragraphs": list(_paragraphs(text, cards)),
        "left": found["left_alone"],
    }


def _card(number: int, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "anchor": f"a{number}-{one['id']}",
        "id": one["id"],
        "span": tuple(one["span"]),
        "sentence": tuple(one["sentence"]),
        "verdict": one["verdict"],
        "kind": _CLASS[one["verdict"]],
        "today": one.get("today", ""),
        "figure": figure_words(one),
        "subject": subject_words(one),
        "why": one["why"],
        "tolerance": one["tolerance"],
        "notes": one["notes"],
        "rows": [_row(row) for row in one["evidence"]],
        "rules": [{**rule, "url": _web(rule["url"])} for rule in one.get("rules", ())],
        "offer": offer_of(one),
    }


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    ends = f"{row['low']:,.6g}" if row["low"] == row["high"] else f"{row['low']:,.6g} to {row['high']:,.6g}"
    where = ", ".join(part for part in (row["element"], row["place"], row["period"]) if part)
    return {
        "sign": _SIGN[row["relation"]], "relation": row["relation"], "value": f"{ends} {row['unit']}",
        "where": where,
        "basis": row["basis"], "source": row["source"], "vintage": row["vintage"], "grade": row["grade"],
        "url": _web(row["url"]), "rows": ", ".join(row["rows"]),
    }  # fmt: skip


def _web(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _paragraphs(text: str, cards: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield stretches of the article that end with a sentence that states something, with its cards."""
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        stops = sorted({card["sentence"][1] for card in cards if start < card["sentence"][1] < end} | {end})
        first, fresh = start, True
        for stop in stops:
            here = [card for card in cards if first <= card["span"][0] < max(stop, first + 1)]
            if text[first:stop].strip():
                yield {"pieces": list(pieces(text, first, stop, cards)), "cards": here, "fresh": fresh}
                fresh = False
            first = stop
        start = end + 1


def pieces(
    text: str, start: int, end: int, cards: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield ``(text, class, anchors)`` of the stretches between marks, in their order.

    The class is that of the verdict on a figure or rule, ``"said"`` for the rest of its sentence.
    """
    marks = [card for card in cards if card["sentence"][0] < end and card["sentence"][1] > start]
    ends = (at for card in marks for at in (*card["span"], *card["sentence"]))
    cuts = sorted({start, end, *(min(max(at, start), end) for at in ends)})
    for first, last in pairwise(cuts):
        over = [card for card in marks if card["span"][0] <= first and card["span"][1] >= last]
        said = any(card["sentence"][0] <= first and card["sentence"][1] >= last for card in marks)
        yield (
            text[first:last],
            str(over[0]["kind"]) if over else "said" if said else "",
            [str(card["anchor"]) for card in over],
        )
