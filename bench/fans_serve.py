"""Two hundred fans asked of `dearth serve` at once, then again until all are answered; what it keeps after.

Run by hand: ``python bench/fans_serve.py [--write]``.  It ends with 1 where a reply was neither an answer nor
a refusal for now, or where a client, a run or a connection is left over.
"""

from __future__ import annotations

import http.client
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from measure import machine, write_block
from soak_serve import API, JSON, free_port, memory, wait_until_warm

FANS = 200
DRAWS, WEEKS = 20, 52
NOT_NOW = ("429", "422")  # too many wait, or this one waited and ran longer than a run may
AGAIN = (1.0, 4.0)  # s until one who was refused asks again
MOST_SECONDS = 3600.0
SETTLE = 40.0  # s within which a quiet server must have closed what it had open


class Fan(threading.Thread):
    """Asks for one fan that nobody asked before, again and again until it comes."""

    def __init__(self, port: int, number: int, gate: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self.port, self.number, self.gate = port, number, gate
        self.rng = random.Random(number)
        self.replies: list[str] = []

    def run(self) -> None:
        """Ask when all do, and again while refused."""
        body = json.dumps({"scenario": "squeeze-2025", "draws": DRAWS, "weeks": WEEKS, "seed": self.number})
        self.gate.wait()
        while not self.replies or self.replies[-1] in NOT_NOW:
            if self.replies:
                time.sleep(self.rng.uniform(*AGAIN))
            try:
                self.replies.append(self.ask(body))
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.replies.append(type(error).__name__)

    def ask(self, body: str) -> str:
        """Send the question; a reply of 200 must hold paths of as many weeks as asked."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            line.request("POST", f"{API}/run/countdown", body, JSON)
            reply = line.getresponse()
            told = json.loads(reply.read())
        finally:
            line.close()
        if reply.status == 200 and told["draws"] != DRAWS:
            raise ValueError("another question's answer")
        return str(reply.status)


def left_open(port: int) -> int:
    """Return connections to a port that are still there, by the table of the system."""
    lines = Path("/proc/net/tcp").read_text("utf-8").splitlines()[1:]
    return sum(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01" for line in lines)


def runs_open(port: int) -> int:
    """Return runs that go on or wait, by the server's own word."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request("GET", f"{API}/health")
        return int(json.loads(line.getresponse().read())["runs"])
    finally:
        line.close()


def drained(fans: list[Fan], pid: int) -> tuple[float, float]:
    """Return seconds until the last fan ended or time was up, and the largest memory seen, MB."""
    start, largest = time.monotonic(), 0.0
    while any(fan.is_alive() for fan in fans) and time.monotonic() - start < MOST_SECONDS:
        time.sleep(0.5)
        largest = max(largest, memory(pid))
    return time.monotonic() - start, largest


def over(port: int) -> tuple[int, int]:
    """Return runs and connections that are left once the server had time to close them."""
    end = time.monotonic() + SETTLE
    while time.monotonic() < end:
        found = runs_open(port), left_open(port)
        if found == (0, 0):
            break
        time.sleep(0.5)
    return found


def asked(port: int, pid: int) -> tuple[list[str], bool]:
    """Return what to tell, and whether all was well."""
    before = memory(pid)
    gate = threading.Barrier(FANS)
    fans = [Fan(port, number, gate) for number in range(FANS)]
    for fan in fans:
        fan.start()
    seconds, largest = drained(fans, pid)
    hung = sum(fan.is_alive() for fan in fans)
    runs, lines = over(port)
    first, last = (Counter(fan.replies[at] for fan in fans if fan.replies) for at in (0, -1))
    every = Counter(reply for fan in fans for reply in fan.replies)
    well = set(every) <= {"200", *NOT_NOW} and last == {"200": FANS} and not (hung or runs or lines)
    return [
        f"- {FANS} fans of {DRAWS} draws x {WEEKS} weeks, no two alike, asked at once: first replies "
        f"{told(first)}; who was refused asked again after {AGAIN[0]:.0f} to {AGAIN[1]:.0f} s.",
        f"- Drained after {seconds:.0f} s: last replies {told(last)}; all replies {told(every)}; left over: "
        f"{hung} clients, {runs} runs, {lines} connections.",
        f"- Memory {before:.0f} MB before, {largest:.0f} MB at most, {memory(pid):.0f} MB after.",
    ], well


def told(replies: Counter[str]) -> str:
    """Return how often each reply came."""
    return ", ".join(f"{number:,} x {status}" for status, number in sorted(replies.items())) or "none"


def main() -> None:
    """Serve, ask, print, and write the block of the page if asked."""
    port = free_port()
    command = [sys.executable, "-m", "dearth", "serve", "--port", str(port), "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            wait_until_warm(port, process)
            lines, well = asked(port, process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            ended = process.wait(60)
    lines.append(f"- The server ended with {ended} on Ctrl-C.")
    if "--write" in sys.argv:
        write_block("fans_serve", [machine(("dearth", "fastapi", "uvicorn")), "", *lines])
    else:
        print("\n".join(lines))
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
