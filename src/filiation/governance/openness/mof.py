"""The rules of the Model Openness Framework: from what is released under which license to a class.

By the framework's own evaluator (lfai/model_openness_tool, web/modules/mof/src/ModelEvaluator.php at a5f00fad117d). One thing
it does not know: that nobody has looked. What is not asked is not reached here either, and is told apart from what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec

from filiation.governance.openness.open_license import OpenLicense, Type, open_license
from filiation.governance.subject import Signs
from filiation.knowledge import load

Standing = Literal["open", "conditional", "closed", "unlicensed", "partial", "missing", "unasked", "license-unasked"]
MET: tuple[Standing, ...] = ("open", "conditional")
HOPEFUL: tuple[Standing, ...] = (*MET, "unasked", "license-unasked")
"""What may still turn out well."""
REPORT, PAPER = "technical-report", "research-paper"
EASIEST = 3


class Component(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"type_": "type", "is_optional": "optional"}):
    """A component: `class_` is the easiest class that asks for it; `finder` and the signs say what shows it."""

    id: str
    class_: int = msgspec.field(name="class")
    type_: Type
    en: str
    ja: str
    asks_en: str
    asks_ja: str
    is_optional: bool = False
    finder: str = ""
    shown: Signs = Signs()
    hints: Signs = Signs()


class Licensing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A license that stands for more than one component: all of a type, or ``distribution``."""

    id: str
    type: str
    asks_en: str
    asks_ja: str


class ClassName(msgspec.Struct, frozen=True):
    """What a class is called."""

    en: str
    ja: str


class Framework(msgspec.Struct, frozen=True, rename={"classes": "class", "components": "component", "licenses": "license"}):
    """``knowledge/openness_mof.toml``."""

    version: str
    dated: str
    source: str
    classes: dict[str, ClassName]
    components: list[Component]
    licenses: list[Licensing]
    libraries: dict[str, str]
    generic: frozenset[str]


class Classification(msgspec.Struct, frozen=True):
    """What follows.

    Attributes:
        reached: The class, 1 is the best, 0 for none.
        possible: The class should all that nobody looked at turn out well.
        missing: What stands in the way of the next better class than `reached`, by id, in the framework's order.
        unasked: What may do so, since nobody has said how it stands.
        conditional: What is under an open license that is not made for its type, as far as `reached` asks for it.
    """

    reached: int
    possible: int
    missing: tuple[str, ...]
    unasked: tuple[str, ...]
    conditional: tuple[str, ...]

    @property
    def next(self) -> int:
        """The next better class; 0 where there is none."""
        return EASIEST if self.reached == 0 else self.reached - 1


@cache
def framework() -> Framework:
    """Return the framework as we know it."""
    return msgspec.convert(load("openness_mof"), Framework)


def standing(value: str, license_: OpenLicense | None, type_: Type) -> Standing:
    """Return how a component stands.

    Args:
        value: Whether it is released, as an assessment answers; ``not_applicable`` counts as not released.
        license_: Under which license, None where none covers it.
        type_: What it is.
    """
    if value == "unknown":
        return "unasked"
    if value == "partial":
        return "partial"
    if value != "yes":
        return "missing"
    if license_ is None:
        return "unlicensed"
    if not license_.is_open:
        return "closed"
    return "open" if type_ in license_.made_for else "conditional"


def covering(own: str, type_: Type, general: Mapping[str, str]) -> OpenLicense | None:
    """Return the license of a component: its own, else that of its type, else that of the distribution.

    Args:
        own: As written; empty for none.
        type_: What it is.
        general: Licenses by type, and by ``distribution``; empty or not there for none.
    """
    text = own.strip() or general.get(type_, "").strip() or general.get("distribution", "").strip()
    return open_license(text) if text else None


def classify(stands: Mapping[str, Standing]) -> Classification:
    """Return the class that follows from how each component stands; one that is not named is missing.

    Law: a component that stands better never makes the class worse.
    """
    reached, possible = _class(stands, MET), _class(stands, HOPEFUL)
    upto = reached or EASIEST
    conditional = [item.id for item in framework().components if item.class_ >= upto and stands.get(item.id) == "conditional"]
    next_ = EASIEST if reached == 0 else reached - 1
    lacking = _missing(stands, next_, MET) if next_ else ()
    hoped = tuple(name for name in lacking if stands.get(name, "missing") in HOPEFUL)
    missing = tuple(name for name in lacking if name not in hoped)
    return Classification(reached, possible, missing, hoped, tuple(conditional) if reached else ())


def progress(stands: Mapping[str, Standing], class_: int) -> float:
    """Return how much of what a class asks for is there, in percent; 0 until the easier classes are reached."""
    if any(_missing(stands, easier, MET) for easier in range(EASIEST, class_, -1)):
        return 0.0
    asked = _asked(stands, class_)
    return 100 * (1 - len(_missing(stands, class_, MET)) / len(asked))


def _class(stands: Mapping[str, Standing], good: tuple[Standing, ...]) -> int:
    reached = 0
    for class_ in (3, 2, 1):
        if _missing(stands, class_, good):
            break
        reached = class_
    return reached


def _asked(stands: Mapping[str, Standing], class_: int) -> list[str]:
    """Return what a class and the easier ones ask for; where there is a research paper no technical report is asked for."""
    asked = [item.id for item in framework().components if item.class_ >= class_ and not item.is_optional]
    if stands.get(REPORT, "missing") not in MET and stands.get(PAPER, "missing") in MET:
        return list(dict.fromkeys(PAPER if name == REPORT else name for name in asked))
    return asked


def _missing(stands: Mapping[str, Standing], class_: int, good: tuple[Standing, ...]) -> tuple[str, ...]:
    asked = _asked(stands, class_)
    lacking = [name for name in asked if stands.get(name, "missing") not in good]
    if REPORT in lacking and stands.get(PAPER, "missing") in good:  # hoped for: the paper stands in for the report
        lacking.remove(REPORT)
    return tuple(lacking)
