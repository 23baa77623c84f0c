"""`dearth serve` under mixed load: pages, runs, runs left, jobs called off, files good and bad; its memory.

Run by hand: ``python bench/soak_serve.py [SECONDS] [--write]``; 3,600 s unless told.  It ends with 1 where a
reply was a fault of the server, a question was not answered, or memory grew faster than told below.
"""

from __future__ import annotations

import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from measure import machine, write_block

API = "/api/v1"
EVERY = 10.0  # s between two looks at the memory
CLIENTS = 4
PAUSE = 0.02  # s between two questions of a client
WARM = 0.4  # share of the time in which caches fill and nothing is fitted
MOST_GROWTH = 10.0  # MB an hour that the upper end of the interval may show: flat
FINE = {200, 202, 400, 404, 405, 409, 413, 415, 422, 429}
PAGES = (
    "/", "/index.html", "/missing", f"{API}/book?q=dysprosium", f"{API}/book?q=%00%ff", f"{API}/sliders",
    f"{API}/assumptions", f"{API}/events", f"{API}/scenarios", f"{API}/studies", f"{API}/validation",
    f"{API}/places", f"{API}/book/meta", f"{API}/firm/template.xlsx", f"{API}/licence/template",
    f"{API}/scenarios/../../etc/passwd", f"{API}/schema/scenario", f"{API}/health", f"{API}/jobs",
)  # fmt: skip
FILES = (
    b"id,description,quantity,value,currency,origin\n1,N42SH magnet,5,100,EUR,CN\n", b"", bytes(5000),
    b"PK\x03\x04" + b"x" * 50, b"[" * 50_000, b'{"firm": [', b"id,description\n\xff\xfe,x\n",
    b"id," + b"x" * 500_000,
)  # fmt: skip
BAD = (b"", b"{", b"[1, 2]", b'{"scenario": 7}', b'{"scenario": "no-such"}', b'{"draws": NaN}',
       b'{"weeks": -4}',
       b'{"scenario": "squeeze-2025", "draws": 1e99}', b'{"set": {"no-such": 1}}', b"\xff\xfe")  # fmt: skip
JSON = {"Content-Type": "application/json"}


