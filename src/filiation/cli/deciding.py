"""What the ledger says: decisions in force, for whoever builds or answers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from filiation.core.decision import Override, Waiver

LEDGER = "ledger.db"
"""Where an atlas keeps its ledger, unless another is named."""


class Decisions(msgspec.Struct, frozen=True):
    """The decisions of people that are in force."""

    waivers: list[Waiver] = []
    overrides: list[Override] = []


def decisions(atlas: Path, ledger: str | None, at: datetime | None = None) -> Decisions:
    """Return what was decided and has not ended; nothing where no ledger is named and the atlas has none.

    Args:
        atlas: The atlas's folder.
        ledger: Where the ledger is; None for the atlas's own.
        at: When, naive UTC; None for now.

    Raises:
        LedgerError: If a ledger that is named is not there, or cannot be read.
    """
    if ledger is None and not (atlas / LEDGER).exists():
        return Decisions()
    from filiation.ledger.store import open_ledger  # the database library takes a while to import

    opened = open_ledger(ledger or atlas / LEDGER)
    return Decisions(opened.waivers(at), opened.overrides(at))
