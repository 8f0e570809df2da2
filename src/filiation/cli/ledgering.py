"""The answers of the `ledger` verbs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from filiation.cli.console import heading, line, note
from filiation.core.errors import FiliationError
from filiation.ledger.checkpoint import Checkpoint
from filiation.ledger.entry import Entry
from filiation.ledger.person import Person, Role, Token, require
from filiation.ledger.verification import Verification


class LogAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/ledger-log/v1"):
    """Entries as they stand, oldest first."""

    entries: list[Entry]


class TokenAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/ledger-token/v1"):
    """A new token; `token` is the secret, which is kept nowhere."""

    name: str
    role: str
    token: str
    until: datetime | None = None


class TokensAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/ledger-tokens/v1"):
    """Tokens without their secrets."""

    tokens: list[Token]


def require_administrator(person: Person) -> None:
    """Refuse anyone else.

    Raises:
        NotAllowedError: If `person` is no administrator.
    """
    require(person.role, Role.ADMINISTRATOR, "to see who has a token")


def print_verification(answer: Verification) -> None:
    """Print whether the log is whole, and what that proves."""
    if answer.intact:
        heading(f"All {answer.entries:,} entries stand as they were written.")
    else:
        at = f"Broken at entry {answer.first_broken:,}" if answer.first_broken else "Not as it was made"
        heading(f"{at}; {answer.entries:,} entries before it stand.")
        note(answer.why)
    if answer.proven:
        line(f"A signature proves them up to entry {answer.proven:,} (key {', '.join(answer.signers)}).")
    if answer.proven < answer.entries:
        line("Behind that only the chain speaks: who can write the whole file could have written it anew, or cut it short.")


def require_new(path: Path) -> None:
    """Refuse to write over a file: an older checkpoint proves what a newer one does not.

    Raises:
        FiliationError: If something is there, or its folder is not.
    """
    if path.exists():
        raise FiliationError(f"{path} is there already, and may prove something: name another file.")
    if not path.absolute().parent.is_dir():
        raise FiliationError(f"There is no folder {path.parent} to write {path.name} into: make it, or name another.")


def keep(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint to a new file."""
    with path.open("xb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(checkpoint)) + b"\n")
