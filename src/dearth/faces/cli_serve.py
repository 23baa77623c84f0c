"""``dearth serve``: the page and the REST API, on this machine."""

from __future__ import annotations

import os
import threading
import webbrowser
from typing import Annotated, Final

import typer

from dearth.errors import Fault, InputError
from dearth.faces.console import say
from dearth.faces.options import Quiet

__all__ = ["serve"]

_PHASE: Final = "Starting the server"
_PORTS: Final = 65535
_VARIABLE: Final = "DEARTH_TOKEN"

_Host = Annotated[
    str, typer.Option("--host", metavar="HOST", help="Where to bind; default: this machine only.")
]
_Port = Annotated[int, typer.Option("--port", metavar="PORT", help="Port; 0: any that is free.")]
_Token = Annotated[
    str | None,
    typer.Option("--token", metavar="TEXT", help=f"Ask for this token; better: set {_VARIABLE}."),
]
_Open = Annotated[bool, typer.Option("--open", help="Open the page in a browser.")]


def serve(
    host: _Host = "127.0.0.1",
    port: _Port = 8350,
    token: _Token = None,
    open_page: _Open = False,
    quiet: Quiet = False,
) -> None:
    """Serve until Ctrl-C."""
    from dearth.faces.web.heap import bound_heap  # noqa: PLC0415 (a fast start)

    bound_heap()  # before a library starts threads
    import uvicorn  # noqa: PLC0415

    from dearth.faces.web.app import create_app  # noqa: PLC0415
    from dearth.faces.web.listen import Listener, bound  # noqa: PLC0415
    from dearth.faces.web.security import Rules  # noqa: PLC0415

    given = token if token is not None else os.environ.get(_VARIABLE) or None
    _check(host, port, given)
    listening = bound(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    say(f"dearth serves {address} (Ctrl-C ends it)", quiet=quiet)
    if open_page:
        first = f"{address}?token={given}" if given else address
        threading.Timer(0.5, webbrowser.open, (first,)).start()
    config = uvicorn.Config(
        create_app(Rules(host, given), warm_up=True),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
        limit_concurrency=256,
        backlog=256,
    )
    Listener(config).run(sockets=[listening])


def _check(host: str, port: int, token: str | None) -> None:
    """Refuse to be bound to the world without a token.

    Raises
    ------
    InputError
        All that is wrong with the options.
    """
    from dearth.faces.web.security import TOKEN_LENGTH, is_loopback  # noqa: PLC0415

    faults = []
    if not 0 <= port <= _PORTS:
        faults.append(Fault(f"{port} is no port", "--port", cure=f"use 1 to {_PORTS}, or 0 for any"))
    if token is None and not is_loopback(host):
        why = f"{host[:80]} can be reached from other machines"
        cure = f"set {_VARIABLE} to {TOKEN_LENGTH} characters or more, or leave --host out"
        faults.append(Fault("no token", "--token", why, cure))
    if token is not None and (len(token) < TOKEN_LENGTH or not (token.isascii() and token.isalnum())):
        cure = f"use {TOKEN_LENGTH} letters and digits or more"
        faults.append(Fault("the token will not do", "--token", cure=cure))
    if faults:
        raise InputError(_PHASE, faults)
