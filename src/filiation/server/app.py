"""The application: one port, for the page, the tiles and the questions."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from filiation.core.errors import AtlasError, FiliationError, UnknownRefError
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate, unknown
from filiation.server.answers import TokenQuery
from filiation.server.bodies import ARROW, CSV, JSON, Body, media_type_of, packed
from filiation.server.headers import Guard
from filiation.server.openapi import description
from filiation.server.page import FOLDER as PAGE
from filiation.server.places import Places
from filiation.server.problems import (
    MEDIA_TYPE,
    RETRY_SECONDS,
    BusyError,
    NothingHereError,
    Problem,
    parameter_sentence,
    problem,
    problem_of,
)
from filiation.server.routes import QUESTIONS, Question
from filiation.server.standing import AtlasReader, Portfolios, Standing

PAGES = ("/", "/trends", "/overview")
PATIENCE_SECONDS = 30.0
"""How long an answer may take, waiting for a thread included."""
THREADS = {"walk": 4, "database": 2, "suggest": 1}
"""So many threads for walks, for what needs the database, and for names that are nearly the one asked for."""
FOREVER = "max-age=31536000, immutable"
Asked = TypeVar("Asked", bound=msgspec.Struct)
Made = TypeVar("Made")
_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


def create_app(
    atlas: Path, portfolios: Portfolios | None = None, hosts: Collection[str] | None = None, *, warm: bool = False
) -> Starlette:
    """Return the application over the atlas, which it only reads.

    Args:
        atlas: The atlas's folder.
        portfolios: Names with the refs that belong to them, for the overview.
        hosts: Names that requests may give as their host; None for any.
        warm: Whether to find all that is expensive once the application starts, in a thread.

    Raises:
        AtlasError: If there is no lineage in the atlas.
    """
    return _Application(AtlasReader(atlas, portfolios or {})).starlette(hosts, warm=warm)


class _Application:
    """Answers requests; everything here runs in one thread, but what is given to `_in_thread`."""

    def __init__(self, reader: AtlasReader) -> None:
        self._reader = reader
        self._limiters = {name: anyio.CapacityLimiter(count) for name, count in THREADS.items()}
        self._static = _read_static(PAGE)
        document = _encode(description())
        self._description = packed(document, JSON, _etag_of(document))

    def starlette(self, hosts: Collection[str] | None, *, warm: bool) -> Starlette:
        """Return the application with its addresses."""
        routes = [Route(question.pattern, partial(self._answer, question)) for question in QUESTIONS]
        routes += [
            Route("/map/manifest.json", self._manifest),
            Route("/map/tiles/{level:int}/{x:int}/{y:int}.arrow", self._tile),
            Route("/openapi.json", self._openapi),
            *(Route(page, self._page) for page in PAGES),
            Route("/{path:path}", self._file),
        ]
        handlers: Mapping[Any, Callable[..., Any]] = {HTTPException: _http_problem, FiliationError: _told, Exception: _told}
        return Starlette(
            routes=routes,
            middleware=[Middleware(Guard, hosts=hosts)],
            exception_handlers=handlers,
            lifespan=self._lifespan if warm else None,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_warm)
            yield
            tasks.cancel_scope.cancel()

    async def _keep_warm(self) -> None:
        """Find what is expensive of each lineage, before anyone asks; a locked database is tried again."""
        warmed: Standing | None = None
        while True:
            standing = self._reader.standing()
            if standing is not warmed:
                try:
                    await anyio.to_thread.run_sync(standing.warm, limiter=self._limiters["database"], abandon_on_cancel=True)
                    warmed = standing
                except AtlasError:
                    pass  # being written: whoever asks meanwhile is told so
                except Exception:  # whatever it is, those who ask are still answered, and told of it
                    _log.exception("What was to be found beforehand was not; it is tried again for whoever asks.")
                    warmed = standing
            await anyio.sleep(RETRY_SECONDS)

    async def _answer(self, question: Question, request: Request) -> Response:
        standing = self._reader.standing()
        etag = _etag(standing.tag)
        if question.is_lasting and _is_known(request, etag):
            return _unchanged(etag)
        query = _query(question.query, request)
        key = f"{request.scope['path']}?{query!r}"
        body = standing.bodies.get(key)
        if body is None:
            given = [await self._given(standing, name, value) for name, value in request.path_params.items()]
            make = partial(_make, question, standing, given, query, etag)
            if question.means == "quick" or (question.is_quick is not None and question.is_quick(standing, given[0])):
                body = make()
            else:
                body = await self._in_thread(question.means, make)
            if question.is_lasting:
                standing.bodies.keep(key, body)
        return _respond(request, body)

    async def _given(self, standing: Standing, name: str, value: Any) -> Any:
        """Return the parameter of a path: of a ref, its node."""
        if name == "node":
            return _checked(standing.lineage, value)
        if name != "ref":
            return value
        node = locate(standing.lineage, value).node
        if node != NULL:
            return node
        otherwise = "look for it with /api/v1/find?q=."
        raise await self._in_thread("suggest", lambda: unknown(standing.lineage, value, "this atlas", otherwise))

    async def _in_thread(self, means: str, make: Callable[[], Made]) -> Made:
        try:
            with anyio.fail_after(PATIENCE_SECONDS):
                return await anyio.to_thread.run_sync(make, limiter=self._limiters[means], abandon_on_cancel=True)
        except TimeoutError as error:
            raise BusyError("That took too long: ask for less, or try again later.") from error

    async def _manifest(self, request: Request) -> Response:
        return await self._of_map(request, lambda places: places.manifest(), JSON)

    async def _tile(self, request: Request) -> Response:
        level, x, y = (request.path_params[name] for name in ("level", "x", "y"))

        def read(places: Places) -> bytes:
            content = places.tile(level, x, y)
            if content is None:
                raise NothingHereError(f"There is no tile {level}/{x}/{y} on this map.")
            return content

        return await self._of_map(request, read, ARROW)

    async def _of_map(self, request: Request, read: Callable[[Places], bytes], media_type: str) -> Response:
        """Answer with a file of the map; one that is asked for under the map's token may be kept for good."""
        standing = self._reader.standing()
        query = _query(TokenQuery, request)
        places = standing.places
        if places is None:
            raise NothingHereError("This atlas has no map yet: 'filiation build' draws it.")
        if query.t not in {None, places.token}:
            raise NothingHereError("The map was drawn anew: load /map/manifest.json again.")
        etag = _etag(standing.tag)
        if _is_known(request, etag):
            return _unchanged(etag)
        key = f"{request.scope['path']}?{query.t}"
        body = standing.bodies.get(key)
        if body is None:
            cache = FOREVER if query.t else "no-cache"
            body = await self._in_thread("walk", lambda: packed(read(places), media_type, etag, cache))
            standing.bodies.keep(key, body)
        return _respond(request, body)

    async def _openapi(self, request: Request) -> Response:
        return _respond(request, self._description)

    async def _page(self, request: Request) -> Response:
        page = self._static.get("/index.html")
        if page is None:
            raise NothingHereError(
                "The page is not part of this installation: the questions under /api/v1 are, see /openapi.json."
            )
        return _respond(request, page)

    async def _file(self, request: Request) -> Response:
        body = self._static.get(request.scope["path"])
        if body is None:
            raise NothingHereError("There is nothing at this address: /openapi.json lists what there is.")
        return _respond(request, body)


