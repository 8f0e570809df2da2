"""Open the ledger for whoever sits at this machine."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from filiation.core.errors import FiliationError
from filiation.ledger.database import FILE, file_of
from filiation.ledger.person import LOCAL, Person, Role
from filiation.ledger.store import Ledger, open_ledger

TOKEN = "FILIATION_TOKEN"  # noqa: S105  # the name of a variable


def local_name() -> str:
    """Return the user of the operating system."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return f"uid-{os.getuid()}"


def location(atlas: Path, url: str | None) -> str | Path:
    """Return where the ledger is: where it was said to be, else in the atlas."""
    return url or atlas / FILE


def is_address(url: str | None) -> bool:
    """Return whether `url` is a database by address, and no file."""
    return url is not None and file_of(url) is None


def opened(atlas: Path, url: str | None, *, create: bool = False) -> tuple[Ledger, Person]:
    """Return the ledger, and who is asking.

    Whoever has a SQLite file in their hands can do with it what they like, and is its administrator. A database by address
    asks for a token.

    Args:
        atlas: The atlas's folder.
        url: Where the ledger is; None for the atlas's own.
        create: Make a SQLite ledger that is not there.

    Raises:
        FiliationError: If there is no ledger, or no valid token where one is needed.
    """
    ledger = open_ledger(location(atlas, url), create=create and not is_address(url))
    if not is_address(url):
        return ledger, Person(local_name(), Role.ADMINISTRATOR, LOCAL)
    token = os.environ.get(TOKEN, "")
    person = ledger.authenticate(token) if token else None
    if person is None:
        state = "is not valid" if token else "is not set"
        raise FiliationError(f"The ledger {ledger.name} asks who you are, and {TOKEN} {state}: put your token there.")
    return ledger, person
