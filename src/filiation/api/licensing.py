"""The answer of `license`: what holds, whether a use is allowed, what an application leaves unsaid."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import msgspec

from filiation.core.decision import Override
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


def licensed(
    con: duckdb.DuckDBPyConnection,
    lineage: Lineage,
    node: int,
    question: str | None = None,
    under: str | None = None,
    overrides: Sequence[Override] = (),
) -> LicenseAnswer:
    """Return the answer about a node.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        node: Its number.
        question: What it is to be used for; None asks nothing.
        under: The license of an application that uses it; None for none.
        overrides: Decisions in force.

    Raises:
        FiliationError: If the question or the license says nothing that we know.
    """
    wanted = None if question is None else purpose(question)
    application = None if under is None else _application(under)
    found = above(con, lineage, node)
    about = found.answer(conflicts_of(con, lineage.ref(node), node))
    decided = [item for item in overrides if item.subject == about.ref]
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
