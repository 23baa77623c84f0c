"""Scores of practice statements: what was extracted, which fields, which verdict; used by tests and by hand.

A practice file is a table with the columns of `COLUMNS`.  It is split once, before anything is tuned: within
each language, and apart for decoys, ids are put in the order of a seeded hash; the 1st, 3rd, 5th ... are the
dev half.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from dearth.articles import Statement, extract, parse_article
from dearth.articles.patterns import subjects
from dearth.book import Book
from dearth.rules.ruleset import RuleSet
from dearth.studies.claims import judged, overall

SEED = "claims-practice-2026-11-22"
COLUMNS = (
    "id",
    "language",
    "sentence",
    "kind",
    "stage",
    "element",
    "place",
    "period",
    "value",
    "unit",
    "decoy",
)
PLACES = {
    "China": "CHN", "US": "USA", "world": "WORLD", "Europe": "EUR", "Japan": "JPN", "India": "IND",
    "EU": "EU27",
    "Australia": "AUS", "Brazil": "BRA", "Germany": "DEU", "Korea": "KOR", "South Korea": "KOR",
}  # fmt: skip
KINDS = {"date/duration": "duration", "ratio": "comparison"}
FIELDS = ("kind", "stage", "element", "place", "period", "value")
_THINGS = ("Mountain Pass", "Lynas", "F-35", "MP")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def halves(rows: Sequence[Mapping[str, str]]) -> tuple[list[Mapping[str, str]], list[Mapping[str, str]]]:
    """Return the dev half and the held-out half."""
    strata: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        strata[row["language"], row["decoy"]].append(row["id"])
    dev: set[str] = set()
    for ids in strata.values():
        dev |= set(sorted(ids, key=lambda one: hashlib.sha256(f"{SEED}:{one}".encode()).hexdigest())[::2])
    return [row for row in rows if row["id"] in dev], [row for row in rows if row["id"] not in dev]


def day_of(text: str) -> str:
    found = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text)
    return f"{found[1]}-{found[2] or '07'}-{found[3] or '15'}" if found else ""


@dataclass
class Scores:
    """Counts over a practice file."""

    expected: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    decoys: int = 0
    decoys_taken: int = 0
    claims: int = 0
    claims_found: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    fields_told: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def macro_f1(self, language: str = "") -> float:
        """Return the mean over the expected verdicts of their F1."""
        pairs = [
            (a, b)
            for a, b, one in zip(self.expected, self.found, self.languages, strict=True)
            if language in ("", one)
        ]
        names = sorted({a for a, _ in pairs})
        return sum(_f1(pairs, name) for name in names) / len(names) if names else 0.0

    def costly(self) -> int:
        """Return how often a false *supported* or *contradicted* was given."""
        grave = ("supported", "contradicted")
        return sum(b in grave and a != b for a, b in zip(self.expected, self.found, strict=True))

    def right(self) -> int:
        return sum(a == b for a, b in zip(self.expected, self.found, strict=True))


def _f1(pairs: Iterable[tuple[str, str]], name: str) -> float:
    told = list(pairs)
    hit = sum(a == b == name for a, b in told)
    return 2 * hit / (sum(a == name for a, _ in told) + sum(b == name for _, b in told)) if hit else 0.0


def score(
    rows: Iterable[Mapping[str, str]], book: Book, rules: RuleSet, *, with_fields: bool = False
) -> Scores:
    """Return the scores; `with_fields`: a person has filled in what a sentence leaves to its context."""
    scores = Scores()
    now = date.fromisoformat(book.date)
    for row in rows:
        article = parse_article(
            row["sentence"].encode(),
            f"{row['id']}.txt",
            day_of(row.get("article_date") or row.get("date", "")),
        )
        found = [one for one in extract(article).statements if one.kind != "question"]
        if row["decoy"] == "yes":
            scores.decoys += 1
            scores.decoys_taken += bool(found)
            continue
        scores.claims += 1
        scores.claims_found += bool(found)
        if "kind" in row:
            _score_fields(scores, row, found)
        if with_fields:
            found = [filled(one, row) for one in found]
        verdict = overall(judged(one, book, rules, article, now)["verdict"] for one in found)
        scores.expected.append(row["expected_verdict"])
        scores.found.append(verdict or "(not found)")
        scores.languages.append(row["language"])
        if verdict != row["expected_verdict"]:
            scores.wrong.append(
                f"{row['id']}: expected {row['expected_verdict']}, found {verdict or '(not found)'}"
            )
    return scores


def filled(one: Statement, row: Mapping[str, str]) -> Statement:  # noqa: C901 (one test per column)
    """Fill empty fields of a statement from the columns of its practice row, as a person would."""
    place, partner = _places(row["place"])
    element = _element(row["element"])
    if one.kind == "legal":
        return one
    new: dict[str, str] = {}
    if not one.subject:
        new["subject"] = _subject_of(row, one)
    subject = new.get("subject", one.subject)
    if subject == "exports" and "magnet" in row["element"]:
        subject = new["subject"] = "magnet-exports"
    if not one.place and subject != "content":
        new["place"] = place
    if not one.partner and partner:
        new["partner"] = partner
    if (
        not one.element or (one.element == "REO" and element not in ("", "REO"))
    ) and subject != "magnet-output":
        new["element"] = element
    if not one.thing:
        new["thing"] = next((name for name in _THINGS if name in row.get("subject", "")), "")
    if not one.period and "-" in row["period"]:
        new["period"] = _period(row["period"], one)
    stage = str(subjects().get(subject, {}).get("stage", one.stage))
    return replace(one, **new, stage=stage)


def _subject_of(row: Mapping[str, str], one: Statement) -> str:
    unit = one.figures[0].unit if one.figures else ""
    if unit.endswith("/kg") or (unit == "%" and row.get("subject") == "price"):
        return "price"
    return {
        "mine": "mine-output",
        "separation": "separation",
        "reserves": "reserves",
        "export": "exports",
    }.get(row["stage"], "")


def _places(text: str) -> tuple[str, str]:
    if "<-" in text:
        to, _, origin = text.partition("<-")
        return _place(origin), _place(to)
    origin, _, to = text.partition("->")
    return _place(origin), _place(to)


def _place(text: str) -> str:
    plain = text.strip()
    return PLACES.get(plain, plain if plain in ("Myanmar", "Malaysia", "Vietnam") else "")


def _element(text: str) -> str:
    plain = text.split(" ", maxsplit=1)[0].strip("();")
    return {"all": "REO", "heavy": "HREE", "light": "LREE", "magnets": ""}.get(
        plain, plain if len(plain) <= 4 else ""
    )


def _period(text: str, one: Statement) -> str:
    first = re.split(r"[ ;]", text)[0]
    if not re.fullmatch(r"\d{4}(-(0\d|1[0-2]))(-\d{2})?(\.\.\d{4}(-\d{2}){1,2})?", first):
        return ""
    return "" if one.kind == "change" and ".." in first else first


def _score_fields(scores: Scores, row: Mapping[str, str], found: Sequence[Statement]) -> None:
    if not found:
        return
    wanted = {
        "kind": KINDS.get(row["kind"], row["kind"]),
        "stage": row["stage"],
        "element": _element(row["element"].split(";")[0]),
        "place": _places(row["place"])[0],
        "period": (re.findall(r"\d{4}", row["period"]) or [""])[0],
    }
    for name, value in wanted.items():
        if value and value not in ("law", "all", "end use", "policy"):
            scores.fields_told[name] += 1
            scores.fields[name] += any(value in _told(one, name) for one in found)
    numbers = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", row["value"])]
    if numbers and row["kind"] != "legal":
        scores.fields_told["value"] += 1
        scores.fields["value"] += all(any(_same(number, one) for one in found) for number in numbers)


def _told(one: Statement, name: str) -> tuple[str, ...]:
    if name == "kind":
        return (one.kind, "ratio" if one.kind == "comparison" else one.kind)
    if name == "stage":
        return tuple(part for part in (one.stage, {"price": "oxide"}.get(one.subject, "")) if part)
    if name == "period":
        return tuple(re.findall(r"\d{4}", f"{one.period} {one.base}"))
    return (str(getattr(one, name)),)


def _same(number: float, one: Statement) -> bool:
    ends = [end for figure in one.figures for end in (figure.low, figure.high)]
    scales = (1.0, 1e3, 1e4, 1e6, 1e8, 1e9, 1e-3, 1e-6, 1 / 12, 10.0, 100.0)
    return any(abs(end - number * scale) <= 1e-6 + 1e-4 * abs(end) for end in ends for scale in scales)


def table(scores: Scores, title: str) -> list[str]:
    """Return lines for a document."""
    recall = f"{scores.claims_found} of {scores.claims}"
    fields = ", ".join(f"{name} {scores.fields[name]}/{scores.fields_told[name]}" for name in FIELDS)
    languages = ", ".join(f"{one} {scores.macro_f1(one):.2f}" for one in sorted(set(scores.languages)))
    return [
        f"{title}: decoys left alone {scores.decoys - scores.decoys_taken} of {scores.decoys}; "
        f"claims found {recall}; "
        f"verdicts right {scores.right()} of {scores.claims}; "
        f"macro-F1 {scores.macro_f1():.2f} ({languages}); "
        f"false supported or contradicted {scores.costly()}; fields {fields}"
    ]
