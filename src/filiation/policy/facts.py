"""What a policy may ask about: every fact of a model or dataset, by the name that it has in an expression.

Null means that we do not know, which is never the same as no, none or zero: a rule that needs an unknown fact does not pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Literal

import msgspec

from filiation.knowledge import load
from filiation.licenses.catalog import kind_of
from filiation.licenses.expression import UnreadableExpressionError, ids, parse

SeverityName = Literal["info", "low", "medium", "high", "critical"]
SEVERITIES: tuple[SeverityName, ...] = ("info", "low", "medium", "high", "critical")
KNOWN_LICENSE = ("expression", "stated", "decided")
"""States in which a license was understood."""


class NamedLicense(msgspec.Struct, frozen=True, omit_defaults=True):
    """A license in the expression of its license.

    Attributes:
        id: As ``filiation license`` names it, such as ``apache-2.0``.
        kind: Such as ``permissive`` or ``non-commercial``; ``unknown`` where we do not know the license.
    """

    id: str
    kind: str = "unknown"


class LicenseFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of its license.

    Attributes:
        state: undeclared, unknown, other, expression, unreadable, stated or decided.
        expression: As it is understood, such as ``apache-2.0 OR mit``.
        ids: The licenses in the expression.
        kinds: Their kinds, such as ``permissive`` or ``non-commercial``.
        conflicts: Checks of licenses along its lineage that found something.
        answer: Whether it may be used for what the policy's ``[license] use`` says: yes, no or ask a lawyer.
    """

    state: str | None = None
    expression: str | None = None
    ids: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    conflicts: tuple[str, ...] | None = None
    answer: str | None = None


class ScoreFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """How well it does, from 0 to 1.

    Attributes:
        documentation: How far the sections of its card are filled.
        provenance: How well one can trace where it comes from.
        reproducibility: How well one could make it again.
        portability: How easily it moves elsewhere.
        popularity: How much it is used.
        upkeep: How well it is looked after.
    """

    documentation: float | None = None
    provenance: float | None = None
    reproducibility: float | None = None
    portability: float | None = None
    popularity: float | None = None
    upkeep: float | None = None


class FindingFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finding that counts; those that a reviewer waived are taken out before any rule is asked.

    Attributes:
        check: Name of the check.
        topic: documentation, dependencies, datasets, license, attributes, metrics, files or names; empty for a check of none.
        severity: info, low, medium, high or critical.
        confidence: How sure we are, from 0 to 1.
        waived: Whether a reviewer accepted it; no rule ever sees one that is.
    """

    check: str
    topic: str = ""
    severity: SeverityName = "medium"
    confidence: float = 1.0
    waived: bool = False


class ParentFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it is made from.

    Attributes:
        ref: The parent.
        relation: How it was made: finetune, adapter, quantized, merge, distilled, converted, trained_on or unknown.
        basis: On what ground we say so: declared, stated, inferred or measured.
        confidence: How sure we are, from 0 to 1.
        state: present, missing, ambiguous or malformed.
    """

    ref: str
    relation: str | None = None
    basis: str | None = None
    confidence: float | None = None
    state: str | None = None


class PublisherFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who published it.

    Attributes:
        owner: Name of the user or organization.
        models: How many models they have in the atlas.
    """

    owner: str | None = None
    models: int | None = None


class EvidenceFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether its publisher says or shows something; null where we could not look.

    Attributes:
        card: It has a model card with text.
        license: Its license is known.
        datasets: The data that it was trained on is named.
        parents_known: All that it descends from is in the atlas.
        evaluation: A metric of it is stated.
        intended_use: Its card says what it is for.
        limitations: Its card says what it is not for, or cannot do.
        training: Its card says how it was trained.
        hardware: The hardware is named.
        carbon: Its emissions are stated.
        contact: Somebody to ask is named.
        demo_code: Its card shows how to use it.
        repository: Its source code is named.
        paper: A paper is named.
    """

    card: bool | None = None
    license: bool | None = None
    datasets: bool | None = None
    parents_known: bool | None = None
    evaluation: bool | None = None
    intended_use: bool | None = None
    limitations: bool | None = None
    training: bool | None = None
    hardware: bool | None = None
    carbon: bool | None = None
    contact: bool | None = None
    demo_code: bool | None = None
    repository: bool | None = None
    paper: bool | None = None


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that a rule may ask about one model or dataset.

    Attributes:
        ref: Its name, such as ``model:owner/name``.
        kind: model or dataset.
        owner: The part of the name before the slash.
        name: The part after it.
        state: present, missing, ambiguous or malformed.
        revision: The revision that is asked about.
        is_pinned: Whether that is a commit, which cannot change.
        gated: Whether one must ask for access.
        license: What is known of its license.
        licenses: Each license that its license names; none where it declares none.
        scores: How well it does.
        findings: What the checks found and nobody waived.
        worst: The worst severity among the findings; ``none`` where there are none.
        parents: What it is made from.
        ancestors: How many it descends from.
        unknown_ancestors: How many of them the atlas does not hold.
        descendants: How many stand on it.
        downloads: In the last month.
        age_days: Days since it was changed last.
        formats: Kinds of its files of weights, such as ``safetensors``, ``gguf`` or ``pickle``.
        files_known: Whether its files are known.
        publisher: Who published it.
        evidence: What its publisher says or shows.
        says: What its name says, as elements: ``architecture:llama``, ``parameters:7b``.
        shape: The kinds of these elements in order, with blanks between.
    """

    ref: str | None = None
    kind: str | None = None
    owner: str | None = None
    name: str | None = None
    state: str | None = None
    revision: str | None = None
    is_pinned: bool | None = None
    gated: bool | None = None
    license: LicenseFacts = LicenseFacts()
    licenses: tuple[NamedLicense, ...] | None = None
    scores: ScoreFacts = ScoreFacts()
    findings: tuple[FindingFacts, ...] | None = None
    worst: str | None = None
    parents: tuple[ParentFacts, ...] | None = None
    ancestors: int | None = None
    unknown_ancestors: int | None = None
    descendants: int | None = None
    downloads: int | None = None
    age_days: int | None = None
    formats: tuple[str, ...] | None = None
    files_known: bool | None = None
    publisher: PublisherFacts = PublisherFacts()
    evidence: EvidenceFacts = EvidenceFacts()
    says: tuple[str, ...] | None = None
    shape: str | None = None


def settled(facts: Facts, needs: frozenset[str] = frozenset(Facts.__struct_fields__)) -> Facts:
    """Return the facts as rules see them; only of those that are among `needs` anything is worked out.

    What a reviewer waived is gone, also from the conflicts of the license; `worst`, `licenses`, the owner of the publisher and
    some of the evidence follow from the rest where nobody said them.
    """
    changes: dict[str, object] = {}
    counted = facts.findings
    if counted is not None and any(found.waived for found in counted):
        counted = changes["findings"] = tuple([found for found in counted if not found.waived])
        if facts.license.conflicts and "license" in needs:
            changes["license"] = _without_waived(facts, {found.check for found in counted})
    if counted is not None and "worst" in needs:
        changes["worst"] = max([found.severity for found in counted], key=SEVERITIES.index, default="none")
    if facts.licenses is None and facts.license.state is not None and "licenses" in needs:
        changes["licenses"] = named_licenses(facts.license.expression)
    if facts.publisher.owner is None and facts.owner is not None and "publisher" in needs:
        changes["publisher"] = msgspec.structs.replace(facts.publisher, owner=facts.owner)
    if facts.name is not None and facts.kind == "model" and needs & {"says", "shape"}:
        changes |= _name_facts(facts)
    told = _told(facts) if "evidence" in needs else None
    if told:
        changes["evidence"] = msgspec.structs.replace(facts.evidence, **told)
    return msgspec.structs.replace(facts, **changes) if changes else facts


def _without_waived(facts: Facts, counted: set[str]) -> LicenseFacts:
    gone = {found.check for found in facts.findings or ()} - counted
    kept = tuple(name for name in facts.license.conflicts or () if name not in gone)
    return msgspec.structs.replace(facts.license, conflicts=kept)


def _name_facts(facts: Facts) -> dict[str, object]:
    """Return what the name says, where nobody said it."""
    from filiation.names import parse as parse_name  # noqa: PLC0415  # what most audits need not load
    from filiation.names.rules import says, shape  # noqa: PLC0415

    name = parse_name(facts.name or "")
    return {"says": says(name) if facts.says is None else facts.says, "shape": facts.shape or shape(name)}


def _told(facts: Facts) -> dict[str, bool]:
    told = {}
    if facts.evidence.license is None and facts.license.state is not None:
        told["license"] = facts.license.state in KNOWN_LICENSE or bool(facts.license.expression)
    if facts.evidence.parents_known is None and facts.unknown_ancestors is not None:
        told["parents_known"] = facts.unknown_ancestors == 0
    return told


@lru_cache(maxsize=65_536)
def named_licenses(expression: str | None) -> tuple[NamedLicense, ...]:
    """Return each license that an expression names; one of unknown kind where it cannot be read."""
    if not expression:
        return ()
    try:
        return tuple(NamedLicense(item.key, kind_of(item.key)) for item in ids(parse(expression)))
    except UnreadableExpressionError:  # a license of no known kind, called as it was written
        return (NamedLicense(expression),)


def formats_of(files: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of the files of weights among `files`, sorted: what ``knowledge/weight_formats.toml`` calls them."""
    names = [name.lower() for name in files]
    return tuple(kind for kind, is_one in _formats() if any(is_one(name) for name in names))


@cache
def _formats() -> list[tuple[str, Callable[[str], bool]]]:
    table = load("weight_formats")
    return [(kind, _test(table[kind]["files"], table[kind].get("unless"))) for kind in sorted(table)]


def _test(files: str, unless: str | None) -> Callable[[str], bool]:
    wanted, not_those = re.compile(files), re.compile(unless) if unless else None
    return lambda name: wanted.search(name) is not None and (not_those is None or not_those.search(name) is None)
