"""The answer of `find`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from filiation.core.errors import LockedError
from filiation.lineage.arrays import Lineage, current_token
from filiation.lineage.questions import known
from filiation.names.asking import Wanted, asked
from filiation.names.standing import require_names
from filiation.store.atlas import Atlas
from filiation.store.search import open_index, search


class Hit(msgspec.Struct, frozen=True):
    """A node whose name or card has the words; `downloads` is null where the registry does not say."""

    ref: str
    score: float
    downloads: int | None


class Found(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/find/v1"):
    """What was found, best first; `elements` are those of names that were asked for, with the values that they may have."""

    text: str
    elements: list[Wanted]
    hits: list[Hit]


def find(atlas: Path, text: str, limit: int) -> Found:
    """Return the nodes of the atlas as it stands whose name has the elements, and whose name or card has the words, of `text`.

    Raises:
        QuestionError: If a part of `text` looks like an element and is none.
        AtlasError: If the atlas cannot be read, or elements are asked for and no names were read.
    """
    elements, words = asked(text)
    token = current_token(atlas)
    lineage = Lineage.load(atlas, token)
    hits = search(open_index(atlas, token), words, lineage.downloads, limit, [wanted.terms for wanted in elements])
    if elements:
        _require_names(atlas, spared=bool(hits))
    return Found(text, list(elements), [Hit(lineage.ref(node), score, known(lineage.downloads[node])) for node, score in hits])


def _require_names(atlas: Path, *, spared: bool) -> None:
    """Refuse an atlas whose names were not all read; with `spared`, not one that cannot be asked while it is being written."""
    try:
        with Atlas.open(atlas) as opened:
            require_names(opened.con, atlas)
    except LockedError:
        if not spared:
            raise
