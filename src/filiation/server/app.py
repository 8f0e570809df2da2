"""The application: one port, for the page, the tiles and the questions."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
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

from filiation.core.errors import AtlasError, FiliationError, SupersededError, UnknownRefError
from filiation.ledger.database import FILE
from filiation.ledger.person import Person, Role
from filiation.ledger.store import Clock
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate, unknown
from filiation.server.access import Doorkeeper, read_body, require_ours
from filiation.server.acts import ACTS, Act
from filiation.server.answers import TokenQuery
from filiation.server.bodies import ARROW, CSV, HTML, JSON, Body, media_type_of, packed
from filiation.server.entry import Entry
from filiation.server.headers import Guard
from filiation.server.login import LOGIN, LOGOUT
from filiation.server.openapi import description
from filiation.server.page import FOLDER as PAGE
from filiation.server.page import PAGES
from filiation.server.places import Places
from filiation.server.policies import Policies
from filiation.server.problems import RETRY_SECONDS, BusyError, NothingHereError, UnknownCallerError, parameter_sentence
from filiation.server.responses import etag_of, http_problem, is_known, personal, respond, told, unchanged, weak
from filiation.server.review_shapes import Door, me_of
from filiation.server.room import LedgerRoom
from filiation.server.routes import QUESTIONS, Question
from filiation.server.standing import Portfolios, Standing
from filiation.server.views import Views

PATIENCE_SECONDS = 30.0
"""How long an answer may take, waiting for a thread included."""
THREADS = {"walk": 4, "database": 2, "ledger": 4, "suggest": 1, "provider": 4}
"""So many threads for walks, for what needs the database, the ledger or a provider, and for names nearly the one asked for."""
PAUSES = (0.3, 0.7, 1.0)
"""Seconds between attempts to answer from an atlas that another one takes the place of, which is noticed within a second."""
FOREVER = "max-age=31536000, immutable"
Asked = TypeVar("Asked", bound=msgspec.Struct)
Made = TypeVar("Made")
_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


def create_app(
    atlas: Path,
    portfolios: Portfolios | None = None,
    hosts: Collection[str] | None = None,
    *,
    ledger: str | Path | None = None,
    policies: Sequence[str] = (),
    clock: Clock | None = None,
    private: bool = False,
    warm: bool = False,
    entry: Entry | None = None,
) -> Starlette:
    """Return the application over the atlas, which it only reads, and the ledger, which it writes for those who may.

    Args:
        atlas: The atlas's folder.
        portfolios: Names with the refs that belong to them, for the overview.
        hosts: Names that requests may give as their host; None for any.
        ledger: Where the ledger is; None for the file in the atlas's folder.
        policies: Files of policies that audits may follow besides ours; the first is taken where none is named.
        clock: What time it is for the ledger, naive UTC; None for the system's.
        private: Whether reading takes a token too.
        warm: Whether to find all that is expensive once the application starts, in a thread.
        entry: Who may see what, and how people log in; None where everybody sees everything.

    Raises:
        AtlasError: If there is no lineage in the atlas, or the view of those whom nobody knows was not built.
        FiliationError: If a policy cannot be read, or there is no ledger where one is named or the server is private.
    """
    room = LedgerRoom(ledger or atlas / FILE, clock)
    if private or ledger is not None:
        room.ledger()
    entry = entry or Entry()
    views = Views(atlas, portfolios or {}, room, Policies(policies), entry.access)
    return _Application(views, room, entry, private=private).starlette(hosts, warm=warm)


class _Application:
    """Answers requests; everything here runs in one thread, but what is given to `_in_thread`."""

    def __init__(self, views: Views, room: LedgerRoom, entry: Entry, *, private: bool) -> None:
        self._views = views
        self._door = Doorkeeper(room, entry.provider, entry.sealed)
        self._login = entry.login(partial(self._in_thread, "provider"))
        self._private = private
        self._limiters = {name: anyio.CapacityLimiter(count) for name, count in THREADS.items()}
        self._static = _read_static(PAGE)
        document = _encode(description(login=self._login is not None))
        self._description = packed(document, JSON, etag_of(document))

    def starlette(self, hosts: Collection[str] | None, *, warm: bool) -> Starlette:
        """Return the application with its addresses."""
        routes = [Route(question.pattern, partial(self._answer, question)) for question in QUESTIONS]
        routes += [Route(act.pattern, partial(self._act, act), methods=["POST"]) for act in ACTS]
        routes += self._login.routes() if self._login else []
        routes += [
            Route("/api/v1/door", self._tell_door),
            Route("/map/manifest.json", self._manifest),
            Route("/map/tiles/{level:int}/{x:int}/{y:int}.arrow", self._tile),
            Route("/openapi.json", self._openapi),
            *(Route(page, self._page) for page in PAGES),
            Route("/{path:path}", self._file),
        ]
        handlers: Mapping[Any, Callable[..., Any]] = {HTTPException: http_problem, FiliationError: told, Exception: told}
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
        warmed: set[Standing] = set()
        while True:
            standings = list(self._views.standings())
            for standing in standings:
                if standing in warmed:
                    continue
                try:
                    await anyio.to_thread.run_sync(standing.warm, limiter=self._limiters["database"], abandon_on_cancel=True)
                    warmed.add(standing)
                except AtlasError:
                    pass  # being written: whoever asks meanwhile is told so
                except Exception:  # whatever it is, those who ask are still answered, and told of it
                    _log.exception("What was to be found beforehand was not; it is tried again for whoever asks.")
                    warmed.add(standing)
            warmed &= set(standings)
            await anyio.sleep(RETRY_SECONDS)

    async def _answer(self, question: Question, request: Request) -> Response:
        person = await self._caller(request, question.role)
        for pause in PAUSES:
            try:
                return await self._answer_of(self._views.standing(person), question, request, person)
            except SupersededError:
                await anyio.sleep(pause)
        return await self._answer_of(self._views.standing(person), question, request, person)

    async def _answer_of(self, standing: Standing, question: Question, request: Request, person: Person | None) -> Response:
        etag = weak(standing.tag)
        if question.is_lasting and is_known(request, etag):
            return self._for_one(unchanged(etag))
        query = _query(question.query, request)
        key = f"{request.scope['path']}?{query!r}"
        body = standing.bodies.get(key)
        if body is None:
            given = [await self._given(standing, name, value) for name, value in request.path_params.items()]
            make = partial(_make, question, standing, given, query, etag, person)
            if question.means == "quick" or (question.is_quick is not None and question.is_quick(standing, given[0])):
                body = make()
            else:
                body = await self._in_thread(question.means, make)
            if question.is_lasting:
                standing.bodies.keep(key, body)
        return self._for_one(respond(request, body))

    async def _act(self, act: Act, request: Request) -> Response:
        require_ours(request)
        person = self._views.placed(await self._in_thread("ledger", lambda: self._door.person(request, act.role)))
        body = await read_body(request, act.body)
        given = list(request.path_params.values())
        standing = self._views.standing(person)
        done = await self._in_thread("ledger", lambda: _encode(act.do(standing, person, *given, body)))
        return Response(done, act.status, {"cache-control": "no-store"}, JSON)

    async def _caller(self, request: Request, role: Role | None) -> Person | None:
        """Return who asks, where it matters: None where everybody may and sees the same, or nobody says who they are."""
        if role is None:
            if not self._private and not (self._views.tells_people_apart and self._door.carries(request)):
                return None
            if (known := self._door.remembered(request)) is not None:
                return self._views.placed(known)
        return self._views.placed(await self._in_thread("ledger", lambda: self._door.person(request, role or Role.READER)))

    def _for_one(self, response: Response) -> Response:
        """Return an answer, marked as one person's where people are told apart: nobody on the way may give it to others."""
        if self._views.tells_people_apart:
            personal(response)
        return response

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

    async def _tell_door(self, request: Request) -> Response:
        """Tell a page how one comes in here, and who has come."""
        person = None
        if self._door.carries(request):
            with suppress(UnknownCallerError):
                person = await self._caller(request, Role.READER)
        me = None if person is None else me_of(person)
        told = Door(LOGIN if self._login else None, LOGOUT if self._login else None, self._private, me)
        return personal(Response(_encode(told), headers={"cache-control": "no-store"}, media_type=JSON))

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
        standing = self._views.standing(await self._caller(request, None))
        query = _query(TokenQuery, request)
        places = standing.places
        if places is None:
            raise NothingHereError("This atlas has no map yet: 'filiation build' draws it.")
        if query.t not in {None, places.token}:
            raise NothingHereError("The map was drawn anew: load /map/manifest.json again.")
        etag = weak(standing.tag)
        if is_known(request, etag):
            return self._for_one(unchanged(etag))
        key = f"{request.scope['path']}?{query.t}"
        body = standing.bodies.get(key)
        if body is None:
            cache = FOREVER if query.t else "no-cache"
            body = await self._in_thread("walk", lambda: packed(read(places), media_type, etag, cache))
            standing.bodies.keep(key, body)
        return self._for_one(respond(request, body))

    async def _openapi(self, request: Request) -> Response:
        return respond(request, self._description)

    async def _page(self, request: Request) -> Response:
        page = self._static.get("/index.html")
        if page is None:
            raise NothingHereError(
                "The page is not part of this installation: the questions under /api/v1 are, see /openapi.json."
            )
        return respond(request, page)

    async def _file(self, request: Request) -> Response:
        body = self._static.get(request.scope["path"])
        if body is None:
            raise NothingHereError("There is nothing at this address: /openapi.json lists what there is.")
        return respond(request, body)


