"""The answer of `license` about what a person named."""

from __future__ import annotations

from pathlib import Path

from filiation.api.licensing import licensed as about
from filiation.cli.deciding import decisions
from filiation.cli.lookup import find_node
from filiation.licenses.answer import LicenseAnswer
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas


def licensed(atlas_path: Path, ref: str, question: str | None, under: str | None, ledger: str | None = None) -> LicenseAnswer:
    """Return the answer about the node that `ref` names.

    Args:
        atlas_path: The atlas's folder.
        ref: The node's name.
        question: What it is to be used for; None asks nothing.
        under: The license of an application that uses it; None for none.
        ledger: Where decisions are kept; None for the atlas's own ledger.

    Raises:
        FiliationError: If there is no such node, or the question or the license says nothing that we know.
    """
    lineage = Lineage.load(atlas_path)
    node = find_node(lineage, ref, atlas_path)
    overrides = decisions(atlas_path, ledger).overrides
    with Atlas.open(atlas_path) as atlas:
        return about(atlas.con, lineage, node, question, under, overrides)
