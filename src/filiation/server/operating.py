"""What those who run a server want of it, around the application: limits, a log, figures, and whether it is well."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from filiation.server.bodies import JSON
from filiation.server.headers import SECURITY, Guard
from filiation.server.metrics import Metrics, media_type
from filiation.server.problems import BusyError, TooOftenError
from filiation.server.rates import Rates
from filiation.server.request_log import RequestLog
from filiation.server.responses import http_problem, refusal, told

LIVE, READY, METRICS = "/health/live", "/health/ready", "/metrics"
PROBE = "/api/v1/node/0"
"""What is asked of the application to learn whether it answers; whether there is such a node does not matter."""
PROBE_SECONDS = 5.0
METHODS = frozenset({"GET", "HEAD", "POST"})
OTHER = "OTHER"


class Operating(NamedTuple):
    """How a server is run.

    Attributes:
        rate: Requests a second that each caller may make, for each worker; None for any number.
        burst: So many may come at once; None for five seconds' worth.
        log: A file for a line on each request, ``-`` to print them; None for none.
        metrics: Whether figures are told at `METRICS`.
        proxies: Addresses and networks of the proxies that are believed about whom they ask for.
        names: Host names that the server goes by behind them.
    """

    rate: float | None = None
    burst: int | None = None
    log: str | None = None
    metrics: bool = False
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    names: tuple[str, ...] = ()


class Operated:
    """The application with what an operator asked for around it; one for each worker.

    Args:
        app: The application.
        operating: What was asked for.

    Raises:
        FiliationError: If the log cannot be written.
    """

    def __init__(self, app: Starlette, operating: Operating) -> None:
        self._app = app
        self._rates = None if operating.rate is None else Rates(operating.rate, operating.burst)
        self._log = None if operating.log is None else RequestLog(operating.log)
        self._metrics = Metrics() if operating.metrics else None
        self._own = self._health()
        self._patterns: dict[object, str] = {route.endpoint: route.path_format for route in reversed(_routes(app, self._own))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and end with the process."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                if self._log is not None:
                    self._log.close()
        elif scope["type"] == "http":
            await self._watched(scope, receive, send)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, seen = time.perf_counter(), _Seen(send)
        if self._metrics is not None:
            self._metrics.begin()
        try:
            await self._answer(scope, receive, seen)
        finally:
            self._take_down(scope, seen, time.perf_counter() - start)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in {LIVE, READY} or (scope["path"] == METRICS and self._metrics is not None):
            await self._own(scope, receive, send)
        elif self._rates is None:
            await self._app(scope, receive, send)
        elif wait := self._rates.wait(scope):
            await _refusal(wait)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
            self._rates.learn(scope)

    def _take_down(self, scope: Scope, seen: _Seen, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else OTHER
        route = self._patterns.get(scope.get("endpoint", self))
        told = method, route, seen.status, seconds, 0 if method == "HEAD" else seen.bytes
        if self._log is not None:
            self._log.add(*told)
        if self._metrics is not None:
            self._metrics.end(*told)

    def _health(self) -> Starlette:
        """Return what answers how the server is; under any host name, as those who look after it may use any."""
        routes = [Route(LIVE, _live), Route(READY, self._ready), Route(METRICS, self._figures)]
        handlers = {HTTPException: http_problem, Exception: told}
        return Starlette(routes=routes, middleware=[Middleware(Guard, hosts=None)], exception_handlers=handlers)

    async def _ready(self, _: Request) -> Response:
        if not await _answers(self._app):
            return refusal(BusyError("No question is answered now: too much is asked, or the atlas is not there."))
        return _state("ready")

    async def _figures(self, _: Request) -> Response:
        assert self._metrics is not None  # noqa: S101  # it is not asked otherwise
        content = await anyio.to_thread.run_sync(self._metrics.told)
        return Response(content, headers={"cache-control": "no-store", "content-type": media_type()})


class _Seen:
    """Sends an answer on, and keeps its status and size."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None
        self.bytes = 0

    async def __call__(self, message: Message) -> None:
        await self._send(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))


def _routes(*apps: Starlette) -> list[Route]:
    return [route for app in apps for route in app.routes if isinstance(route, Route)]


async def _live(_: Request) -> Response:
    return _state("live")


def _state(word: str) -> Response:
    return Response(f'{{"status":"{word}"}}', headers={"cache-control": "no-store"}, media_type=JSON)


def _refusal(wait: float) -> Response:
    seconds = math.ceil(wait)
    response = refusal(TooOftenError(f"That is too often: ask again in {seconds} s.", seconds))
    response.raw_headers.extend(SECURITY)
    return response


async def _answers(app: ASGIApp) -> bool:
    """Return whether the application answers a question now, whatever it says."""
    said: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            said.append(message["status"])

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": PROBE,
        "raw_path": PROBE.encode(), "root_path": "", "query_string": b"", "headers": [(b"host", b"localhost")],
        "client": None, "server": None, "state": {},
    }  # fmt: skip
    with anyio.move_on_after(PROBE_SECONDS):
        await app(scope, receive, send)
    return bool(said) and said[0] < 500
