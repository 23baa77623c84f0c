"""Work for workers in other processes: functions of a module, as they must be."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from dearth.errors import Fault, InputError


def square(number: int) -> int:
    return number * number


def die_once(marker: str, number: int) -> int:
    """Kill the worker that gets the third block, the first time that it does."""
    if number == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(number: int) -> int:
    if number == 1:
        raise InputError("Working", [Fault(f"no {number}", "here"), Fault("nor this")])
    return number


def fall_over(number: int) -> int:
    return 1 // number


def about_worker(_number: int) -> tuple[int, int, str]:
    """Return process, parent and the threads that the libraries of a worker may use."""
    return os.getpid(), os.getppid(), os.environ.get("OPENBLAS_NUM_THREADS", "")


def note(folder: str, number: int) -> int:
    """Leave a file for every block that was begun."""
    (Path(folder) / f"{number}").touch()
    return number
