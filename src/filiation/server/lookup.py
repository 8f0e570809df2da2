"""Find the node that an address means."""

from __future__ import annotations

from filiation.core.errors import FiliationError
from filiation.core.ref import HUB, Kind, Ref
from filiation.knowledge import load
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.nearest import nearest
from filiation.server.problems import NoSuchNodeError


def locate(lineage: Lineage, text: str) -> int:
    """Return the node that `text` names, also by a name that it had before we know of; `NULL` where there is none.

    A dataset without its prefix is found where no model has the name; so is a node whose name could not be a repository's.
    """
    try:
        ref = Ref.parse(text)
    except FiliationError:
        return _malformed(lineage, text)
    kinds = [ref.kind] if ":" in text else [Kind.MODEL, Kind.DATASET]
    named = [Ref(kind, ref.name, ref.registry) for kind in kinds]
    moved = [Ref(kind, new, ref.registry) for kind in kinds if (new := load("aliases")[kind].get(ref.name))]
    for wanted in named + moved:
        node = lineage.find(wanted)
        if node != NULL:
            return node
    return NULL


def find_node(lineage: Lineage, text: str) -> int:
    """Return the node that `locate` does.

    Raises:
        NoSuchNodeError: If there is none, with the nearest names: finding these takes a tenth of a second.
        FiliationError: If that is no name.
    """
    node = locate(lineage, text)
    if node != NULL:
        return node
    ref = Ref.parse(text)
    close = nearest(lineage, ref)
    hint = f"did you mean {', '.join(close)}?" if close else "look for it with /api/v1/find?q=."
    raise NoSuchNodeError(f"There is no {ref} in this atlas: {hint}", close)


def _malformed(lineage: Lineage, text: str) -> int:
    """Return the node that is listed under exactly this text, though it is no repository's name."""
    prefix, _, name = text.partition(":")
    if prefix not in tuple(Kind) or not name:
        return NULL
    return lineage.find(Ref(Kind(prefix), name, HUB))


def check_node(lineage: Lineage, node: int) -> int:
    """Return `node`.

    Raises:
        NoSuchNodeError: If there are not so many.
    """
    if not 0 <= node < lineage.size:
        raise NoSuchNodeError(f"There is no node {node}: this atlas has {lineage.size:,}.", [])
    return node
