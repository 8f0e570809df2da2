"""One node's licence as a person would explain it: what is declared, what is inherited by which path, what does not fit."""

from __future__ import annotations

from typing import Literal

import msgspec

from filiation.core.decision import Override
from filiation.core.finding import Finding
from filiation.core.relation import RELATIONS
from filiation.licenses.catalog import license_of
from filiation.licenses.declared import State
from filiation.licenses.expression import ids, render
from filiation.licenses.masks import FLOWS
from filiation.licenses.node_terms import NodeTerms
from filiation.licenses.paths import Inherited, inherited
from filiation.licenses.terms import names_of, terms
from filiation.lineage.arrays import NULL, Lineage

Weight = Literal["no", "ask", "if"]
Answer = Literal["yes", "no", "ask a lawyer"]


class Clause(msgspec.Struct, frozen=True):
    """What a licence says on one term: `text` in a sentence, read in `clause` of `license`; `sureness` is of our reading."""

    term: str
    kind: str
    text: str
    license: str
    clause: str
    note: str
    sureness: str
    confidence: float


class DeclaredLicense(msgspec.Struct, frozen=True):
    """What the node itself declares.

    Attributes:
        state: Undeclared, unknown, other, expression or unreadable; stated by a file, or decided by a reviewer.
        text: As it is written.
        expression: As it is understood, null where it is not.
        is_choice: Whether several licences are named of which one may be, or may have to be, chosen.
        clauses: What they say.
    """

    state: str
    text: list[str]
    expression: str | None
    is_choice: bool
    clauses: list[Clause]


class PathStep(msgspec.Struct, frozen=True):
    """An edge of a path, with what makes us say so."""

    child: str
    parent: str
    relation: str
    basis: str
    confidence: float


