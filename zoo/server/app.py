"""The paths of the server and what each answers."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from zoo.server import page
from zoo.server.batching import Batcher
from zoo.server.bodies import Bodies
from zoo.server.guard import Guard, Names
from zoo.server.limits import Limits
from zoo.server.measures import Measures, resident_bytes
from zoo.server.refusal import RefusalError, quoted
from zoo.server.rest import VERSION, metadata_of, read_predict, status_of, write_predict
from zoo.server.servable import Servable

MODEL = re.compile(r"(?P<name>[^/:]+)(/versions/(?P<version>[^/:]+))?(?P<what>:predict|/metadata)?")
"""What stands behind /v1/models/."""

METRICS = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Serving:
    """One model that is served: the functions that answer."""

    servable: Servable
    limits: Limits
    measures: Measures = field(default_factory=Measures)
    batcher: Batcher = field(init=False)
    bodies: Bodies = field(init=False)
    stopping: bool = False
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "json"))
    """Large JSON takes a while to read: elsewhere than where all connections are attended to."""

    def __post_init__(self) -> None:
        self.batcher = Batcher(self.limits, self.measures)
        self.bodies = Bodies(self.limits)

    async def model(self, request: Request) -> Response:
        """/v1/models/…: status, metadata, predict."""
        found = MODEL.fullmatch(request.path_params["rest"])
        if found is None:
            raise RefusalError(
                404, f"there is no {quoted(request.url.path)}; ask /v1/models/{self.servable.name}:predict"
            )
        name, version, what = found["name"], found["version"], found["what"]
        if name != self.servable.name or version not in (None, VERSION):
            raise RefusalError(
                404, f"Servable not found for request: {_asked(name, version)}; here is {self.servable.name}"
            )
        method = "POST" if what == ":predict" else "GET"
        if request.method != method:
            raise RefusalError(405, f"this path is asked with {method} (got {request.method})", {"Allow": method})
        if what == ":predict":
            return await self._predict(request)
        return JSONResponse(metadata_of(self.servable) if what else status_of(self.servable))

    async def _predict(self, request: Request) -> Response:
        async with self.bodies.of(request) as body:
            question = await self._elsewhere(read_predict, body, self.servable.signatures)
            outputs = await self.batcher.ask(question.signature, question.arrays)
            return Response(await self._elsewhere(write_predict, question, outputs), media_type="application/json")

    async def _elsewhere(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    async def health(self, request: Request) -> Response:
        """/healthz: whether requests are answered now; /healthz/live: whether the process is."""
        ready = not self.stopping and not self.batcher.stuck
        fine = ready or request.url.path.endswith("/live")
        return JSONResponse({"live": True, "ready": ready}, 200 if fine else 503)

    async def metrics(self, request: Request) -> Response:
        """/metrics, for Prometheus."""
        text = self.measures.text(
            speczoo_queue_requests=lambda: len(self.batcher),
            speczoo_held_bytes=lambda: self.bodies.held,
            process_resident_memory_bytes=resident_bytes,
        )
        return Response(text, media_type=METRICS)

    async def file(self, request: Request) -> Response:
        """The page and its files."""
        content, kind = page.FILES.get(request.url.path, (None, "text/html"))
        return Response(page.page_of(self.servable) if content is None else content, media_type=kind)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """The queue is worked on as long as the server runs."""
        task = asyncio.create_task(self.batcher.run())
        try:
            yield
        finally:
            task.cancel()
            self.batcher.close()
            self._thread.shutdown(wait=False, cancel_futures=True)

    def app(self, names: Names, *, log: bool = False) -> ASGIApp:
        """All of it, guarded."""
        routes = [
            Route("/v1/models/{rest:path}", self.model, methods=["GET", "POST"]),
            *(Route(path, self.health) for path in ("/healthz", "/healthz/live", "/healthz/ready")),
            Route("/metrics", self.metrics),
            *(Route(path, self.file) for path in ("/", *page.FILES)),
        ]
        handlers: Any = {RefusalError: _refused, HTTPException: _unknown, ClientDisconnect: _gone, Exception: _broken}
        inner = Starlette(routes=routes, lifespan=self.lifespan, exception_handlers=handlers)
        return Guard(inner, names, self.measures, log)


def _asked(name: str, version: str | None) -> str:
    return f"Latest({name[:60]})" if version is None else f"Specific({name[:60]}, {version[:20]})"


async def _refused(request: Request, refusal: RefusalError) -> Response:
    return JSONResponse({"error": refusal.sentence}, refusal.status, dict(refusal.headers))


async def _unknown(request: Request, error: HTTPException) -> Response:
    sentence = f"{error.detail}: {request.method[:20]} {quoted(request.url.path)}"
    return JSONResponse({"error": sentence}, error.status_code, error.headers)


async def _gone(request: Request, error: ClientDisconnect) -> Response:
    return PlainTextResponse("", 499)


async def _broken(request: Request, error: Exception) -> Response:
    """A bug of ours: the client is told that it is, the server's log has the traceback."""
    return JSONResponse({"error": "the server failed; its log says why"}, 500)
