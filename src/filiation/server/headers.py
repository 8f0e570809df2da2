"""Headers that every answer carries, and what is refused before it is looked at."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from filiation.server.problems import MEDIA_TYPE, problem

MAX_PATH_BYTES = 1000
MAX_QUERY_BYTES = 2000
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY = tuple(
    (name.encode(), value.encode())
    for name, value in {
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }.items()
)


class Guard:
    """Adds `SECURITY` to each answer; refuses addresses that are too long, and hosts that we do not go by.

    The last keeps a page elsewhere from reading a private atlas through a name that it has pointed at this machine.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *SECURITY]
            await send(message)

        refused = self._refusal(scope)
        if refused is None:
            await self._app(scope, receive, send_guarded)
            return
        status, detail = refused
        body = msgspec.json.encode(problem(status, detail))
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await send_guarded({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        if (
            len(scope.get("raw_path") or scope["path"].encode()) > MAX_PATH_BYTES
            or len(scope["query_string"]) > MAX_QUERY_BYTES
        ):
            return (
                414,
                f"The address is too long: at most {MAX_PATH_BYTES} bytes, and {MAX_QUERY_BYTES} after the question mark.",
            )
        if self._hosts is not None:
            host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
            name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
            if name not in self._hosts:
                return 421, "This server does not go by that name: open it by the address that 'filiation serve' printed."
        return None
