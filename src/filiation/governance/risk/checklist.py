"""The five properties that set open weights apart, as questions for a release or an adoption.

What an atlas knows stands beside a question as evidence. It never answers one: that is for a person.
"""

from __future__ import annotations

from functools import cache

import msgspec

from filiation.core.errors import FiliationError
from filiation.governance.assessment import Answered, Evidence, Group, Language, Question
from filiation.governance.risk.file import Purpose, RiskFile
from filiation.governance.risk.steps import said
from filiation.governance.risk.vectors import answered
from filiation.governance.risk.words import words
from filiation.governance.subject import Signs, Subject
from filiation.knowledge import load

PREFIX = "risk."


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"purposes": "for"}):
    """A question of the checklist, with the signs that an atlas may hold."""

    id: str
    purposes: tuple[Purpose, ...]
    en: str
    ja: str
    gap_en: str
    gap_ja: str
    facts: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()

    @property
    def signs(self) -> Signs:
        """What an atlas may hold."""
        return Signs(claims=self.claims, sections=self.sections, facts=self.facts)


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the five."""

    id: str
    en: str
    ja: str
    about_en: str
    about_ja: str
    question: tuple[Asked, ...]


@cache
def properties() -> tuple[Property, ...]:
    """Return the five properties."""
    return msgspec.convert(load("risk_properties")["property"], tuple[Property, ...])


@cache
def ids() -> tuple[str, ...]:
    """Return the ids of all questions, as a risk file spells them."""
    return tuple(f"{item.id}.{asked.id}" for item in properties() for asked in item.question)


def require_known(file: RiskFile, name: str) -> None:
    """Refuse an answer to a question that nobody asks.

    Raises:
        FiliationError: If the checklist has one.
    """
    for key in file.checklist:
        if key not in ids():
            raise FiliationError(f"{name}: the checklist has no question {key!r}: say {', '.join(ids())}.")


def groups(file: RiskFile | None, known: Subject | None, purpose: Purpose, lang: Language) -> list[Group]:
    """Return a group for each property.

    Args:
        file: Whose answers count; None for none.
        known: What an atlas holds; None where none was asked.
        purpose: Whether the model is released or adopted.
        lang: Language of the sentences.
    """
    told = words(lang)
    return [
        Group(
            f"{PREFIX}{item.id}",
            told["properties"].format(title=said(item, lang)),
            item.about_ja if lang == "ja" else item.about_en,
            tuple(_question(file, known, item, asked, lang) for asked in item.question if purpose in asked.purposes),
        )
        for item in properties()
    ]


def _question(file: RiskFile | None, known: Subject | None, of: Property, asked: Asked, lang: Language) -> Question:
    answer = file.checklist.get(f"{of.id}.{asked.id}") if file else None
    value = answer.value if answer else "unknown"
    evidence = known.evidence(asked.signs) if known else ()
    given = _answered(file, value, answer.text if answer else "")
    told = (Evidence(given.why),) if given else ()
    done = value in ("yes", "not_applicable")
    return Question(
        id=f"{PREFIX}{of.id}.{asked.id}",
        text=said(asked, lang),
        value=value,
        evidence=(*told, *evidence),
        gap="" if done else asked.gap_ja if lang == "ja" else asked.gap_en,
        source=said(load("risk_properties")["source"], lang),
        answered=given,
    )


def _answered(file: RiskFile | None, value: str, why: str) -> Answered | None:
    if file is None or value == "unknown":
        return None
    made = answered(file, "yes")
    return msgspec.structs.replace(made, why=why or made.why) if made else None
