"""Clients of the service: one in this process, and one over a socket to a real server."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from process import environment
from web_study import SMALL

from dearth.faces.web.app import create_app
from dearth.faces.web.limits import Limits
from dearth.faces.web.security import Rules

API = "/api/v1"
HERE = Path(__file__).parent


@contextmanager
def service(limits: Limits = SMALL, rules: Rules | None = None) -> Iterator[TestClient]:
    """A client of a service in this process; faults of ours come back as 500."""
    app = create_app(rules, limits)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ask(port: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Send one request; return status and JSON (or None)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        sent = None if body is None else json.dumps(body)
        connection.request(method, API + path, sent, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        text = reply.read()
        return reply.status, json.loads(text) if text else None
    finally:
        connection.close()


def until(true: Any, seconds: float = 20.0) -> bool:
    """Whether something becomes true within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def server(stderr: int | None = None) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A real server in a process of its own: its port and the process."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(HERE / "web_study.py"), str(port)], env=environment(), stderr=stderr
    )
    try:
        assert until(lambda: _up(port)), "the server did not start"
        yield port, process
    finally:
        process.kill()
        process.wait()


def _up(port: int) -> bool:
    with suppress(OSError):
        return ask(port, "GET", "/health")[0] == 200
    return False
