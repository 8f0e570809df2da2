"""What the atlas and the ledger already answer of what a model needs; each finder says no more than it saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from filiation.core.adoption import Adopted, Lesson
from filiation.core.claim import Basis
from filiation.core.finding import Finding, Severity
from filiation.governance.assessment import Evidence, Language, Value
from filiation.knowledge import load
from filiation.policy.tables import SURE

if TYPE_CHECKING:
    from filiation.governance.subject import Subject

MAX_SHOWN = 4
STALE_DAYS = 90
"""So long a look at the registry counts as a look at what changed there."""
_HOSTILE = ("hostile-content", "suspicious-content", "registry-scan-flagged")
_SIGNED = ("signature-invalid", "signature-foreign", "signature-incomplete", "signed-file-changed")


@dataclass(frozen=True)
class Known:
    """What a finder may look at.

    Attributes:
        held: What the atlas holds of the model; None where it holds nothing.
        adopted: How it stands; None where nobody adopted it.
        lessons: The register about it, newest first.
        at: When, naive UTC.
        lang: Of the evidence.
    """

    held: Subject | None
    adopted: Adopted | None
    lessons: Sequence[Lesson]
    at: datetime
    lang: Language

    def say(self, name: str, **values: object) -> str:
        """Return a sentence of the pilot kit."""
        return load("pilot_words")[self.lang]["assessment"][name].format(**values)


Found = tuple[Value, tuple[Evidence, ...]]
_NOTHING: Found = ("unknown", ())


def origin(known: Known) -> Found:
    """Return whether the registry has it and its parents are known; to have none is possible, so that a person says so."""
    held = known.held
    if held is None:
        return _NOTHING
    state = load("pilot_words")[known.lang]["state"].get(held.portrait.state, held.portrait.state)
    if not held.held:
        return "no", (Evidence(known.say("origin_state", state=state), "lineage", Basis.INFERRED, 0.9),)
    parents = [parent for parent in held.portrait.parents if parent.set_aside is None]
    if not parents:
        return "partial", (Evidence(known.say("origin_none", state=state), "lineage", Basis.INFERRED, 0.6),)
    named = ", ".join(parent.ref for parent in parents[:MAX_SHOWN])
    sure = max(parent.confidence for parent in parents)
    return "yes", (Evidence(known.say("origin_known", state=state, parents=named), "lineage", Basis.INFERRED, sure),)


def license_(known: Known) -> Found:
    """Return what the license says; whether that allows the use is a person's to say, but for a contradiction."""
    if known.held is None:
        return _NOTHING
    told = known.held.license
    said = list(known.held.declared_license())
    labels = load("license_words")["term"]
    inherited = list(dict.fromkeys(str(labels.get(item.term, {}).get(known.lang, item.term)) for item in told.inherited))
    if inherited:
        text = known.say("license_inherited", text=", ".join(inherited[: 2 * MAX_SHOWN]))
        said.append(Evidence(text, "lineage", Basis.INFERRED, 0.8))
    conflicts = [
        Evidence(known.say("license_conflict", message=item.message), item.check, Basis.INFERRED, item.confidence)
        for item in told.conflicts[:MAX_SHOWN]
    ]
    return ("no" if conflicts else "unknown"), (*conflicts, *said)


def findings(known: Known) -> Found:
    """Return the severe findings of the atlas's checks."""
    if known.held is None or not known.held.held:
        return _NOTHING
    severe = _severe(known.held)
    if not severe:
        return "yes", (Evidence(known.say("findings_none"), "filiation audit", Basis.INFERRED, 0.8),)
    return _how_bad(severe), _of_findings(severe, "findings_some", known)


def scores(known: Known) -> Found:
    """Return what was measured; that something contradicts a claim is a finding."""
    if known.held is None:
        return _NOTHING
    measured = [score for score in known.held.portrait.scores if score.basis is Basis.MEASURED]
    against = [item for item in known.held.portrait.findings if item.check.startswith("score-")]
    told = tuple(
        Evidence(
            known.say("scores_some", metric=score.metric, dataset=score.dataset or "-", value=f"{score.value:g}"),
            str(score.source.source), Basis.MEASURED, score.confidence,
        )
        for score in measured[:MAX_SHOWN]
    )  # fmt: skip
    if not measured:
        return _NOTHING
    return ("partial" if against else "yes"), (*_of_findings(against, "findings_some", known), *told)


