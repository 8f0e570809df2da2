"""The answer of `audit`, with its lists as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import duckdb
import msgspec

from filiation.api.answers import Answer
from filiation.api.table import Rows
from filiation.audit.answer import AuditAnswer, AuditTarget, Language
from filiation.audit.audit import Auditor, together
from filiation.core.decision import Override, Waiver
from filiation.core.errors import FiliationError
from filiation.lineage.arrays import Lineage
from filiation.policy.rule import Policy


class AuditRow(msgspec.Struct, frozen=True):
    """A target in one line. `reasons` are the rules that object, `todo` what would help; scores are null where unknown."""

    ref: str
    verdict: str
    reasons: list[str]
    todo: list[str]
    findings: int
    waived: int
    license: str | None
    ancestors: int
    descendants: int
    documentation: float | None
    provenance: float | None


class ReasonRow(msgspec.Struct, frozen=True):
    """Why a target's verdict is not better."""

    ref: str
    rule: str
    verdict: str
    message: str
    because: list[str]
    remedy: str
    is_unknown: bool


class FindingRow(msgspec.Struct, frozen=True):
    """What was found of a target; `waived` says why it does not count, null where it does."""

    ref: str
    check: str
    topic: str
    severity: str
    confidence: float
    message: str
    evidence: list[str]
    remedy: str
    waived: str | None


def audited(
    con: duckdb.DuckDBPyConnection,
    lineage: Lineage,
    locate: Callable[[str], int],
    names: Sequence[str],
    policy: Policy,
    at: datetime,
    waivers: Sequence[Waiver],
    overrides: Sequence[Override],
    lang: Language,
) -> AuditAnswer:
    """Return the audit of what `names` name.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        locate: Finds the node of a name, or raises.
        names: As people write them, at least one; a revision follows ``@``.
        policy: What is required.
        at: Naive UTC.
        waivers: In force then.
        overrides: Likewise.
        lang: Language of the sentences.

    Raises:
        FiliationError: If nothing is named, or the only name is not known.
    """
    if not names:
        raise FiliationError("Nothing to audit was named.")
    auditor = Auditor(con, lineage, policy, at, waivers, overrides, lang)
    done: list[AuditTarget] = []
    skipped: list[str] = []
    for text in names:
        name, _, revision = text.strip().partition("@")
        try:
            done.append(auditor.target(locate(name), revision or None))
        except FiliationError as error:
            if len(names) == 1:
                raise
            skipped.append(str(error))
    return together(done, policy, lang, at, auditor.known(), skipped)


class AuditTold(Answer[AuditAnswer]):
    """May we build on these? The worst first."""

    @property
    def targets(self) -> Rows[AuditRow]:
        """A row for each target."""
        return Rows([_row(item) for item in self.answer.targets], AuditRow)

    main = targets

    @property
    def reasons(self) -> Rows[ReasonRow]:
        """Why verdicts are not better."""
        return Rows(list(self._reasons()), ReasonRow)

    @property
    def findings(self) -> Rows[FindingRow]:
        """All that was found."""
        return Rows(list(self._findings()), FindingRow)

    @property
    def verdict(self) -> str:
        """The worst verdict of all: pass, review or block."""
        return self.answer.verdict

    def markdown(self) -> str:
        """Return the report that ``filiation audit --format markdown`` prints."""
        from filiation.audit.report import report
        from filiation.export.report_markdown import markdown

        return markdown(report(self.answer))

    def html(self) -> str:
        """Return the report that ``filiation audit --format html`` prints."""
        from filiation.audit.report import report
        from filiation.export.report_html import html

        return html(report(self.answer))

    def _told(self) -> str:
        return f"{self.answer.verdict} under {self.answer.policy}: {len(self.answer.targets)} audited"

    def _reasons(self) -> Iterator[ReasonRow]:
        for target in self.answer.targets:
            for item in target.reasons:
                yield ReasonRow(target.ref, item.rule, item.verdict, item.message, item.because, item.remedy, item.is_unknown)

    def _findings(self) -> Iterator[FindingRow]:
        for target in self.answer.targets:
            for item in target.findings:
                yield FindingRow(
                    target.ref, item.check, item.topic, item.severity, item.confidence, item.message, item.evidence,
                    item.remedy, item.waived.why if item.waived else None,
                )  # fmt: skip


def _row(target: AuditTarget) -> AuditRow:
    declared = target.license.declared
    return AuditRow(
        target.ref, target.verdict, [item.rule for item in target.reasons], target.todo, len(target.findings), target.waived,
        declared.expression or (declared.text[0] if declared.text else None), target.lineage.ancestors,
        target.lineage.descendants, target.scores.documentation, target.scores.provenance,
    )  # fmt: skip
