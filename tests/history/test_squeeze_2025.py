"""The record of 2025 beside the model: printed (``pytest -s``), judged by the reader, tuned by nobody.

The figures are not asserted.  What is asserted is that the model could not have known them: no row of
the record, and nothing that cites the same report, is among the rows the model drew.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from dearth.answer import Answer
from dearth.book import Book, FactRow, load_events
from dearth.studies.countdown import countdown
from dearth.world.build import Model
from dearth.world.scenario import load_scenario

RECORD = ("observed-stop", "observed-stop-count", "observed-output-change", "target")
OF_LICENCES = ("licence-applications", "licence-approved-share")
SHOWN = ("outside-CHN", "EUROPE", "USA", "JPN", "KOR", "IND")


@pytest.fixture(scope="module")
def answer(book: Book) -> Answer:
    """The countdown of squeeze-2025 as it is shipped."""
    return countdown(load_scenario("squeeze-2025"), book, workers=2)


def rows_of(book: Book, *quantities: str) -> list[FactRow]:
    return [r for q in quantities for r in book.find(quantity=q) if "2025" in r.date]


def said(row: FactRow) -> str:
    if not row.has_number:
        return row.note
    low, high = row.bounds
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def week(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f}"


def model_lines(answer: Answer) -> list[str]:
    lines = [
        f"model, automotive, {answer.draws} draws: weeks from 4 April 2025, P10 - P50 - P90 (chance of ever)"
    ]
    for group in answer.answer["groups"]:
        if group["sector"] != "automotive" or group["place"] not in SHOWN:
            continue
        for level, stop in group["stopped"].items():
            band = " - ".join(week(stop[p]) for p in ("p10", "p50", "p90"))
            lines.append(f"  {group['place_name']:<14} {level:>4} %: {band} ({stop['ever']:.0%})")
        peak = group["peak_stopped"]
        lines.append(
            f"  {'':<14} most stopped at once: {peak['p10']:.1%} - {peak['p50']:.1%} - {peak['p90']:.1%}"
        )
    return lines


def record_lines(book: Book) -> list[str]:
    lines = ["record of 2025 (a sample of what was reported):"]
    lines += [
        f"  {r.date:<18} {r.place or '-':<5} {r.basis or r.material}: {said(r)} {r.unit}; {r.source}"
        for r in rows_of(book, *RECORD)
    ]
    lines += [f"  {e.date} {e.actor}: {e.event}" for e in load_events() if e.actor == "CLEPA"]
    return lines


def verdict(answer: Answer) -> list[str]:
    (group,) = [
        g for g in answer.answer["groups"] if (g["sector"], g["place"]) == ("automotive", "outside-CHN")
    ]
    first, half = group["stopped"]["1"], group["stopped"]["50"]
    inside = first["p50"] is not None and 4.0 <= first["p50"] <= 10.0
    early = "holds" if inside else "does not hold"
    return [
        f"'first stops in weeks 4 to 10': {early}, model {week(first['p50'])}",
        f"'most lines never stop': {'holds' if half['ever'] < 0.5 else 'does not hold'}, "
        f"half of output stopped in {half['ever']:.0%} of draws",
    ]


def test_the_record_is_printed_beside_the_model(
    answer: Answer, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["", *record_lines(book), *model_lines(answer), *verdict(answer)]
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201
    assert len(record_lines(book)) > 10
    assert len(model_lines(answer)) == 1 + 5 * len(SHOWN)


def test_no_row_of_the_record_is_among_those_the_model_used(model: Model, book: Book) -> None:
    record = rows_of(book, *RECORD, *OF_LICENCES)
    assert len(record) > 25
    assert {r.id for r in record} & set(model.used) == set()
    quantities = {r.quantity for r in model.used.values()}
    assert quantities.isdisjoint({*RECORD, *OF_LICENCES, "response"})
    assert not any(re.search("stop|observed|target|export", q) for q in quantities)


def test_the_model_reads_the_chain_and_not_the_facts(model: Model, book: Book) -> None:
    files = {book.origins[name].file for name in model.used}
    assert files
    assert all(name.startswith("chain/") for name in files), files


def test_no_row_the_model_used_cites_a_report_of_the_record(model: Model, book: Book) -> None:
    reports = {r.url for r in rows_of(book, *RECORD, *OF_LICENCES) if r.url}
    assert len(reports) > 10
    assert {r.id for r in model.used.values() if r.url in reports} == set()


def test_cover_knows_nothing_that_came_after_the_fourth_of_april(model: Model, book: Book) -> None:
    """Neither its own dates, nor those of the stock figures that bound it, nor names of the record."""
    cover = [r for r in model.used.values() if r.quantity in {"cover", "cover-spread", "pool-cover"}]
    assert len(cover) > 30
    assert [r.id for r in cover if r.date > "2025-04-04"] == []
    bounds = [r for r in book.find(quantity="inventory-days") if book.origins[r.id].file.startswith("chain/")]
    assert bounds
    late = {r.id for r in bounds if r.date > "2025-04-04"}
    assert late <= {"inventory-dy-y-kor-public-2025-04"}, "a public stock, announced in the week of the rule"
    names = re.compile("Ford|Suzuki|CLEPA|Maruti|Ather|TVS|Nissan|BMW|Mahle|Shin-Etsu", re.IGNORECASE)
    assert [r.id for r in cover if names.search(f"{r.source} {r.note}")] == []


def test_licences_follow_the_law_and_not_the_exports_of_2025(model: Model) -> None:
    rows = [r for r in model.used.values() if r.quantity.startswith(("licence-", "decision-"))]
    assert {r.quantity for r in rows} >= {"licence-grant-share", "decision-time", "licence-refile-time"}
    cited = [r.id for r in rows if re.search(r"customs data|GACC|export statistics", f"{r.source} {r.note}")]
    assert cited == []
    assert all(r.kind == "assumption" for r in rows if r.quantity == "licence-grant-share")


def test_only_rules_act_in_the_scenario() -> None:
    """Concessions and talks of 2025 are notes: when goods flow again is left to the licence chain."""
    scenario = load_scenario("squeeze-2025")
    assert {e.action for e in scenario.active_events} == {"licence", "prohibit", "inspect", "stop-flow"}
    assert max(e.date for e in scenario.active_events).isoformat() < "2025-05-01"
    assert min(e.date for e in scenario.events if e.action == "note").isoformat() > "2025-05-01"


def test_where_nothing_is_observed_to_stop_the_model_may_still_be_wrong(answer: Answer) -> None:
    """Bands are bands: the P10 and the P90 of the first stop are not the same number."""
    (group,) = [
        g for g in answer.answer["groups"] if (g["sector"], g["place"]) == ("automotive", "outside-CHN")
    ]
    first = group["stopped"]["1"]
    assert np.isfinite(first["p10"])
    assert first["p90"] is None or first["p90"] - first["p10"] > 1.0
