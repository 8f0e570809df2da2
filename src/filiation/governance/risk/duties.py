"""Who carries which duty once weights are out, as a table of actors and duties; what is open is flagged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import msgspec

from filiation.core.errors import FiliationError
from filiation.governance.assessment import Answered, Group, Language, Question, Table, Value
from filiation.governance.risk.file import Purpose, Responsibility, RiskFile
from filiation.governance.risk.steps import said
from filiation.governance.risk.vectors import answered, own
from filiation.governance.risk.words import words
from filiation.knowledge import load

PREFIX = "risk.duty."


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"purposes": "for"}):
    """A duty.

    Attributes:
        id: Stable.
        purposes: Whether it comes with a release, an adoption, or both.
        en: In a few words.
        ja: The same in Japanese.
        by: Actors who can carry it, the usual one first.
        cannot: Actors who cannot, with the id of the reason.
    """

    id: str
    purposes: tuple[Purpose, ...]
    en: str
    ja: str
    by: tuple[str, ...]
    cannot: dict[str, str] = {}


class Carried(NamedTuple):
    """How a duty stands: its value, and what is missing."""

    value: Value
    gap: str


@cache
def duties() -> tuple[Duty, ...]:
    """Return all duties, in order."""
    return msgspec.convert(load("risk_duties")["duty"], tuple[Duty, ...])


def actors() -> tuple[str, ...]:
    """Return the ids of the actors, from the developer down."""
    return tuple(load("risk_duties")["actor"])


def of(purpose: Purpose) -> list[Duty]:
    """Return the duties that come with a release or an adoption."""
    return [duty for duty in duties() if purpose in duty.purposes]


def require_known(file: RiskFile, name: str) -> None:
    """Refuse a duty or an actor that there is not.

    Raises:
        FiliationError: If a responsibility names one.
    """
    known = {"duty": [duty.id for duty in duties()], "actor": list(actors())}
    for item in file.responsibilities:
        for field, ids in known.items():
            if getattr(item, field) not in ids:
                raise FiliationError(f"{name}: there is no {field} {getattr(item, field)!r}: say {', '.join(ids)}.")


def group(file: RiskFile | None, purpose: Purpose, lang: Language) -> Group:
    """Return a question for each duty: who carries it."""
    told = words(lang)
    questions = [_question(file, duty, lang) for duty in of(purpose)]
    return Group("risk.responsibilities", told["responsibilities"], told["responsibilities_about"], tuple(questions))


def carried(duty: Duty, said_of_it: Sequence[Responsibility], lang: Language) -> Carried:
    """Return how a duty stands by what is said of it: as well as the best of them."""
    if not said_of_it:
        return Carried("unknown", words(lang)["nobody"].format(actor=_actor(duty.by[0], lang)))
    order = ("yes", "partial", "no", "unknown")
    return min((_standing(duty, item, lang) for item in said_of_it), key=lambda item: order.index(item.value))


def table(file: RiskFile | None, questions: Sequence[Question], purpose: Purpose, lang: Language) -> Table:
    """Return actors and duties; `questions` are those of `group` with people's answers, and say what is open."""
    told = words(lang)
    asked = {question.id: question for question in questions}
    rows, flagged = [], []
    for number, duty in enumerate(of(purpose)):
        value = asked[f"{PREFIX}{duty.id}"].value
        said_of_it = [item for item in (file.responsibilities if file else ()) if item.duty == duty.id]
        cells = [_cell(duty, actor, [item for item in said_of_it if item.actor == actor], lang) for actor in actors()]
        rows.append((said(duty, lang), _state(value, lang), *cells))
        if value in ("no", "unknown"):
            flagged.append(number)
    columns = (told["duty"], told["standing"], *(_actor(actor, lang) for actor in actors()))
    about = told["responsibilities_about"]
    return Table(
        "risk.responsibilities",
        told["responsibilities"],
        about,
        columns,
        tuple(rows),
        tuple(flagged),
        said(load("risk_duties")["source"], lang),
    )


def _question(file: RiskFile | None, duty: Duty, lang: Language) -> Question:
    said_of_it = [item for item in (file.responsibilities if file else ()) if item.duty == duty.id]
    value, gap = carried(duty, said_of_it, lang)
    told = [f"{_actor(item.actor, lang)}: {_said(item, lang)}" for item in said_of_it]
    return Question(
        id=f"{PREFIX}{duty.id}",
        text=words(lang)["duty_asks"].format(duty=said(duty, lang)),
        value=value,
        detail=" / ".join(told),
        evidence=own(file, value) if file else (),
        gap=gap,
        source=said(load("risk_duties")["source"], lang),
        answered=_answered(file, value),
    )


def _answered(file: RiskFile | None, value: Value) -> Answered | None:
    return answered(file, value) if file else None


def _standing(duty: Duty, item: Responsibility, lang: Language) -> Carried:
    told, who = words(lang), item.who or _actor(item.actor, lang)
    if item.actor in duty.cannot:
        why = said(load("risk_duties")["why"][duty.cannot[item.actor]], lang)
        return Carried("no", told["cannot"].format(actor=_actor(item.actor, lang), why=why))
    if item.state == "delegated" and not item.accepted:
        return Carried("no", told["unaccepted"].format(who=who))
    if item.state == "planned":
        return Carried("partial", told["planned_gap"])
    if not item.state:
        return Carried("unknown", told["stateless"].format(who=who))
    return Carried("yes", "")


def _cell(duty: Duty, actor: str, said_of_it: Sequence[Responsibility], lang: Language) -> str:
    if said_of_it:
        return " / ".join(_said(item, lang) for item in said_of_it)
    return words(lang)["cell_cannot"] if actor in duty.cannot else ""


def _said(item: Responsibility, lang: Language) -> str:
    name = "unaccepted" if item.state == "delegated" and not item.accepted else item.state or "stateless"
    text = words(lang)[f"cell_{name}"].format(who=item.who or _actor(item.actor, lang))
    return f"{text} ({item.note})" if item.note else text


def _state(value: Value, lang: Language) -> str:
    name = {"yes": "carried", "not_applicable": "carried", "partial": "planned"}.get(value, "open")
    return words(lang)[name]


def _actor(actor: str, lang: Language) -> str:
    return said(load("risk_duties")["actor"][actor], lang)
