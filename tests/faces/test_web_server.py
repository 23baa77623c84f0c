"""A real server in a process of its own: two hundred clients at once, memory, and one that leaves."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from web_client import API, ask, server, until

CLIENTS = 200
MOST_MEMORY = 1 << 20  # kB

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with server() as one:
        yield one


def memory(process: subprocess.Popen[bytes]) -> int:
    """Return the largest size that a process has had, kB."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


def one_of_many(port: int, k: int) -> tuple[str, int, Any]:
    if k % 4 == 0:
        return "page", *ask(port, "GET", "/sliders")
    if k % 4 == 1:
        return "page", *ask(port, "GET", "/book?q=dysprosium")
    return "run", *ask(port, "POST", "/run/waiter", {"draws": 3 + k, "weeks": 20})


def test_two_hundred_at_once_are_answered_or_refused_and_memory_stays_small(
    running: tuple[int, subprocess.Popen[bytes]],
) -> None:
    port, process = running
    with ThreadPoolExecutor(CLIENTS) as pool:
        replies = list(pool.map(lambda k: one_of_many(port, k), range(CLIENTS)))
    found = Counter((kind, status) for kind, status, _ in replies)
    assert {status for _, status in found} <= {200, 429}, found
    assert found["run", 200] >= 5
    assert found["run", 429] > 0
    for _, status, body in replies:
        assert body is not None
        assert status == 200 or body["faults"][0]["cure"]
    assert memory(process) < MOST_MEMORY
    assert until(lambda: ask(port, "GET", "/health")[1]["runs"] == 0)
    assert ask(port, "POST", "/run/waiter", {"draws": 2})[0] == 200


def test_who_hangs_up_ends_his_run(running: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, _process = running
    body = json.dumps({"draws": 399, "weeks": 20}).encode()
    head = f"POST {API}/run/waiter HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert until(lambda: ask(port, "GET", "/health")[1]["runs"] == 1)
    assert until(lambda: ask(port, "GET", "/health")[1]["runs"] == 0, 3.0)


def test_who_waits_is_told_when_the_server_ends() -> None:
    with server(subprocess.PIPE) as (port, process), ThreadPoolExecutor(6) as pool:
        long = {"draws": 390, "weeks": 20}
        asked = [pool.submit(ask, port, "POST", "/run/waiter", long | {"seed": k}) for k in range(5)]
        job = ask(port, "POST", "/jobs/waiter", long)[1]
        followed = pool.submit(events, port, job["events"])
        assert until(lambda: ask(port, "GET", "/health")[1]["runs"] == 5)
        process.send_signal(signal.SIGTERM)
        replies = [one.result() for one in asked]
        said = process.communicate(timeout=60)[1]
    assert [status for status, _ in replies] == [503] * 5
    assert {body["faults"][0]["what"] for _, body in replies} == {"the server ends"}
    assert followed.result().startswith("event: progress")
    assert said == b""


def events(port: int, path: str) -> str:
    """Return the events of a job until their stream ends."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as reply:
        text: str = reply.read().decode()
    return text


def test_the_server_imports_no_more_than_it_needs() -> None:
    """The command line must not wait for the server: it is imported when asked for."""
    code = "import sys, dearth.faces.cli; print({'fastapi', 'uvicorn', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
