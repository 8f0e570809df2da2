"""A kind of assessment, and what it is given to answer from. A new kind is a package here with a module ``kind``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import duckdb
import msgspec
import numpy as np

from filiation.core.adoption import Adopted, Lesson
from filiation.core.decision import Given
from filiation.core.errors import FiliationError
from filiation.governance.assessment import Assessment, Language, Result
from filiation.knowledge import load
from filiation.lineage.arrays import STATES, Lineage

ROOM = "filiation.governance"


@dataclass(frozen=True)
class Asked:
    """What an assessment is made from.

    Attributes:
        con: Of the atlas.
        lineage: Agrees with it.
        node: The subject's.
        lang: Language of the sentences.
        at: When, naive UTC.
        given: What people answered about it, in force at `at`; of two to one question the later counts.
        purpose: One of the kind's purposes; empty for its first.
        adopted: Where the model stands on its way into use; None where nobody adopted it.
        lessons: The register about it and what it was made from, newest first; `made` quotes it.
    """

    con: duckdb.DuckDBPyConnection
    lineage: Lineage
    node: int
    lang: Language
    at: datetime
    given: Sequence[Given] = ()
    purpose: str = ""
    adopted: Adopted | None = None
    lessons: Sequence[Lesson] = ()

    @property
    def ref(self) -> str:
        """The subject, in full."""
        return self.lineage.ref(self.node)


@dataclass(frozen=True)
class Kind:
    """A kind of assessment.

    Attributes:
        name: As verbs and addresses spell it, such as ``openness``.
        en: What a page calls it.
        ja: The same in Japanese.
        questions: Gives the ids of all that may be asked; what is answered to another is refused.
        assess: Makes the assessment; it raises a `FiliationError` where it cannot.
        purposes: What it may be asked for, such as ``release``; empty where it makes no difference.
    """

    name: str
    en: str
    ja: str
    questions: Callable[[], Sequence[str]]
    assess: Callable[[Asked], Assessment]
    purposes: tuple[str, ...] = ()


def made(meant: Kind, asked: Asked) -> Assessment:
    """Return an assessment of a kind, with what was learnt with the model before; that nobody holds the model comes first.

    Raises:
        FiliationError: If the subject is no model, or the kind cannot assess it.
    """
    require_model(asked.lineage, asked.node)
    return completed(meant.assess(asked), asked)


def completed(assessment: Assessment, asked: Asked) -> Assessment:
    """Return an assessment of a model with what every kind says beside: that nobody holds it, and what was learnt with it."""
    from filiation.governance.pilot.register import quoted  # noqa: PLC0415  # a kind is a room of its own

    return quoted(_held(assessment, asked), asked.lessons)


def require_model(lineage: Lineage, node: int) -> None:
    """Refuse what is no model.

    Raises:
        FiliationError: If it is a dataset.
    """
    if not lineage.is_model(np.array([node]))[0]:
        raise FiliationError(f"{lineage.ref(node)} is no model: only models are assessed.")


def _held(assessment: Assessment, asked: Asked) -> Assessment:
    """Return an assessment that says first where the registry does not have the model."""
    state = STATES[asked.lineage.state[asked.node]]
    if state == "present":
        return assessment
    words = load("governance_words")[asked.lang]
    told = Result("subject.held", words["registry"], state, words[f"registry_{state}"])
    return msgspec.structs.replace(assessment, results=(told, *assessment.results))


def kind(name: str) -> Kind:
    """Return the kind of that name.

    Raises:
        FiliationError: If there is none.
    """
    if name not in kinds():
        raise FiliationError(f"{name!r} is no kind of assessment: ask for {', '.join(kinds())}.")
    return import_module(f"{ROOM}.{name}.kind").KIND


@cache
def kinds() -> tuple[str, ...]:
    """Return the names of all kinds, in order."""
    rooms = [info.name for info in iter_modules(import_module(ROOM).__path__) if info.ispkg]
    return tuple(sorted(name for name in rooms if any(m.name == "kind" for m in iter_modules(_path(name)))))


def _path(name: str) -> list[str]:
    return list(import_module(f"{ROOM}.{name}").__path__)
