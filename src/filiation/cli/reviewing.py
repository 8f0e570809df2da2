"""Print what the ledger says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from filiation.cli.console import heading, line, note, print_json, table
from filiation.core.decision import is_numbered
from filiation.ledger.database import file_of
from filiation.ledger.entry import Entry
from filiation.ledger.item import Item
from filiation.ledger.opening import location

KEY = "ledger.key"
MESSAGE_CHARS = 60


class ReviewAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/review/v1"):
    """The items that were asked for, or changed, as they now stand; in the order in which a person should look at them.

    `gone` are the numbers of those that wait though their check finds nothing there any more; null where nobody looked.
    """

    items: list[Item]
    gone: list[int] | None = None


class HistoryAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/review-history/v1"):
    """An item, and all that was ever written about it, oldest first."""

    items: list[Item]
    entries: list[Entry]


def key_file(atlas: Path, url: str | None, key: Path | None) -> Path:
    """Return the file of the key that signs: where the option says, else beside the ledger's file, else in the atlas."""
    file = file_of(location(atlas, url))
    return key or (file.parent if file else atlas) / KEY


def print_items(items: list[Item], gone: list[int] | None = None) -> None:
    """Print items as a table; `gone` are those whose finding is no more."""
    if not items:
        line("Nothing is there to review.")
        return
    table(
        ["item", "state", "severity", "due", "owner", "subject", "check", "found"],
        [
            (
                item.id,
                f"{item.state}, gone" if item.id in (gone or ()) else item.state,
                item.severity,
                day(item.due),
                item.owner,
                item.subject,
                item.check,
                _short(item.message),
            )
            for item in items
        ],
    )
    if gone:
        line("Gone: the atlas does not find that any more. Approve or reject the item, or leave it open in case it comes back.")


def print_item(item: Item, *, is_gone: bool = False, places: list[str] | None = None) -> None:
    """Print one item with its evidence.

    Args:
        item: To be printed.
        is_gone: Whether its finding is no more.
        places: Where it was read, in words; None for the item's own places, without numbers that mean nothing to a reader.
    """
    heading(f"{item.id}: {item.check} at {item.subject}: {item.state}")
    if is_gone:
        line("The finding is gone: the atlas does not find that any more.")
    if item.message:
        line(item.message)
    if item.remedy:
        line(f"  {item.remedy}")
    for place in places or [place for place in item.evidence if not is_numbered(place)]:
        line(f"  read at {place}")
    rated = f"{item.severity}, confidence {item.confidence:.2f}; " if item.severity and item.confidence is not None else ""
    due = f", due {day(item.due)}" if item.due else ""
    line(
        f"{rated}opened {day(item.opened_at)} by {item.opened_by}; {'of ' + item.owner if item.owner else 'nobody has it'}{due}"
    )
    if item.decided:
        made = item.decided
        settled = f" {made.predicate} = {made.value}" if made.predicate else ""
        until = f" until {day(made.until)}" if made.until else ""
        line(f"{made.decision}{settled}{until}, by {made.who} on {day(made.at)} (entry {made.entry}): {made.why}")
    if item.comments:
        line(f"{item.comments} comments: 'filiation review history {item.id}' shows them.")


def print_entries(entries: list[Entry]) -> None:
    """Print entries as a table."""
    table(
        ["entry", "at (UTC)", "who", "role", "via", "action", "item", "what"],
        [
            (made.number, f"{made.at:%Y-%m-%d %H:%M:%S}", made.who, made.role, made.via, made.action, made.item, _what(made))
            for made in entries
        ],
    )


def changed(*answers: Item, as_json: bool, gone: list[int] | None = None, places: list[str] | None = None) -> None:
    """Print the items that a verb changed, or showed; `gone` and `places` as `print_items` and `print_item` have them."""
    if as_json:
        print_json(ReviewAnswer(list(answers), gone))
        return
    for answer in answers:
        print_item(answer, is_gone=answer.id in (gone or ()), places=places)


def day(at: datetime | None) -> str | None:
    """Return the day, None for none."""
    return f"{at:%Y-%m-%d}" if at else None


def show_secret(secret: str, name: str) -> None:
    """Print a token, once."""
    line(secret)
    note(f"This is the token of {name}. It is shown once and kept nowhere: put it where only they can read it.")


def _what(made: Entry) -> str:
    words = [made.subject, made.check, made.decision, made.predicate, made.value]
    until = f"until {day(made.until)}" if made.until else ""
    return " ".join(word for word in (*words, until, f"({made.why})" if made.why else "") if word)


def _short(text: str) -> str:
    return text if len(text) <= MESSAGE_CHARS else f"{text[: MESSAGE_CHARS - 1]}…"
