"""An audit as a report: first a page that a manager can read, below it all that an engineer needs.

A report is a list of blocks in one language; a file in ``export/`` for each format says how a block looks there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import msgspec

from filiation.assess import usage
from filiation.assess.attributes import Evidence
from filiation.assess.formula import formula
from filiation.audit.answer import AuditAnswer, AuditFinding, AuditTarget, Language
from filiation.core.decision import Override
from filiation.knowledge import load

REASONS = 3
"""So many reasons, and things to do, stand on the first page."""
NOT_KNOWN = " = not known"
"""How a policy says that a fact is not known, in any language."""
NAMES = 8
"""So many names stand in a sentence; how many more there are is said."""
SCORES = ("documentation", "provenance", "reproducibility", "portability", "popularity", "upkeep")


class Heading(msgspec.Struct, frozen=True, tag=True):
    """A heading; level 1 is the title of the report."""

    level: int
    text: str


class Answer(msgspec.Struct, frozen=True, tag=True):
    """The question, and the verdict in words."""

    verdict: str
    question: str
    text: str


class Paragraph(msgspec.Struct, frozen=True, tag=True):
    """A paragraph."""

    text: str


class Points(msgspec.Struct, frozen=True, tag=True):
    """A list."""

    items: list[str]


class Table(msgspec.Struct, frozen=True, tag=True):
    """A table: every row has a cell for each column."""

    columns: list[str]
    rows: list[list[str]]


Block = Heading | Answer | Paragraph | Points | Table


class Report(msgspec.Struct, frozen=True):
    """What to show, from top to bottom."""

    lang: Language
    title: str
    blocks: list[Block]


def report(answer: AuditAnswer) -> Report:
    """Return the report of an audit, in the audit's language."""
    words = words_of(answer.lang)
    one = answer.targets[0] if len(answer.targets) == 1 else None
    title = words["title"].format(ref=one.ref) if one else words["titles"].format(count=len(answer.targets))
    return Report(answer.lang, title, [*_first_page(answer, title, words), *_details(answer, words)])


@cache
def words_of(lang: Language) -> dict[str, str]:
    """Return the words of a report in a language."""
    return load("audit_words")[lang]


def _first_page(answer: AuditAnswer, title: str, words: dict[str, str]) -> Iterator[Block]:
    yield Heading(1, title)
    yield Answer(answer.verdict, words["question"], words[answer.verdict])
    yield Paragraph(words["under"].format(policy=answer.policy, at=f"{answer.at:%Y-%m-%d %H:%M} UTC"))
    yield Paragraph(answer.atlas)
    yield Heading(2, words["why"])
    why = _worst_reasons(answer, words)
    yield Points(why[:REASONS]) if why else Paragraph(words["nothing"])
    yield Heading(2, words["todo"])
    todo = list(dict.fromkeys(item for target in answer.targets for item in target.todo))
    yield Points(todo[:REASONS]) if todo else Paragraph(words["nothing_to_do"])
    if len(answer.targets) > 1:
        yield Heading(2, words["targets"])
        yield Table([words["target"], words["verdict"], words["why"]], [_line(target, words) for target in answer.targets])
    if answer.skipped:
        yield Heading(2, words["skipped"])
        yield Points(answer.skipped)


def _worst_reasons(answer: AuditAnswer, words: dict[str, str]) -> list[str]:
    """Return the reasons of all targets, the weightiest first; with several targets each says whose it is."""
    several = len(answer.targets) > 1
    found = [(f"{target.ref}: " if several else "", reason) for target in answer.targets for reason in reasons(target, words)]
    return list(dict.fromkeys(f"{whose}{reason}" for whose, reason in found))


def reasons(target: AuditTarget, words: dict[str, str]) -> list[str]:
    """Return why the verdict is not better, in sentences; what is not known stands together in one, the last."""
    told = [reason.message for reason in target.reasons if not reason.is_unknown]
    lacking = [fact for reason in target.reasons if reason.is_unknown for fact in reason.because]
    names = dict.fromkeys(fact.partition(" = ")[0].rpartition(".")[2] for fact in lacking if fact.endswith(NOT_KNOWN))
    return [*told, words["unknown_facts"].format(facts=", ".join(names))] if names else told


def _line(target: AuditTarget, words: dict[str, str]) -> list[str]:
    return [target.ref, words[target.verdict], next(iter(reasons(target, words)), "-")]


def _details(answer: AuditAnswer, words: dict[str, str]) -> Iterator[Block]:
    for target in answer.targets:
        if len(answer.targets) > 1:
            yield Heading(2, f"{target.ref}: {words[target.verdict]}")
            if target.reasons:
                yield Points(reasons(target, words))
        for name, blocks in _parts(target, words, answer.lang):
            yield Heading(3 if len(answer.targets) > 1 else 2, words[name])
            yield from blocks
    yield Paragraph(words["advice"])


