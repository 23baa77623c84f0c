"""A Python that has loaded the program, and becomes a command each time it is asked: without the start.

Each command is a process of its own, with its own streams, folder and environment, forked before anything
was asked; it runs what ``python -m dearth`` runs and ends as Python ends.  What a start itself does (options
of Python, encodings, the seed of hashes, what is loaded and when) is not tested this way.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import socket
import sys
import traceback
from pathlib import Path

STREAMS = 3
MOST_BYTES = 1 << 20


def load() -> None:
    """Load every study and its kernels, then forget every answer."""
    from dearth import faces  # noqa: PLC0415 (only the server loads it)
    from dearth.book import load_book  # noqa: PLC0415
    from dearth.faces.catalogue import STUDIES, load  # noqa: PLC0415
    from dearth.world.scenario import load_scenario  # noqa: PLC0415

    for study in STUDIES:
        study.load()
        load(study.views.terminal)
    for found in pkgutil.iter_modules(faces.__path__, "dearth.faces."):
        if not found.ispkg:
            importlib.import_module(found.name)
    book = load_book()
    small = load_scenario("steady", {"draws": "2", "weeks": "5"})
    for study in STUDIES:
        if study.name in {"countdown", "price"}:
            study.load()(small, book)
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and str(one.__module__).startswith("dearth"):
            one.cache_clear()


def serve(asked: socket.socket) -> list[str] | None:
    """Fork at every request and tell how the child ended; return the words of the command in the child."""
    while True:
        text, streams, _flags, _address = socket.recv_fds(asked, MOST_BYTES, STREAMS)
        while text and not text.endswith(b"\n"):
            text += asked.recv(MOST_BYTES)
        if not text:
            return None
        child = os.fork()
        if child == 0:
            asked.close()
            return _become(json.loads(text), streams)
        for stream in streams:
            os.close(stream)
        asked.send(f"{child}\n".encode())
        _child, status = os.waitpid(child, 0)
        asked.send(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _become(request: dict[str, object], streams: list[int]) -> list[str]:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(str(request["folder"]))
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[call-overload]
    return list(request["words"])  # type: ignore[call-overload]


def _run() -> int:
    """Run the command and return its status; what Python does at its end, but for taking itself apart."""
    from dearth.faces.start import main as command  # noqa: PLC0415

    try:
        command()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return status


def main() -> None:
    """Serve on the socket whose number is the first word; each child goes on as the command."""
    load()
    threads = len(list(Path("/proc/self/task").iterdir())) if Path("/proc/self/task").exists() else 1
    assert threads == 1, "a fork copies one thread only"
    gc.collect()
    gc.freeze()
    words = serve(socket.socket(fileno=int(sys.argv[1])))
    if words is not None:
        sys.argv = ["dearth", *words]
        os._exit(_run())


if __name__ == "__main__":
    main()