def _checked(lineage: Lineage, node: int) -> int:
    """Return `node`.

    Raises:
        UnknownRefError: If there are not so many.
    """
    if not 0 <= node < lineage.size:
        raise UnknownRefError(f"There is no node {node}: this atlas has {lineage.size:,}.")
    return node


def _make(question: Question, standing: Standing, given: list[Any], query: Any, etag: str, person: Person | None) -> Body:
    """Return the answer to a question, encoded."""
    more = {} if question.role is None else {"person": person}
    found = question.tell(standing, *given, query, **more)
    content = found if isinstance(found, bytes) else _encode(found)
    cache = "no-cache" if question.role is None else "no-store"
    return packed(
        content,
        question.media_type,
        etag if question.is_lasting else etag_of(content),
        cache,
        attachment=_file_name(question, standing, given),
    )


def _file_name(question: Question, standing: Standing, given: list[Any]) -> str | None:
    """Return under which name a browser is to save an answer, None where it may show it."""
    if question.media_type == CSV:
        return f"{given[0]}.csv"
    if question.media_type == HTML:
        name = standing.lineage.ref(given[-1]).partition(":")[2]
        about = given[0] if len(given) > 1 else "audit"
        return f"{about}-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}.html"
    return None


def _query(shape: type[Asked], request: Request) -> Asked:
    """Return the parameters after the question mark as `shape`; one without a value counts as not given."""
    given = {name: value for name, value in request.query_params.items() if value}
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise FiliationError(parameter_sentence(error, list(shape.__struct_fields__))) from error


def _read_static(folder: Path) -> dict[str, Body]:
    """Return the files of the page by address. What is not among them now is not served: no address can leave the folder."""
    bodies = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            content, address = path.read_bytes(), f"/{path.relative_to(folder).as_posix()}"
            cache = FOREVER if address.startswith("/assets/") else "no-cache"
            bodies[address] = packed(content, media_type_of(address), etag_of(content), cache)
    return bodies
