"""Find the node that a person means, and say what they may not have expected."""

from __future__ import annotations

from pathlib import Path

from filiation.cli.console import note
from filiation.core.ref import Ref
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate, unknown


def find_node(lineage: Lineage, text: str, atlas: Path, as_of: str | None = None) -> int:
    """Return the node that `text` names, also by a name that it had before we know of.

    Raises:
        UnknownRefError: If there is none; the message suggests the nearest names.
    """
    found = locate(lineage, text)
    if found.node == NULL:
        where = f"{atlas} as of {as_of}" if as_of else str(atlas)
        raise unknown(lineage, text, where, f"look for it with 'filiation find {Ref.parse(text).name} --atlas {atlas}'.")
    if "@" in text:
        note(f"The atlas tells no revisions apart: this is what it knows of {lineage.ref(found.node)}, whatever the revision.")
    if found.moved:
        note(f"{text} is now {found.moved}.")
    return found.node
