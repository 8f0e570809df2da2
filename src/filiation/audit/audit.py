"""Ask all that is known of a target, and let the policy answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import duckdb
import msgspec

from filiation import checks
from filiation.assess.attributes import Attribute, Evidence
from filiation.assess.build import Assessment, assessment
from filiation.audit.answer import (
    AuditAnswer,
    AuditFinding,
    AuditLicense,
    AuditLineage,
    AuditParent,
    AuditReason,
    AuditTarget,
    AuditUse,
    Language,
    Origin,
    Scores,
)
from filiation.audit.evidence import edge_sentences, sentences, told
from filiation.audit.facts import FactFinder, ancestors, findings_of, topic_of
from filiation.audit.words import words_of
from filiation.checks.run import explain
from filiation.core.decision import Override, Waiver
from filiation.core.finding import Finding
from filiation.core.ref import Kind
from filiation.licenses.above import above
from filiation.licenses.answer import LicenseAnswer
from filiation.licenses.answer import Verdict as LicenseVerdict
from filiation.licenses.answer import answer as license_answer
from filiation.licenses.decided import settled
from filiation.licenses.node_terms import NodeTerms
from filiation.licenses.purpose import purpose
from filiation.licenses.verdict import verdict as license_verdict
from filiation.lineage.arrays import Lineage
from filiation.policy.decision import VERDICTS, Reason, Verdict, worst
from filiation.policy.facts import Facts
from filiation.policy.rule import Policy
from filiation.policy.verdict import decide

OF_FINDINGS = "findings."
"""Begins the ids of a policy's rules about findings."""
COMMIT_CHARS = 40
HEXADECIMAL = frozenset("0123456789abcdef")


