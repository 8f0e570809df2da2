"""What reviewers decided about licences: which one holds for a repository, and whether a use of it is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import duckdb
import msgspec

from filiation.core.decision import Override
from filiation.core.errors import FiliationError
from filiation.core.ref import Ref
from filiation.licenses.answer import Answer, Verdict
from filiation.licenses.catalog import license_of
from filiation.licenses.declared import Declared, State
from filiation.licenses.expression import UnreadableExpressionError, ids, parse
from filiation.licenses.purpose import Purpose, purpose
from filiation.lineage.arrays import NULL, Lineage

LICENSE = "license"
"""Predicate: the value is a license expression, which holds whatever the sources say."""
USE = "license-use"
"""Predicate: the value is an answer and the use it is given for, such as ``yes: commercial product, hosted``."""


def check_value(predicate: str, value: str) -> None:
    """Refuse a decision that nobody would follow.

    Raises:
        FiliationError: If no stage follows the predicate, or the value is no expression of licenses that we know, or no answer
            for a use.
    """
    if predicate not in (LICENSE, USE):
        raise FiliationError(f"Nobody follows a decision on {predicate!r}: what can be settled is {LICENSE} and {USE}.")
    if predicate == LICENSE:
        try:
            unknown = [part.key for part in ids(parse(value)) if license_of(part.key) is None]
        except UnreadableExpressionError as error:
            raise FiliationError(f"{value!r} is no license expression: write one such as 'apache-2.0 OR mit'.") from error
        if unknown:
            raise FiliationError(f"{', '.join(unknown)}: no license that we know; see docs/licenses.md for the ids.")
    else:
        _given(value)


def decided_licenses(lineage: Lineage, overrides: Iterable[Override]) -> dict[int, tuple[Declared, Override]]:
    """Return which license was decided for which node, by whom; the newest decision of a node counts."""
    found: dict[int, tuple[Declared, Override]] = {}
    for item in sorted(overrides, key=lambda item: item.entry):
        node = lineage.find(Ref.parse(item.subject)) if item.predicate == LICENSE else NULL
        if node != NULL:
            check_value(item.predicate, item.value)
            found[node] = Declared(State.DECIDED, (item.value,), parse(item.value)), item
    return found


def keep(con: duckdb.DuckDBPyConnection, decided: dict[int, tuple[Declared, Override]]) -> None:
    """Note in the table override which decisions the terms follow."""
    con.execute("DELETE FROM override WHERE predicate = ?", [LICENSE])
    rows = [
        [node, LICENSE, item.value, item.who, item.decided_at, item.until, item.why, item.entry]
        for node, (_, item) in decided.items()
    ]
    if rows:
        con.executemany("INSERT INTO override VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def settled(found: Verdict, wanted: Purpose, overrides: Iterable[Override]) -> Verdict:
    """Return the verdict as a reviewer decided it, its reasons kept; `found` where nobody decided on this use.

    A decision counts for what it was asked for: all of `wanted` must be among its uses. A "no" to some of them is a no to all.
    """
    for item in sorted(overrides, key=lambda item: -item.entry):
        told = given(item, wanted)
        if told is not None:
            return msgspec.structs.replace(found, answer=told, decided=item)
    return found


def given(item: Override, wanted: Purpose) -> Answer | None:
    """Return the answer that a decision gives for a use; None where it is about something else."""
    if item.predicate != USE:
        return None
    told, use = _given(item.value)
    covers = wanted.uses <= use.uses and wanted.commercial <= use.commercial
    forbids = told == "no" and use.uses <= wanted.uses and use.commercial <= wanted.commercial
    return told if covers or forbids else None


def _given(value: str) -> tuple[Answer, Purpose]:
    told, _, use = value.partition(":")
    answers = get_args(Answer)
    if told.strip().lower() not in answers:
        raise FiliationError(
            f"{value!r} is no answer: write one such as 'yes: commercial product, hosted' ({', '.join(answers)})."
        )
    return told.strip().lower(), purpose(use)  # type: ignore[return-value]  # it is among the answers
