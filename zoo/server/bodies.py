"""Bodies of requests, read within bounds: of one body, of all that are held at once, and of time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.requests import Request

from zoo.server.limits import Limits
from zoo.server.refusal import AGAIN, CLOSE, RefusalError


class Bodies:
    """The bodies that are held now."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.held = 0
        """Bytes of all of them."""

    @contextlib.asynccontextmanager
    async def of(self, request: Request) -> AsyncIterator[bytes]:
        """A request's body, which counts as held until the block ends."""
        if request.headers.get("content-encoding", "identity") != "identity":
            raise RefusalError(415, "the body must not be compressed; send it without Content-Encoding", CLOSE)
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._limits.max_bytes:
            raise self._too_large()
        held = _Held(self)
        try:
            yield await self._read_in_time(request, held)
        finally:
            held.release()

    async def _read_in_time(self, request: Request, held: "_Held") -> bytes:
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._read(request, held)
        except TimeoutError:
            raise RefusalError(408, f"the body did not arrive within {self._limits.seconds:g} s", CLOSE) from None

    async def _read(self, request: Request, held: "_Held") -> bytes:
        parts = bytearray()
        async for part in request.stream():
            if len(parts) + len(part) > self._limits.max_bytes:
                raise self._too_large()
            if self.held + len(part) > self._limits.held_bytes:
                raise RefusalError(429, "too many large requests at once; come back in a second", {**AGAIN, **CLOSE})
            held.take(len(part))
            parts += part
        return bytes(parts)

    def _too_large(self) -> RefusalError:
        return RefusalError(413, f"a request has at most {self._limits.max_bytes:,} bytes; ask about fewer rows", CLOSE)


class _Held:
    """What one request has of the bytes that are held."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies, self._bytes = bodies, 0

    def take(self, count: int) -> None:
        self._bytes += count
        self._bodies.held += count

    def release(self) -> None:
        self._bodies.held -= self._bytes
        self._bytes = 0
