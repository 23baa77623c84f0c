"""A cluster that runs already, by Dask: workers may come, go and be killed while the work goes on."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, NoReturn, TypeVar
from uuid import uuid4

from dearth.errors import DearthError, Fault, InputError
from dearth.spread.protocol import lost_workers

__all__ = ["Cluster"]

B = TypeVar("B")
R = TypeVar("R")

_PHASE: Final = "Asking the cluster"
_ANSWER_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """A :class:`dearth.spread.protocol.Map` over the workers of a Dask scheduler.

    Attributes
    ----------
    address
        Of the scheduler, e.g. ``tcp://10.0.0.5:8786``.
    patience
        Seconds to wait for a worker when there is none.
    """

    address: str
    patience: float = 120.0

    def __call__(self, function: Callable[[B], R], blocks: Sequence[B]) -> Iterator[tuple[int, R]]:
        """Yield number and result of every block, as they are done.

        Raises
        ------
        InputError
            Dask is not installed, no scheduler answers, it has no workers, or they lack this program.
        ModelError
            Workers were lost over the same block again and again.
        """
        client = _client(self.address)
        try:
            yield from _Work(self, client, function, blocks).done()
        finally:
            with suppress(OSError, TimeoutError):
                client.close()

    def none_left(self) -> InputError:
        """Return the error of a cluster without workers."""
        what = f"no worker for {self.patience:g} seconds"
        cure = f"start some: dask worker {self.address} --nthreads 1"
        return InputError(_PHASE, Fault(what, f"--cluster {self.address}", cure=cure))


def _dask() -> Any:
    """Return the library; it is an extra, and slow to load."""
    return import_module("distributed")


def _client(address: str) -> Any:
    """Return a client of the scheduler at `address`."""
    where = f"--cluster {address[:200]}"
    try:
        dask = _dask()
    except ImportError:
        cure = "install it: pip install 'dearth[cluster]'"
        raise InputError(_PHASE, Fault("Dask is not installed", where, cure=cure)) from None
    try:
        _knock(address)
        return dask.Client(address, timeout=_ANSWER_SECONDS, set_as_default=False, name="dearth")
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        why = str(error)[:200] or type(error).__name__
        cure = "start one with `dask scheduler` and give the address that it names, e.g. tcp://HOST:8786"
        raise InputError(_PHASE, Fault("no scheduler answers", where, why, cure)) from None


def _knock(address: str) -> None:
    """See whether anyone is at an address: a client that was refused leaves a mess on standard error.

    Raises
    ------
    OSError, ValueError
        No one is, or it is no address.
    """
    addresses = import_module("distributed.comm")
    if not address.startswith("inproc://"):
        place = addresses.get_address_host_port(addresses.normalize_address(address), strict=True)
        socket.create_connection(place, timeout=_ANSWER_SECONDS).close()


class _Work:
    """Blocks that wait, and those that workers have."""

    def __init__(self, asked: Cluster, client: Any, function: Callable[[B], R], blocks: Sequence[B]) -> None:
        self._asked, self._client = asked, client
        self._function: Callable[[Any], Any] = function
        self._blocks: Sequence[Any] = blocks
        self._waiting = deque(range(len(blocks)))
        self._running: dict[Any, int] = {}
        self._token = uuid4().hex
        self._last_seen = time.monotonic()

    def done(self) -> Iterator[tuple[int, Any]]:
        """Yield what is done, until all is."""
        try:
            while self._waiting or self._running:
                self._feed()
                for future in self._finished():
                    number = self._running.pop(future)
                    yield number, self._result(future, number)
        finally:
            with suppress(OSError, TimeoutError, RuntimeError):
                self._client.cancel(list(self._running))

    def _threads(self) -> int:
        """Return how many blocks the cluster can work on at once; without workers, wait, but not for ever."""
        try:
            threads = sum(self._client.nthreads().values())
        except (OSError, TimeoutError) as error:
            self._gone(error)
        now = time.monotonic()
        if threads:
            self._last_seen = now
        elif now - self._last_seen > self._asked.patience:
            raise self._asked.none_left()
        return int(threads)

    def _feed(self) -> None:
        """Hand out two blocks a thread: one to work on, one to go on with."""
        most = max(1, 2 * self._threads())
        while self._waiting and len(self._running) < most:
            number = self._waiting.popleft()
            key = f"dearth-{self._token}-{number}"
            future = self._client.submit(self._function, self._blocks[number], key=key, pure=False)
            self._running[future] = number

    def _finished(self) -> list[Any]:
        running = list(self._running)
        try:
            with self._client.as_current():
                return list(_dask().wait(running, timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            return []

    def _result(self, future: Any, number: int) -> Any:
        """Return the result of a block, and let the cluster forget it."""
        dask = _dask()
        try:
            return future.result()
        except DearthError:
            raise
        except dask.KilledWorker:
            why = "killed from outside, or out of memory"
            raise lost_workers(number, why, "give workers more memory, and ask again") from None
        except (dask.CancelledError, OSError, TimeoutError) as error:
            self._gone(error)
        except (ImportError, RuntimeError) as error:
            self._unfit(error)
        finally:
            future.release()

    def _gone(self, error: Exception) -> NoReturn:
        why = str(error)[:200] or type(error).__name__
        cure = "start it again and ask again; with --keep the blocks that are done stay done"
        where = f"--cluster {self._asked.address}"
        raise InputError(_PHASE, Fault("the scheduler no longer answers", where, why, cure)) from None

    def _unfit(self, error: Exception) -> NoReturn:
        root = error.__cause__ or error
        why = f"{type(root).__name__}: {root}"[:300]
        cure = "install the same dearth with the same Python on every worker"
        where = f"--cluster {self._asked.address}"
        raise InputError(_PHASE, Fault("a worker could not run a block", where, why, cure)) from None