class Client(threading.Thread):
    """Asks one thing after another until told to end."""

    def __init__(self, port: int, number: int, end: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port, self.number, self.end = port, number, end
        self.rng = random.Random(number)
        self.sequence = 0
        self.seen: Counter[tuple[str, str]] = Counter()

    def run(self) -> None:
        """Take kinds of question as they come."""
        kinds: list[tuple[Callable[[], int], int]] = [
            (self.page, 10), (self.study, 6), (self.left, 1), (self.job, 1), (self.file, 3), (self.bad, 3),
        ]  # fmt: skip
        while not self.end.wait(PAUSE):
            (kind,) = self.rng.choices([k for k, _ in kinds], [w for _, w in kinds])
            try:
                status = str(kind())
            except (OSError, http.client.HTTPException) as error:
                status = type(error).__name__
            self.seen[kind.__name__, status] += 1

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Send one question."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            line.request(method, path, body, JSON if body is not None else {})
            reply = line.getresponse()
            return reply.status, reply.read()
        finally:
            line.close()

    def page(self) -> int:
        """Read a page or a view."""
        return self.ask("GET", self.rng.choice(PAGES))[0]

    def asked(self, draws: int, weeks: int) -> bytes:
        """Return a question that was hardly asked before."""
        self.sequence += 1
        value = {"cover-assembly-maker": round(self.rng.uniform(3, 12), 3)}
        found: dict[str, Any] = {"scenario": "squeeze-2025", "weeks": weeks, "draws": draws, "set": value}
        return json.dumps(found | {"session": f"s{self.number}", "sequence": self.sequence}).encode()

    def study(self) -> int:
        """Move a slider and wait for the answer."""
        return self.ask("POST", f"{API}/run/countdown", self.asked(self.rng.choice((1, 5)), 26))[0]

    def left(self) -> int:
        """Ask for a run and hang up."""
        body = self.asked(100, 52)
        head = f"POST {API}/run/countdown HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            time.sleep(self.rng.uniform(0, 0.3))
        return 200

    def job(self) -> int:
        """Begin a job and call it off."""
        body = json.loads(self.asked(50, 52))
        body = {key: body[key] for key in ("scenario", "weeks", "draws", "set")}
        status, text = self.ask("POST", f"{API}/jobs/countdown", json.dumps(body).encode())
        if status != 202:
            return status
        time.sleep(self.rng.uniform(0, 0.5))
        return self.ask("DELETE", json.loads(text)["cancel"])[0]

    def file(self) -> int:
        """Send a file."""
        path = self.rng.choice(("/licence/bill", "/firm/check", "/firm/squeeze-2025"))
        return self.ask("POST", API + path, self.rng.choice(FILES))[0]

    def bad(self) -> int:
        """Send what is no question."""
        path = self.rng.choice(
            ("/run/countdown", "/jobs/countdown", "/licence", "/scenarios/check", "/flows")
        )
        return self.ask("POST", API + path, self.rng.choice(BAD))[0]


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def memory(pid: int) -> float:
    """Return what a process has in memory, MB."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024


def wait_until_warm(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server has read the book."""
    for _ in range(3000):
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            line.request("GET", f"{API}/health")
            if json.loads(line.getresponse().read())["warm"]:
                return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit("the server did not start")


def watched(pid: int, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times, s, and memory, MB, while the load goes on."""
    times, sizes, start = [], [], time.monotonic()
    step = min(EVERY, seconds / 12)
    while time.monotonic() - start < seconds:
        time.sleep(step)
        times.append(time.monotonic() - start)
        sizes.append(memory(pid))
        print(f"{times[-1]:7.0f} s {sizes[-1]:7.1f} MB", file=sys.stderr, flush=True)
    return np.array(times), np.array(sizes)


def slope(times: np.ndarray, sizes: np.ndarray) -> tuple[float, float, float]:
    """Return MB an hour, the median of all slopes (Theil, Sen) after the warm part, and its 95 % interval."""
    late = times >= WARM * times[-1]
    found = stats.theilslopes(sizes[late], times[late] / 3600)
    return float(found.slope), float(found.low_slope), float(found.high_slope)


def soaked(seconds: float) -> tuple[list[str], bool]:
    """Return what to tell of a soak, and whether all was well."""
    port, end = free_port(), threading.Event()
    command = [sys.executable, "-m", "dearth", "serve", "--port", str(port), "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            wait_until_warm(port, process)
            before = memory(process.pid)
            clients = [Client(port, number, end) for number in range(CLIENTS)]
            for client in clients:
                client.start()
            times, sizes = watched(process.pid, seconds)
            end.set()
            for client in clients:
                client.join(180)
            hung = sum(client.is_alive() for client in clients)
        finally:
            process.send_signal(signal.SIGINT)
            ended = process.wait(60)
    seen = sum((client.seen for client in clients), Counter[tuple[str, str]]())
    wrong = {f"{kind} {status}": n for (kind, status), n in seen.items() if status not in map(str, FINE)}
    lines, flat = told(times, sizes, before)
    kinds = Counter[str]()
    for (kind, _), number in seen.items():
        kinds[kind] += number
    asked = ", ".join(f"{kind} {number:,}" for kind, number in sorted(kinds.items()))
    lines += [
        f"- {seen.total():,} questions by {CLIENTS} clients: {asked}; "
        f"{sum(n for (_, s), n in seen.items() if s == '429'):,} refused for now (429).",
        f"- Faults of the server or no answer: {wrong or 'none'}; clients left waiting: {hung}; "
        f"the server ended with {ended} on Ctrl-C.",
    ]
    return lines, flat and not wrong and not hung


def told(times: np.ndarray, sizes: np.ndarray, before: float) -> tuple[list[str], bool]:
    """Return the lines on memory, and whether it is flat."""
    middle, low, high = slope(times, sizes)
    lines = [
        f"- {times[-1] / 60:.0f} min; {len(sizes)} looks at the memory: {before:.0f} MB when warm, then "
        f"{sizes.min():.0f} to {sizes.max():.0f} MB, {sizes[-1]:.0f} MB at the end.",
        f"- Slope after {WARM:.0%} of the time: {middle:+.1f} MB an hour (95 %: {low:+.1f} to {high:+.1f}).",
    ]
    if times[-1] < 300:
        return lines, True  # caches still fill
    word = "reached" if high <= MOST_GROWTH else "**not reached**"
    seen = f"{middle:+.1f} MB an hour (95 %: {low:+.1f} to {high:+.1f})"
    wanted = f"at the upper end no more than {MOST_GROWTH:.0f} MB an hour"  # in the form of `measure.verdict`
    return [
        *lines,
        f"- Growth of `dearth serve` under load: {seen}; {wanted} were wanted: {word}.",
    ], word == "reached"


def main() -> None:
    """Soak, print, and write the block of the page if asked."""
    numbers = [float(text) for text in sys.argv[1:] if text != "--write"]
    lines, well = soaked(numbers[0] if numbers else 3600.0)
    if "--write" in sys.argv:
        write_block("soak_serve", [machine(("dearth", "fastapi", "uvicorn")), "", *lines])
    else:
        print("\n".join(lines))
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
