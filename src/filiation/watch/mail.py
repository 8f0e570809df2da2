"""Letters about what changed, as files that a mail program or ``sendmail -t`` takes."""

from __future__ import annotations

import re
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from filiation.core.errors import FiliationError
from filiation.watch.answer import Told, WatchAnswer
from filiation.watch.look import digest
from filiation.watch.words import lines

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_ADDRESS = re.compile(r"[^\s<>,;:@\"\\]{1,64}@[^\s<>,;:@\"\\]{1,255}")
MAX_SHOWN = 500


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Whom letters are written to.

    Attributes:
        folder: Where the files are put, one for each letter.
        from_: Who writes.
        to: Who is told everything.
        owners: Whether each owner of a portfolio who is an address is told what touches it.
    """

    folder: str
    from_: str = "filiation@localhost"
    to: tuple[str, ...] = ()
    owners: bool = True


def write_mails(answer: WatchAnswer, mail: Mail) -> list[str]:
    """Write the letters; one about the same changes to the same person replaces itself.

    Raises:
        FiliationError: If an address is none.
    """
    folder = Path(mail.folder)
    folder.mkdir(parents=True, exist_ok=True)
    letters = [(to, answer) for to in mail.to]
    if mail.owners:
        owners = {item.owner for told in answer.changes for item in told.touches.portfolios if _ADDRESS.fullmatch(item.owner)}
        letters += [(owner, about(answer, owner)) for owner in sorted(owners - set(mail.to))]
    done = []
    for to, part in letters:
        text = letter(part, mail.from_, to).as_bytes(policy=SMTP)
        name = sha256("\0".join([to, *sorted(map(digest, part.changes))]).encode()).hexdigest()[:16]
        path = folder / f"{part.until:%Y%m%d}-{name}.eml"
        for old in folder.glob(f"*-{name}.eml"):
            old.unlink()
        partial = path.with_suffix(".partial")
        partial.write_bytes(text)
        partial.replace(path)
        done.append(f"Written: {path}")
    return done


def about(answer: WatchAnswer, owner: str) -> WatchAnswer:
    """Return the part of an answer that touches the portfolios of an owner: of others' nothing is left."""

    def part(told: Told) -> Told:
        touches = told.touches
        mine = [item for item in touches.portfolios if item.owner == owner]
        return msgspec.structs.replace(told, touches=msgspec.structs.replace(touches, portfolios=mine))

    changes = [found for found in map(part, answer.changes) if found.touches.portfolios]
    mine = {item.portfolio for told in changes for item in told.touches.portfolios}
    audits = [
        msgspec.structs.replace(item, portfolios=[name for name in item.portfolios if name in mine], owners=[owner])
        for item in answer.reaudited
        if mine & set(item.portfolios)
    ]
    return msgspec.structs.replace(answer, changes=changes, reaudited=audits, counts={}, skipped=[])


def letter(answer: WatchAnswer, sender: str, to: str) -> EmailMessage:
    """Return a letter in plain text.

    Raises:
        FiliationError: If an address is none.
    """
    for address in (sender, to):
        if not _ADDRESS.fullmatch(address):
            raise FiliationError(f"{address!r} is no address for a letter: write name@example.org.")
    said = [text for _, text in lines(answer, MAX_SHOWN)]
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, to
    message["Subject"] = _CONTROL.sub(" ", f"[filiation] {said[0]}")[:200]
    message["Date"] = format_datetime(answer.until.replace(tzinfo=UTC))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(_CONTROL.sub(" ", text) for text in said) + "\n")
    return message
