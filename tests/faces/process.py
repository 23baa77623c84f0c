"""Running the command as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NamedTuple

COMMAND = [sys.executable, "-m", "dearth"]


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


def dearth(*arguments: str, timeout: float = 300, **changes: str) -> Done:
    """Run ``dearth`` with `arguments`, and with `changes` of the environment."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=environment(**changes),
        timeout=timeout,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