def files(known: Known) -> Found:
    """Return what was found in its files; that nothing was found does not say that anybody looked."""
    hostile = _with_checks(known, _HOSTILE)
    return ("no", _of_findings(hostile, "files_found", known)) if hostile else _NOTHING


def signature(known: Known) -> Found:
    """Return what signatures showed; a signature beside the files is no proof that anybody verified it."""
    wrong = _with_checks(known, _SIGNED)
    if wrong:
        return "no", _of_findings(wrong, "signed", known)
    has = known.held is not None and any(claim.predicate == "signature" for claim in known.held.portrait.claims)
    return ("partial", (Evidence(known.say("signature"), "model.sig", Basis.STATED, 0.7),)) if has else _NOTHING


def register(known: Known) -> Found:
    """Return whether the register says anything of this model."""
    own = _own(known)
    if not own:
        return _NOTHING
    good = sum(lesson.learnt == "success" for lesson in own)
    text = known.say("register_some", count=len(own), good=good, bad=len(own) - good)
    return "yes", (Evidence(text, f"ledger#{own[0].number}"),)


def failures(known: Known) -> Found:
    """Return the failures about which nothing was done."""
    own = _own(known)
    open_ = [lesson for lesson in own if lesson.is_open]
    if open_:
        told = (
            Evidence(known.say("failures_some", what=item.what[:200]), f"ledger#{item.number}") for item in open_[:MAX_SHOWN]
        )
        return "no", tuple(told)
    if not any(lesson.learnt == "failure" for lesson in own):
        return "not_applicable", (Evidence(known.say("failures_never"), "ledger"),)
    return "yes", (Evidence(known.say("failures_none"), "ledger"),)


def pinned(known: Known) -> Found:
    """Return the revision that the ledger holds; where it is loaded, only a look at the code would tell."""
    revision = known.adopted.revision if known.adopted else ""
    told = (
        (Evidence(known.say("pinned", revision=revision), f"ledger#{known.adopted.entry}"),)
        if known.adopted and revision
        else ()
    )
    return ("partial" if told else "unknown"), told


def news(known: Known) -> Found:
    """Return when the registry was last looked at, and what is severe since."""
    held = known.held
    if held is None or held.seen_at is None:
        return _NOTHING
    seen = Evidence(known.say("seen", seen=f"{held.seen_at:%Y-%m-%d}"), "registry", Basis.MEASURED)
    is_fresh = known.at - held.seen_at <= timedelta(days=STALE_DAYS)
    severe = _severe(held)
    told = (*_of_findings(severe, "findings_some", known), seen)
    return (_how_bad(severe) if severe else "partial" if is_fresh else "unknown"), told


def due(known: Known) -> Found:
    """Return whether a day is set that is still to come."""
    day = known.adopted.due if known.adopted else None
    if day is None or known.adopted is None:
        return _NOTHING
    name = "due" if day > known.at else "overdue"
    return ("yes" if day > known.at else "no"), (
        Evidence(known.say(name, due=f"{day:%Y-%m-%d}"), f"ledger#{known.adopted.entry}"),
    )


FINDERS: dict[str, Callable[[Known], Found]] = {
    "origin": origin, "license": license_, "findings": findings, "scores": scores, "files": files, "signature": signature,
    "register": register, "failures": failures, "pinned": pinned, "news": news, "due": due,
}  # fmt: skip


def _severe(held: Subject) -> list[Finding]:
    """Return the severe findings, the surest first."""
    found = [item for item in held.portrait.findings if item.severity in (Severity.HIGH, Severity.CRITICAL)]
    return sorted(found, key=lambda item: -item.confidence)


def _how_bad(severe: Sequence[Finding]) -> Value:
    """Return no where a severe finding is as sure as a policy blocks on; a person looks at those that are not."""
    return "no" if any(item.confidence >= SURE for item in severe) else "partial"


def _own(known: Known) -> list[Lesson]:
    """Return the lessons with the model itself: those of its ancestors are quoted, and answer nothing."""
    ref = known.held.ref if known.held else known.adopted.subject if known.adopted else ""
    return [lesson for lesson in known.lessons if lesson.subject == ref]


def _with_checks(known: Known, names: Sequence[str]) -> list[Finding]:
    return [item for item in known.held.portrait.findings if item.check in names] if known.held else []


def _of_findings(found: Sequence[Finding], name: str, known: Known) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(known.say(name, check=item.check, message=item.message), item.check, Basis.INFERRED, item.confidence)
        for item in found[:MAX_SHOWN]
    )
