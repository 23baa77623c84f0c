"""The built page: files of ``faces/static`` read once, compressed once, served by name only."""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from dearth.errors import Fault
from dearth.faces.web.problems import ProblemError
from dearth.faces.web.replies import tagged

__all__ = ["Asset", "assets", "routes"]

routes = APIRouter(include_in_schema=False)
_TYPES: Final = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}
_TEXT: Final = ("text/", "application/json", "image/svg", "application/manifest")
_LACKING: Final = (
    '<!doctype html><html lang="en"><title>dearth</title><p>The page is not built here; '
    'the API is at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.'
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page."""

    content: bytes
    packed: bytes | None
    media: str


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Return the files of the page by path; none where the page was not built."""
    folder = resources.files("dearth") / "faces" / "static"
    return dict(_walk(folder, "")) if folder.is_dir() else {}


def _walk(folder: Any, prefix: str) -> Any:
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _walk(path, f"{prefix}{path.name}/")
        else:
            yield f"{prefix}{path.name}", _asset(path.name, path.read_bytes())


def _asset(name: str, content: bytes) -> Asset:
    ending = name[name.rfind(".") :] if "." in name else ""
    media = _TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 9, mtime=0) if media.startswith(_TEXT) else None
    return Asset(content, packed, media)


@routes.get("/")
def index(request: Request) -> Response:
    """Return the page."""
    if "index.html" in assets():
        return asset("index.html", request)
    return tagged(request, _LACKING.encode(), "text/html; charset=utf-8")


@routes.get("/{path:path}")
def asset(path: str, request: Request) -> Response:
    """Return a file of the page; other files of this machine have no name here."""
    found = assets().get(path)
    if found is None:
        raise ProblemError(404, "no such address", [Fault("no such address", path[:80])])
    media = f"{found.media}; charset=utf-8" if found.media.startswith("text/") else found.media
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        known = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        tag = None
        return tagged(request, found.packed, media, tag, known)
    return tagged(request, found.content, media, headers={"Vary": "Accept-Encoding"})
