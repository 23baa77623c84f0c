"""Interactive runs and background jobs: the latest wins, who leaves ends a run, nothing piles up."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import web_study
from fastapi.testclient import TestClient
from web_client import API, service, until
from web_study import SMALL, offered

from dearth.faces import catalogue
from dearth.faces.web.app import create_app

LONG = 300  # draws of the made-up study: three seconds


@pytest.fixture(autouse=True)
def _offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "STUDIES", offered())


@pytest.fixture
def client() -> Iterator[TestClient]:
    with service() as one:
        yield one


def run(client: TestClient, draws: int, **body: Any) -> Any:
    return client.post(f"{API}/run/waiter", json={"draws": draws, "weeks": 20, **body})


def health(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{API}/health").json()
    return found


def begun(draws: int) -> bool:
    return until(lambda: draws in web_study.STARTED)


def test_the_latest_run_of_a_session_wins_and_the_older_one_ends(client: TestClient) -> None:
    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(run, client, LONG + 1, session="a", sequence=1)
        assert begun(LONG + 1)
        web_study.BEATS.clear()
        new = run(client, 2, session="a", sequence=2)
        replaced = old.result()
    assert len(web_study.BEATS) < LONG / 2
    assert new.status_code == 200
    assert (replaced.status_code, replaced.json()["type"]) == (409, "urn:dearth:problem:superseded")
    assert until(lambda: health(client)["runs"] == 0)
    assert len(web_study.BEATS) < LONG / 2


def test_runs_of_other_sessions_and_without_one_do_not_disturb_each_other(client: TestClient) -> None:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(run, client, 61, session="a")
        second = pool.submit(run, client, 62, session="b")
        third = run(client, 3)
    assert [first.result().status_code, second.result().status_code, third.status_code] == [200] * 3


def test_large_ensembles_go_one_after_another_and_a_small_run_need_not_wait_for_them() -> None:
    with service(replace(SMALL, light_cells=50 * 20)) as client, ThreadPoolExecutor(2) as pool:
        large = [pool.submit(run, client, draws) for draws in (201, 202)]
        assert until(lambda: {201, 202} & set(web_study.STARTED) != set())
        small = run(client, 3)
        begun_by_then = {201, 202} & set(web_study.STARTED)
        assert small.status_code == 200
        assert len(begun_by_then) == 1
        assert not any(each.done() for each in large)
        assert [each.result().status_code for each in large] == [200, 200]


def test_an_older_question_that_comes_late_is_refused(client: TestClient) -> None:
    with ThreadPoolExecutor(1) as pool:
        new = pool.submit(run, client, 103, session="late", sequence=7)
        assert begun(103)
        assert run(client, 2, session="late", sequence=6).status_code == 409
        assert new.result().status_code == 200


def test_more_runs_than_may_wait_are_refused_with_the_moment_to_come_back(client: TestClient) -> None:
    most = SMALL.runs + SMALL.waiting
    with ThreadPoolExecutor(most + 3) as pool:
        replies = [each.result() for each in [pool.submit(run, client, 40 + k) for k in range(most + 3)]]
    found = sorted(reply.status_code for reply in replies)
    assert found == [200] * most + [429] * 3
    busy = next(reply for reply in replies if reply.status_code == 429)
    assert busy.headers["retry-after"] == "1"
    assert busy.json()["faults"]


def test_the_same_question_is_answered_from_what_is_kept(client: TestClient) -> None:
    web_study.STARTED.clear()
    first, second = run(client, 11), run(client, 11)
    assert first.content == second.content
    assert web_study.STARTED == [11]


def test_a_run_that_is_too_large_or_takes_too_long_is_sent_to_the_jobs() -> None:
    with service(replace(SMALL, run_seconds=0.3, run_cells=5000)) as client:
        large = client.post(f"{API}/run/waiter", json={"draws": 251, "weeks": 20})
        slow = client.post(f"{API}/run/waiter", json={"draws": 250, "weeks": 20})
        assert (large.status_code, slow.status_code) == (422, 422)
        assert "/jobs" in large.text
        assert "/jobs" in slow.text
        assert until(lambda: health(client)["runs"] == 0)


def asgi(app: Any, draws: int, leave_after: float) -> list[dict[str, Any]]:
    """Ask for a run and leave after some seconds; return what the server sent."""
    body = json.dumps({"draws": draws, "weeks": 20}).encode()
    sent: list[dict[str, Any]] = []

    async def talk() -> None:
        messages = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            await asyncio.sleep(leave_after)
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        scope = {
            **{
                "type": "http",
                "method": "POST",
                "path": f"{API}/run/waiter",
                "raw_path": b"",
                "headers": headers,
            },
            **{"query_string": b"", "scheme": "http", "http_version": "1.1", "server": ("localhost", 80)},
            **{"asgi": {"version": "3.0"}, "client": ("127.0.0.1", 1), "root_path": ""},
        }
        await app(scope, receive, send)

    asyncio.run(talk())
    return sent


def test_a_client_that_leaves_ends_its_run() -> None:
    app = create_app(limits=SMALL)
    web_study.BEATS.clear()
    sent = asgi(app, LONG, leave_after=0.3)
    assert sent[0]["status"] == 410
    assert until(lambda: app.state.service.runs.open == 0)
    beats = len(web_study.BEATS)
    assert 0 < beats < LONG / 2
    time.sleep(0.1)
    assert len(web_study.BEATS) == beats
    app.state.service.close()


def start_job(client: TestClient, draws: int) -> dict[str, Any]:
    reply = client.post(f"{API}/jobs/waiter", json={"draws": draws, "weeks": 20})
    assert reply.status_code == 202, reply.text
    found: dict[str, Any] = reply.json()
    return found


def events_of(client: TestClient, job: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    text = client.get(job["events"]).text
    blocks = [dict(line.split(": ", 1) for line in b.splitlines()) for b in text.strip().split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def test_a_job_tells_its_progress_and_leaves_the_same_answer_as_a_run(client: TestClient) -> None:
    job = start_job(client, 60)
    found = events_of(client, job)
    assert {name for name, _ in found[:-1]} == {"progress"}
    done = [data["done"] for _, data in found if data["phase"] == "wait"]
    assert done == sorted(done)
    assert len(set(done)) > 2
    assert found[-1][0] == "result"
    assert (found[-1][1]["done"], found[-1][1]["of"]) == (60, 60)
    assert client.get(job["result"]).content == run(client, 60).content


def test_a_job_that_is_cancelled_stops_at_its_next_beat(client: TestClient) -> None:
    job = start_job(client, LONG + 2)
    assert begun(LONG + 2)
    assert client.get(job["result"]).status_code == 409
    assert client.delete(job["cancel"]).status_code == 200
    assert events_of(client, job)[-1][0] == "cancelled"
    beats = len(web_study.BEATS)
    time.sleep(0.1)
    assert len(web_study.BEATS) == beats
    assert client.delete(job["cancel"]).status_code == 200
    assert client.get(job["cancel"]).status_code == 404


def test_a_job_that_waits_can_be_cancelled_and_never_begins(client: TestClient) -> None:
    first, second = start_job(client, 104), start_job(client, 105)
    assert client.delete(second["cancel"]).json()["state"] == "cancelled"
    assert events_of(client, second)[-1][0] == "cancelled"
    assert events_of(client, first)[-1][0] == "result"
    assert 105 not in web_study.STARTED


def test_a_job_that_fails_says_why_and_the_next_one_runs(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = client.post(f"{API}/jobs/countdown", json={"scenario": "quota-2010", "draws": 1}).json()
    name, told = events_of(client, job)[-1]
    assert name == "failed"
    assert "2009" in told["faults"][0]["what"]
    assert events_of(client, start_job(client, 2))[-1][0] == "result"


def test_old_jobs_make_room_and_too_many_are_refused(client: TestClient) -> None:
    jobs = [start_job(client, 70 + k) for k in range(SMALL.jobs)]
    refused = client.post(f"{API}/jobs/waiter", json={"draws": 1, "weeks": 20})
    assert refused.status_code == 429
    assert [one["id"] for one in client.get(f"{API}/jobs").json()] == [job["id"] for job in jobs]
    assert events_of(client, jobs[0])[-1][0] == "result"
    start_job(client, 1)
    assert client.get(jobs[0]["cancel"]).status_code == 404
    too_large = client.post(f"{API}/jobs/waiter", json={"draws": 10_000, "weeks": 520})
    assert too_large.status_code == 422
