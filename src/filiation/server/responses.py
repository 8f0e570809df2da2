"""Answers as HTTP: whole, compressed, or that what the reader has still stands; problems."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from filiation.server.bodies import Body
from filiation.server.problems import MEDIA_TYPE, RETRY_SECONDS, Problem, TooOftenError, UnknownCallerError, problem, problem_of

_encode = msgspec.json.Encoder().encode
_METHODS = "Only GET and HEAD are answered here, and POST where /openapi.json says so."


def respond(request: Request, body: Body) -> Response:
    """Return the whole answer, or that the one which the reader has still stands."""
    if is_known(request, body.etag):
        return unchanged(body.etag)
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


def weak(tag: str) -> str:
    """Return a tag as an ETag."""
    return f'W/"{tag}"'  # weak: the compressed answer and the plain one share it


def etag_of(content: bytes) -> str:
    """Return the ETag of a content."""
    return weak(sha256(content).hexdigest()[:16])


def is_known(request: Request, etag: str) -> bool:
    """Return whether whoever asks has that answer."""
    known = request.headers.get("if-none-match")
    return known is not None and etag in [item.strip() for item in known.split(",")]


def unchanged(etag: str) -> Response:
    """Return that the answer which the reader has still stands."""
    return Response(status_code=304, headers={"etag": etag, "cache-control": "no-cache"})


def personal(response: Response) -> Response:
    """Mark an answer as one person's: a browser may keep it, and asks each time; nobody on the way may."""
    kept = response.headers.get("cache-control", "")
    response.headers["cache-control"] = kept if kept == "no-store" else "private, no-cache"
    response.headers["vary"] = ", ".join(filter(None, (response.headers.get("vary"), "authorization, cookie")))
    return response


async def http_problem(_: Request, error: Exception) -> Response:
    """Answer that there is no such address, or that it takes another method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _problem_response(problem(status, _METHODS if status == 405 else "There is nothing here."))


async def told(_: Request, error: Exception) -> Response:
    """Answer with what went wrong."""
    return refusal(error)


def refusal(error: Exception) -> Response:
    """Return what went wrong, as an answer."""
    response = _problem_response(problem_of(error))
    if isinstance(error, UnknownCallerError):
        response.headers["www-authenticate"] = 'Bearer realm="filiation"' + ', error="invalid_token"' * error.is_invalid
    if isinstance(error, TooOftenError):
        response.headers["retry-after"] = str(error.seconds)
    return response


def _problem_response(said: Problem) -> Response:
    headers = {"cache-control": "no-store"}
    if said.status == 503:
        headers["retry-after"] = str(RETRY_SECONDS)
    return Response(_encode(said), said.status, headers, MEDIA_TYPE)
