"""Who may ask, and what a browser may do with the answer: a plain ASGI layer around everything else."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dearth.errors import Fault
from dearth.faces.web.limits import Limits
from dearth.faces.web.problems import problem

__all__ = ["HEADERS", "TOKEN_LENGTH", "Guard", "Rules", "is_loopback"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TOKEN_LENGTH: Final = 16
_COOKIE: Final = "dearth_token"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_UPLOADS: Final = ("/api/v1/firm", "/api/v1/licence/bill")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final[dict[str, str]] = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
}
"""On every response."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Where the server is bound, and its token; None: none is needed."""

    host: str = "127.0.0.1"
    token: str | None = None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine and nobody else's."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Guard:
    """Lets in who may ask, counts requests and bytes, and puts the headers on every response."""

    def __init__(self, app: App, rules: Rules, limits: Limits) -> None:
        self._app = app
        self._rules = rules
        self._limits = limits
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                names = {name for name, _value in message.get("headers", ())}
                message["headers"] = [
                    *message.get("headers", ()),
                    *(pair for pair in known if pair[0] not in names),
                ]
            await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, with_headers)
            return
        self._open += 1
        try:
            await self._bounded(scope, receive, with_headers)
        finally:
            self._open -= 1

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self._most(scope["path"])
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > most:
                    raise HTTPException(413, f"more than {most} bytes")
            return message

        await self._app(scope, counted, send)

    def _most(self, path: str) -> int:
        upload = any(path.startswith(start) for start in _UPLOADS)
        return self._limits.upload_bytes if upload else self._limits.body_bytes

    def _refused(self, scope: Scope) -> Response | None:
        """Return the refusal of a request, None if it may pass."""
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:18]) > self._most(scope["path"]):
            return _too_large(self._most(scope["path"]))
        if self._open >= self._limits.requests:
            detail = "the server answers as many requests as it may"
            return problem(429, detail, [Fault(detail, cure="wait a moment and send it again")], "busy")
        return self._foreign(scope, headers) or self._unknown(scope, headers)

    def _foreign(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse what another site makes a browser send, by its name for us or by its own."""
        host = headers.get("host", "")
        name = (urlsplit(f"//{host}").hostname or "") if _plain(host) else ""
        if is_loopback(self._rules.host) and name not in (*_LOCAL_NAMES, self._rules.host):
            cure = "open http://localhost, or bind to that name with --host"
            return problem(
                421, "The name in the request is not mine", [Fault("wrong Host", "Host", cure=cure)]
            )
        origin = headers.get("origin")
        same = origin is None or urlsplit(origin).netloc == host if _plain(origin or "") else False
        site = headers.get("sec-fetch-site", "same-origin")
        if scope["method"] not in _SAFE and (not same or site in ("cross-site", "same-site")):
            why = "another site asked a browser to send it"
            return problem(403, "The request comes from another site", [Fault("foreign", "Origin", why)])
        return None

    def _unknown(self, scope: Scope, headers: Headers) -> Response | None:
        """Ask for the token where one is needed; the page gets it as a cookie from its first address."""
        token = self._rules.token
        if token is None:
            return None
        kind, _, given = headers.get("authorization", "").partition(" ")
        if (kind.lower() == "bearer" and _equal(given.strip(), token)) or _equal(_cookie(headers), token):
            return None
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if scope["method"] == "GET" and scope["path"] == "/" and _equal(asked, token):
            cookie = f"{_COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/"
            known = {"Location": "/", "Set-Cookie": cookie, "Cache-Control": "no-store"}
            return Response(status_code=303, headers=known)
        cure = "send `Authorization: Bearer TOKEN`, or open /?token=TOKEN"
        fault = Fault("no token, or not the right one", "Authorization", cure=cure)
        return problem(401, fault.what, [fault], headers={"WWW-Authenticate": "Bearer"})


def _plain(text: str) -> bool:
    """Whether a header can be taken apart without surprises."""
    try:
        urlsplit(text if "://" in text else f"//{text}")
    except ValueError:
        return False
    return text.isascii()


def _equal(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(_COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _too_large(most: int) -> Response:
    fault = Fault(f"more than {most} bytes", "body", cure="send less")
    return problem(413, fault.what, [fault], headers={"Connection": "close"})
