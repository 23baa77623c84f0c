"""A user's own rows: one CSV file, a folder of them, or a workbook, all of the columns of the book."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dearth.book.read import read_bytes
from dearth.errors import Fault

__all__ = ["DESCRIPTOR", "FACTS", "Part", "overlay_parts"]

DESCRIPTOR: Final = "datapackage.json"
FACTS: Final = "facts.csv"
MAX_FILES: Final = 500
_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")

Part = tuple[str, bytes | Fault]
"""Name and CSV bytes of one table, or what is wrong with it."""


def overlay_parts(path: Path) -> Iterator[Part]:
    """Yield the tables of an overlay, or what is wrong with each.

    Of a folder, every ``*.csv`` is read in the order of names, hidden files left out; of a folder that
    ``dearth book export`` wrote, its facts.
    """
    if not path.is_dir():
        yield from _file(path.name or str(path), path)
        return
    names = _names(path)
    if isinstance(names, Fault):
        yield path.name, names
        return
    for name in names:
        label = f"{path.name}/{name}"
        if _leads_out(path, path / name):
            yield label, Fault("is a link that leads out of the folder", label, cure="copy the file there")
        else:
            yield from _file(label, path / name)


def _names(folder: Path) -> list[str] | Fault:
    try:
        found = sorted(file.name for file in folder.iterdir())
    except OSError as error:
        return Fault("cannot be read", str(folder), error.strerror or str(error))
    if DESCRIPTOR in found and FACTS in found:
        return [FACTS]
    tables = [name for name in found if name.lower().endswith(".csv") and not name.startswith(".")]
    if not tables:
        return Fault("not a regular file, and no folder of CSV files", str(folder), cure="give a CSV file")
    if len(tables) > MAX_FILES:
        return Fault(f"holds {len(tables)} files, more than {MAX_FILES}", str(folder), cure="join some")
    return tables


def _leads_out(folder: Path, file: Path) -> bool:
    return folder.resolve() not in file.resolve().parents


def _file(name: str, path: Path) -> Iterator[Part]:
    data = read_bytes(path)
    if isinstance(data, Fault) or not path.name.lower().endswith(_WORKBOOKS):
        yield name, data
        return
    from dearth.book.workbook import table_of  # noqa: PLC0415 (a fast start)

    text = table_of(name, data)
    if isinstance(text, bytes):
        yield name, text
        return
    yield from ((name, fault) for fault in text)
