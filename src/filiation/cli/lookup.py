"""Find the node that a person means."""

from __future__ import annotations

from pathlib import Path

from filiation.core.errors import UnknownRefError
from filiation.core.ref import Kind, Ref
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.nearest import nearest


def find_node(lineage: Lineage, text: str, atlas: Path) -> int:
    """Return the node that `text` names; a dataset without its prefix is found where no model has the name.

    Raises:
        UnknownRefError: If there is none; the message suggests the nearest names.
    """
    ref = Ref.parse(text)
    node = lineage.find(ref)
    if node == NULL and ":" not in text:
        node = lineage.find(Ref(Kind.DATASET, ref.name, ref.registry))
    if node != NULL:
        return node
    close = nearest(lineage, ref)
    hint = f"did you mean {', '.join(close)}?" if close else f"look for it with 'filiation find {ref.name} --atlas {atlas}'."
    raise UnknownRefError(f"There is no {ref} in {atlas}: {hint}")
