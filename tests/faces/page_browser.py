"""A server of the page, and a browser that cannot leave this machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from process import environment

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
SMALL = {"scenario": "squeeze-2025", "draws": 6, "weeks": 26, "lang": "en"}
VIEWS = (
    "countdown", "price", "horizon", "plan", "flows", "map", "compare", "timeline",
    "assumptions", "firm", "licence", "validation", "book",
)  # fmt: skip


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _warm(base: str) -> bool:
    with (
        suppress(URLError, ConnectionError, TimeoutError),
        urlopen(f"{base}api/v1/health", timeout=5) as told,
    ):
        return b'"warm":true' in told.read()
    return False


@contextmanager
def served() -> Iterator[str]:
    """Run ``dearth serve`` and yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "dearth", "serve", "--port", str(port)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment(), **quiet) as process:
        base = f"http://127.0.0.1:{port}/"
        try:
            wait_until(lambda: _warm(base) or process.poll() is not None, 180, "the server is warm")
            assert process.poll() is None, "the server ended"
            yield base
        finally:
            process.terminate()


def wait_until(done: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait; the policy of the page refuses the waiting that evaluates text inside it."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            pytest.fail(f"after {seconds:g} s still not so: {what}")
        time.sleep(0.05)


@contextmanager
def browser() -> Iterator[Any]:
    """Run Debian's chromium; skip where it is not there."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on PATH; on Debian: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install --group dev")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            yield running
        finally:
            running.close()


def axe_source() -> str:
    """Return axe-core from the lock file of the page; skip where it was not fetched."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: make node, or (cd web && npm ci)")
    return AXE.read_text(encoding="utf-8")


class Visit:
    """One page, and all that went wrong or out of it."""

    def __init__(self, running: Any, base: str, **options: Any) -> None:
        self.base = base
        self.context = running.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda told: self.said.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.context.on("request", lambda request: self.asked.append(request.url))

    def address(self, view: str, **more: Any) -> str:
        return f"{self.base}?{urlencode({'view': view, **SMALL, **more}, doseq=True)}"

    def open(self, view: str, **more: Any) -> None:
        self.page.goto(self.address(view, **more))
        self.settled()

    def settled(self, seconds: float = 180) -> None:
        """Wait until the view stands and no run is under way."""
        script = """() => {
            const [place, facts] = [document.querySelector(".place"), document.querySelector(".facts")];
            return !document.body.classList.contains("busy")
                && document.querySelector("main").getAttribute("aria-busy") !== "true"
                && document.querySelector(".place > section, .problem") !== null
                && !/^(Loading|computing|正在)/.test(place.textContent + facts.textContent);
        }"""
        quiet = 0

        def still() -> bool:
            nonlocal quiet
            quiet = quiet + 1 if self.page.evaluate(script) else 0
            return quiet >= 3

        wait_until(still, seconds, f"the view has settled at {self.page.url}")

    def here(self) -> str:
        """Return the address, as the page knows it now."""
        return str(self.page.evaluate("() => location.href"))

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))

    def painted(self) -> list[str]:
        """Return the pixels of every chart, each as text."""
        script = "() => [...document.querySelectorAll('.canvas canvas')].map((one) => one.toDataURL())"
        return list(self.page.evaluate(script))

    def axe(self, source: str, *rules: str) -> list[str]:
        """Return what axe finds wrong, by some rules or by all."""
        self.page.evaluate(source)
        script = """(rules) => window.axe.run(document, {
            resultTypes: ["violations"], ...(rules.length > 0 ? { runOnly: rules } : {}),
        }).then((found) =>
            found.violations.map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) =>
                node.target + " " + node.failureSummary).join(" | ")))"""
        return list(self.page.evaluate(script, list(rules)))

    def overflow(self) -> int:
        script = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(script))

    def close(self) -> None:
        self.context.close()
