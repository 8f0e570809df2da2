"""What neither format has a place for, as pairs of name and value; the names are documented in docs/bom.md.

Law: ``read(write(component))`` gives back all that is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from filiation.bill.bill import Component, Energy, Evidence, Fact, License, Metric, Relation, Said

SPACE = "filiation:"
"""The namespace of every name."""
Pair = tuple[str, str]
T = TypeVar("T")


def component_pairs(component: Component) -> Iterator[Pair]:
    """Yield what a format tells of a component by names of our own."""
    yield "ref", component.ref
    yield "state", component.state
    for name in ("created_at", "modified_at"):
        moment: datetime | None = getattr(component, name)
        if moment is not None:
            yield name.replace("_at", ""), f"{moment.isoformat()}Z"
    if component.files_left_out:
        yield "files-left-out", str(component.files_left_out)
    yield from (("license", encoded(_without_said(item))) for item in component.licenses)
    yield from ((f"fact:{fact.name}", fact.value) for fact in component.facts)
    yield from _metrics(component.metrics)
    yield from (("energy", encoded(_without_said(energy))) for energy in component.energies)
    for kind, items in _kinds(component):
        yield from said_pairs(kind, [item.said for item in items])


def _metrics(metrics: Sequence[Metric]) -> Iterator[Pair]:
    for metric in metrics:
        yield "metric", encoded({name: value for name, value in _without_said(metric).items() if name not in ("type", "value")})


def _kinds(component: Component) -> Iterator[tuple[str, Sequence[Any]]]:
    yield "license", component.licenses
    yield "file", component.files
    yield "fact", component.facts
    yield "metric", component.metrics
    yield "energy", component.energies
    yield "link", component.links


def said_pairs(kind: str, items: Sequence[Said]) -> Iterator[Pair]:
    """Yield who says each of `items`, by its number from 0; what is said by the same as the one before is not repeated."""
    before = None
    for number, said in enumerate(items):
        if said != before:
            yield f"said:{kind}:{number}", spelled(said)
        before = said


def spelled(said: Said) -> str:
    """Return ``basis confidence witness locator``: blanks of a witness as ``%20``, none as ``-``, one so called as ``%2D``."""
    witness = said.witness.replace("%", "%25").replace(" ", "%20")
    return f"{said.basis} {said.confidence:g} {'%2D' if witness == '-' else witness or '-'} {said.locator}"


def unspelled(text: str) -> Said:
    """Return what `spelled` wrote; ValueError for anything else."""
    basis, confidence, witness, locator = text.split(" ", 3)
    speaker = "" if witness == "-" else witness.replace("%20", " ").replace("%2D", "-").replace("%25", "%")
    return Said(basis, float(confidence), speaker, locator)


def encoded(value: object) -> str:
    """Return `value` as JSON in one line."""
    return msgspec.json.encode(value).decode()


def _without_said(item: msgspec.Struct) -> dict[str, Any]:
    fields = msgspec.structs.asdict(item)
    del fields["said"]
    return {name: value for name, value in fields.items() if value not in (None, ())}


class Pairs:
    """Pairs that were read, by name without the namespace."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._by_name: dict[str, list[str]] = {}
        self.ordered: list[Pair] = []
        for name, value in pairs:
            if name.startswith(SPACE):
                own = name.removeprefix(SPACE)
                self._by_name.setdefault(own, []).append(value)
                self.ordered.append((own, value))

    def first(self, name: str) -> str | None:
        """Return the first value of a name, None where there is none."""
        return self._by_name.get(name, [None])[0]

    def all(self, name: str) -> list[str]:
        """Return the values of a name."""
        return self._by_name.get(name, [])

    def moment(self, name: str) -> datetime | None:
        """Return a value as naive UTC."""
        text = self.first(name)
        return datetime.fromisoformat(text).replace(tzinfo=None) if text else None

    def said(self, kind: str, count: int) -> list[Said]:
        """Return who says each of `count` items, as `said_pairs` wrote it."""
        found: list[Said] = []
        for number in range(count):
            text = self.first(f"said:{kind}:{number}")
            found.append(unspelled(text) if text else found[-1])
        return found

    def each(self, kind: str, items: Sequence[T], make: Callable[[T, Said], Any]) -> tuple[Any, ...]:
        """Return `make(item, said)` of each item."""
        return tuple(make(item, said) for item, said in zip(items, self.said(kind, len(items)), strict=True))

    def facts(self) -> tuple[Fact, ...]:
        """Return the facts."""
        told = [(name.removeprefix("fact:"), value) for name, value in self.ordered if name.startswith("fact:")]
        return self.each("fact", told, lambda item, said: Fact(*item, said))

    def metrics(self, told: Sequence[Pair]) -> tuple[Metric, ...]:
        """Return the metrics, of which the format tells type and value."""
        rest = [msgspec.json.decode(text) for text in self.all("metric")]
        both = list(zip(told, rest, strict=True))
        return self.each("metric", both, lambda item, said: _metric(item[0], item[1], said))

    def energies(self) -> tuple[Energy, ...]:
        """Return the energies."""
        told = [msgspec.json.decode(text) for text in self.all("energy")]
        return self.each(
            "energy", told,
            lambda item, said: Energy(item["activity"], item.get("energy_kwh"), item.get("co2_grams"), item["text"], said),
        )  # fmt: skip

    def licenses(self) -> tuple[License, ...]:
        """Return the licences."""
        told = [msgspec.json.decode(text) for text in self.all("license")]
        return self.each("license", told, _license)


def _metric(told: Pair, item: dict[str, Any], said: Said) -> Metric:
    task, dataset, config, split = (item.get(name) for name in ("task", "dataset", "config", "split"))
    return Metric(told[0], told[1], task, dataset, config, split, item.get("verified"), said)


def _license(item: dict[str, Any], said: Said) -> License:
    sources = tuple(item.get("inherited_from", ()))
    return License(item["role"], item["text"], item.get("expression"), item.get("url"), said, sources)


def relation_pairs(relation: Relation) -> Iterator[Pair]:
    """Yield what is known of a relation beside its two ends."""
    yield "relation", relation.relation
    yield "link", f"{relation.basis} {relation.confidence:g}"
    yield "relation-is", f"{relation.relation_basis} {relation.relation_confidence:g}"
    if relation.because is not None:
        yield "because", relation.because
    if relation.weight is not None:
        yield "weight", repr(relation.weight)
    for item in relation.evidence:
        yield "evidence", encoded({"value": item.value, "said": spelled(item.said), "revision": item.revision})


def relation_of(child: str, parent: str, pairs: Pairs) -> Relation:
    """Return what `relation_pairs` wrote; ValueError or KeyError for anything else."""
    (basis, sure), (how, how_sure) = (str(pairs.first(name)).split(" ") for name in ("link", "relation-is"))
    weight = pairs.first("weight")
    return Relation(
        child, parent, str(pairs.first("relation")), basis, float(sure), how, float(how_sure),
        pairs.first("because"), None if weight is None else float(weight),
        tuple(_evidence(msgspec.json.decode(text)) for text in pairs.all("evidence")),
    )  # fmt: skip


def _evidence(item: dict[str, Any]) -> Evidence:
    return Evidence(item["value"], unspelled(item["said"]), item["revision"])
