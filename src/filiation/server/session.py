"""What a browser keeps of a login: sealed, so that it can be neither read nor made up there."""

from __future__ import annotations

import base64
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TypeVar

import msgspec
from starlette.requests import Request

from filiation.core.errors import FiliationError
from filiation.ledger.person import Person, Role

KEY_BYTES = 32
NONCE_BYTES = 12
MAX_COOKIE_CHARS = 3800
"""Browsers keep about 4,096 bytes of one."""
LOGIN_SECONDS = 600
"""How long somebody may take to log in."""
KEY_FILE = "session.key"
Kept = TypeVar("Kept", bound=msgspec.Struct)


class Session(msgspec.Struct, frozen=True):
    """Somebody who logged in; `until` in seconds since 1970."""

    name: str
    role: Role
    via: str
    groups: tuple[str, ...]
    until: float


class Begun(msgspec.Struct, frozen=True):
    """A login that was begun: what must come back, and where the browser goes then."""

    state: str
    nonce: str
    verifier: str
    to: str
    until: float


def session_key(path: Path) -> bytes:
    """Return the key that seals sessions, made on first use for its owner's eyes only.

    Raises:
        FiliationError: If it can be neither read nor made.
    """
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise FiliationError(f"The key of sessions {path} can be neither read nor made: {error.strerror or error}.") from error
    if len(key) != KEY_BYTES:
        raise FiliationError(f"{path} is no key of sessions: remove it, and everybody logs in anew.")
    return key


def _make_key(path: Path) -> None:
    """Put a key in its place, whole; where another process was first, its key stays."""
    handle, partial = tempfile.mkstemp(prefix=path.name, dir=path.parent)  # for its owner's eyes only
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
        with suppress(FileExistsError):
            os.link(partial, path)
    finally:
        Path(partial).unlink()


class Sealed:
    """Cookies that only we can make and read.

    Args:
        key: 32 bytes; who has it can be anybody.
        is_secure: Whether browsers reach us over https, and may send cookies there alone.
        clock: Seconds since 1970.
    """

    def __init__(self, key: bytes, *, is_secure: bool, clock: Callable[[], float] = time.time) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # a while to import

        self._box = AESGCM(key)
        self._is_secure = is_secure
        self.clock = clock

    def name_of(self, shape: type[msgspec.Struct]) -> str:
        """Return the name of the cookie that keeps such a thing; a browser refuses to take ours from other hosts."""
        return f"{'__Host-' if self._is_secure else ''}filiation-{shape.__name__.lower()}"

    def cookie(self, kept: Session | Begun) -> str:
        """Return the header that keeps a session, or a login that was begun.

        Raises:
            FiliationError: If it is too long to be kept.
        """
        nonce = os.urandom(NONCE_BYTES)
        purpose = type(kept).__name__.encode()
        text = base64.urlsafe_b64encode(nonce + self._box.encrypt(nonce, msgspec.json.encode(kept), purpose)).decode()
        if len(text) > MAX_COOKIE_CHARS:
            raise FiliationError("There are too many groups for a browser to keep: name fewer of them in the file of access.")
        return self._header(type(kept), text, int(kept.until - self.clock()))

    def forgotten(self, shape: type[msgspec.Struct]) -> str:
        """Return the header that makes a browser forget."""
        return self._header(shape, "", 0)

    def read(self, request: Request, shape: type[Kept]) -> Kept | None:
        """Return what a browser kept, None where it is not there, not ours, or over."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # see Sealed

        text = _cookies(request).get(self.name_of(shape))
        if not text or len(text) > MAX_COOKIE_CHARS:
            return None
        try:
            raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
            content = self._box.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], shape.__name__.encode())
            kept = msgspec.json.decode(content, type=shape)
        except (ValueError, InvalidTag, msgspec.DecodeError):
            return None
        return kept if getattr(kept, "until", 0.0) > self.clock() else None

    def person(self, request: Request) -> Person | None:
        """Return who logged in with this browser."""
        found = self.read(request, Session)
        return None if found is None else Person(found.name, found.role, found.via, found.groups)

    def _header(self, shape: type[msgspec.Struct], text: str, seconds: int) -> str:
        same = "Lax" if shape is Begun else "Strict"  # the first must come back with a browser that the provider sends
        secure = "; Secure" if self._is_secure else ""
        return f"{self.name_of(shape)}={text}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={same}{secure}"


def _cookies(request: Request) -> dict[str, str]:
    found: SimpleCookie = SimpleCookie()
    try:
        found.load(request.headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in found.items()}
