"""What the ledger says: decisions in force, for whoever builds or answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from filiation.core.adoption import Adopted, Lesson
from filiation.core.decision import Given, Override, Waiver
from filiation.ledger.database import FILE

if TYPE_CHECKING:
    from filiation.ledger.store import Ledger


class Decisions(msgspec.Struct, frozen=True):
    """The decisions of people that are in force."""

    waivers: list[Waiver] = []
    overrides: list[Override] = []


def decisions(atlas: Path, ledger: str | None, at: datetime | None = None) -> Decisions:
    """Return what was decided and has not ended; nothing where no ledger is named and the atlas has none.

    Whoever may not see a ledger is not told what it says: one by address asks for a token, a reader's or better.

    Args:
        atlas: The atlas's folder.
        ledger: Where the ledger is; None for the atlas's own.
        at: When, naive UTC; None for now.

    Raises:
        FiliationError: If a ledger that is named is not there, cannot be read, or asks for a token and there is none.
    """
    book = book_of(atlas, ledger)
    return Decisions(*book.in_force(at)) if book else Decisions()


def answers_in(atlas: Path, ledger: str | None, ref: str, kind: str, at: datetime) -> list[Given]:
    """Return what people answered to an assessment and has not ended; nothing where `decisions` says nothing.

    Args:
        atlas: The atlas's folder.
        ledger: Where the ledger is; None for the atlas's own.
        ref: The subject, in full.
        kind: Of the assessment.
        at: When, naive UTC.

    Raises:
        FiliationError: As `decisions`.
    """
    book = book_of(atlas, ledger)
    return book.answers(ref, kind, at=at) if book else []


def standing_in(atlas: Path, ledger: str | None, refs: Sequence[str]) -> tuple[Adopted | None, list[Lesson]]:
    """Return where a model stands on its way into use, and the register; nothing where `decisions` says nothing.

    Args:
        atlas: The atlas's folder.
        ledger: Where the ledger is; None for the atlas's own.
        refs: The model, in full, and before what it was made from: all of whose register counts.

    Raises:
        FiliationError: As `decisions`.
    """
    book = book_of(atlas, ledger)
    return (book.adopted_as(refs[0]), book.lessons(refs)) if book and refs else (None, [])


def book_of(atlas: Path, ledger: str | None) -> Ledger | None:
    """Return the ledger; None where none is named and the atlas has none.

    Raises:
        FiliationError: As `decisions`.
    """
    if ledger is None and not (atlas / FILE).exists():
        return None
    from filiation.ledger.opening import opened  # the database library takes a while to import

    return opened(atlas, ledger)[0]
