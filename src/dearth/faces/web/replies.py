"""Replies: compact JSON, entity tags, and the answer to ``If-None-Match``."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import orjson
from fastapi import Request, Response

__all__ = ["JSON", "etag_of", "json_bytes", "json_reply", "tagged"]

JSON: Final = "application/json"
_LARGE: Final = 32 << 10


def json_bytes(data: Any) -> bytes:
    """Return compact JSON as UTF-8; a number that is not finite is null.

    What the fast writer refuses (halves of characters, whole numbers over 64 bits, as a client may send
    them to be told back) is written by the slow one.
    """
    try:
        return orjson.dumps(data)
    except TypeError:
        return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()


def etag_of(*parts: object) -> str:
    """Return a strong entity tag of what a reply depends on."""
    text = json.dumps([str(part) for part in parts], ensure_ascii=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def tagged(
    request: Request,
    content: bytes,
    media: str = JSON,
    tag: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return content with its tag; 304 without content when a GET asks by that tag.

    Parameters
    ----------
    tag
        None: of the content itself.
    """
    mark = tag or f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    known = {"ETag": mark, "Cache-Control": "no-cache", **(headers or {})}
    asked = request.headers.get("if-none-match", "")
    if request.method in ("GET", "HEAD") and mark in (part.strip() for part in asked.split(",")):
        return Response(status_code=304, headers=known)
    packed = None if "Content-Encoding" in known else _packed(request, content)
    if packed is not None:
        known |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(packed or content, headers=known, media_type=media)


def _packed(request: Request, content: bytes) -> bytes | None:
    """Return the content of a large GET compressed, for who takes that; a run must not wait for it."""
    takes = "gzip" in request.headers.get("accept-encoding", "")
    if request.method != "GET" or len(content) < _LARGE or not takes:
        return None
    return gzip.compress(content, 1, mtime=0)


def json_reply(request: Request, data: Any, tag: str | None = None) -> Response:
    """Return data as JSON with a tag."""
    return tagged(request, json_bytes(data), tag=tag)
