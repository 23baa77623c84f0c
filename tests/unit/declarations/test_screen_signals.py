"""Every signal sees the disguise that is planted for it, and says with which figures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dearth.book import Book
from dearth.declarations.criteria import load_criteria
from dearth.declarations.rank import Capacity
from dearth.declarations.words import Chemistry, Text, chemistry_of
from dearth.studies.screen import Screening, Wish, screening
from planted_disguises import COLUMNS, DISGUISES, arrow, fired, ordinary, planted

TABLE, WHERE = planted()


@pytest.fixture(scope="module")
def found(book: Book) -> Iterator[Screening]:
    with screening(arrow(TABLE), book, Wish(capacity=Capacity(number=60))) as screened:
        yield screened


class TestPlanted:
    @pytest.mark.parametrize("code", list(DISGUISES))
    def test_each_disguise_is_seen_by_its_signal(self, found: Screening, code: str) -> None:
        assert code in fired(found)[WHERE[code]]

    def test_most_ordinary_rows_fire_nothing(self, found: Screening) -> None:
        weak = {"first-seen", "party-trades-rare-earths"}
        loud = [name for name, codes in fired(found).items() if codes - weak]
        assert set(WHERE.values()) <= set(loud)
        assert len(loud) < 0.02 * len(TABLE) + len(WHERE)

    def test_strong_disguises_stand_before_every_ordinary_row(self, found: Screening) -> None:
        strong = {
            WHERE[c] for c in ("grade-without-heavy", "family-swap", "heading-against-words", "density")
        }
        first = {row["id"] for row in found.answer.answer["rows"] if row["place"] <= len(DISGUISES) + 10}
        assert strong <= first

    def test_every_row_to_inspect_first_explains_itself_with_figures(self, found: Screening) -> None:
        rows = [r for r in found.answer.answer["rows"] if r["status"] == "inspect first"]
        assert rows
        for row in rows:
            assert row["reasons"], row["id"]
            assert all(reason["words"] and "?" not in reason["words"] for reason in row["reasons"])

    def test_no_word_of_guilt_and_no_tonnage(self, found: Screening) -> None:
        text = found.answer.to_json().casefold()
        assert not [word for word in ("guilty", "smuggler", "offender", "tonnes smuggled") if word in text]


class TestBlankIsUnknown:
    def test_a_row_with_only_an_id_is_not_judged(self, book: Book) -> None:
        table = [*ordinary(300), {"id": "bare"}]
        with screening(arrow(table), book, Wish(explain="bare")) as found:
            told = found.answer.answer["explained"]
        assert told["status"] in ("not enough to judge", "random check")
        assert told["judged"] == 0
        assert told["reasons"] == []
        assert all(rest["outcome"].startswith("cannot be judged") for rest in told["rest"])

    def test_estimated_weights_are_left_out(self, book: Book) -> None:
        table, where = planted(600)
        row = next(r for r in table if r["id"] == where["unit-value-high"])
        row["weight_estimated"] = "yes"
        with screening(arrow(table), book) as found:
            assert "unit-value-high" not in fired(found).get(row["id"], set())

    def test_zero_is_unknown(self, book: Book) -> None:
        table = ordinary(300)
        table[5]["net_kg"] = 0
        with screening(arrow(table), book) as found:
            assert not {"unit-value-high", "density", "gross-below-net"} & fired(found).get("D00005", set())

    def test_a_licence_in_the_record_silences_the_question_for_one(self, book: Book) -> None:
        table, where = planted(600)
        row = next(r for r in table if r["id"] == where["controlled-licence-not-shown"])
        row["licence"] = "L-2025-17"
        with screening(arrow(table), book) as found:
            assert "controlled-licence-not-shown" not in fired(found).get(row["id"], set())


class TestParties:
    def test_the_past_of_a_party_counts_and_its_future_does_not(self, book: Book) -> None:
        table = ordinary(300)
        for row in table:
            row["exporter"], row["consignee"] = "Other Invented", "Other Made-up"
        for i in (50, 150, 250):
            table[i]["exporter"] = "Invented Rare"
        table[150].update(hs="284690", description="cerium polishing powder")
        with screening(arrow(table), book) as found:
            codes = fired(found)
        assert "party-trades-rare-earths" in codes["D00250"]
        assert "party-trades-rare-earths" not in codes.get("D00050", set())

    def test_names_of_parties_do_not_matter(self, book: Book) -> None:
        plain = ordinary(400)
        renamed = [{**r, "exporter": r["exporter"][::-1], "consignee": f"Z {r['consignee']}"} for r in plain]
        with screening(arrow(plain), book) as one:
            first = [(r["id"], r["score"]) for r in one.answer.answer["rows"]]
        with screening(arrow(renamed), book) as two:
            assert [(r["id"], r["score"]) for r in two.answer.answer["rows"]] == first

    def test_splitting_into_small_parcels(self, book: Book) -> None:
        table = ordinary(300)
        for i in range(100, 110):
            table[i].update(exporter="Invented Parcels", consignee="Made-up Parcels", hs="282110", net_kg=9.0)
        with screening(arrow(table), book) as found:
            codes = fired(found)
        assert "splitting" in codes["D00109"]
        assert "splitting" not in codes.get("D00101", set())


class TestFlows:
    def test_a_surge_to_a_third_country_after_a_control_date(self, book: Book) -> None:
        table = ordinary(900)
        late = [r for r in table if "2025-04-10" <= r["date"] <= "2025-08-01" and r["hs"] == "281820"]
        for row in late:
            row["destination"] = "MX"
        with screening(arrow(table), book) as found:
            (surge,) = [s for s in found.answer.answer["flows"]["surges"] if s["destination"] == "MX"]
            assert "third-country-surge" in fired(found)[late[-1]["id"]]
        assert surge["before"] == 0
        assert surge["after"] == len([r for r in late if r["date"] <= "2025-10-01"])
        assert 2 < surge["low"] < surge["ratio"]

    def test_a_mirror_gap_is_an_interval_and_holds_freight(self, book: Book) -> None:
        with screening(arrow(ordinary(300)), book) as found:
            gaps = found.answer.answer["flows"]["mirror"]
        assert gaps
        for gap in gaps:
            assert gap["low"] < gap["ratio"] < gap["high"]
            assert gap["url"].startswith("https://")


@pytest.fixture
def chemistry(book: Book) -> Chemistry:
    return chemistry_of(book, load_criteria())


class TestWords:
    @pytest.mark.parametrize(
        "text",
        [
            Text("steel bolts M8", hs="731815"),
            Text("ferrite magnets", hs="850519"),
            Text("sintered NdFeB magnets", "Nd 29%, Pr 2%, Dy 2%, Fe 66%, B 1%", "N42SH", "8505111000"),
            Text("dysprosium oxide", hs="2846901500"),
            Text("Y-shaped tube, In stock", hs="730690"),
            Text("motor with NdFeB magnets", hs="850131"),
        ],
    )
    def test_what_fits_together_raises_no_contradiction(self, chemistry: Chemistry, text: Text) -> None:
        found = {f.code for f in chemistry.findings(text)}
        assert found <= {"controlled-licence-not-shown"}

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (Text("mixed rare earth oxide", hs="382499"), True),
            (Text("稀土合金粉", hs="720299"), True),
            (Text("rare-earth-free motor alloy", hs="720299"), False),
            (Text("steel without rare earths", hs="720299"), False),
            (Text("lanthanum rare earth polishing powder", hs="340590"), False),  # it says which
            (Text("rare earth carbonate", hs="284690"), False),  # the heading says it already
        ],
    )
    def test_rare_earths_without_saying_which(self, chemistry: Chemistry, text: Text, says: bool) -> None:
        assert ("rare-earths-unnamed" in {f.code for f in chemistry.findings(text)}) is says

    @pytest.mark.parametrize(
        ("changed", "fires"),
        [
            ({}, True),
            ({"date": "2025-04-03"}, False),  # the day before the control
            ({"origin": "JP"}, False),
            ({"licence": "L-1"}, False),
            ({"composition": "Nd 29 %, Pr 2 %, Fe 68 %, B 1 %"}, False),
            ({"description": "ferrite magnets", "hs": "850519"}, False),
            ({"date": ""}, False),  # not known when
        ],
    )
    def test_a_magnet_without_composition_under_a_control(
        self, book: Book, changed: dict[str, str], fires: bool
    ) -> None:
        table = ordinary(60)
        magnet = {"hs": "850511", "description": "magnets", "date": "2025-04-04", "origin": "CN"}
        table[30].update({**magnet, **changed})
        with screening(arrow(table), book) as found:
            assert ("control-not-settled" in fired(found).get("D00030", set())) is fires

    def test_chinese_names_and_cas_numbers_are_read(self, chemistry: Chemistry) -> None:
        for words in ("氧化镝 99.5%", "powder, CAS 1308-87-8"):
            found = {f.code: f.t for f in chemistry.findings(Text(words, hs="281820"))}
            assert "Dy" in found["controlled-licence-not-shown"]
            assert "heading-against-words" in found


def test_every_reason_is_data_with_points_and_words() -> None:
    criteria = load_criteria()
    for code, reason in criteria.reasons.items():
        assert reason.innocent, code
        assert reason.look, code
        if reason.layer != "learned":
            row = criteria.rows[f"screen-points-{code}"]
            assert row.low is not None
            assert row.high is not None
            assert row.low <= row.central <= row.high
    assert {f.field for f in criteria.columns} >= set(COLUMNS)
