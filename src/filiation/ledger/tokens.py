"""Who is let in, and who is sent away."""

from __future__ import annotations

import hmac
from datetime import datetime

import msgspec

from filiation.ledger import drafts as write
from filiation.ledger.entry import Action, Draft
from filiation.ledger.errors import RefusedError
from filiation.ledger.fold import Fold
from filiation.ledger.log import Log
from filiation.ledger.person import LOCAL, MAX_TOKEN_CHARS, Person, Role, Token, new_secret, require, secret_hash


class Tokens:
    """The part of a ledger that is about tokens."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def tokens(self, at: datetime | None = None) -> list[Token]:
        """Return all tokens ever made, oldest first, without their secrets."""
        time = at or self._log.clock()
        with self._log.current() as fold:
            return [msgspec.structs.replace(token, state=token.state_at(time)) for token in fold.tokens.values()]

    def add_token(
        self, name: str, role: str, who: str, who_role: str, until: datetime | None = None, *, via: str = LOCAL
    ) -> str:  # fmt: skip
        """Make a token for `name` and return its secret, which is kept nowhere.

        Args:
            name: Whom it stands for; entries made with it say so.
            role: What it allows.
            who: Who makes it.
            who_role: Their role, which must be administrator.
            until: When it ends; None for never.
            via: How they came in.

        Raises:
            NotAllowedError: If who asks is no administrator.
            RefusedError: If the name is empty or has a valid token, the role is none, or it has ended already.
        """
        person = Person(who, require(who_role, Role.ADMINISTRATOR, "to make a token"), via)
        time, name = self._log.clock(), name.strip()
        secret = new_secret()
        made = write.token(name, role, until, secret_hash(secret), time)

        def drafts(fold: Fold) -> list[Draft]:
            if any(token.name == name for token in fold.valid_tokens(time)):
                raise RefusedError(f"{name} has a token: revoke it first with 'filiation ledger token revoke {name}'.")
            return [made]

        self._log.append(person, drafts)
        return secret

    def begin(self, name: str, who: str, *, via: str = LOCAL) -> str:
        """Make the first administrator's token and return its secret; also where no administrator's token is valid any more.

        Nobody's role is asked: whoever can write to the database could write anything there.

        Raises:
            RefusedError: If there is an administrator.
        """
        time, secret = self._log.clock(), new_secret()
        made = write.token(name.strip(), Role.ADMINISTRATOR, None, secret_hash(secret), time)

        def drafts(fold: Fold) -> list[Draft]:
            if any(token.role is Role.ADMINISTRATOR for token in fold.valid_tokens(time)):
                raise RefusedError(
                    f"The ledger {self._log.database.name} has an administrator: 'filiation ledger token add' lets others in."
                )
            return [made]

        self._log.append(Person(who, Role.ADMINISTRATOR, via), drafts)
        return secret

    def revoke_token(self, name: str, who: str, role: str, *, why: str = "", via: str = LOCAL) -> None:
        """End the token of `name` now.

        Raises:
            NotAllowedError: If who asks is no administrator.
            RefusedError: If `name` has no valid token.
        """
        person = Person(who, require(role, Role.ADMINISTRATOR, "to revoke a token"), via)
        time = self._log.clock()

        def drafts(fold: Fold) -> list[Draft]:
            valid = [token for token in fold.valid_tokens(time) if token.name == name]
            if not valid:
                raise RefusedError(f"{name} has no token that is valid: 'filiation ledger token list' names them.")
            return [Draft(Action.REVOKE, subject=name, why=why, body={"token": token.number}) for token in valid]

        self._log.append(person, drafts)

    def authenticate(self, token: str, at: datetime | None = None) -> Person | None:
        """Return whom `token` stands for, None where it is not valid; how long that takes says nothing about which are."""
        time = at or self._log.clock()
        given = secret_hash(token[:MAX_TOKEN_CHARS])
        found = None
        with self._log.current() as fold:
            for number, kept in fold.hashes.items():
                if hmac.compare_digest(kept, given):
                    found = fold.tokens[number]
        if found is None or found.state_at(time) != "valid":
            return None
        return Person(found.name, found.role, f"token:{found.number}")
