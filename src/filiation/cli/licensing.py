"""The answer of `license`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from filiation.cli.deciding import decisions
from filiation.cli.lookup import find_node
from filiation.core.errors import FiliationError
from filiation.licenses.above import above
from filiation.licenses.answer import LicenseAnswer
from filiation.licenses.application import in_force, unsaid
from filiation.licenses.build import conflicts_of
from filiation.licenses.catalog import license_of
from filiation.licenses.decided import LICENSE, USE, settled
from filiation.licenses.declared import declared
from filiation.licenses.expression import Expression, ids
from filiation.licenses.purpose import purpose
from filiation.licenses.verdict import verdict
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
    wanted = None if question is None else purpose(question)
    application = None if under is None else _application(under)
    lineage = Lineage.load(atlas_path)
    node = find_node(lineage, ref, atlas_path)
    with Atlas.open(atlas_path) as atlas:
        found = above(atlas.con, lineage, node)
        about = found.answer(conflicts_of(atlas.con, lineage.ref(node), node))
    decided = [item for item in decisions(atlas_path, ledger).overrides if item.subject == about.ref]
    return msgspec.structs.replace(
        about,
        verdict=settled(verdict(about, question or "", wanted), wanted, decided) if wanted else None,
        decisions=[item for item in decided if item.predicate in (LICENSE, USE)],
        application=unsaid(in_force(found.terms, found.node), application) if application else None,
    )


def _application(text: str) -> Expression:
    found = declared([text]).expression
    if found is None or any(license_of(part.key) is None for part in ids(found)):
        raise FiliationError(f"{text!r} is no license that we know: write an id such as mit or apache-2.0.")
    return found
