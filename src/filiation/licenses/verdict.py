"""May we use it so? Yes, no, or ask a lawyer, each with its reasons."""

from __future__ import annotations

from collections.abc import Iterator

from filiation.core.finding import Severity
from filiation.licenses.answer import Clause, LicenseAnswer, Reason, Verdict, Weight
from filiation.licenses.declared import State
from filiation.licenses.purpose import Purpose
from filiation.licenses.terms import Use, terms

SURE = 0.8
"""From this confidence on a line of descent counts as there; below it a "no" is a question."""
NEEDS: dict[str, frozenset[Use]] = {
    "may-use": frozenset({"use", "host"}),
    "may-modify": frozenset({"modify", "fine-tune", "merge", "quantise", "distil"}),
    "may-redistribute": frozenset({"redistribute-weights", "redistribute-derivative"}),
}


def verdict(about: LicenseAnswer, text: str, wanted: Purpose) -> Verdict:
    """Return whether the node may be used for `wanted`, which `text` said.

    Laws: a reason more never makes the answer freer; what is not known never counts as a yes.
    """
    reasons = [*_own(about, wanted), *_missing(about, wanted), *_inherited(about, wanted), *_unclear(about)]
    reasons.sort(key=lambda reason: (("no", "ask", "if").index(reason.weight), -reason.confidence))
    weights = {reason.weight for reason in reasons}
    told = "no" if "no" in weights else "ask a lawyer" if "ask" in weights else "yes"
    return Verdict(text, sorted(wanted.uses), wanted.commercial, told, reasons)


def _own(about: LicenseAnswer, wanted: Purpose) -> Iterator[Reason]:
    for clause in about.declared.clauses:
        term = terms()[clause.term]
        if term.answer == "note" or not wanted.touched_by(term):
            continue
        weight: Weight = "ask" if term.answer == "no" and about.declared.is_choice else term.answer
        yield _reason(weight, clause, about.ref, clause.confidence)


def _reason(weight: Weight, clause: Clause, source: str, confidence: float) -> Reason:
    return Reason(weight, clause.term, clause.text, source, clause.license, clause.clause, round(confidence, 3))


def _missing(about: LicenseAnswer, wanted: Purpose) -> Iterator[Reason]:
    """Yield what is to be granted, and is not by what we read."""
    declared = about.declared
    if declared.state == State.UNDECLARED:
        yield Reason("ask", None, "No license is declared: nothing is granted in writing.", about.ref, None, None, 1.0)
        return
    if declared.expression is None:
        yield Reason("ask", None, "A license is declared, and we do not know which.", about.ref, None, None, 1.0)
        return
    granted = {clause.term for clause in declared.clauses}
    needed = [right for right, uses in NEEDS.items() if uses & wanted.uses] + ["may-sell"] * wanted.commercial
    for right in needed:
        if right not in granted and not (right == "may-sell" and "non-commercial" in granted):
            text = f"Nothing that we read in {declared.expression} grants this: {terms()[right].en}"
            yield Reason("ask", right, text, about.ref, declared.expression, None, 1.0)


def _inherited(about: LicenseAnswer, wanted: Purpose) -> Iterator[Reason]:
    for item in about.inherited:
        term = terms()[item.term]
        if term.answer == "note" or not wanted.touched_by(term):
            continue
        weaker = item.flow in {"data", "outputs"} or item.confidence < SURE or item.clause is None
        weight: Weight = "ask" if term.answer == "no" and weaker else term.answer
        if weight == "if" and item.answered:
            continue
        steps = "1 step" if len(item.path) == 1 else f"{len(item.path)} steps"
        text = f"{term.en} It comes from {item.from_} ({item.flow}, {steps} up)."
        license_, clause = (item.clause.license, item.clause.clause) if item.clause else (None, None)
        yield Reason(weight, item.term, text, item.from_, license_, clause, item.confidence)


def _unclear(about: LicenseAnswer) -> Iterator[Reason]:
    for name in about.unknown:
        yield Reason("ask", None, f"What {name} asks is not known, and it is made from that.", name, None, None, 1.0)
    for finding in about.conflicts:
        if finding.severity in {Severity.HIGH, Severity.CRITICAL}:
            yield Reason("ask", None, finding.message, about.ref, None, finding.check, finding.confidence)
