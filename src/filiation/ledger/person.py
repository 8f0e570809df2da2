"""Who may do what, and the secrets by which they are known."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Literal

import msgspec

from filiation.ledger.errors import NotAllowedError

LOCAL = "local"
"""How the command line comes in where it has the ledger's file in its hands."""
PREFIX = "filiation_"
"""Begins every token, so that one which was left somewhere can be searched for."""
TOKEN_BYTES = 32
MAX_TOKEN_CHARS = 200


class Role(StrEnum):
    """What somebody may do; each may also do what those before may."""

    READER = "reader"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    def allows(self, needed: Role) -> bool:
        """Return whether this role may do what `needed` may."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


class Person(msgspec.Struct, frozen=True):
    """Who asks.

    Attributes:
        name: How they are called.
        role: What they may do.
        via: How we know: ``local``, ``token:N`` with the number of the entry that made the token, or ``openid:SUBJECT``.
        groups: What they belong to, as a provider says; those of a file of access come on top.
    """

    name: str
    role: Role
    via: str
    groups: tuple[str, ...] = ()


class Token(msgspec.Struct, frozen=True):
    """A token without its secret, which nobody has but its owner.

    Attributes:
        number: Of the entry that made it.
        name: Whom it stands for.
        role: What they may do.
        state: Whether it still opens anything.
        made_by: The administrator.
        made_at: When, naive UTC.
        until: When it ends; None for never.
        revoked_by: The administrator who revoked it.
        revoked_at: When, naive UTC.
    """

    number: int
    name: str
    role: Role
    state: Literal["valid", "ended", "revoked"]
    made_by: str
    made_at: datetime
    until: datetime | None = None
    revoked_by: str | None = None
    revoked_at: datetime | None = None

    def state_at(self, at: datetime) -> Literal["valid", "ended", "revoked"]:
        """Return whether it opens anything at `at`."""
        if self.revoked_at is not None:
            return "revoked"
        return "ended" if self.until is not None and self.until <= at else "valid"


def new_secret() -> str:
    """Return a token: 256 random bits, to be shown once."""
    return PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def secret_hash(secret: str) -> str:
    """Return what is kept of a token.

    One round of SHA-256, without salt: slow hashes and salts protect secrets that people choose, because those can be guessed
    and are used twice. Nobody guesses one of 2**256, and no two are equal.
    """
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def require(role: str, needed: Role, what: str) -> Role:
    """Return `role` as a `Role`.

    Args:
        role: Of who asks.
        needed: The least that may.
        what: What is asked, as in "to decide".

    Raises:
        NotAllowedError: If it does not suffice, or is none.
    """
    if role not in tuple(Role) or not Role(role).allows(needed):
        raise NotAllowedError(f"It takes a {needed} {what}, and you are {'a ' + role if role else 'nobody'}: ask one.")
    return Role(role)
