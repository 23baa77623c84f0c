"""What the REST service answers: everything of the catalogue, by name, with tags and with every fault."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from web_client import API, service
from web_study import offered

from dearth.axes import PLACES
from dearth.faces import catalogue
from dearth.faces.web.ask import event_id
from dearth.faces.web.validation import tables_of
from dearth.world.scenario import load_scenario, scenario_names

HALTED = "squeeze-2025"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "STUDIES", offered())
        with service() as one:
            yield one


def told(client: TestClient, path: str, **query: Any) -> Any:
    reply = client.get(API + path, params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


def faults_of(reply: Any, status: int = 422) -> list[str]:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert set(body) == {"type", "title", "status", "detail", "faults"}
    assert body["status"] == status
    return [f"{fault['where']}: {fault['what']}" for fault in body["faults"]]


def test_a_new_study_of_the_catalogue_appears_and_runs(client: TestClient) -> None:
    names = [one["name"] for one in told(client, "/studies")]
    assert names == [one.name for one in catalogue.STUDIES]
    assert names[-1] == "waiter"
    reply = client.post(f"{API}/run/waiter", json={"draws": 2, "weeks": 20})
    assert reply.status_code == 200
    assert reply.json()["study"] == "waiter"
    assert reply.json()["draws"] == 2
    assert [part.split(";")[0] for part in reply.headers["server-timing"].split(", ")] == [
        *("check", "engine", "total")
    ]


def test_an_option_that_only_one_study_takes_is_handed_on_and_others_are_refused(client: TestClient) -> None:
    body = {"draws": 1, "options": {"flavour": "sweet"}}
    assert client.post(f"{API}/run/waiter", json=body).json()["answer"]["flavour"] == "sweet"
    body = {"draws": 1, "options": {"flavor": "sweet", "book": "/etc/passwd"}}
    faults = faults_of(client.post(f"{API}/run/waiter", json=body))
    assert len(faults) == 2
    assert "flavor" in faults[0]


def test_a_lean_answer_has_short_paths_and_no_sources(client: TestClient) -> None:
    whole = client.post(f"{API}/run/waiter", json={"central": True}).json()
    short = client.post(f"{API}/run/waiter", json={"central": True, "lean": True}).json()
    assert whole["sources"]
    assert short["sources"] == []
    assert [row["path"] for row in short["answer"]["rows"]] == [None, {"p50": [0.1, 0.2]}]
    assert whole["answer"]["rows"][1]["path"]["p90"] == [0.1, 0.2]


def test_the_central_path_of_a_real_study_is_that_of_one_draw(client: TestClient) -> None:
    body = {"scenario": HALTED, "central": True, "draws": 50, "weeks": 20}
    found = client.post(f"{API}/run/countdown", json=body).json()
    assert found["draws"] == 1
    assert found["answer"]["clock"]["weeks"] == 20
    assert found["answer"]["rows"]


def test_every_scenario_is_listed_with_yaml_that_reads_back(client: TestClient) -> None:
    assert [one["name"] for one in told(client, "/scenarios")] == list(scenario_names())
    found = told(client, f"/scenarios/{HALTED}")
    assert found["sha256"] == load_scenario(HALTED).sha256
    reply = client.post(f"{API}/scenarios/check", json={"scenario": found["yaml"]})
    assert reply.json()["sha256"] == found["sha256"]
    again = client.post(f"{API}/scenarios/check", json={"scenario": yaml.safe_load(reply.json()["yaml"])})
    assert again.json()["sha256"] == found["sha256"]


def test_everything_wrong_with_a_question_is_told_at_once(client: TestClient) -> None:
    body = {"draws": 0, "seed": -1, "set": {"weeks": "x", "cover-nothing": 3}, "scenario": HALTED}
    found = " ".join(faults_of(client.post(f"{API}/run/waiter", json=body)))
    for part in ("weeks", "draws", "seed", "cover-nothing"):
        assert part in found


def test_a_scenario_is_never_read_from_a_file_of_the_server(client: TestClient, tmp_path: Any) -> None:
    file = tmp_path / "private.yaml"
    file.write_text("name: secret-within\n", encoding="utf-8")
    for name in (str(file), "../squeeze-2025", "/etc/passwd", "./squeeze-2025.yaml"):
        reply = client.post(f"{API}/run/waiter", json={"scenario": name})
        assert "no scenario" in " ".join(faults_of(reply))
        assert "secret-within" not in reply.text
    assert faults_of(client.get(f"{API}/scenarios/..%2f..%2fetc"), 404)


def test_events_are_left_out_by_their_ids_only(client: TestClient) -> None:
    events = told(client, f"/scenarios/{HALTED}/events")
    assert [one["id"] for one in events] == [event_id(e) for e in load_scenario(HALTED).events]
    off = [one["id"] for one in events[:2]]
    body = {"scenario": HALTED, "draws": 1, "off": off}
    asked = client.post(f"{API}/run/waiter", json=body).json()["question"]
    assert len(asked["events"]) == len(events) - 2
    faults = faults_of(client.post(f"{API}/run/waiter", json={**body, "off": ["nothing"]}))
    assert len(faults) == 1


def test_the_answer_carries_the_tag_of_scenario_and_book_and_a_get_is_not_sent_twice(
    client: TestClient,
) -> None:
    one = client.post(f"{API}/run/waiter", json={"draws": 1, "weeks": 30})
    same = client.post(f"{API}/run/waiter", json={"draws": 1, "set": {"weeks": 30}})
    other = client.post(f"{API}/run/waiter", json={"draws": 1, "weeks": 31})
    assert one.headers["etag"] == same.headers["etag"] != other.headers["etag"]
    for path in ("/scenarios", "/book/meta", "/assumptions", "/places"):
        first = client.get(API + path)
        again = client.get(API + path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_sliders_lie_inside_their_ranges_and_every_one_has_a_source(client: TestClient) -> None:
    for name in scenario_names():
        for one in told(client, "/sliders", scenario=name):
            assert one["minimum"] <= one["default"] <= one["maximum"], one
            assert one["step"] > 0
            assert one["kind"] == "setting" or one["source"]["source"]
    assert faults_of(client.get(f"{API}/sliders", params={"scenario": "nowhere"}), 404)


def test_a_value_of_every_slider_can_be_asked_for(client: TestClient) -> None:
    rows = [one for one in told(client, "/sliders") if one["kind"] == "assumption"]
    changed = {one["key"]: one["maximum"] for one in rows}
    asked = client.post(f"{API}/run/waiter", json={"draws": 1, "set": changed}).json()["question"]
    assert asked["set"] == pytest.approx(changed)


def test_assumptions_are_all_rows_of_that_kind_with_reasons(client: TestClient, book: Any) -> None:
    found = told(client, "/assumptions")
    assert {one["id"] for one in found} == {row.id for row in book.rows if row.kind == "assumption"}
    assert all(one["reason"] or one["source"] for one in found)


def test_the_book_is_searched_by_words_in_pages(client: TestClient) -> None:
    first = told(client, "/book", q="dysprosium oxide", limit=3)
    second = told(client, "/book", q="dysprosium oxide", limit=3, offset=3)
    assert first["total"] > 6
    assert len(first["rows"]) == 3
    assert not {row["id"] for row in first["rows"]} & {row["id"] for row in second["rows"]}
    row = told(client, f"/book/rows/{first['rows'][0]['id']}")
    assert row["rivals"]
    assert told(client, f"/book/sources/{row['id']}")["source"]
    assert "dysprosium" in str(client.get(f"{API}/book", params={"q": "dysprosum"}).json()["faults"])


def test_rows_without_a_number_are_told_without_one(client: TestClient, book: Any) -> None:
    holes = [row.id for row in book.rows if not row.has_number]
    assert holes
    assert told(client, f"/book/rows/{holes[0]}")["value"] is None
    assert told(client, "/book", limit=500)["total"] == len(book)


def test_every_place_has_a_position_and_facilities_stand_in_one_place(client: TestClient) -> None:
    found = told(client, "/places")
    assert [one["code"] for one in found] == list(PLACES)
    assert all(-180 <= one["lon"] <= 180 and -60 <= one["lat"] <= 80 and one["name_zh"] for one in found)
    by_code = {one["code"]: {f["name"] for f in one["facilities"]} for one in found}
    assert "Mountain Pass" in by_code["USA"]
    assert "Lynas Kuantan" in by_code["SEA"]


def test_flows_join_known_nodes_and_keep_their_weeks(client: TestClient) -> None:
    body = {"scenario": HALTED, "weeks": 20, "week": 9, "lean": True}
    found = client.post(f"{API}/flows", json=body).json()
    nodes = {node["id"] for node in found["nodes"]}
    assert found["weeks"] == [0, 4, 8, 12, 16]
    for link in found["links"]:
        assert {link["source"], link["target"]} <= nodes
        assert link["t_per_week"] == link["path"][2]
        assert len(link["path"]) == 5
    halted = [
        k for k in found["links"] if k["material"] == "oxide:Dy" and k["origin"] == "CHN" != k["destination"]
    ]
    assert halted
    assert sum(k["t_per_week"] for k in halted) < sum(k["base"] for k in halted)


def test_a_shipment_is_decided_with_trace_and_words(client: TestClient) -> None:
    case = {"on": "2025-06-10", "from": "CN", "to": "JP", "goods": "dysprosium oxide"}
    found = client.post(f"{API}/licence", json=case).json()
    assert found["answer"]["trace"]
    assert found["in_words"]["headline"]
    assert "CN" in told(client, "/licence/template")["yaml"]
    page = client.post(f"{API}/licence", params={"form": "html"}, json=case)
    assert page.headers["content-disposition"].startswith("attachment")
    wrong = client.post(f"{API}/licence", json={**case, "on": "x", "colour": 1})
    assert len(faults_of(wrong)) == 2


def test_a_bill_of_materials_is_judged_line_by_line(client: TestClient) -> None:
    data = b"id,description\n1,dysprosium oxide\n2,steel bolt\n"
    found = client.post(f"{API}/licence/bill", params={"on": "2025-06-10"}, content=data)
    assert len(found.json()["answer"]["rows"]) == 2
    table = client.post(f"{API}/licence/bill", params={"form": "csv"}, content=data)
    assert len(table.text.splitlines()) == 3


def test_the_template_of_a_firm_is_checked_without_fault(client: TestClient) -> None:
    book = client.get(f"{API}/firm/template.xlsx").content
    assert load_workbook(io.BytesIO(book)).sheetnames
    checked = client.post(f"{API}/firm/check", content=book)
    assert checked.status_code == 200
    assert checked.json()["rows"]["plants"] == 2
    same = client.post(f"{API}/firm/check", content=client.get(f"{API}/firm/template.json").content)
    assert same.json() == checked.json()


def test_the_stored_validation_is_told_by_sections_with_tables(client: TestClient) -> None:
    found = told(client, "/validation")
    assert any(section["tables"] for section in found["sections"])
    assert all(one["source"] for one in found["observations"])


def test_the_shipped_validation_is_that_of_the_documents() -> None:
    root = Path(__file__).resolve().parents[2]
    shipped = root / "src" / "dearth" / "data" / "validation.md"
    assert shipped.read_text("utf-8") == (root / "docs" / "validation.md").read_text("utf-8")


def test_markdown_becomes_sections_and_tables() -> None:
    text = "# A\n\none\ntwo\n\n| x | y |\n|---|---|\n| 1 | a \\| b |\n\n## B\n"
    first, second = tables_of(text)
    assert first == {
        "level": 1,
        "title": "A",
        "text": ["one two"],
        "tables": [{"columns": ["x", "y"], "rows": [["1", "a | b"]]}],
    }
    assert (second["level"], second["title"]) == (2, "B")


def test_a_zip_holds_tables_sources_metadata_and_readme_and_is_the_same_twice(client: TestClient) -> None:
    body = {"draws": 1, "weeks": 20}
    reply = client.post(f"{API}/export/waiter", json=body)
    assert reply.content == client.post(f"{API}/export/waiter", json=body).content
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert set(archive.namelist()) == {
            *("waiter.csv", "sources.csv", "answer.json", "metadata.json", "README.txt")
        }
        rows = list(csv.DictReader(io.StringIO(archive.read("sources.csv").decode())))
        assert rows[0]["id"] == "'=danger"
        assert "made up" in archive.read("README.txt").decode()


def test_a_workbook_holds_numbers_as_numbers_and_no_formula(client: TestClient) -> None:
    reply = client.post(f"{API}/export/waiter", params={"format": "xlsx"}, json={"draws": 1})
    book = load_workbook(io.BytesIO(reply.content))
    assert book.sheetnames == ["about", "waiter", "sources"]
    assert book["waiter"]["B2"].value == 1.5
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert faults_of(client.post(f"{API}/export/waiter", params={"format": "html"}, json={}), 406)
    assert faults_of(client.post(f"{API}/export/waiter", params={"format": "exe"}, json={}))


def test_unknown_names_get_a_problem_with_the_nearest_one(client: TestClient) -> None:
    reply = client.post(f"{API}/run/countdwn", json={})
    assert faults_of(reply, 404)
    assert "countdown" in reply.json()["faults"][0]["cure"]
    assert faults_of(client.get(f"{API}/nothing"), 404)
    assert faults_of(client.put(f"{API}/studies"), 405)
    assert faults_of(client.post(f"{API}/run/countdown", content=b"{"), 422)
    assert faults_of(client.get(f"{API}/book/rows/nothing"), 404)
