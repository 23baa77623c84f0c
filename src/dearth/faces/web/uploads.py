"""Files that come with a request: read whole into memory, within bounds, named by what they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from fastapi import Request

from dearth.errors import Fault, InputError

__all__ = ["BYTES", "on_disk", "upload"]

BYTES: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/octet-stream", "application/json", "text/csv")
        },
    }
}
"""What the OpenAPI says of a body that is a file."""

_ZIP: Final = b"PK"


async def upload(request: Request, what: str) -> tuple[bytes, str]:
    """Return the bytes of a file and a plain name for messages; the client's own name is not used.

    Raises
    ------
    InputError
        There is no file.
    """
    data = await request.body()
    if not data:
        raise InputError(f"Reading the {what}", Fault("no file", "body", cure="send its bytes as the body"))
    if data.startswith(_ZIP):
        return data, f"{what}.xlsx"
    return data, f"{what}.json" if data.lstrip()[:1] in (b"{", b"[") else f"{what}.csv"


@contextmanager
def on_disk(data: bytes, name: str) -> Iterator[Path]:
    """Give the file a place in a temporary folder that goes away with the body."""
    with TemporaryDirectory(prefix="dearth-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield path
