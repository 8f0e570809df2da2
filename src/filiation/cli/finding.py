"""The answer of `find`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from filiation.lineage.arrays import Lineage, current_token
from filiation.lineage.questions import known
from filiation.store.search import open_index, search


class Hit(msgspec.Struct, frozen=True):
    """A node whose name or card has the words; `downloads` is null where the registry does not say."""

    ref: str
    score: float
    downloads: int | None


class Found(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/find/v1"):
    """What was found, best first."""

    text: str
    hits: list[Hit]


def find(atlas: Path, text: str, limit: int) -> Found:
    """Return the nodes of the atlas whose name or card has the words of `text`."""
    token = current_token(atlas)
    lineage = Lineage.load(atlas, token)
    hits = search(open_index(atlas, token), text, lineage.downloads, limit)
    return Found(text, [Hit(lineage.ref(node), score, known(lineage.downloads[node])) for node, score in hits])
