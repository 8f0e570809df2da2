"""Find the node that a person means."""

from __future__ import annotations

from pathlib import Path

from filiation.cli.console import note
from filiation.core.errors import UnknownRefError
from filiation.core.ref import Kind, Ref
from filiation.knowledge import load
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.nearest import nearest


def find_node(lineage: Lineage, text: str, atlas: Path, as_of: str | None = None) -> int:
    """Return the node that `text` names, also by a name that it had before we know of.

    A dataset without its prefix is found where no model has the name.

    Raises:
        UnknownRefError: If there is none; the message suggests the nearest names.
    """
    ref = Ref.parse(text)
    if ref.revision:
        note(f"The atlas tells no revisions apart: this is what it knows of {ref.name}, whatever the revision.")
    kinds = [ref.kind] if ":" in text else [Kind.MODEL, Kind.DATASET]
    for kind in kinds:
        node = lineage.find(Ref(kind, ref.name, ref.registry))
        if node != NULL:
            return node
    for kind in kinds:
        moved = load("aliases")[kind].get(ref.name)
        node = lineage.find(Ref(kind, moved, ref.registry)) if moved else NULL
        if node != NULL:
            note(f"{ref.name} is now {moved}.")
            return node
    close = nearest(lineage, ref)
    hint = f"did you mean {', '.join(close)}?" if close else f"look for it with 'filiation find {ref.name} --atlas {atlas}'."
    raise UnknownRefError(f"There is no {ref} in {atlas}{f' as of {as_of}' if as_of else ''}: {hint}")
