"""Running the command as a process."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

COMMAND = [sys.executable, "-m", "dearth"]
SERVER = Path(__file__).with_name("fork_server.py")
# what a command reads when it runs; anything else that changes asks for a Python that starts with it
READ_LATE = {"COLUMNS", "HOME", "TMPDIR", "XDG_CACHE_HOME", "DEARTH_ANEW", "DEARTH_DEBUG"}


class Done(NamedTuple):
    """How a process ended."""

    status: int
    out: str
    err: str


def environment(**changes: str) -> dict[str, str]:
    """Return an environment without what changes how tables look, and without answers of earlier runs."""
    gone = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "PYTHONIOENCODING", "DEARTH_DEBUG"}
    kept = {key: value for key, value in os.environ.items() if key not in gone}
    return {**kept, "PYTHONUTF8": "1", "DEARTH_ANEW": "1", **changes}


def dearth(*arguments: str, timeout: float = 300, folder: Path | None = None, **changes: str) -> Done:
    """Run ``dearth`` with `arguments`, and with `changes` of the environment, in a `folder`.

    It is forked from a Python that has loaded the program; see `fork_server`.
    """
    if not READ_LATE.issuperset(changes):
        return fresh_dearth(*arguments, timeout=timeout, folder=folder, **changes)
    where = str(folder or Path.cwd())
    asked = {"words": arguments, "folder": where, "environment": environment(**changes)}
    nothing = Path(os.devnull).open("rb")  # noqa: SIM115 (the next line closes it)
    with nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = _forked(f"{json.dumps(asked)}\n".encode(), (nothing, out, err), timeout)
        return Done(status, _written(out), _written(err))


def fresh_dearth(*arguments: str, timeout: float = 300, folder: Path | None = None, **changes: str) -> Done:
    """Run ``dearth`` as a Python of its own, with a start and a seed of hashes of its own."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=environment(**changes),
        cwd=folder,
        timeout=timeout,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def _written(file: IO[bytes]) -> str:
    """Return what was written, with line ends as a pipe of text has them."""
    file.seek(0)
    return file.read().decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


@cache
def _server() -> socket.socket:
    """Start the Python that forks, once for all tests of this process; it ends with its socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, str(SERVER), str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment(),
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )

    def end() -> None:
        ours.close()
        process.wait(30)

    atexit.register(end)
    return ours


def _forked(request: bytes, streams: tuple[IO[bytes], ...], seconds: float) -> int:
    """Have the request run on these streams; return its exit status."""
    server = _server()
    server.settimeout(None)
    socket.send_fds(server, [request], [stream.fileno() for stream in streams])
    child = int(_line(server))
    server.settimeout(seconds)
    try:
        return int(_line(server))
    except TimeoutError:
        os.kill(child, signal.SIGKILL)
        server.settimeout(None)
        _line(server)
        raise


def _line(server: socket.socket) -> str:
    text = b""
    while not text.endswith(b"\n"):
        more = server.recv(1)
        assert more, "the Python that forks has ended; what it said stands above"
        text += more
    return text.decode()
