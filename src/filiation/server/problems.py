"""What went wrong, as a problem document of one sentence."""

from __future__ import annotations

import re

import msgspec

from filiation.core.errors import AtlasError, FiliationError, UnknownRefError
from filiation.lineage.ground import UnknownFigureError

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
_TITLES = {
    400: "Bad request", 404: "Not found", 405: "Method not allowed", 414: "Address too long", 421: "Misdirected request",
    500: "Internal error", 503: "Not available now",
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


def problem(status: int, detail: str, suggestions: list[str] | None = None) -> Problem:
    """Return the document of a status."""
    return Problem(_TITLES.get(status, "Error"), status, detail, suggestions or [])


def problem_of(error: Exception) -> Problem:
    """Return what to say of `error`."""
    if isinstance(error, UnknownRefError):
        return problem(404, str(error), list(error.suggestions))
    if isinstance(error, NothingHereError | UnknownFigureError):
        return problem(404, str(error))
    if isinstance(error, AtlasError | BusyError):
        return problem(503, str(error))
    if isinstance(error, FiliationError):
        return problem(400, str(error))
    return problem(500, f"Something unforeseen happened ({type(error).__name__}); the server's log says more.")


def parameter_sentence(error: msgspec.ValidationError, known: list[str]) -> str:
    """Return what is wrong with the parameters in one sentence."""
    message = str(error)
    if unknown := re.search(r"unknown field `(.*)`", message):
        takes = f"this address takes {', '.join(known)}" if known else "this address takes none"
        return f"There is no parameter {unknown[1]!r}: {takes}."
    if missing := re.search(r"missing required field `(.*)`", message):
        return f"The parameter {missing[1]!r} is missing."
    if at := _AT.search(message):
        reason = message[: at.start()].replace("`", "")
        return f"The parameter {at[1]!r} is not right: {reason[0].lower()}{reason[1:]}."
    return f"The parameters are not right: {message}."
