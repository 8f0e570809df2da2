"""Who asks, and whether they may: bearer tokens, and what is refused of a request that would write."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request

from filiation.access.provider import NotBelievedError, Provider
from filiation.core.errors import FiliationError
from filiation.ledger.person import Person, Role, require
from filiation.server.problems import ForeignOriginError, TooLargeError, UnknownCallerError, WrongTypeError, field_sentence
from filiation.server.room import LedgerRoom
from filiation.server.session import Sealed

MAX_BODY_BYTES = 65_536
REMEMBERED_SECONDS = 2.0
"""How long a token that was good is taken to be so for reading; for writing it is always looked up."""
REMEMBERED = 1000
JSON_TYPE = "application/json"
CALLER = "filiation.caller"
"""Where a request keeps the name of whoever made it, once that is known."""
Body = TypeVar("Body", bound=msgspec.Struct)


class Doorkeeper:
    """Knows people by their tokens, and those whom a provider knows by its tokens or their browsers.

    Args:
        room: The ledger, whose tokens are looked up.
        provider: Of OpenID Connect; None where there is none.
        sealed: Reads what browsers keep of a login; None where nobody logs in.
        clock: Seconds since whenever.
    """

    def __init__(
        self, room: LedgerRoom, provider: Provider | None = None, sealed: Sealed | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._room, self._provider, self._sealed, self._clock = room, provider, sealed, clock
        self._known: OrderedDict[bytes, tuple[Person, float]] = OrderedDict()

    def remembered(self, request: Request) -> Person | None:
        """Return who asked with this token a moment ago; it takes next to nothing."""
        secret = _secret(request)
        known = self._known.get(_hash(secret)) if secret else None
        if known and known[1] > self._clock():
            return _noted(request, known[0])
        return self.logged_in(request)

    def logged_in(self, request: Request) -> Person | None:
        """Return who logged in with this browser, where no token is sent."""
        if self._sealed is None or _secret(request) is not None:
            return None
        found = self._sealed.person(request)
        return None if found is None else _noted(request, found)

    def carries(self, request: Request) -> bool:
        """Return whether a request says who asks, rightly or not."""
        return "authorization" in request.headers or self.logged_in(request) is not None

    def person(self, request: Request, needed: Role) -> Person:
        """Return who asks. The ledger is asked: call it in a thread.

        Raises:
            UnknownCallerError: If there is no token, or it is not valid.
            NotAllowedError: If their role is below `needed`.
        """
        secret = _secret(request)
        person = self.logged_in(request) if secret is None else self._by_token(secret)
        if person is None:
            raise UnknownCallerError(f"This takes the token of a {needed}: send it as 'Authorization: Bearer TOKEN'.")
        _noted(request, person)
        require(person.role, needed, "to do that")
        if secret is not None:
            self._remember(secret, person)
        return person

    def _by_token(self, secret: str) -> Person:
        if self._provider is not None and secret.count(".") == 2:
            try:
                return self._provider.bearer(secret)
            except NotBelievedError as error:
                raise UnknownCallerError(str(error), is_invalid=True) from error
        ledger = self._room.found()
        person = ledger.authenticate(secret) if ledger else None
        if person is None:
            raise UnknownCallerError("That token is not valid, or no longer: ask an administrator for one.", is_invalid=True)
        return person

    def _remember(self, secret: str, person: Person) -> None:
        self._known[_hash(secret)] = person, self._clock() + REMEMBERED_SECONDS
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _noted(request: Request, person: Person) -> Person:
    """Return a person, having kept with the request who made it."""
    request.scope[CALLER] = person.name
    return person


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "replace")).digest()


def _secret(request: Request) -> str | None:
    """Return the token of a request; never looked for in the address, where it would be logged and shared."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() or None if kind.lower() == "bearer" else None


def require_ours(request: Request) -> None:
    """Refuse a request that a page of another origin makes, whatever token it carries.

    A browser that sends a cookie by itself says where the request comes from; one that does not say it is not believed.

    Raises:
        ForeignOriginError: If it says that it comes from elsewhere.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    is_foreign = origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    is_by_itself = "authorization" not in request.headers and "cookie" in request.headers
    is_silent = is_by_itself and origin is None and site != "same-origin"
    if is_foreign or is_silent or site not in {None, "same-origin", "none"}:
        raise ForeignOriginError("That came from a page of another origin: only this server's own page may write here.")


async def read_body(request: Request, shape: type[Body]) -> Body:
    """Return the body of a request as `shape`.

    Raises:
        WrongTypeError: If it is not said to be JSON.
        TooLargeError: If it is over `MAX_BODY_BYTES`.
        FiliationError: If it is not as described; the message names the field.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
        raise WrongTypeError(f"Send the body as {JSON_TYPE}.")
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or int(told) > MAX_BODY_BYTES:
        raise TooLargeError(
            f"The body is over {MAX_BODY_BYTES >> 10} kB: name where the evidence stands instead of sending it."
        )
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY_BYTES:
            raise TooLargeError(f"The body is over {MAX_BODY_BYTES >> 10} kB.")
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.ValidationError as error:
        raise FiliationError(field_sentence(error, list(shape.__struct_fields__))) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise FiliationError("The body is no JSON.") from error
