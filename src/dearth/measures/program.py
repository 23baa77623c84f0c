"""The program on which numbers hang: a hash of the sources a module reaches, of libraries and machine."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from dearth.stored import key_of

__all__ = ["program_of", "sources_of"]

_IMPORT: Final = re.compile(
    r"^\s*(?:from\s+(dearth[\w.]*)\s+import\s+(\([^)]*\)|.*)|import\s+(dearth[\w.]*))", re.MULTILINE
)
_ROOT: Final = Path(__file__).parents[1]
_LIBRARIES: Final = ("numpy", "numba")


@lru_cache(maxsize=4)
def program_of(module: str) -> str:
    """Return a hash that changes with any source file that `module` imports, however far down.

    Part of it are Python, the libraries that calculate, and the type of machine: what is the same under one
    hash is the same to the last bit.
    """
    files = sources_of(module)
    names = [path.relative_to(_ROOT).as_posix() for path in files]
    return key_of(files, *names, *(f"{name} {version(name)}" for name in _LIBRARIES), sys.platform)


def sources_of(module: str) -> list[Path]:
    """Return the source files of a module and of all of this package that it imports, in order."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file(name)
        if name not in found and path is not None:
            found[name] = path
            waiting += [*_parents(name), *_imported(path.read_text("utf-8"))]
    return sorted(found.values())


def _parents(name: str) -> list[str]:
    words = name.split(".")
    return [".".join(words[:i]) for i in range(2, len(words))]


def _imported(text: str) -> list[str]:
    """Return modules, and what may be modules, that a source file imports."""
    out = []
    for module, names, plain in _IMPORT.findall(text):
        out.append(module or plain)
        out += [f"{module}.{name}" for name in re.findall(r"\w+", names) if module]
    return out


def _file(name: str) -> Path | None:
    """Return the source file of a module of this package; None for what is none, or the package itself."""
    words = name.split(".")[1:]
    place = _ROOT.joinpath(*words)
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if words and path.is_file():
            return path
    return None
