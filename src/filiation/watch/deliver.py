"""Deliver what changed to where people look: files of JSON, RSS and e-mail, and a webhook."""

from __future__ import annotations

from pathlib import Path

import msgspec

from filiation.watch.answer import WatchAnswer


class Deliveries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where it is told.

    Attributes:
        json: A file that is replaced by the last answer.
    """

    json: str | None = None

    def seen_from(self, folder: Path) -> Deliveries:
        """Return the same with paths that lead from `folder`."""
        return msgspec.structs.replace(self, json=str(folder / self.json) if self.json else None)


def deliver(answer: WatchAnswer, to: Deliveries) -> list[str]:
    """Deliver an answer; return a sentence for each delivery, also for one that failed."""
    done = []
    if to.json:
        Path(to.json).write_bytes(msgspec.json.format(msgspec.json.encode(answer)))
        done.append(f"written: {to.json}")
    return done
