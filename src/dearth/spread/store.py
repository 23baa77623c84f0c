"""A folder in which finished blocks are kept, so that an interrupted run goes on where it was.

A block is a file of its own, written beside its place and renamed into it.  It begins with a hash of what
the folder is for, of the block's own name and of its content: a file that was cut short, altered, renamed or
brought from another folder does not pass, and the block is done again.  ``ensemble.json`` says what the
folder is for; a folder for anything else is refused, never mixed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from dearth.errors import Fault, InputError

__all__ = ["MANIFEST", "Store"]

MANIFEST: Final = "ensemble.json"
_PHASE: Final = "Keeping finished blocks"
_DIGEST: Final = 32  # bytes
_LARGEST: Final = 1 << 28  # bytes of a block
_ABANDONED: Final = 3600.0  # seconds after which half a file is nobody's any more


class Store:
    """Blocks of one ensemble in one folder.

    Parameters
    ----------
    folder
        Made where it is missing; else empty, or a store of the same ensemble.
    purpose
        All that a block hangs on beside its name: plain texts and numbers.

    Attributes
    ----------
    damaged
        Names of files that were there and did not pass.

    Raises
    ------
    InputError
        The folder cannot be made, read or written, holds something else, or blocks of another ensemble: one
        fault for each thing in which the two differ.
    """

    def __init__(self, folder: Path, purpose: Mapping[str, str | int]) -> None:
        self.folder: Final = folder
        self.damaged: list[str] = []
        self._purpose: Final = dict(purpose)
        self._key: Final = sha256(_canonical(self._purpose)).digest()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._claim()
            self._clear()
        except (OSError, ValueError) as error:
            raise self._refused(error) from None

    def read(self, name: str) -> bytes | None:
        """Return a block that was kept, None where there is none that passes."""
        path = self._path(name)
        try:
            if path.stat().st_size > _LARGEST:
                raise ValueError
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            data = b""
        content = data[_DIGEST:]
        if data[:_DIGEST] == self._digest(name, content):
            return content
        self.damaged.append(path.name)
        return None

    def write(self, name: str, content: bytes) -> None:
        """Keep a block, whole or not at all.

        Raises
        ------
        InputError
            The disk is full, or the folder is gone or closed; what was kept before is as it was.
        """
        try:
            _write(self._path(name), self._digest(name, content) + content)
        except OSError as error:
            raise self._refused(error) from None

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.block"

    def _digest(self, name: str, content: bytes) -> bytes:
        return sha256(self._key + name.encode() + b"\0" + content).digest()

    def _claim(self) -> None:
        """Write what the folder is for, or see that it is for this."""
        manifest = self.folder / MANIFEST
        if manifest.exists():
            self._compare(manifest)
        elif any(self.folder.iterdir()):
            cure = "name a new or an empty folder"
            raise InputError(_PHASE, Fault("holds other files", self._where, f"no {MANIFEST} in it", cure))
        else:
            _write(manifest, json.dumps(self._purpose, indent=1).encode() + b"\n")
        _write(self.folder / ".writable", b"")
        (self.folder / ".writable").unlink()

    def _compare(self, manifest: Path) -> None:
        try:
            found = json.loads(manifest.read_bytes()[:_LARGEST])
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            cure = "name a new or an empty folder"
            raise InputError(_PHASE, Fault(f"{MANIFEST} cannot be read", self._where, cure=cure))
        faults = [
            Fault(f"{name} is {_told(found.get(name))} there, {_told(value)} here", self._where)
            for name, value in self._purpose.items()
            if found.get(name) != value
        ]
        if faults:
            other = Fault("it keeps blocks of another ensemble", self._where, cure="name another folder")
            raise InputError(_PHASE, [other, *faults])

    def _clear(self) -> None:
        """Remove halves of files that a killed run left behind long ago."""
        for path in self.folder.glob("*.part"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    path.unlink()

    @property
    def _where(self) -> str:
        return f"--keep {self.folder}"

    def _refused(self, error: Exception) -> InputError:
        reason = getattr(error, "strerror", None) or str(error)
        cure = "free space, or rights? The blocks that were kept stay good; or name another folder"
        return InputError(_PHASE, Fault("cannot be written", self._where, reason, cure))


def _canonical(purpose: Mapping[str, str | int]) -> bytes:
    return json.dumps(dict(purpose), sort_keys=True).encode()


def _told(value: object) -> str:
    text = str(value)
    return "missing" if value is None else repr(text[:16] + ("..." if len(text) > 16 else ""))  # noqa: PLR2004


def _write(path: Path, data: bytes) -> None:
    """Write a file at once or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
