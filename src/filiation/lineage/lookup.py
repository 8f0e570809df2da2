"""Find the node that a person means."""

from __future__ import annotations

from typing import NamedTuple

from filiation.core.errors import FiliationError, UnknownRefError
from filiation.core.ref import HUB, Kind, Ref
from filiation.knowledge import load
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.nearest import nearest


class Located(NamedTuple):
    """A node, `NULL` where there is none; `moved` is its name now, where it was named as it was before we know of."""

    node: int
    moved: str | None = None


def locate(lineage: Lineage, text: str) -> Located:
    """Return the node that `text` names.

    A dataset without its prefix is found where no model has the name; so is a node whose name could not be a repository's, by
    its whole text.

    Raises:
        FiliationError: If that is no name, and nothing is listed under it.
    """
    try:
        ref = Ref.parse(text)
    except FiliationError:
        node = _malformed(lineage, text)
        if node == NULL:
            raise
        return Located(node)
    kinds = [ref.kind] if ":" in text else [Kind.MODEL, Kind.DATASET]
    moved = [(kind, new) for kind in kinds if (new := load("aliases")[kind].get(ref.name))]
    for kind, name in [*((kind, ref.name) for kind in kinds), *moved]:
        node = lineage.find(Ref(kind, name, ref.registry))
        if node != NULL:
            return Located(node, name if name != ref.name else None)
    return Located(NULL)


def unknown(lineage: Lineage, text: str, where: str, otherwise: str) -> UnknownRefError:
    """Return the error for a name that `locate` does not find, with the nearest ones: finding these takes a tenth of a second.

    Args:
        lineage: Where it was looked for.
        text: The name.
        where: What has no such node, for people.
        otherwise: What to do where no name is near.
    """
    ref = Ref.parse(text)
    close = nearest(lineage, ref)
    hint = f"did you mean {', '.join(close)}?" if close else otherwise
    return UnknownRefError(f"There is no {ref} in {where}: {hint}", close)


def _malformed(lineage: Lineage, text: str) -> int:
    """Return the node that is listed under exactly this text, though it is no repository's name."""
    prefix, _, name = text.partition(":")
    if prefix not in tuple(Kind) or not name:
        return NULL
    return lineage.find(Ref(Kind(prefix), name, HUB))