class Auditor:
    """Audits nodes of one atlas under one policy.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        policy: What is required.
        at: Now, naive UTC.
        waivers: Of the ledger, in force at `at`.
        overrides: Likewise.
        lang: Language of the sentences.
        terms: Of every node, where whoever asks has them already.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        lineage: Lineage,
        policy: Policy,
        at: datetime,
        waivers: Sequence[Waiver] = (),
        overrides: Sequence[Override] = (),
        lang: Language = "en",
        terms: NodeTerms | None = None,
    ) -> None:
        self._con, self._lineage, self._policy, self._at, self._lang = con, lineage, policy, at, lang
        self._waivers, self._overrides, self._terms = waivers, overrides, terms
        self._words = words_of(lang)
        self._use = policy.use
        self._wanted = purpose(self._use) if self._use else None

    def target(
        self, node: int, revision: str | None = None, origin: Origin = "registry", uses: Sequence[AuditUse] = ()
    ) -> AuditTarget:
        """Return the answer about a node.

        Args:
            node: Its number.
            revision: The one that was asked for.
            origin: Where the target was named.
            uses: Where a source tree loads it.
        """
        ref = self._lineage.ref(node)
        findings = self._findings(node, ref)
        overrides = [item for item in self._overrides if item.subject == ref]
        about = self._about(node, [item for item, _ in findings if self._is_of_license(item)])
        allowed = (
            settled(license_verdict(about, self._use or "", self._wanted), self._wanted, overrides) if self._wanted else None
        )
        seen = self._facts(node, allowed, [finding for finding, _ in findings])
        is_pinned = origin == "folder" or is_commit(revision)
        facts = msgspec.structs.replace(seen, revision=revision or seen.revision, is_pinned=is_pinned)
        decision = decide(self._policy, facts)
        places = list(dict.fromkeys(place for finding, _ in findings for place in finding.locations))
        evidence = dict(zip(places, sentences(self._con, self._lineage, places, self._words), strict=True))
        shown = [self._finding(finding, waiver, evidence) for finding, waiver in findings]
        reasons = [self._reason(item, shown) for item in decision.reasons]
        assessed = assessment(self._con, self._lineage, node) if facts.state == "present" else Assessment([], None)
        return AuditTarget(
            ref=ref,
            origin=origin,
            revision=revision,
            verdict=decision.verdict,
            reasons=reasons,
            todo=_todo(reasons, shown),
            findings=shown,
            scores=Scores(**{name: getattr(facts.scores, name) for name in Scores.__struct_fields__}),
            attributes=self._attributes(assessed),
            documentation=assessed.documentation,
            license=_license(about, allowed),
            lineage=self._descent(node, facts),
            waived=sum(waiver is not None for _, waiver in findings),
            overrides=overrides,
            uses=list(uses),
            notes=list(self._notes(seen, revision)),
        )

    def _facts(self, node: int, allowed: LicenseVerdict | None, findings: Sequence[Finding]) -> Facts:
        answers = {node: str(allowed.answer)} if allowed else {}
        finder = FactFinder(self._con, self._lineage, self._waivers, self._at, answers)
        ordered = sorted(findings, key=lambda item: (item.check, -item.confidence))
        return next(finder.of([node], {node: [(item.check, item.severity.value, item.confidence) for item in ordered]}))[1]

    def _findings(self, node: int, ref: str) -> list[tuple[Finding, Waiver | None]]:
        """Return what was found of a node, each with the decision by which it does not count; the worst first."""
        found = findings_of(self._con, ref, node)
        paired = [(item, next((waiver for waiver in self._waivers if waiver.covers(item)), None)) for item in found]
        return sorted(paired, key=lambda pair: pair[1] is not None)

    def _finding(self, finding: Finding, waiver: Waiver | None, evidence: Mapping[str, str]) -> AuditFinding:
        check = checks.find(finding.check)
        words = explain(check, finding.details, self._lang) if check else None
        message = words.message if words and (finding.details or self._lang != "en") else finding.message
        return AuditFinding(
            finding.check,
            topic_of(finding.check) or "attributes",
            words.title if words else finding.check,
            message,
            str(finding.severity),
            finding.confidence,
            list(finding.locations),
            [evidence[place] for place in finding.locations],
            list(finding.details),
            words.remedy if words and self._lang != "en" else finding.remedy,
            waiver,
        )

    def _attributes(self, assessed: Assessment) -> list[Attribute]:
        """Return the attributes, their evidence in words: edges and numbers as sentences."""
        signs = [item for attribute in assessed.attributes for factor in attribute.factors for item in factor.evidence]
        edges = edge_sentences(self._con, self._lineage, [item.locator for item in signs], self._words)
        change = msgspec.structs.replace

        def said(item: Evidence) -> Evidence:
            return change(item, value=edges.get(item.locator) or told(item.value, item.locator, self._words))

        return [
            change(
                attribute,
                factors=[change(factor, evidence=[said(item) for item in factor.evidence]) for factor in attribute.factors],
            )
            for attribute in assessed.attributes
        ]

    def _about(self, node: int, conflicts: list[Finding]) -> LicenseAnswer:
        if self._terms is not None:
            return license_answer(self._lineage, self._terms, node, conflicts)
        return above(self._con, self._lineage, node).answer(conflicts)

    def _is_of_license(self, finding: Finding) -> bool:
        return topic_of(finding.check) == "license"

    def _reason(self, item: Reason, findings: Sequence[AuditFinding]) -> AuditReason:
        """Return a reason in the language asked for; one that objects to findings says what was found."""
        english = self._lang == "en"
        message, remedy = (item.message_en, item.remedy_en) if english else (item.message_ja, item.remedy_ja)
        named = [text.partition(" (")[0] for text in item.because] if item.rule.startswith(OF_FINDINGS) else []
        meant = [finding for finding in findings if finding.check in named and finding.waived is None]
        if meant:
            rest = f" ({self._words['more'].format(count=len(meant) - 1)})" if len(meant) > 1 else ""
            message, remedy = f"{meant[0].message}{rest}", meant[0].remedy
        where = f"{item.file}:{item.line} {item.where}"
        return AuditReason(item.rule, item.verdict, message, item.because, remedy, where, item.is_unknown)

    def _descent(self, node: int, facts: Facts) -> AuditLineage:
        above = ancestors(self._lineage, node)
        unknown = self._lineage.refs(above[self._lineage.state[above] != 0].tolist())
        parents = [
            AuditParent(item.ref, str(item.relation), str(item.basis), float(item.confidence or 0), str(item.state))
            for item in facts.parents or ()
        ]
        return AuditLineage(parents, len(above), unknown, int(self._lineage.descendants[node]), facts.downloads)

    def _notes(self, facts: Facts, revision: str | None) -> Iterator[str]:
        """Yield what the answer does not cover."""
        if facts.state != "present":
            yield self._words["note_no_record"]
            return
        if revision is not None and revision != facts.revision:
            yield self._words["note_revision"].format(asked=revision, known=facts.revision or self._words["unknown"])
        if facts.evidence.card is None:
            yield self._words["note_no_card"]
        if not facts.files_known:
            yield self._words["note_no_files"]

    def known(self) -> str:
        """Return what the atlas holds, in a sentence."""
        held = dict.fromkeys(map(str, Kind), 0)
        for _, kind, start, end in self._lineage.sections:
            held[kind] += int((self._lineage.state[start:end] == 0).sum())
        seen = self._con.execute("SELECT max(seen_at) FROM snapshot").fetchall()[0][0]
        models, datasets = f"{held[Kind.MODEL]:,}", f"{held[Kind.DATASET]:,}"
        return self._words["known"].format(models=models, datasets=datasets, at=f"{seen:%Y-%m-%d}")


def together(
    targets: Sequence[AuditTarget], policy: Policy, lang: Language, at: datetime, known: str, skipped: Sequence[str] = ()
) -> AuditAnswer:
    """Return the answer about all targets, the worst first; what was skipped must be looked at by a person.

    Args:
        targets: Audited under `policy`.
        policy: What is required.
        lang: Language of the sentences.
        at: When, naive UTC.
        known: What the atlas holds, as `Auditor.known` says it.
        skipped: What could not be audited, and why.
    """
    order = sorted(targets, key=lambda item: (-VERDICTS.index(item.verdict), item.ref))
    verdicts: list[Verdict] = [item.verdict for item in targets]
    if skipped:
        verdicts.append("review")
    return AuditAnswer(worst(verdicts), policy.name, lang, at, known, order, list(skipped))


def is_commit(revision: str | None) -> bool:
    """Return whether a revision is a commit, which cannot change, and no branch or tag."""
    return revision is not None and len(revision) == COMMIT_CHARS and set(revision.lower()) <= HEXADECIMAL


def _license(about: LicenseAnswer, allowed: LicenseVerdict | None) -> AuditLicense:
    return AuditLicense(about.declared, {item.term: item.from_ for item in about.inherited}, about.unknown, allowed)


def _todo(reasons: Sequence[AuditReason], findings: Sequence[AuditFinding]) -> list[str]:
    """Return what the rules ask for, then what the findings do, each once."""
    asked = [item.remedy for item in reasons] + [item.remedy for item in findings if item.waived is None]
    return list(dict.fromkeys(filter(None, asked)))
