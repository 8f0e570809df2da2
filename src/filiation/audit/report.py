"""An audit as a report: first a page that a manager can read, below it all that an engineer needs.

Its blocks are those of `core.report`; a file in ``export/`` for each format says how a block looks there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from filiation.assess import usage
from filiation.assess.attributes import Attribute
from filiation.assess.formula import formula
from filiation.audit.answer import AuditAnswer, AuditFinding, AuditLineage, AuditTarget, Language
from filiation.audit.evidence import edge_sentence, read
from filiation.audit.license_points import license_points
from filiation.audit.words import Words, decided, named, words_of
from filiation.core.report import Answer, Block, Heading, Paragraph, Points, Report, Table

REASONS = 3
"""So many reasons, and things to do, stand on the first page."""
NOT_KNOWN = " = not known"
"""How a policy says that a fact is not known, in any language."""
SCORES = ("documentation", "provenance", "reproducibility", "portability", "popularity", "upkeep")


def report(answer: AuditAnswer) -> Report:
    """Return the report of an audit, in the audit's language."""
    words = words_of(answer.lang)
    one = answer.targets[0] if len(answer.targets) == 1 else None
    title = words["title"].format(ref=one.ref) if one else words["titles"].format(count=len(answer.targets))
    first = list(_first_page(answer, title, words))
    return Report(answer.lang, title, len(first), [*first, *_details(answer, words)])


def _first_page(answer: AuditAnswer, title: str, words: Words) -> Iterator[Block]:
    yield Heading(1, title)
    line = words["answer"].format(question=words["question"], verdict=words[answer.verdict])
    yield Answer(answer.verdict, words["question"], words[answer.verdict], line)
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


def _worst_reasons(answer: AuditAnswer, words: Words) -> list[str]:
    """Return the reasons of all targets, the weightiest first; with several targets each says whose it is."""
    several = len(answer.targets) > 1
    found = [(f"{target.ref}: " if several else "", reason) for target in answer.targets for reason in reasons(target, words)]
    return list(dict.fromkeys(f"{whose}{reason}" for whose, reason in found))


def reasons(target: AuditTarget, words: Words) -> list[str]:
    """Return why the verdict is not better, in sentences; what is not known stands together in one, the last."""
    told = [reason.message for reason in target.reasons if not reason.is_unknown]
    lacking = [fact for reason in target.reasons if reason.is_unknown for fact in reason.because]
    names = dict.fromkeys(fact.partition(" = ")[0].rpartition(".")[2] for fact in lacking if fact.endswith(NOT_KNOWN))
    called = [words.get(f"fact.{name}") or words.get(name, name) for name in names]
    return [*told, words["unknown_facts"].format(facts=named(called, words))] if called else told


def _line(target: AuditTarget, words: Words) -> list[str]:
    return [target.ref, words[target.verdict], next(iter(reasons(target, words)), "-")]


def _details(answer: AuditAnswer, words: Words) -> Iterator[Block]:
    for target in answer.targets:
        if len(answer.targets) > 1:
            yield Heading(2, f"{target.ref}: {words[target.verdict]}")
            if target.reasons:
                yield Points(reasons(target, words))
        for name, blocks in _parts(target, words, answer.lang):
            yield Heading(3 if len(answer.targets) > 1 else 2, words[name])
            yield from blocks
    yield Paragraph(words["advice"])


def _parts(target: AuditTarget, words: Words, lang: Language) -> Iterator[tuple[str, list[Block]]]:
    yield "findings", [_findings(target.findings, words)]
    yield "license", [Points(list(license_points(target, words, lang)))]
    yield "lineage", [Points(list(_lineage(target.ref, target.lineage, words)))]
    yield "scores", list(_scores(target, words, lang))
    if target.documentation:
        rows = [
            [part.title_ja if lang == "ja" else part.title, words[part.state], part.sentence or "-"]
            for part in target.documentation.sections
        ]
        yield "sections", [Table([words["section"], words["state"], words["sentence"]], rows)]
    if target.uses:
        yield "used_at", [Points([f"{use.file}:{use.line} ({use.how})" for use in target.uses])]
    if target.overrides:
        yield "overrides", [Points([decided(item, words) for item in target.overrides])]
    if target.notes:
        yield "notes", [Points(target.notes)]


def _findings(findings: Sequence[AuditFinding], words: Words) -> Block:
    if not findings:
        return Paragraph(words["none_found"])
    columns = [words[name] for name in ("severity", "finding", "confidence", "evidence", "remedy")]
    return Table(columns, [_finding(finding, words) for finding in findings])


def _finding(finding: AuditFinding, words: Words) -> list[str]:
    message = f"{finding.message} ({finding.check})"
    waived = finding.waived
    if waived:
        until = waived.until and f"{waived.until:%Y-%m-%d}"
        message += " — " + words["waived" if until else "waived_for_good"].format(who=waived.who, until=until, why=waived.why)
    places = named(finding.evidence, words)
    return [words[finding.severity], message, f"{finding.confidence:.0%}", places, finding.remedy]


def _lineage(ref: str, about: AuditLineage, words: Words) -> Iterator[str]:
    """Yield what it is made from, parents of the same kind of edge together, and what stands on it."""
    alike: dict[tuple[str, str, float], list[str]] = {}
    for item in about.parents:
        alike.setdefault((item.relation, item.basis, item.confidence), []).append(item.ref)
    for (relation, basis, sure), parents in alike.items():
        edge = edge_sentence(ref, [named(parents, words)], relation, words)
        yield words["made_from"].format(edge=edge, basis=words[f"basis.{basis}"], confidence=f"{sure:.0%}")
    if not alike:
        yield words["made_from_nothing"]
    counts = {"ancestors": about.ancestors, "unknown": len(about.unknown), "descendants": about.descendants}
    yield words["stands"].format(**counts)


def _scores(target: AuditTarget, words: Words, lang: Language) -> Iterator[Block]:
    values = {name: getattr(target.scores, name) for name in SCORES}
    rows = [[words[name], words["unknown"] if value is None else f"{value:.2f}"] for name, value in values.items()]
    yield Table([words["score"], words["of_one"]], rows)
    for attribute in target.attributes:
        yield Heading(4, words[attribute.name])
        yield from _factors(attribute, words, _titles(lang))


def _factors(attribute: Attribute, words: Words, titles: dict[str, str]) -> Iterator[Block]:
    """Yield the factors that count; those of which nothing is known stand in a sentence."""
    known = [factor for factor in attribute.factors if factor.of > 0]
    if known:
        columns = [words["factor"], words["state"], words["points"], words["evidence"]]
        rows = [
            [
                titles[factor.name],
                words[factor.state],
                f"{factor.points:.3g} / {factor.of:.3g}",
                named([read(item.value, item.locator, words) for item in factor.evidence], words),
            ]
            for factor in known
        ]
        yield Table(columns, rows)
    rest = [titles[factor.name] for factor in attribute.factors if factor.of == 0]
    if rest:
        yield Paragraph(words["not_looked_at"].format(names=words["comma"].join(rest)))


@cache
def _titles(lang: Language) -> dict[str, str]:
    """Return what each factor is called."""
    rules = [factor for attribute in (*formula().attribute, *usage.rules()) for factor in attribute.factor]
    return {factor.id: factor.ja if lang == "ja" else factor.en for factor in rules}
