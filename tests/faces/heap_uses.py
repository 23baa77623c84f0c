"""Uses of the heap that leave freed memory behind, in a process of their own: ``heap_uses.py WHAT``."""

from __future__ import annotations

import asyncio
import ctypes
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import uvicorn

from dearth.faces.cli_serve import serve as command
from dearth.faces.web.heap import give_back
from dearth.faces.web.jobs import Jobs
from dearth.faces.web.limits import Limits
from dearth.faces.web.runs import NOBODY, Runs

THREADS = 8
PIECES, SIZE, EACH = 20_000, 4000, 50  # 80 MB in all, of which every fiftieth piece stays
KEPT: list[bytes] = []


class Told(ctypes.Structure):
    """What glibc says of its heap; ``hblkhd``: bytes in pages of their own."""

    _fields_ = [("before", ctypes.c_size_t * 4), ("hblkhd", ctypes.c_size_t), ("after", ctypes.c_size_t * 5)]


def arenas() -> int:
    """Return the arenas of glibc's allocator, by its own account."""
    library = ctypes.CDLL(None)
    library.fopen.restype = ctypes.c_void_p
    with TemporaryDirectory() as folder:
        path = Path(folder) / "told"
        file = ctypes.c_void_p(library.fopen(bytes(path), b"w"))
        assert library.malloc_info(0, file) == 0
        library.fclose(file)
        return path.read_text().count("<heap nr=")


def arenas_of_threads() -> int:
    """Return the arenas while several threads hold what they allocated."""
    gate = threading.Barrier(THREADS + 1)

    def work() -> None:
        held = [bytes(SIZE) for _ in range(50)]
        gate.wait()
        gate.wait()
        held.clear()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    gate.wait()
    found = arenas()
    gate.wait()
    for thread in threads:
        thread.join()
    return found


def resident() -> int:
    """Return what this process has in memory, kB."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


def leave_holes() -> bytes:
    """Allocate much and free most of it, with pieces between that stay."""
    pieces = [bytes(SIZE) for _ in range(PIECES)]
    KEPT.extend(pieces[::EACH])
    return b"done"


def after() -> None:
    leave_holes()
    assert give_back()


def job() -> None:
    jobs = Jobs(Limits())
    one = jobs.start("made-up", leave_holes)
    assert one.future is not None
    one.future.result()
    assert one.result == b"done"
    jobs.close()


def run(cells: int) -> None:
    async def asked() -> None:
        never = asyncio.Event()
        request: Any = SimpleNamespace(receive=never.wait)
        runs = Runs(Limits())
        assert await runs.run(request, NOBODY, leave_holes, cells) == b"done"
        runs.close()

    asyncio.run(asked())


def serve() -> None:
    """Begin to serve as the command does, and stop where it would listen."""
    uvicorn.Server.run = lambda *_args, **_named: None  # type: ignore[method-assign]
    command(port=0, quiet=True)


def mapped() -> int:
    """Return whether an array of 1 MB has pages of its own after one of 20 MB was freed."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.mallinfo2.restype = Told
    library.free(ctypes.c_void_p(library.malloc(ctypes.c_size_t(20 << 20))))
    before = library.mallinfo2().hblkhd
    library.malloc(ctypes.c_size_t(1 << 20))
    return int(library.mallinfo2().hblkhd > before)


USES: dict[str, Callable[[], object]] = {
    "plain": leave_holes, "after": after, "job": job, "run": lambda: run(10**6),
}  # fmt: skip


def main() -> None:
    """Print arenas of many threads, whether arrays are mapped, or memory that a use leaves behind, kB."""
    what = sys.argv[1]
    if what.endswith("serve"):
        serve()
    if what in USES:
        before = resident()
        USES[what]()
        sys.stdout.write(str(resident() - before))
    else:
        sys.stdout.write(str(mapped() if what.startswith("mapped") else arenas_of_threads()))


if __name__ == "__main__":
    main()