class InheritedTerm(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A term that holds because of an ancestor.

    Attributes:
        term: Id of the term.
        flow: How it comes: as a derivative of the weights, at use, by data or by outputs; the last two are weaker questions.
        from_: Whose licence says so.
        path: From the node up to there.
        confidence: Of the path.
        answered: Whether the node's own declaration has the term too.
        clause: Where it is said; null where the licence is a choice and only some of it says so.
    """

    term: str
    flow: str
    from_: str
    path: list[PathStep]
    confidence: float
    answered: bool
    clause: Clause | None


class Reason(msgspec.Struct, frozen=True):
    """Why not, why a person must look, or on what condition.

    Attributes:
        weight: It forbids, it is to be asked, or it is a condition.
        term: Id of the term, null where the reason is that something is not known.
        text: In a sentence.
        source: The node whose licence says so.
        license: Its licence, null where none is known.
        clause: Where it says so.
        confidence: That it holds here.
    """

    weight: Weight
    term: str | None
    text: str
    source: str
    license: str | None
    clause: str | None
    confidence: float


class Verdict(msgspec.Struct, frozen=True):
    """The answer to a question of use; `reasons` the weightiest first. It is not legal advice.

    `decided` is the reviewed decision that gave the answer, null where the reasons gave it.
    """

    purpose: str
    uses: list[str]
    commercial: bool
    answer: Answer
    reasons: list[Reason]
    decided: Override | None = None


class Unsaid(msgspec.Struct, frozen=True):
    """Terms that hold for the model, and that the application's own license does not pass on to those who get it."""

    conflict: str
    severity: str
    terms: list[str]
    message: str


class LicenseAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/license/v1"):
    """A node's licence, what it inherits and what does not fit. Not legal advice.

    Attributes:
        ref: The node.
        declared: What it declares.
        inherited: Terms from ancestors, the surest path of each.
        conflicts: Findings.
        unknown: Ancestors by derivation or use who declare nothing that we can read: what they ask is not known.
        verdict: Whether it may be used for what was asked, null where nothing was.
        application: What an application under the license that was named leaves unsaid; null where none was named.
        decisions: What reviewers decided about it that is in force.
    """

    ref: str
    declared: DeclaredLicense
    inherited: list[InheritedTerm]
    conflicts: list[Finding]
    unknown: list[str]
    verdict: Verdict | None = None
    application: list[Unsaid] | None = None
    decisions: list[Override] = []


def answer(lineage: Lineage, terms_by_node: NodeTerms, node: int, conflicts: list[Finding]) -> LicenseAnswer:
    """Return the answer for `node`, of whose licences `conflicts` were found."""
    items = inherited(lineage, terms_by_node, node)
    return LicenseAnswer(
        lineage.ref(node),
        _declared(terms_by_node, node),
        _terms(lineage, terms_by_node, node, items),
        conflicts,
        _silent(lineage, terms_by_node, node),
    )


def clauses(terms_by_node: NodeTerms, node: int) -> list[Clause]:
    """Return what the licences that a node declares say, in the order of the terms."""
    code = int(terms_by_node.code[node])
    expression = None if code == NULL else terms_by_node.texts[code].expression
    known = [license_of(item.key) for item in ids(expression)] if expression else []
    said = [
        Clause(
            clause.term, terms()[clause.term].kind, terms()[clause.term].en, found.id, clause.clause, clause.note,
            found.sureness, found.confidence,
        )
        for found in known
        if found
        for clause in found.terms
    ]  # fmt: skip
    return sorted(said, key=lambda item: terms()[item.term].bit)


def _declared(terms_by_node: NodeTerms, node: int) -> DeclaredLicense:
    code = int(terms_by_node.code[node])
    if code == NULL:
        return DeclaredLicense(State.UNDECLARED, [], None, False, [])
    item = terms_by_node.texts[code]
    text = render(item.expression) if item.expression else None
    choice = bool(terms_by_node.possible[node] & ~terms_by_node.certain[node])
    return DeclaredLicense(item.state, list(item.text), text, choice, clauses(terms_by_node, node))


def _terms(lineage: Lineage, terms_by_node: NodeTerms, node: int, items: list[Inherited]) -> list[InheritedTerm]:
    own = int(terms_by_node.possible[node])
    found: dict[tuple[str, int], InheritedTerm] = {}
    for item in items:
        said = {clause.term: clause for clause in clauses(terms_by_node, item.source)}
        for name in names_of(item.bits):
            if (name, item.flow) not in found:
                found[name, item.flow] = InheritedTerm(
                    name, FLOWS[item.flow], lineage.ref(item.source), _path(lineage, item.path), round(item.confidence, 3),
                    bool(own & terms()[name].mask), said.get(name),
                )  # fmt: skip
    return sorted(found.values(), key=lambda term: (FLOWS.index(term.flow), terms()[term.term].bit))


def _path(lineage: Lineage, path: tuple[int, ...]) -> list[PathStep]:
    return [
        PathStep(
            lineage.ref(int(lineage.child[edge])),
            lineage.ref(int(lineage.parent[edge])),
            str(RELATIONS[lineage.relation[edge]]),
            ("declared", "stated", "inferred", "measured")[lineage.relation_basis[edge]],
            round(float(lineage.confidence[edge] * lineage.relation_confidence[edge]), 3),
        )
        for edge in path
    ]


def _silent(lineage: Lineage, terms_by_node: NodeTerms, node: int) -> list[str]:
    """Return the ancestors along weights of whose terms nothing is known, the nearest first."""
    from filiation.lineage.questions import reach  # noqa: PLC0415  # numba, a second to import

    above = reach(lineage, node, "up")
    models = lineage.is_model(above.nodes)
    silent = [int(item) for item in above.nodes[models] if not _is_named(terms_by_node, int(item))]
    return lineage.refs(silent)


def _is_named(terms_by_node: NodeTerms, node: int) -> bool:
    code = int(terms_by_node.code[node])
    return code != NULL and terms_by_node.texts[code].expression is not None
