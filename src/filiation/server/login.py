"""Log in with a browser, by the authorization code flow with PKCE, and log out again."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from filiation.access.provider import NotBelievedError, Provider
from filiation.access.rules import Access
from filiation.server.access import require_ours
from filiation.server.session import LOGIN_SECONDS, Begun, Sealed, Session

LOGIN, CALLBACK, LOGOUT = "/login", "/login/callback", "/logout"
MAX_CODE_CHARS = 4096
SECRET_BYTES = 32
Made = TypeVar("Made")
InThread = Callable[[Callable[[], Made]], Awaitable[Made]]


class Login:
    """The three addresses of a login.

    Args:
        access: Whose groups count.
        provider: Who knows people.
        sealed: What browsers keep.
        in_thread: Runs what waits for the network.
    """

    def __init__(self, access: Access, provider: Provider, sealed: Sealed, in_thread: InThread) -> None:
        self._access, self._provider, self._sealed, self._in_thread = access, provider, sealed, in_thread
        self._back = provider.config.public_url.rstrip("/") + CALLBACK

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [
            Route(LOGIN, self._begin, methods=["GET"]),
            Route(CALLBACK, self._end, methods=["GET"]),
            Route(LOGOUT, self._leave, methods=["POST"]),
        ]

    async def _begin(self, request: Request) -> Response:
        """Send the browser to the provider."""
        state, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        place = await self._in_thread(lambda: self._provider.login_address(state, nonce, challenge, self._back))
        begun = Begun(state, nonce, verifier, _local(request.query_params.get("to", "/")), self._sealed.clock() + LOGIN_SECONDS)
        return _sent_to(place, self._sealed.cookie(begun))

    async def _end(self, request: Request) -> Response:
        """Take the browser back, with a session."""
        begun = self._sealed.read(request, Begun)
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        if begun is None or not hmac.compare_digest(begun.state.encode(), state.encode()):
            raise NotBelievedError("No login was begun here, or it took too long: begin again at /login.")
        issuer = request.query_params.get("iss", self._provider.config.issuer)  # RFC 9207
        if not code or len(code) > MAX_CODE_CHARS or issuer != self._provider.config.issuer:
            raise NotBelievedError("The provider did not let you in: ask who runs it.")
        person = await self._in_thread(lambda: self._provider.redeem(code, begun.verifier, begun.nonce, self._back))
        groups = tuple(sorted(set(person.groups) & self._access.groups.keys()))
        until = self._sealed.clock() + 60 * self._provider.config.session_minutes
        session = Session(person.name, person.role, person.via, groups, until)
        return _sent_to(begun.to, self._sealed.cookie(session), self._sealed.forgotten(Begun))

    async def _leave(self, request: Request) -> Response:
        """Forget the session; the provider's own goes on."""
        require_ours(request)
        response = Response(status_code=204, headers={"cache-control": "no-store"})
        response.headers.append("set-cookie", self._sealed.forgotten(Session))
        return response


def _sent_to(place: str, *cookies: str) -> Response:
    response = Response(status_code=303, headers={"location": place, "cache-control": "no-store"})
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response


def _local(place: str) -> str:
    """Return a path of this server's; the page itself where somebody would be sent elsewhere."""
    is_ours = place.startswith("/") and not place.startswith("//") and place.isascii() and place.isprintable()
    return place if is_ours and "\\" not in place and " " not in place and len(place) <= 1000 else "/"
