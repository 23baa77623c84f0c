"""Who may ask the service, and what a browser may do with its replies."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from process import dearth
from web_client import API, service
from web_study import SMALL

from dearth.errors import InputError
from dearth.faces.cli_serve import serve
from dearth.faces.web.security import Rules, is_loopback

TOKEN = "abcdefghij0123456789"
PATHS = ("/", "/nothing", f"{API}/studies", f"{API}/nothing", f"{API}/openapi.json")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with service() as one:
        yield one


@pytest.mark.parametrize("path", PATHS)
def test_every_reply_carries_strict_headers(client: TestClient, path: str) -> None:
    reply = client.get(path)
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http:" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in reply.headers
    assert "server" not in reply.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "", "127.0.0.1@evil", "[::", "\xe9"]
)
def test_another_name_for_this_machine_is_refused(client: TestClient, host: str) -> None:
    reply = client.get(f"{API}/studies", headers={"Host": host.encode("latin-1")})
    assert reply.status_code == 421
    assert reply.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8350", "[::1]:8350", "LOCALHOST:1"])
def test_names_of_this_machine_are_served(client: TestClient, host: str) -> None:
    assert client.get(f"{API}/studies", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_makes_a_browser_send_is_refused(
    client: TestClient, headers: dict[str, str]
) -> None:
    reply = client.post(f"{API}/scenarios/check", json={"scenario": "today"}, headers=headers)
    assert reply.status_code == 403
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post(f"{API}/scenarios/check", json={"scenario": "today"}, headers=own).status_code == 200


def test_without_the_token_nothing_is_told() -> None:
    with service(rules=Rules("0.0.0.0", TOKEN)) as client:
        for path in PATHS:
            reply = client.get(path)
            assert reply.status_code == 401, path
            assert reply.headers["www-authenticate"] == "Bearer"
        for wrong in ("Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}0", "Bearer \xe9"):
            headers = {"Authorization": wrong.encode("latin-1")}
            assert client.get(f"{API}/studies", headers=headers).status_code == 401
        right = {"Authorization": f"Bearer {TOKEN}", "Host": "any.example"}
        assert client.get(f"{API}/studies", headers=right).status_code == 200


def test_the_first_address_of_the_page_turns_the_token_into_a_cookie() -> None:
    with service(rules=Rules("0.0.0.0", TOKEN)) as client:
        assert client.get("/", params={"token": "wrong"}, follow_redirects=False).status_code == 401
        first = client.get("/", params={"token": TOKEN}, follow_redirects=False)
        assert (first.status_code, first.headers["location"]) == (303, "/")
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert client.get(f"{API}/studies").status_code == 200


def test_a_body_over_the_limit_is_refused_with_and_without_its_length() -> None:
    with service(replace(SMALL, body_bytes=1000, upload_bytes=5000)) as client:
        small, large = b" " * 900 + b"{}", b" " * 2000
        told = {"Content-Type": "application/json"}
        assert client.post(f"{API}/run/nothing", content=small, headers=told).status_code == 404
        for content in (large, iter([large[:800], large[800:]])):
            reply = client.post(f"{API}/run/countdown", content=content, headers=told)
            assert reply.status_code == 413
            assert reply.headers["content-type"] == "application/problem+json"
        assert client.post(f"{API}/firm/check", content=large).status_code == 422
        assert client.post(f"{API}/firm/check", content=large * 3).status_code == 413
        lie = client.post(f"{API}/run/countdown", content=b"{}", headers={**told, "Content-Length": "9" * 30})
        assert lie.status_code == 413


def test_files_of_the_server_have_no_address(client: TestClient) -> None:
    for path in (
        "/../pyproject.toml",
        "/%2e%2e/%2e%2e/app.py",
        "/..%2f__init__.py",
        "//etc/passwd",
        "/app.py",
    ):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *[("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)],
        *[("0.0.0.0", False), ("::", False), ("192.168.0.1", False), ("example.org", False), ("", False)],
    ],
)
def test_which_hosts_are_this_machine_alone(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"host": "0.0.0.0"}, "no token"),
        ({"token": "short"}, "the token will not do"),
        ({"token": f"{TOKEN};"}, "the token will not do"),
        ({"port": 99999}, "99999 is no port"),
        ({"host": "no.such.host.invalid", "token": TOKEN}, "cannot listen"),
    ],
)
def test_a_server_that_may_not_or_cannot_be_started_says_why(
    options: dict[str, Any], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEARTH_TOKEN", "")
    with pytest.raises(InputError, match=fault):
        serve(**options, quiet=True)


def test_a_port_that_is_taken_ends_with_2_and_the_cure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = dearth("serve", "--port", str(taken.getsockname()[1]))
    assert done.status == 2
    assert "cannot listen" in done.err
    assert "--port" in done.err
    assert "Traceback" not in done.err
