"""Run an audit: find its targets, ask the ledger, let the auditor answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from filiation.audit.answer import AuditAnswer, AuditFinding, AuditReason, AuditTarget, Language
from filiation.audit.audit import Auditor, together
from filiation.checks import checks
from filiation.cli.deciding import Decisions
from filiation.cli.targets import As, Named, sought
from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.core.record import Skipped
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate, unknown
from filiation.policy.rule import Policy
from filiation.store.atlas import DATABASE, Atlas

if TYPE_CHECKING:
    from filiation.ledger.store import Synced


def audited(
    atlas_path: Path,
    targets: Sequence[str],
    way: As | None,
    policy: Policy,
    decisions: Decisions,
    at: datetime,
    lang: Language,
) -> AuditAnswer:
    """Return the audit of `targets`.

    Args:
        atlas_path: The atlas's folder; where all targets are folders, it need not be there.
        targets: As they were typed.
        way: How they are to be read; None to see.
        policy: What is required.
        decisions: Of the ledger, in force at `at`.
        at: Now, naive UTC.
        lang: Language of the sentences.

    Raises:
        FiliationError: If there is nothing to audit, or a target that stands alone is not known.
    """
    found = sought(targets, way)
    if not found.named and not found.folders:
        raise FiliationError("Nothing to audit was found: " + ("; ".join(found.skipped[:3]) or "no model is named there") + ".")
    done: list[AuditTarget] = []
    known = ""
    alone = len(found.named) + len(found.folders) == 1
    if found.named:
        lineage = Lineage.load(atlas_path)
        with Atlas.open(atlas_path) as atlas:
            auditor = Auditor(atlas.con, lineage, policy, at, decisions.waivers, decisions.overrides, lang)
            for item in found.named:
                try:
                    done.append(_named(auditor, lineage, atlas_path, item))
                except FiliationError as error:
                    if alone and not item.uses:
                        raise
                    found.skipped.append(str(error))
            known = auditor.known()
    for folder in found.folders:
        from filiation.cli.scratch import scratch_atlas  # the stages take a second to import

        with scratch_atlas(folder, atlas_path if (atlas_path / DATABASE).exists() else None, decisions.overrides) as (
            path,
            refs,
        ):
            lineage = Lineage.load(path)
            with Atlas.open(path) as atlas:
                auditor = Auditor(atlas.con, lineage, policy, at, decisions.waivers, decisions.overrides, lang)
                done += [auditor.target(locate(lineage, ref).node, origin="folder") for ref in refs]
                known = known or auditor.known()
    return together(done, policy, lang, at, known, found.skipped)


FOR_PEOPLE = frozenset({Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL})
"""What is worth a person's time."""


def sarif_log(answer: AuditAnswer) -> dict[str, Any]:
    """Return what an audit found, and what its policy objects to beside that, as a SARIF log.

    Where a source tree was audited, it stands at the lines that load a target.
    """
    from filiation.export.sarif import Place, sarif  # what other formats need not load

    findings, places, waived = [], {}, {}
    for target in answer.targets:
        places[target.ref] = [Place(use.file, use.line) for use in target.uses]
        for item in target.findings:
            findings.append(msgspec.structs.replace(_found(target.ref, item), details=()))  # the message is in its language
            if item.waived:
                waived[item.check, target.ref] = item.waived.why
        objections = [reason for reason in target.reasons if not reason.rule.startswith("findings.")]
        findings += [_objection(target.ref, reason) for reason in objections]
    skipped = [Skipped("", 0, sentence) for sentence in answer.skipped]
    return sarif(findings, checks(), lang=answer.lang, places=places, waived=waived, skipped=skipped)


def ask_people(answer: AuditAnswer, atlas: Path, ledger: str | None, owner: str | None, due: datetime | None) -> Synced:
    """Make review items of what an audit found and no policy passed: of medium severity and above, not decided on yet.

    Raises:
        FiliationError: If there is no ledger, or whoever asks may not open reviews.
    """
    from filiation.ledger.opening import opened  # the ledger's database takes a while to import

    book, me = opened(atlas, ledger, create=True)
    needing = [
        _found(target.ref, item)
        for target in answer.targets
        if target.verdict != "pass"
        for item in target.findings
        if item.waived is None and Severity(item.severity) in FOR_PEOPLE
    ]
    beside = [_found(target.ref, item) for target in answer.targets for item in target.findings]
    return book.sync(needing, me.name, me.role, beside=beside, owner=owner, due=due, via=me.via)


def _found(ref: str, item: AuditFinding) -> Finding:
    """Return the finding as the stages made it."""
    return Finding(
        item.check,
        ref,
        item.message,
        Severity(item.severity),
        item.confidence,
        tuple(item.locations),
        item.remedy,
        tuple(item.details),
    )


def _objection(ref: str, reason: AuditReason) -> Finding:
    """Return a reason of the policy as a finding of the rule; what rules say about findings stands with those."""
    severity = Severity.HIGH if reason.verdict == "block" else Severity.MEDIUM
    return Finding(f"policy/{reason.rule}", ref, reason.message, severity, 1.0, (), reason.remedy)


def _named(auditor: Auditor, lineage: Lineage, atlas: Path, item: Named) -> AuditTarget:
    node = locate(lineage, item.text).node
    if node == NULL:
        raise unknown(lineage, item.text, str(atlas), f"look for it with 'filiation find {item.text} --atlas {atlas}'.")
    return auditor.target(node, item.revision, "source" if item.uses else "registry", item.uses)
