"""The week's physics: arrays in, arrays out; reads no data and knows no book.

The compiled kernels are kept on disk.  The compiler's own cache looks only at the file of a kernel,
so a field moved in another file would silently read the wrong array; here the folder of the cache is
named after the content of the whole engine.
"""

from __future__ import annotations

import hashlib
import os
import tempfile

from numba import config

__all__: list[str] = []


def _fingerprint(folder: str) -> str:
    """Return a short hash of the sources in `folder`."""
    digest = hashlib.sha256()
    for name in sorted(n for n in os.listdir(folder) if n.endswith(".py")):  # noqa: PTH208
        with open(os.path.join(folder, name), "rb") as source:  # noqa: PTH118, PTH123
            digest.update(source.read())
    return digest.hexdigest()[:16]


def _cache_folder() -> str:
    """Return a writable folder for compiled kernels, beside the code if possible."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    named = f"kernels-{_fingerprint(here)}"
    if os.access(here, os.W_OK):
        return os.path.join(here, "__pycache__", named)  # noqa: PTH118
    return os.path.join(tempfile.gettempdir(), f"dearth-{os.getuid()}", named)  # noqa: PTH118


_before = config.CACHE_DIR  # type: ignore[attr-defined]
config.CACHE_DIR = _cache_folder()  # type: ignore[attr-defined]
from dearth.engine import week as _week  # noqa: E402, F401  (compiled with the folder above)

config.CACHE_DIR = _before  # type: ignore[attr-defined]
