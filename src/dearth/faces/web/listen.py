"""The socket that a server listens on, bound before anything else is done, and the end of a server."""

from __future__ import annotations

import socket

import uvicorn

from dearth.errors import Fault, InputError

__all__ = ["Listener", "bound"]

_BACKLOG = 256


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    InputError
        The host is unknown, or the port is taken or not ours to use.
    """
    try:
        family, kind, _proto, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind)
    except (OSError, UnicodeError) as error:
        raise _refused(host, port, error) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise _refused(host, port, error) from None
    return listening


class Listener(uvicorn.Server):
    """A server that answers who still waits, before it ends: without this they are cut off."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Call off what goes on, then end."""
        self.config.app.state.service.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def _refused(host: str, port: int, error: Exception) -> InputError:
    why = getattr(error, "strerror", None) or str(error)
    cure = "choose another --port (0: any that is free), or another --host"
    return InputError("Starting the server", Fault("cannot listen", f"{host[:80]}:{port}", why, cure))