def _parts(target: AuditTarget, words: dict[str, str], lang: Language) -> Iterator[tuple[str, list[Block]]]:
    yield "findings", [_findings(target.findings, words)]
    yield "license", list(_license(target, words))
    yield "lineage", list(_lineage(target, words))
    yield "scores", list(_scores(target, words, lang))
    if target.documentation:
        rows = [[part.title, words[part.state], part.sentence or "-"] for part in target.documentation.sections]
        yield "sections", [Table([words["section"], words["state"], words["sentence"]], rows)]
    if target.uses:
        yield "used_at", [Points([f"{use.file}:{use.line} ({use.how})" for use in target.uses])]
    if target.overrides:
        yield "overrides", [Points([_decided(item, words) for item in target.overrides])]
    if target.notes:
        yield "notes", [Points(target.notes)]


def _findings(findings: Sequence[AuditFinding], words: dict[str, str]) -> Block:
    if not findings:
        return Paragraph(words["none_found"])
    columns = [words[name] for name in ("severity", "finding", "confidence", "evidence", "remedy")]
    return Table(columns, [_finding(finding, words) for finding in findings])


def _finding(finding: AuditFinding, words: dict[str, str]) -> list[str]:
    message = f"{finding.message} ({finding.check})"
    waived = finding.waived
    if waived:
        until = waived.until and f"{waived.until:%Y-%m-%d}"
        message += " — " + words["waived" if until else "waived_for_good"].format(who=waived.who, until=until, why=waived.why)
    return [
        words[finding.severity], message, f"{finding.confidence:.2f}", named(finding.evidence, words), finding.remedy,
    ]  # fmt: skip


def _license(target: AuditTarget, words: dict[str, str]) -> Iterator[Block]:
    about = target.license
    text = ", ".join(about.declared.text)
    lines = [words["declared"].format(text=text) if text else words["declares_nothing"]]
    if about.inherited:
        terms = named([f"{term} ({source})" for term, source in about.inherited.items()], words)
        lines.append(words["inherits"].format(count=len(about.inherited), terms=terms))
    else:
        lines.append(words["inherits_nothing"])
    if about.unknown:
        lines.append(words["unknown_terms"].format(names=named(about.unknown, words)))
    if about.verdict:
        lines.append(words["for_use"].format(use=about.verdict.purpose, answer=words[about.verdict.answer]))
        lines += [f"{reason.text} [{reason.source}]" for reason in about.verdict.reasons[:NAMES]]
        if about.verdict.decided:
            lines.append(_decided(about.verdict.decided, words))
    yield Points(lines)


def _lineage(target: AuditTarget, words: dict[str, str]) -> Iterator[Block]:
    about = target.lineage
    parents = [
        words["made_from"].format(ref=item.ref, relation=item.relation, basis=item.basis, confidence=f"{item.confidence:.2f}")
        for item in about.parents
    ]
    counts = {"ancestors": about.ancestors, "unknown": len(about.unknown), "descendants": about.descendants}
    yield Points([*(parents or [words["made_from_nothing"]]), words["stands"].format(**counts)])


def _scores(target: AuditTarget, words: dict[str, str], lang: Language) -> Iterator[Block]:
    values = {name: getattr(target.scores, name) for name in SCORES}
    rows = [[words[name], words["unknown"] if value is None else f"{value:.2f}"] for name, value in values.items()]
    yield Table([words["scores"], words["score"]], rows)
    titles = _titles(lang)
    for attribute in target.attributes:
        yield Heading(4, words[attribute.name])
        columns = [words["factor"], words["state"], words["points"], words["evidence"]]
        rows = [
            [
                titles[factor.name],
                words[factor.state],
                f"{factor.points:.3g} / {factor.of:.3g}",
                _evidence(factor.evidence, words),
            ]
            for factor in attribute.factors
        ]
        yield Table(columns, rows)


@cache
def _titles(lang: Language) -> dict[str, str]:
    """Return what each factor is called."""
    rules = [factor for attribute in (*formula().attribute, *usage.rules()) for factor in attribute.factor]
    return {factor.id: factor.ja if lang == "ja" else factor.en for factor in rules}


def _evidence(evidence: Sequence[Evidence], words: dict[str, str]) -> str:
    return named([f"{item.value} ({item.locator})" for item in evidence], words)


def _decided(item: Override, words: dict[str, str]) -> str:
    told = words["decided_by"].format(who=item.who, at=f"{item.decided_at:%Y-%m-%d}", why=item.why)
    return f"{item.predicate} = {item.value}. {told}"


def named(names: Sequence[str], words: dict[str, str]) -> str:
    """Return the first `NAMES` of `names` in a row, and how many more there are."""
    if not names:
        return "-"
    rest = [words["more"].format(count=len(names) - NAMES)] if len(names) > NAMES else []
    return ", ".join([*names[:NAMES], *rest])