def _checked(lineage: Lineage, node: int) -> int:
    """Return `node`.

    Raises:
        UnknownRefError: If there are not so many.
    """
    if not 0 <= node < lineage.size:
        raise UnknownRefError(f"There is no node {node}: this atlas has {lineage.size:,}.")
    return node


def _make(question: Question, standing: Standing, given: list[Any], query: Any, etag: str) -> Body:
    """Return the answer to a question, encoded."""
    told = question.tell(standing, *given, query)
    content = told if isinstance(told, bytes) else _encode(told)
    attachment = f"{given[0]}.csv" if question.media_type == CSV else None
    return packed(content, question.media_type, etag if question.is_lasting else _etag_of(content), attachment=attachment)


def _query(shape: type[Asked], request: Request) -> Asked:
    """Return the parameters after the question mark as `shape`; one without a value counts as not given."""
    given = {name: value for name, value in request.query_params.items() if value}
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise FiliationError(parameter_sentence(error, list(shape.__struct_fields__))) from error


def _respond(request: Request, body: Body) -> Response:
    """Return the whole answer, or that the one which the reader has still stands."""
    if _is_known(request, body.etag):
        return _unchanged(body.etag)
    headers = {"etag": body.etag, "cache-control": body.cache}
    if body.attachment is not None:
        headers["content-disposition"] = f'attachment; filename="{body.attachment}"'
    if body.gzipped is None:
        return Response(body.content, headers=headers, media_type=body.media_type)
    headers["vary"] = "accept-encoding"
    if not _takes_gzip(request):
        return Response(body.content, headers=headers, media_type=body.media_type)
    return Response(body.gzipped, headers=headers | {"content-encoding": "gzip"}, media_type=body.media_type)


def _takes_gzip(request: Request) -> bool:
    words = (part.replace(" ", "") for part in request.headers.get("accept-encoding", "").lower().split(","))
    return any(word == "gzip" or (word.startswith("gzip;q=") and word.removeprefix("gzip;q=").strip("0.")) for word in words)


def _etag(tag: str) -> str:
    return f'W/"{tag}"'  # weak: the compressed answer and the plain one share it


def _etag_of(content: bytes) -> str:
    return _etag(sha256(content).hexdigest()[:16])


def _is_known(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match")
    return known is not None and etag in [item.strip() for item in known.split(",")]


def _unchanged(etag: str) -> Response:
    return Response(status_code=304, headers={"etag": etag, "cache-control": "no-cache"})


def _read_static(folder: Path) -> dict[str, Body]:
    """Return the files of the page by address. What is not among them now is not served: no address can leave the folder."""
    bodies = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            content, address = path.read_bytes(), f"/{path.relative_to(folder).as_posix()}"
            cache = FOREVER if address.startswith("/assets/") else "no-cache"
            bodies[address] = packed(content, media_type_of(address), _etag_of(content), cache)
    return bodies


async def _http_problem(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = "Only GET and HEAD are answered here: nothing can be changed." if status == 405 else "There is nothing here."
    return _problem_response(problem(status, detail))


async def _told(_: Request, error: Exception) -> Response:
    return _problem_response(problem_of(error))


def _problem_response(told: Problem) -> Response:
    headers = {"cache-control": "no-store"}
    if told.status == 503:
        headers["retry-after"] = str(RETRY_SECONDS)
    return Response(_encode(told), told.status, headers, MEDIA_TYPE)
