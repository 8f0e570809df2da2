"""Names that are nearly the one that was asked for."""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np

from filiation.core.ref import Ref
from filiation.lineage.arrays import NULL, Lineage, folded

SUGGESTIONS = 3
CANDIDATES = 2000
MIN_RATIO = 0.75


def nearest(lineage: Lineage, ref: Ref) -> list[str]:
    """Return up to three present nodes of the ref's kind whose names resemble it, nearest first, of equals the most used.

    Looks at names that hold one of the wanted name's longest pieces, as many as `CANDIDATES`.
    """
    wanted = folded(ref.name)
    text = bytes(lineage.names).lower()
    found: set[int] = set()
    for piece in _pieces(wanted):
        at = -1
        while len(found) < CANDIDATES and (at := text.find(piece.encode(), at + 1)) >= 0:
            found.add(int(np.searchsorted(lineage.name_start, at, side="right")) - 1)
    prefix = f"{ref.kind}:"
    scored = []
    for node in found:
        name = lineage.ref(node)
        if lineage.state[node] == 0 and name.startswith(prefix):
            ratio = _resemblance(wanted, folded(name.removeprefix(prefix)))
            if ratio >= MIN_RATIO:
                scored.append((-round(ratio, 3), -max(int(lineage.downloads[node]), NULL), name))
    return [name for _, _, name in sorted(scored)[:SUGGESTIONS]]


def _pieces(name: str) -> list[str]:
    """Return parts of `name` of which a slight misspelling leaves at least one whole: the base name, then its halves."""
    base = name.rsplit("/", 1)[-1]
    half = len(base) // 2
    return [piece for piece in (base, base[:half], base[half:], name[: len(name) * 2 // 3]) if len(piece) >= 3]


def _resemblance(a: str, b: str) -> float:
    whole = SequenceMatcher(None, a, b, autojunk=False).ratio()
    return max(whole, 0.95 * SequenceMatcher(None, a.rsplit("/", 1)[-1], b.rsplit("/", 1)[-1], autojunk=False).ratio())
