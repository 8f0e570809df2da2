"""What the atlas finds now, for whoever reviews what it found before."""

from __future__ import annotations

from pathlib import Path

from filiation.audit.evidence import sentences
from filiation.audit.facts import findings_of
from filiation.audit.words import words_of
from filiation.cli.console import note
from filiation.core.decision import evidence_digest
from filiation.core.errors import AtlasError
from filiation.core.finding import Finding
from filiation.ledger.gone import gone, node_of
from filiation.ledger.item import Item
from filiation.lineage.arrays import NULL, Lineage
from filiation.store.atlas import DATABASE, Atlas


def gone_from(atlas: Path, items: list[Item]) -> list[int] | None:
    """Return the numbers of the items whose finding the atlas has no more; None where it cannot tell, or there is none."""
    if not items or not (atlas / DATABASE).exists():
        return None
    try:
        with Atlas.open(atlas) as opened:
            found = gone(opened.con, Lineage.load(atlas), items)
    except AtlasError as error:  # what people decided can be read all the same
        note(f"Whether these are still found cannot be told: {error}")
        return None
    return None if found is None else sorted(found)


def read_at(atlas: Path, item: Item) -> list[str] | None:
    """Return where the finding of an item was read, in words; None where the atlas cannot tell, or finds it no more."""
    if not (atlas / DATABASE).exists():
        return None
    try:
        lineage = Lineage.load(atlas)
        node = node_of(lineage, item.subject)
        if node == NULL:
            return None
        with Atlas.open(atlas) as opened:
            found = (one for one in findings_of(opened.con, item.subject, node) if one.check == item.check)
            same = next((one for one in found if evidence_digest(one) == item.evidence_digest), None)
            return None if same is None else sentences(opened.con, lineage, same.locations, words_of("en"))
    except AtlasError:  # that was said when it was asked what is gone
        return None


def found_at(atlas: Path, ref: str, check: str) -> list[Finding]:
    """Return what the atlas has found at a repository by a check; nothing where there is no atlas, or it does not hold that."""
    if not (atlas / DATABASE).exists():
        return []
    lineage = Lineage.load(atlas)
    node = node_of(lineage, ref)
    if node == NULL:
        return []
    with Atlas.open(atlas) as opened:
        return [item for item in findings_of(opened.con, lineage.ref(node), node) if item.check == check]
