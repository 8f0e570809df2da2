"""What went wrong, as a problem document of one sentence."""

from __future__ import annotations

import re

import msgspec

from filiation.access.provider import NotBelievedError, ProviderError
from filiation.core.errors import AtlasError, FiliationError, UnknownRefError
from filiation.ledger.errors import LedgerError, NotAllowedError, RefusedError, UnknownItemError
from filiation.lineage.ground import UnknownFigureError

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
_TITLES = {
    400: "Bad request", 401: "Who asks?", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    413: "Body too large", 414: "Address too long", 415: "Unsupported media type",
    421: "Misdirected request", 429: "Too many requests", 500: "Internal error", 503: "Not available now",
}  # fmt: skip
_AT = re.compile(r" - at `\$\.?(.*)`$")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document (RFC 9457); `suggestions` are names that are nearly the one that was asked for."""

    title: str
    status: int
    detail: str
    suggestions: list[str] = []


class NothingHereError(FiliationError):
    """There is no such page, tile or map."""


class BusyError(FiliationError):
    """An answer took too long, or too many wait for one."""


class TooOftenError(FiliationError):
    """A caller asks more often than they may; `seconds` says when they may again."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class UnknownCallerError(FiliationError):
    """There is no token, or it is not valid (`is_invalid`): we do not know who asks."""

    def __init__(self, message: str, *, is_invalid: bool = False) -> None:
        super().__init__(message)
        self.is_invalid = is_invalid


class ForeignOriginError(FiliationError):
    """A page of another origin wants to write."""


class TooLargeError(FiliationError):
    """A body is larger than is read."""


class WrongTypeError(FiliationError):
    """A body is of a media type that is not read."""


_STATUSES: dict[type[FiliationError], int] = {
    UnknownCallerError: 401, NotAllowedError: 403, ForeignOriginError: 403, NothingHereError: 404, UnknownFigureError: 404,
    UnknownItemError: 404, TooLargeError: 413, WrongTypeError: 415, TooOftenError: 429, AtlasError: 503, BusyError: 503,
    RefusedError: 400, LedgerError: 503, NotBelievedError: 401, ProviderError: 503,
}  # fmt: skip
"""By type; of one that has several types here the first."""


def problem(status: int, detail: str, suggestions: list[str] | None = None) -> Problem:
    """Return the document of a status."""
    return Problem(_TITLES.get(status, "Error"), status, detail, suggestions or [])


def problem_of(error: Exception) -> Problem:
    """Return what to say of `error`."""
    if isinstance(error, UnknownRefError):
        return problem(404, str(error), list(error.suggestions))
    for kind, status in _STATUSES.items():
        if isinstance(error, kind):
            return problem(status, str(error))
    if isinstance(error, FiliationError):
        return problem(400, str(error))
    return problem(500, f"Something unforeseen happened ({type(error).__name__}); the server's log says more.")


def parameter_sentence(error: msgspec.ValidationError, known: list[str]) -> str:
    """Return what is wrong with the parameters in one sentence."""
    return _sentence(error, known, "parameter", "this address")


def field_sentence(error: msgspec.ValidationError, known: list[str]) -> str:
    """Return what is wrong with a body in one sentence."""
    return _sentence(error, known, "field", "the body")


def _sentence(error: msgspec.ValidationError, known: list[str], word: str, taker: str) -> str:
    message = str(error)
    if unknown := re.search(r"unknown field `(.*)`", message):
        takes = f"{taker} takes {', '.join(known)}" if known else f"{taker} takes none"
        return f"There is no {word} {unknown[1]!r}: {takes}."
    if missing := re.search(r"missing required field `(.*)`", message):
        return f"The {word} {missing[1]!r} is missing."
    if at := _AT.search(message):
        reason = message[: at.start()].replace("`", "")
        return f"The {word} {at[1]!r} is not right: {reason[0].lower()}{reason[1:]}."
    return f"The {word}s are not right: {message}."
