"""Licenses along the lineage of one model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, ledger_option, ref_argument

if TYPE_CHECKING:
    from filiation.licenses.answer import InheritedTerm, LicenseAnswer, Unsaid, Verdict

ANSWER = "filiation.licenses.answer:LicenseAnswer"
SHOWN = 12


@click.command("license")
@ref_argument
@click.option(
    "--for",
    "question",
    metavar="USE",
    help="Ask whether it may be used so, such as 'commercial product, hosted'; exits with 1 unless the answer is yes.",
)
@click.option("--under", metavar="LICENSE", help="The license of an application that uses it: what does that leave unsaid?")
@atlas_option
@ledger_option
@json_option
def command(ref: str, question: str | None, under: str | None, atlas_path: Path, ledger: str | None, *, as_json: bool) -> int:
    """Declared and inherited terms of a model, by which path each came, and what does not fit. Not legal advice."""
    from filiation.cli.console import print_json
    from filiation.cli.licensing import licensed

    answer = licensed(atlas_path, ref, question, under, ledger)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
        if answer.verdict:
            _print_verdict(answer.verdict)
        if under and answer.application is not None:
            _print_application(under, answer.application)
    return int(answer.verdict is not None and answer.verdict.answer != "yes")


def _print(about: LicenseAnswer) -> None:
    from filiation.cli.console import heading, line

    declared = about.declared
    heading(f"{about.ref}: {', '.join(declared.text) or declared.state}")
    if declared.expression and declared.expression != ", ".join(declared.text):
        line(f"understood as {declared.expression}")
    if declared.is_choice:
        line("Several licenses are named: which terms hold depends on which of them applies.")
    for item in about.decisions:
        line(f"decided: {item.predicate} = {item.value}, by {item.who} on {item.decided_at:%Y-%m-%d} (entry {item.entry})")
        line(f"  {item.why}")
        if item.predicate == "license" and (declared.state, declared.text) != ("decided", [item.value]):
            line("  'filiation build' carries it to what descends from this.")
    for kind in ("right", "obligation", "restriction"):
        named = [clause.term for clause in declared.clauses if clause.kind == kind]
        if named:
            line(f"{kind}s: {', '.join(dict.fromkeys(named))}")
    for flow, title in _FLOWS.items():
        found = [term for term in about.inherited if term.flow == flow]
        if found:
            line()
            heading(title)
            _print_inherited(found)
    for finding in about.conflicts:
        line()
        line(f"{finding.severity}: {finding.message} (confidence {finding.confidence:.2f}, {finding.check})")
        line(f"  {finding.remedy}")
    if about.unknown:
        rest = f" and {len(about.unknown) - SHOWN} more" if len(about.unknown) > SHOWN else ""
        line()
        line(f"Not known what these ask, which it is made from: {', '.join(about.unknown[:SHOWN])}{rest}.")


_MADE = {
    "unknown": "is made, nobody says how, from",
    "adapter": "is an adapter on",
    "quantized": "is a quantization of",
    "converted": "is a conversion of",
    "distilled": "is distilled from",
    "trained_on": "is trained on",
    "derived_from": "is derived from",
}
_FLOWS = {
    "derivative": "Inherited, because it is made from their weights",
    "use": "Inherited at use, because it runs together with them",
    "data": "Asked by the data it was trained on: whether that reaches a model is not settled",
    "outputs": "Asked by models whose outputs it was trained on: whether that reaches it is not settled",
}


def _print_inherited(found: list[InheritedTerm]) -> None:
    """Print the terms, those that came by one path together, as a person would explain it."""
    from filiation.cli.console import line

    groups: dict[tuple[str, ...], list[InheritedTerm]] = {}
    for term in found:
        groups.setdefault((term.from_, *(step.parent for step in term.path)), []).append(term)
    for terms in groups.values():
        first = terms[0]
        said = f" under {first.clause.license}" if first.clause else ""
        line(f"from {first.from_}{said} (confidence {first.confidence:.2f})")
        for step in first.path:
            how = _MADE.get(step.relation, f"is a {step.relation} of")
            line(f"  {step.child} {how} {step.parent}: {step.basis} {step.confidence:.2f}")
        for term in terms:
            where = f" ({term.clause.license} {term.clause.clause})" if term.clause else ""
            mark = "" if term.answered else "  [not in its own license]"
            line(f"    {term.term}{where}{mark}")


def _print_application(under: str, found: list[Unsaid]) -> None:
    from filiation.cli.console import heading, line

    line()
    heading(f"In an application under {under}: {'nothing is left unsaid' if not found else 'left unsaid'}")
    for item in found:
        line(f"  {item.severity}: {item.message} {', '.join(item.terms)}.")


def _print_verdict(verdict: Verdict) -> None:
    from filiation.cli.console import heading, line

    line()
    heading(f"For {verdict.purpose!r}: {verdict.answer}")
    if verdict.decided:
        line(f"  Decided by {verdict.decided.who} on {verdict.decided.decided_at:%Y-%m-%d}: {verdict.decided.why}")
    for weight, title in (("no", "Forbidden"), ("ask", "To be asked"), ("if", "On condition")):
        for reason in (reason for reason in verdict.reasons if reason.weight == weight):
            where = f" [{reason.license} {reason.clause or ''}".rstrip() + "]" if reason.license else ""
            line(f"  {title}: {reason.text}{where} ({reason.confidence:.2f})")
    line("This is not legal advice: it says what we read, where, and what we do not know.")
