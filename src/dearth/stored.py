"""Numbers that take long to find and never change for the same bytes: kept in the user's cache folder.

Nothing depends on the folder: what is missing, cut short or altered is found anew, and where nothing can be
written nothing is kept.  The name of a file is the hash of all that its numbers hang on.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

__all__ = ["cache_folder", "key_of", "stored"]

MOST_FILES: Final = 8
_DIGEST: Final = 32  # bytes


def cache_folder(name: str) -> Path | None:
    """Return a folder of dearth in ``XDG_CACHE_HOME`` or ``~/.cache``; None when there is no home."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        root = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return root / "dearth" / name


def key_of(sources: Iterable[Path], *words: str) -> str:
    """Return a hash of source files and words, of the versions below them and of the type of machine."""
    digest = sha256()
    platform = (
        f"{sys.version} {sys.platform} {os.uname().machine if hasattr(os, 'uname') else ''} {sys.byteorder}"
    )
    for part in (platform.encode(), *(word.encode() for word in words), *(p.read_bytes() for p in sources)):
        digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()


def stored(folder: str, key: str, make: Callable[[], bytes]) -> bytes:
    """Return what `make` finds, found now or at an earlier time.

    Parameters
    ----------
    folder
        Of dearth's part of the user's cache.
    key
        A hash of all that it hangs on; see :func:`key_of`.
    make
        Finds it.
    """
    place = cache_folder(folder)
    if place is None:
        return make()
    path = place / key
    found = _read(path)
    if found is None:
        found = make()
        with contextlib.suppress(OSError):
            _write(path, found)
    return found


def _read(path: Path) -> bytes | None:
    """Return the content of a whole and unaltered file."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data[_DIGEST:] if sha256(data[_DIGEST:]).digest() == data[:_DIGEST] else None


def _write(path: Path, data: bytes) -> None:
    """Write a file at once or not at all, and clear away the oldest of its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(sha256(data).digest() + data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    files = sorted(path.parent.iterdir(), key=lambda one: one.stat().st_mtime)
    for old in files[: max(0, len(files) - MOST_FILES)]:
        old.unlink(missing_ok=True)
