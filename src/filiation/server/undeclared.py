"""What nobody declared of a node: what its name says, and what its neighbourhood tells. Read at once, as portraits are."""

from __future__ import annotations

import duckdb
import msgspec

from filiation.lineage.arrays import Lineage
from filiation.lineage.prediction.answer import Reason
from filiation.lineage.prediction.witnesses import attributes
from filiation.server.rows import Rows
from filiation.store.stages import last_run

_DIGITS = 3


class SaidElement(msgspec.Struct, frozen=True):
    """A stretch of the name as written, which element it is, and the same in one spelling."""

    element: str
    text: str
    value: str
    confidence: float


class SaidName(msgspec.Struct, frozen=True):
    """What the name says, in its order; `convention` is that of the whole: I, IA, IT, AT or O."""

    convention: str
    confidence: float
    elements: list[SaidElement]


class ToldReason(msgspec.Struct, frozen=True):
    """Who tells of it: how many of those that share something with the model have the value."""

    en: str
    ja: str


class ToldAttribute(msgspec.Struct, frozen=True):
    """What the neighbourhood tells, how sure it is, and who says so; a score lies between `low` and `high`."""

    attribute: str
    value: str
    confidence: float
    because: list[ToldReason]
    low: float | None = None
    high: float | None = None


class Undeclared(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/undeclared/v1"):
    """Neither is a claim. Each is null where it was not read for this lineage; of what is no model nothing is said."""

    ref: str
    name: SaidName | None
    predicted: list[ToldAttribute] | None


class UndeclaredFacts:
    """Elements of names and predictions in the order of their nodes.

    Law: predictions are those of `lineage.prediction.answer.prediction`.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, lineage: Lineage, token: str) -> None:
        self._lineage = lineage
        self._conventions = _read(con, "names", token, _CONVENTIONS)
        self._elements = _read(con, "names", token, _ELEMENTS)
        self._predictions = _read(con, "predict", token, _predictions())
        self._reasons = _read(con, "predict", token, _REASONS)

    def of(self, node: int) -> Undeclared:
        """Return what is known of `node` beyond what was declared."""
        return Undeclared(self._lineage.ref(node), self._name(node), self._predicted(node))

    def _name(self, node: int) -> SaidName | None:
        if self._conventions is None or self._elements is None:
            return None
        elements = [SaidElement(kind, text, value, round(sure, _DIGITS)) for kind, text, value, sure in self._elements.of(node)]
        for convention, sure in self._conventions.of(node):
            return SaidName(convention, round(sure, _DIGITS), elements)
        return None

    def _predicted(self, node: int) -> list[ToldAttribute] | None:
        if self._predictions is None or self._reasons is None:
            return None
        because: dict[str, list[ToldReason]] = {}
        for attribute, *row in self._reasons.of(node):
            because.setdefault(attribute, []).append(ToldReason(*Reason(*row).texts()))
        return [
            ToldAttribute(attribute, value, round(sure, _DIGITS), because.get(attribute, []), low, high)
            for attribute, value, sure, low, high in self._predictions.of(node)
        ]


def _read(con: duckdb.DuckDBPyConnection, stage: str, token: str, query: str) -> Rows | None:
    """Return the rows, or None where the stage has not run on this lineage."""
    run = last_run(con, stage)
    return Rows(con, query) if run is not None and run.input == token else None


def _predictions() -> str:
    """Return the query of predictions, the attributes in the order of ``knowledge/prediction.toml``, then scores."""
    order = " ".join(f"WHEN '{rule.id}' THEN {place}" for place, rule in enumerate(attributes()))
    return _PREDICTIONS.format(order=order, rest=len(attributes()))


_CONVENTIONS = "SELECT node_id AS node, convention, confidence FROM name_convention ORDER BY node"
_ELEMENTS = """
SELECT node_id AS node, element, "text" AS word, value AS meaning, confidence FROM name_element ORDER BY node, position
"""
_PREDICTIONS = """
SELECT node_id AS node, attribute, value AS meaning, confidence, low, high
FROM prediction ORDER BY node, CASE attribute {order} ELSE {rest} END, attribute
"""
_REASONS = """
SELECT node_id AS node, attribute, reason.witness AS witness, reason."key" AS "key", reason.agree, reason.others
FROM (SELECT node_id, attribute, unnest(because) AS reason, generate_subscripts(because, 1) AS place FROM prediction)
ORDER BY node, attribute, place
"""
