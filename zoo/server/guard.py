"""What stands before every request: who may ask, what every answer's headers say, what is counted and logged."""

import ipaddress
import json
import re
import socket
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zoo.server.measures import Measures
from zoo.server.refusal import quoted

HEADERS = {
    # Nothing but what this server gives, no frame around it, no form that sends elsewhere.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

ENDPOINTS = (
    (re.compile(r"/v1/models/[^/]*:predict|/v1/models/[^/]*/versions/[^/]*:predict"), "predict"),
    (re.compile(r"/v1/models/.*"), "model"),
    (re.compile(r"/healthz(/live|/ready)?"), "health"),
    (re.compile(r"/metrics"), "metrics"),
    (re.compile(r"/(page\.css|page\.js)?"), "page"),
)
"""What a path asks for, as it is counted; the first that fits."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names in a Host header by which this server may be called.

    A page of a stranger's can have its own name point to this machine (DNS rebinding) and then counts as of the same
    origin: so a name must be known. A number cannot be made to point elsewhere.
    """

    host: str
    """The address that is listened on."""
    more: Collection[str] = ()

    def knows(self, header: str) -> bool:
        """Whether a Host header, with its port, names this server."""
        name = re.sub(r":\d*$", "", header).strip("[]").lower()
        known = {"localhost", self.host.lower(), *map(str.lower, self.more)}
        known |= set() if self.is_loopback else {socket.gethostname().lower()}
        return name in known or self._is_number_of_ours(name)

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine can come."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def _is_number_of_ours(self, name: str) -> bool:
        try:
            return ipaddress.ip_address(name).is_loopback or not self.is_loopback
        except ValueError:
            return False


@dataclass(slots=True)
class Guard:
    """The whole application with the guard before it."""

    app: ASGIApp
    names: Names
    measures: Measures
    log: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, counted whatever becomes of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = _Seen(scope, send)
        refusal = self._refusal(Headers(scope=scope))
        app = self.app if refusal is None else JSONResponse({"error": refusal}, 403)
        try:
            await app(scope, receive, seen.send)
        finally:
            self.measures.answered(_endpoint(scope["path"]), seen.status, perf_counter() - seen.started)
            if self.log:
                print(json.dumps(seen.line()), file=sys.stderr, flush=True)

    def _refusal(self, headers: Headers) -> str | None:
        """Why a request is not answered: its page is another origin's."""
        host, origin = headers.get("host"), headers.get("origin")
        if host is not None and not self.names.knows(host):
            return f"this server is not called {quoted(host)}; if it is, start it with --allow-host"
        if origin is not None and origin.lower() not in {f"{scheme}://{host}".lower() for scheme in ("http", "https")}:
            return f"pages of another origin may not ask this server (got Origin {quoted(origin)})"
        return None


@dataclass(slots=True)
class _Seen:
    """One request as the log and the counters see it."""

    scope: Scope
    sender: Send
    status: int = 499
    """Until an answer begins: the client was gone before."""
    sent: int = 0
    started: float = field(default_factory=perf_counter)

    async def send(self, message: Message) -> None:
        """Hands a part of the answer on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        self.sent += len(message.get("body", b""))
        await self.sender(message)

    def line(self) -> dict[str, Any]:
        """What the access log has of it."""
        client = self.scope.get("client")
        return {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "client": client[0] if client else None,
            "method": self.scope["method"],
            "path": self.scope["path"],
            "status": self.status,
            "bytes": self.sent,
            "seconds": round(perf_counter() - self.started, 6),
        }


def _endpoint(path: str) -> str:
    return next((name for pattern, name in ENDPOINTS if pattern.fullmatch(path)), "other")
