"""What an audit answers: may we build on these, why, and what to do."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from filiation.assess.attributes import Attribute
from filiation.assess.documentation import DocumentationScore
from filiation.core.decision import Override, Waiver
from filiation.core.language import Language
from filiation.licenses.answer import DeclaredLicense
from filiation.licenses.answer import Verdict as LicenseVerdict
from filiation.policy.decision import Verdict

Origin = Literal["registry", "folder", "source"]


class AuditReason(msgspec.Struct, frozen=True):
    """Why a verdict is not better, in the language of the answer.

    Attributes:
        rule: Id of the policy's rule.
        verdict: What it gives by itself.
        message: In a sentence.
        because: The facts that it looked at, as ``name = value``.
        remedy: What to do; empty where the policy says nothing.
        where: The policy's file, line and key.
        is_unknown: Whether it objects only because something that it needs is not known.
    """

    rule: str
    verdict: Verdict
    message: str
    because: list[str]
    remedy: str
    where: str
    is_unknown: bool


class AuditFinding(msgspec.Struct, frozen=True):
    """A finding in the language of the answer.

    Attributes:
        check: Name of the check; ``filiation checks NAME`` prints its page.
        topic: Where it belongs in a report.
        title: What the check is about.
        message: What was found.
        severity: How bad it is if true.
        confidence: How sure we are, in [0, 1].
        locations: Where it was read, the primary one first.
        evidence: The same as people read it.
        details: The words that stand in the message.
        remedy: What to do.
        waived: The decision by which it does not count, null where it does.
    """

    check: str
    topic: str
    title: str
    message: str
    severity: str
    confidence: float
    locations: list[str]
    evidence: list[str]
    details: list[str]
    remedy: str
    waived: Waiver | None = None


class Scores(msgspec.Struct, frozen=True):
    """How well the target does, from 0 to 1; null where too little is known to say."""

    documentation: float | None = None
    provenance: float | None = None
    reproducibility: float | None = None
    portability: float | None = None
    popularity: float | None = None
    upkeep: float | None = None


class AuditParent(msgspec.Struct, frozen=True):
    """What a target is made from; `state` is ``present`` where the atlas has a record of it."""

    ref: str
    relation: str
    basis: str
    confidence: float
    state: str


class AuditLineage(msgspec.Struct, frozen=True):
    """Where a target comes from, and what stands on it.

    Attributes:
        parents: The nearest.
        ancestors: How many in all.
        unknown: Ancestors of which the atlas has no record.
        descendants: How many stand on it.
        downloads: A month, null where unknown.
    """

    parents: list[AuditParent]
    ancestors: int
    unknown: list[str]
    descendants: int
    downloads: int | None


class AuditLicense(msgspec.Struct, frozen=True):
    """What is declared, what comes from above, and whether the use that the policy names is allowed.

    Attributes:
        declared: Of the target itself.
        inherited: Terms that hold because of ancestors, by id, with the ancestor that says so.
        unknown: Ancestors of whose terms nothing is known.
        verdict: For the policy's use; null where it names none.
    """

    declared: DeclaredLicense
    inherited: dict[str, str]
    unknown: list[str]
    verdict: LicenseVerdict | None


class AuditUse(msgspec.Struct, frozen=True):
    """A place in a source tree that loads the target."""

    file: str
    line: int
    how: str
    revision: str | None


class AuditTarget(msgspec.Struct, frozen=True):
    """One model or dataset, and the answer.

    Attributes:
        ref: Its name.
        origin: Whether it was looked up in the registry, read from a folder, or found in a source tree.
        revision: The revision that was asked for; null for whichever is current.
        verdict: Whether it may be used under the policy.
        reasons: Why, the weightiest first.
        todo: What to do, the most urgent first.
        findings: What the checks found, the worst first; what is waived comes last.
        scores: How well it does.
        attributes: The parts of the scores, with their evidence.
        documentation: The sections of its card; null where the card is not known.
        license: Licences along its lineage.
        lineage: Where it comes from.
        waived: How many findings count no more, by decision.
        overrides: What reviewers decided about it.
        uses: Where a source tree loads it.
        notes: What the answer does not cover.
    """

    ref: str
    origin: Origin
    revision: str | None
    verdict: Verdict
    reasons: list[AuditReason]
    todo: list[str]
    findings: list[AuditFinding]
    scores: Scores
    attributes: list[Attribute]
    documentation: DocumentationScore | None
    license: AuditLicense
    lineage: AuditLineage
    waived: int
    overrides: list[Override]
    uses: list[AuditUse]
    notes: list[str]


class AuditAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/audit/v1"):
    """An audit of one or more targets.

    Attributes:
        verdict: The worst of the targets'.
        policy: Name of the policy, or its file.
        lang: Language of the sentences.
        at: When, UTC; waivers and overrides are those in force then.
        atlas: What the atlas holds, in a sentence.
        targets: One answer each, the worst first.
        skipped: What could not be audited, and why.
    """

    verdict: Verdict
    policy: str
    lang: Language
    at: datetime
    atlas: str
    targets: list[AuditTarget]
    skipped: list[str]


class Risk(msgspec.Struct, frozen=True):
    """A repository in the order of risk.

    Attributes:
        ref: Its name.
        node: Its number.
        risk: `badness` times what stands on it.
        badness: How bad its findings are together, in [0, 1].
        dependents: Itself and its descendants.
        downloads: A month, null where unknown.
        verdict: Under the policy; null where none was asked for.
        worst: The findings that weigh most, by check.
    """

    ref: str
    node: int
    risk: float
    badness: float
    dependents: int
    downloads: int | None
    verdict: Verdict | None
    worst: list[str]


class RiskAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/risk/v1"):
    """The registry by risk.

    Attributes:
        policy: Name of the policy, null where none was asked for.
        total: How many repositories, of the kind that was asked for, have a finding.
        verdicts: How many models have each verdict; empty without a policy.
        checks: How many findings each check has, on that kind.
        risks: The first of them.
    """

    policy: str | None
    total: int
    verdicts: dict[str, int]
    checks: dict[str, int]
    risks: list[Risk]
