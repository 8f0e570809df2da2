"""Deliver what changed to where people look: files of JSON, feeds, e-mail files, a webhook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from filiation.core.errors import FiliationError
from filiation.watch.answer import WatchAnswer
from filiation.watch.feed import write_feed
from filiation.watch.mail import Mail, write_mails
from filiation.watch.webhook import Webhook, post


class Deliveries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where it is told.

    Attributes:
        json: A file that the last answer replaces.
        rss: A feed that the last changes are added to.
        atom: The same in Atom.
        email: Letters, written as files for whatever sends mail.
        webhook: An address that is told.
    """

    json: str | None = None
    rss: str | None = None
    atom: str | None = None
    email: Mail | None = None
    webhook: Webhook | None = None

    def seen_from(self, folder: Path) -> Deliveries:
        """Return the same with paths that lead from `folder`; the webhook's address is checked."""
        replace = msgspec.structs.replace
        files = {name: str(folder / path) for name in ("json", "rss", "atom") if (path := getattr(self, name))}
        mail = replace(self.email, folder=str(folder / self.email.folder)) if self.email else None
        return replace(self, **files, email=mail, webhook=self.webhook.checked() if self.webhook else None)


def deliver(answer: WatchAnswer, to: Deliveries) -> list[str]:
    """Deliver an answer everywhere, and return a sentence for each delivery.

    To deliver the same changes again adds nothing: feeds and letters know them by their digests, and the webhook's id is the
    same, so that a delivery that failed can be repeated as a whole.

    Raises:
        FiliationError: If a delivery failed, after all were tried.
    """
    ways: list[tuple[object, Callable[[], list[str]]]] = [
        (to.webhook, lambda: post(answer, to.webhook) if to.webhook else []),
        (to.json, lambda: _json(answer, Path(to.json or ""))),
        (to.rss, lambda: write_feed(answer, Path(to.rss or ""), "rss")),
        (to.atom, lambda: write_feed(answer, Path(to.atom or ""), "atom")),
        (to.email, lambda: write_mails(answer, to.email) if to.email else []),
    ]
    done: list[str] = []
    failed: list[str] = []
    for wanted, way in ways:
        if not wanted:
            continue
        try:
            done += way()
        except FiliationError as error:
            failed.append(str(error))
        except OSError as error:
            failed.append(f"{error.filename or 'A file'} cannot be written: {error.strerror or error}.")
    if failed:
        raise FiliationError(" ".join([*failed, "The last look stays as it was: run it again to deliver again."]))
    return done


def _json(answer: WatchAnswer, path: Path) -> list[str]:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(answer)) + b"\n")
    partial.replace(path)
    return [f"Written: {path}"]
