"""The answer of `license`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from filiation.cli.lookup import find_node
from filiation.licenses.answer import LicenseAnswer, answer
from filiation.licenses.build import named_otherwise
from filiation.licenses.purpose import purpose
from filiation.licenses.standing import standing
from filiation.licenses.verdict import verdict
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas


def licensed(atlas_path: Path, ref: str, question: str | None) -> LicenseAnswer:
    """Return the answer about the node that `ref` names.

    Raises:
        FiliationError: If there is none, or the question names no use that we know.
    """
    wanted = purpose(question) if question else None
    lineage = Lineage.load(atlas_path)
    node = find_node(lineage, ref, atlas_path)
    with Atlas.open(atlas_path) as atlas:
        about = answer(atlas.con, lineage, standing(lineage, named_otherwise(atlas.con)), node)
    return msgspec.structs.replace(about, verdict=verdict(about, question or "", wanted) if wanted else None)
