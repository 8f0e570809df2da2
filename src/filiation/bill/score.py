"""How complete a bill is: a sum of parts that all show, reckoned by the table in ``knowledge/bill.toml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import msgspec

from filiation.bill.bill import APPLICATION, USES, Bill, Component, Relation
from filiation.core.claim import Basis
from filiation.core.ref import Kind
from filiation.core.relation import WEIGHTS
from filiation.core.relation import Relation as Kinship
from filiation.knowledge import load

_WEIGHTS = frozenset(map(str, WEIGHTS))


class Part(msgspec.Struct, frozen=True):
    """One part of the score: `met` is from 0 to 1, null where the part does not apply."""

    id: str
    group: str
    weight: float
    met: float | None


class Completeness(msgspec.Struct, frozen=True):
    """How complete what is said of one component is: `score` is in [0, 1], as is each of `groups`."""

    ref: str
    score: float
    groups: dict[str, float]
    parts: list[Part]

    def pairs(self) -> list[tuple[str, str]]:
        """Return the score and its groups as names and values."""
        groups = [(f"completeness:{group.replace(' ', '-')}", f"{share:g}") for group, share in self.groups.items()]
        return [("completeness", f"{self.score:g}"), *groups]


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"kinds": "for"}):
    id: str
    group: str
    weight: float
    of: str
    kinds: tuple[str, ...]


@cache
def _rules() -> tuple[_Rule, ...]:
    return msgspec.convert(load("bill")["part"], tuple[_Rule, ...])


def completeness(bill: Bill, ref: str) -> Completeness:
    """Return how complete the bill is on the component of that ref.

    Law: it is the sum of weight times met, over the sum of the weights of the parts that apply; telling more never lowers a
    part, but one that comes to apply.
    """
    component = bill.component(ref)
    ground = _Ground(bill, component)
    parts = [Part(rule.id, rule.group, rule.weight, ground.met(rule.of)) for rule in _rules() if component.kind in rule.kinds]
    groups = {part.group: _share([item for item in parts if item.group == part.group]) for part in parts}
    return Completeness(ref, _share(parts), groups, parts)


def _share(parts: list[Part]) -> float:
    counted = [part for part in parts if part.met is not None]
    total = sum(part.weight for part in counted)
    return round(sum(part.weight * (part.met or 0.0) for part in counted) / total, 3) if total else 0.0


class _Ground:
    """What the parts ask of a component and its neighbours."""

    def __init__(self, bill: Bill, component: Component) -> None:
        self.component = component
        self.bill = bill
        self.parents = bill.parents(component.ref)

    def met(self, of: str) -> float | None:
        """Return how far a part is met; None where it does not apply."""
        word, _, name = of.partition(":")
        if word == "fact":
            return float(self.component.first(name) is not None)
        if word == "license":
            return self.licensed(self.component, name)
        return _MET[of](self) if of in _MET else float(bool(getattr(self.component, of)))

    def licensed(self, component: Component, role: str) -> float:
        """Return 1 for a licence of that role that is understood, 0.5 for one that is not, 0 for none."""
        found = [item for item in component.licenses if item.role == role]
        return max((1.0 if item.expression else 0.5 for item in found), default=0.0)

    def of_relations(self, *relations: str) -> list[tuple[Relation, Component]]:
        """Return the relations upwards of these kinds, each with the component at its other end."""
        by_ref: Mapping[str, Component] = {item.ref: item for item in self.bill.components}
        return [(item, by_ref[item.parent]) for item in self.parents if item.relation in relations]


def _ancestors(ground: _Ground) -> float:
    """1 where parents are named and all are listed, 0.5 where some are not; 0 where none is named: nobody says it has none."""
    found = ground.of_relations(*_WEIGHTS)
    if not found:
        return 0.0
    return 0.5 + 0.5 * sum(item.state == "present" for _, item in found) / len(found)


def _relation(ground: _Ground) -> float | None:
    """The share of parents of which somebody says how the model comes from them; a rule that infers it counts half."""
    found = ground.of_relations(*_WEIGHTS)
    if not found:
        return None
    worth = [_worth(item) for item, _ in found]
    return sum(worth) / len(worth)


def _worth(relation: Relation) -> float:
    if relation.relation == Kinship.UNKNOWN:
        return 0.0
    return 0.5 if relation.relation_basis == Basis.INFERRED else 1.0


def _licensed_share(ground: _Ground, *relations: str) -> float | None:
    found = ground.of_relations(*relations)
    if not found:
        return None
    return sum(ground.licensed(item, "declared") for _, item in found) / len(found)


def _training_data(ground: _Ground) -> float:
    """1 where datasets are named and all are listed, 0.5 where some are not; 0 where none is named."""
    found = ground.of_relations(str(Kinship.TRAINED_ON))
    return 0.5 + 0.5 * sum(item.state == "present" for _, item in found) / len(found) if found else 0.0


def _hashes(ground: _Ground) -> float:
    """The share of the files that have a digest of their content."""
    listed = ground.component.files
    total = len(listed) + ground.component.files_left_out
    return sum(item.sha256 is not None or item.git_blob is not None for item in listed) / total if total else 0.0


def _metrics(ground: _Ground) -> float:
    """The share of the results that say what they were measured on."""
    found = ground.component.metrics
    return sum(item.dataset is not None for item in found) / len(found) if found else 0.0


def _energy(ground: _Ground) -> float:
    """1 where somebody says how much energy or CO2 it took, in a field or in the card."""
    return float(bool(ground.component.energies) or ground.component.first("carbon") is not None)


_MET: dict[str, Callable[[_Ground], float | None]] = {
    "ancestors": _ancestors,
    "relation": _relation,
    "ancestor-licenses": lambda ground: _licensed_share(ground, *_WEIGHTS),
    "training-data": _training_data,
    "data-licenses": lambda ground: _licensed_share(ground, str(Kinship.TRAINED_ON)),
    "files": lambda ground: float(bool(ground.component.files)),
    "hashes": _hashes,
    "metrics": _metrics,
    "evaluation-data": lambda ground: float(bool(ground.of_relations(str(Kinship.EVALUATED_ON)))),
    "energy": _energy,
}


def scored_refs(bill: Bill) -> list[str]:
    """Return the refs of what the bill is about that have a score; of an application, of what it loads."""
    refs = list(bill.subjects)
    if bill.about == APPLICATION:
        refs = [item.parent for ref in bill.subjects for item in bill.parents(ref) if item.relation == USES]
    return [ref for ref in refs if is_scored(bill.component(ref))]


def is_scored(component: Component) -> bool:
    """Return whether there is a score for components of its kind."""
    return component.kind in (Kind.MODEL, Kind.DATASET)
