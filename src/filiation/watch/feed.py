"""A feed of the last changes, in RSS 2.0 or Atom.

Source:
    https://www.rssboard.org/rss-specification; RFC 4287.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as Xml

import msgspec

from filiation.core.language import Language
from filiation.watch.answer import Told, WatchAnswer
from filiation.watch.look import digest
from filiation.watch.words import audit_said, change_said, title, touches_said

Form = Literal["rss", "atom"]
KEPT = 500
"""So many entries a feed keeps, the newest ones."""
MAX_BYTES = 32 << 20
ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Entry(msgspec.Struct, frozen=True):
    """An entry: what tells it from all others, a line, a text, when it was told."""

    id: str
    title: str
    text: str
    at: datetime


class Kept(msgspec.Struct, frozen=True):
    """What a feed has, beside it in a file, since a feed is for others to read."""

    entries: list[Entry] = []


def write_feed(answer: WatchAnswer, path: Path, form: Form) -> list[str]:
    """Add the changes of an answer to a feed; one that it has already is not added again."""
    store = path.with_name(f"{path.name}.entries.json")
    entries = {entry.id: entry for entry in [*_entries(answer), *_kept(store)]}
    newest = sorted(entries.values(), key=lambda entry: entry.at, reverse=True)[:KEPT]
    tree = rss(newest, answer.atlas) if form == "rss" else atom(newest, answer.atlas)
    for target, text in ((store, msgspec.json.encode(Kept(newest))), (path, Xml.tostring(tree, "utf-8", xml_declaration=True))):
        partial = target.with_name(f"{target.name}.partial")
        partial.write_bytes(text)
        partial.replace(target)
    return [f"Written: {path}"]


def _kept(store: Path) -> list[Entry]:
    """Return what the feed has; nothing where that cannot be read: a feed may lose its past, but must not stop."""
    try:
        with store.open("rb") as file:
            return msgspec.json.decode(file.read(MAX_BYTES), type=Kept).entries
    except (OSError, msgspec.DecodeError):
        return []


def _entries(answer: WatchAnswer) -> list[Entry]:
    lang: Language = "ja" if answer.lang == "ja" else "en"
    audits = {ref: item for item in answer.reaudited for ref in item.because}

    def text(told: Told) -> str:
        said = [change_said(told, lang), *touches_said(told, lang)]
        return "\n".join(said + (audit_said(audits[told.ref], lang) if told.ref in audits else []))

    return [Entry(digest(told), title(told, lang), text(told), answer.until) for told in answer.changes]


def rss(entries: list[Entry], atlas: str) -> Xml.Element:
    """Return the entries as RSS 2.0."""
    root = Xml.Element("rss", version="2.0")
    channel = Xml.SubElement(root, "channel")
    _texts(channel, title=f"filiation: {atlas}", link="urn:filiation:watch", description="What changed, and whom it touches.")
    if entries:
        _texts(channel, lastBuildDate=_mail_date(entries[0].at))
    for entry in entries:
        item = Xml.SubElement(channel, "item")
        _texts(item, title=entry.title, description=entry.text, pubDate=_mail_date(entry.at))
        Xml.SubElement(item, "guid", isPermaLink="false").text = f"urn:filiation:{entry.id}"
    return root


def atom(entries: list[Entry], atlas: str) -> Xml.Element:
    """Return the entries as an Atom feed."""
    root = Xml.Element("feed", xmlns=ATOM)
    updated = entries[0].at if entries else datetime(1970, 1, 1)  # noqa: DTZ001  # naive UTC, as the atlas keeps it
    _texts(root, id="urn:filiation:watch", title=f"filiation: {atlas}", updated=f"{updated:%Y-%m-%dT%H:%M:%SZ}")
    _texts(Xml.SubElement(root, "author"), name="filiation")
    for entry in entries:
        item = Xml.SubElement(root, "entry")
        _texts(item, id=f"urn:filiation:{entry.id}", title=entry.title, updated=f"{entry.at:%Y-%m-%dT%H:%M:%SZ}")
        _texts(item, content=entry.text)
    return root


def _texts(parent: Xml.Element, **texts: str) -> None:
    """Add an element for each text; what XML cannot hold, which strangers may write into a name, is replaced."""
    for name, text in texts.items():
        Xml.SubElement(parent, name).text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _mail_date(moment: datetime) -> str:
    return format_datetime(moment.replace(tzinfo=UTC))
