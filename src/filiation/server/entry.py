"""How people come in: who may see what, who knows them, and what their browsers keep."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from filiation.access.provider import Provider
from filiation.access.rules import Access, load
from filiation.server.login import InThread, Login
from filiation.server.session import Sealed, session_key


class Entry(NamedTuple):
    """What decides who is let in and what they see.

    Attributes:
        access: Who may see what; None where everybody sees everything.
        provider: Who knows people besides the ledger; None for nobody.
        sealed: What browsers keep of a login; None where nobody logs in.
    """

    access: Access | None = None
    provider: Provider | None = None
    sealed: Sealed | None = None

    def login(self, in_thread: InThread) -> Login | None:
        """Return the addresses of a login, None where there is none."""
        if self.access is None or self.provider is None or self.sealed is None:
            return None
        return Login(self.access, self.provider, self.sealed, in_thread)


def read_entry(path: Path, key: Path) -> Entry:
    """Return what a file of access says, ready for use.

    Args:
        path: The file.
        key: Where the key of sessions is, or will be; several servers that share it share their sessions.

    Raises:
        FiliationError: If the file is none, or the key can be neither read nor made.
    """
    access = load(path)
    if access.openid is None:
        return Entry(access)
    provider = Provider(access.openid)
    if not access.openid.public_url:
        return Entry(access, provider)
    is_secure = access.openid.public_url.startswith("https:")
    return Entry(access, provider, Sealed(session_key(key), is_secure=is_secure))
