"""What an atlas answers to an item: which of its parts are shown, by what, and what is missing."""

from __future__ import annotations

from typing import NamedTuple

from filiation.core.claim import Basis
from filiation.governance.assessment import Evidence, Language, Question, Value, surest
from filiation.governance.regulation.items import NIST, Item, Part, Risk
from filiation.governance.subject import Signs, Subject
from filiation.knowledge import load

LIMITING = frozenset(
    {
        "non-commercial", "research-only", "no-derivatives", "no-redistribution", "no-hosting", "use-restricted",
        "acceptable-use-policy", "use-restrictions-passed-on", "user-threshold", "revenue-threshold", "no-output-training",
        "no-competing-models", "no-reverse-engineering", "no-military", "no-medical-advice", "jurisdiction-excluded",
        "registration", "royalty", "gated-agreement", "computational-use-only",
    }
)  # fmt: skip
"""Terms with which a license is not taken to be free and open-source: who, for what, how much, or what may come of it."""
RIGHTS = frozenset({"may-use", "may-modify", "may-redistribute"})
MAX_FINDINGS = 3


class Shown(NamedTuple):
    """How far a part is there: yes, partial, no where we looked, unknown where nobody could see; and what stands beside it."""

    value: Value
    evidence: tuple[Evidence, ...]


def question(group: str, item: Item, subject: Subject) -> Question:
    """Return an item as a question, answered as far as the atlas goes."""
    shown = [(part, part_shown(part, subject)) for part in item.part]
    value = together([found.value for _, found in shown])
    lacking = [part for part, found in shown if found.value != "yes"]
    return Question(
        id=f"{group}.{item.id}",
        text=item.asks(subject.lang),
        value=value,
        evidence=surest(piece for _, found in shown for piece in found.evidence),
        gap="" if value == "yes" else gap(item, lacking, subject.lang),
        source=item.source(subject.lang),
    )


def part_shown(part: Part, subject: Subject) -> Shown:
    """Return how far a part is shown; a part that is left to a person is unknown."""
    if part.finder:
        return FINDERS[part.finder](subject) if part.finder in FINDERS else Shown("unknown", ())
    full, weak = subject.evidence(part.signs), (*subject.evidence(part.weak), *subject.mentions(part.words))
    beside = (*full, *weak, *subject.evidence(part.hints))
    if full:
        return Shown("yes", beside)
    if weak:
        return Shown("partial", beside)
    looked = part.is_looked_for and not part.is_open and could_tell(part, subject)
    return Shown("no" if looked else "unknown", beside)


def could_tell(part: Part, subject: Subject) -> bool:
    """Return whether the absence of a part's signs says that it is not there."""
    read = not part.words or subject.has_card is False or bool(subject.card)
    return read and subject.could_tell(part.signs) and subject.could_tell(part.weak)


def together(values: list[Value]) -> Value:
    """Return what parts come to: yes if all are, no or unknown if none is, partial else."""
    if all(value == "yes" for value in values):
        return "yes"
    if any(value in ("yes", "partial") for value in values):
        return "partial"
    return "unknown" if "unknown" in values else "no"


def gap(item: Item, lacking: list[Part], lang: Language) -> str:
    """Return what to do, with the parts that lack where an item has several."""
    names = [part.ja if lang == "ja" else part.en for part in lacking]
    if len(item.part) == 1 or not all(names):
        return item.gap(lang)
    told = load("regulation_words")[lang]
    return told["lacking"].format(gap=item.gap(lang), parts=told["comma"].join(names))


def on_risk(risk: Risk, subject: Subject) -> Question:
    """Return a risk of the profile: in part where something is said of it; that it is managed only a person says."""
    lang = subject.lang
    told = load("regulation_words")[lang]
    signs = Signs(checks=risk.checks)
    shown = (*subject.mentions(risk.words), *subject.evidence(risk.signs))
    against = subject.against(signs)
    seen = bool(subject.card) or subject.has_card is False
    gaps = [told["finding"].format(message=item.message, check=item.check) for item in against[:MAX_FINDINGS]]
    return Question(
        id=f"{NIST}.{risk.id}",
        text=told["risk"].format(title=risk.ja if lang == "ja" else risk.en),
        value="partial" if shown else "no" if seen else "unknown",
        evidence=surest((*shown, *subject.evidence(risk.hints))),
        gap=" ".join([risk.gap_ja if lang == "ja" else risk.gap_en, *gaps]),
        source=load("regulation")["source"]["nist"][lang],
    )


def license_shown(subject: Subject) -> Shown:
    """Return whether the declared license grants use, change and passing on without limits on who, what for and how much."""
    evidence = (*subject.declared_license(), *subject.license_rights(), *subject.license_limits())
    if not subject.terms or not subject.license.declared.expression:
        return Shown("unknown", evidence)
    if subject.terms & LIMITING:
        return Shown("no", evidence)
    return Shown("yes" if subject.terms >= RIGHTS else "partial", evidence)


def weights_shown(subject: Subject) -> Shown:
    """Return whether the weights are there for everybody; those that are given on request are public in part."""
    evidence = (*subject.weights(), *subject.access())
    if not any(subject.weights()):
        return Shown("no" if subject.files is not None else "unknown", evidence)
    if subject.gated is None:
        return Shown("partial", evidence)
    return Shown("yes" if subject.gated.lower() in ("false", "") else "partial", evidence)


def by_annex(questions: list[Question], lang: Language) -> Shown:
    """Return how complete an annex is by its items: a document with every item may be elsewhere, which a person says."""
    told = load("regulation_words")[lang]
    done = sum(item.value in ("yes", "not_applicable") for item in questions)
    text = told["annex"].format(done=done, all=len(questions))
    value = together(["yes" if item.value == "not_applicable" else item.value for item in questions])
    return Shown("partial" if value == "yes" else value, (Evidence(text, "", Basis.INFERRED, 0.8),))


FINDERS = {"license": license_shown, "weights": weights_shown}
"""What answers a part by itself; those of annexes are answered from their items."""
