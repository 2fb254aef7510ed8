"""The server as a process: its socket, its signals, its end."""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from specs.errors import UserError
from zoo.server.app import Serving
from zoo.server.guard import Names
from zoo.server.limits import Limits
from zoo.server.servable import load

SIGNALS = (signal.SIGINT, signal.SIGTERM)

HEADER_SECONDS = 10
"""A connection that has not sent a whole head of a request within this time is closed."""

MAX_HEAD = 32 * 2**10
"""Bytes of a request's line and headers."""

Say = Callable[[str], None]


def serve(
    folder: Path, host: str, port: int, *, limits: Limits, trust: bool, hosts: tuple[str, ...], log: bool, say: Say
) -> None:
    """Serve an export until SIGTERM or Ctrl-C; requests that are being answered then are answered.

    Raises `UserError` where the export or the address cannot be used.
    """
    sock = listening(host, port)
    with contextlib.closing(sock):
        servable = load(folder, trust=trust)
        serving = Serving(servable, limits)
        config = uvicorn.Config(
            serving.app(Names(host, hosts), log=log),
            http=_Connection,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=limits.connections,
            h11_max_incomplete_event_size=MAX_HEAD,
            timeout_graceful_shutdown=int(limits.seconds) + 5,
        )
        address = f"http://{_bracketed(host)}:{sock.getsockname()[1]}"
        asyncio.run(_Server(config, serving, lambda: say(f"{servable.name} is served at {address}")).serve([sock]))


def listening(host: str, port: int) -> socket.socket:
    """A socket on an address; `UserError` where that cannot be had. Port 0 is any that is free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError as error:
        advice = "; choose another with --port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        raise UserError(f"{_bracketed(host)}:{port}: cannot be listened on ({error.strerror}){advice}") from None
    return sock


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class _Server(uvicorn.Server):
    """Says when it is ready, and ends with code 0 where a signal asked it to."""

    def __init__(self, config: uvicorn.Config, serving: Serving, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._serving, self._ready = serving, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._serving.stopping = True
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn raises the signal once more at its end, which would make it the process' end."""
        kept: dict[int, Any] = {number: signal.signal(number, self._stop) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit and number == signal.SIGINT
        self.should_exit = True


class _Connection(H11Protocol):
    """Closes connections on which no request comes: uvicorn waits for the first one for ever."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP may come behind a head that was: then somebody is answering already, and must not."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

    def _watch(self) -> None:
        """The time for a head runs from its first byte, or from the connection's beginning."""
        waits = self.conn.their_state is h11.IDLE
        if waits and self._late is None:
            self._late = self.loop.call_later(HEADER_SECONDS, self._hang_up)
        elif not waits and self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._late = None
        if self.conn.their_state is h11.IDLE:
            self.transport.close()
