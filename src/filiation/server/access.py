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

from filiation.core.errors import FiliationError
from filiation.ledger.person import Person, Role, require
from filiation.server.problems import ForeignOriginError, TooLargeError, UnknownCallerError, WrongTypeError, field_sentence
from filiation.server.room import LedgerRoom

MAX_BODY_BYTES = 65_536
REMEMBERED_SECONDS = 2.0
"""How long a token that was good is taken to be so for reading; for writing it is always looked up."""
REMEMBERED = 1000
JSON_TYPE = "application/json"
Body = TypeVar("Body", bound=msgspec.Struct)


class Doorkeeper:
    """Knows people by their tokens."""

    def __init__(self, room: LedgerRoom, clock: Callable[[], float] = time.monotonic) -> None:
        self._room, self._clock = room, clock
        self._known: OrderedDict[bytes, tuple[Person, float]] = OrderedDict()

    def remembered(self, request: Request) -> Person | None:
        """Return who asked with this token a moment ago; it takes next to nothing."""
        secret = _secret(request)
        known = self._known.get(_hash(secret)) if secret else None
        return known[0] if known and known[1] > self._clock() else None

    def person(self, request: Request, needed: Role) -> Person:
        """Return who asks. The ledger is asked: call it in a thread.

        Raises:
            UnknownCallerError: If there is no token, or it is not valid.
            NotAllowedError: If their role is below `needed`.
        """
        secret = _secret(request)
        if secret is None:
            raise UnknownCallerError(f"This takes the token of a {needed}: send it as 'Authorization: Bearer TOKEN'.")
        ledger = self._room.found()
        person = ledger.authenticate(secret) if ledger else None
        if person is None:
            raise UnknownCallerError("That token is not valid, or no longer: ask an administrator for one.", is_invalid=True)
        require(person.role, needed, "to do that")
        self._remember(secret, person)
        return person

    def _remember(self, secret: str, person: Person) -> None:
        self._known[_hash(secret)] = person, self._clock() + REMEMBERED_SECONDS
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "replace")).digest()


def _secret(request: Request) -> str | None:
    """Return the token of a request; never looked for in the address, where it would be logged and shared."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() or None if kind.lower() == "bearer" else None


def require_ours(request: Request) -> None:
    """Refuse a request that a page of another origin makes, whatever token it carries.

    Raises:
        ForeignOriginError: If it says that it comes from elsewhere.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    is_foreign = origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    if is_foreign or site not in {None, "same-origin", "none"}:
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
