"""Ctrl-C ends the command with 130, also where a library swallows it or it falls into compiled text."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from interrupts import hear_interrupts

_PROLOGUE = """
import sys, time
from dearth.faces.interrupt import exit_interrupted, heard

def swallow():
    try:
        print("ready", flush=True)
        time.sleep(60)
    except:
        pass

def run(body):
    try:
        with heard():
            body()
    except KeyboardInterrupt:
        exit_interrupted()
    sys.exit(7)
"""

_SWALLOWED = "run(lambda: (swallow(), time.sleep(60)))"
_TURNED = """
def body():
    try:
        swallow_not()
    except KeyboardInterrupt:
        raise ImportError("half a module")
def swallow_not():
    print("ready", flush=True)
    time.sleep(60)
run(body)
"""
_IN_TEXT = """
def body():
    exec("print('ready', flush=True); time.sleep(60)")
run(body)
"""


def _interrupted(script: str) -> subprocess.CompletedProcess[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROLOGUE + script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=hear_interrupts,  # noqa: PLW1509 (it only sets a signal)
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.mark.parametrize("script", [_SWALLOWED, _TURNED, _IN_TEXT])
def test_an_interruption_is_heard(script: str) -> None:
    done = _interrupted(script)
    assert done.returncode == 130
    assert done.stderr == "interrupted; no file was left half-written\n"


def test_an_ignored_interruption_stays_ignored() -> None:
    script = _PROLOGUE + (
        "import os, signal\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "run(lambda: os.kill(os.getpid(), signal.SIGINT))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (7, "")
