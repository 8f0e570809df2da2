"""What a CycloneDX bill says of models and datasets.

Source:
    CycloneDX 1.5 to 1.7: components of type ``machine-learning-model`` and ``data``, ``modelCard``, ``pedigree`` and
    ``dependencies``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from filiation.core.bill_thing import MAX_THINGS, BillFile, BillMetric, Thing, dicts, from_purl, text_of
from filiation.core.ref import Kind
from filiation.core.relation import WEIGHTS, Relation

MAX_DEPTH = 8
"""Components inside components."""
RELATIONS = {str(relation): relation for relation in WEIGHTS} | {"finetuned": Relation.FINETUNE, "merged": Relation.MERGE}
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def cyclonedx_things(bill: dict[str, Any]) -> list[Thing]:
    """Return the models and datasets of a bill, the subject first, each once; what the bill depends on is read as descent."""
    subject = bill.get("metadata", {}).get("component") if isinstance(bill.get("metadata"), dict) else None
    named: dict[str, Thing] = {}
    things: dict[tuple[Kind, str, str], Thing] = {}
    cards: list[tuple[Thing, dict[str, Any]]] = []
    for component in _components([subject, *dicts(bill.get("components"))]):
        thing = _thing(component)
        if thing is None:
            continue
        kept = things.setdefault((thing.kind, thing.registry, thing.name), thing)
        if ref := text_of(component.get("bom-ref")):
            named[ref] = kept
        cards.append((kept, component))
    for thing, component in cards:
        _describe(thing, component, named)
    _depend(bill, named)
    return list(things.values())


def _components(components: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield components and those inside them, those of a pedigree too, `MAX_THINGS` at most."""
    waiting = [(item, 0) for item in reversed(components) if isinstance(item, dict)]
    count = 0
    while waiting and count < MAX_THINGS:
        component, depth = waiting.pop()
        yield component
        count += 1
        if depth < MAX_DEPTH:
            inner = [*dicts(component.get("components")), *_ancestors(component)]
            waiting += [(item, depth + 1) for item in reversed(inner)]


def _ancestors(component: dict[str, Any]) -> list[dict[str, Any]]:
    pedigree = component.get("pedigree")
    return dicts(pedigree.get("ancestors")) if isinstance(pedigree, dict) else []


def _thing(component: dict[str, Any]) -> Thing | None:
    found = from_purl(text_of(component.get("purl")) or "")
    kind = {"machine-learning-model": Kind.MODEL, "data": Kind.DATASET}.get(text_of(component.get("type")) or "")
    if found is not None:
        found.kind = Kind.DATASET if kind is Kind.DATASET else found.kind
        return found
    group, name = text_of(component.get("group")), text_of(component.get("name"))
    if kind is None or name is None:
        return None
    whole = f"{group}/{name}" if group and "/" not in name else name
    return Thing(kind, whole, revision=text_of(component.get("version")))


def _describe(thing: Thing, component: dict[str, Any], named: dict[str, Thing]) -> None:
    """Add what `component` says to `thing`."""
    thing.licenses += [text for text in map(_license, dicts(component.get("licenses"))) if text]
    for ancestor in _ancestors(component):
        parent = _thing(ancestor)
        if parent is not None and parent.kind is Kind.MODEL:
            _descend(thing, parent.name, _relation(ancestor))
    for part in dicts(component.get("components")):
        if part.get("type") == "file" and (path := text_of(part.get("name"))):
            thing.files.append(BillFile(path, _sha256(part)))
    thing.evaluated_on |= frozenset(_evaluated_on(component))
    card = component.get("modelCard")
    if isinstance(card, dict):
        _read_card(thing, card, named)


def _license(item: dict[str, Any]) -> str | None:
    inner = item.get("license") if isinstance(item.get("license"), dict) else item
    if "concluded" in (inner.get("acknowledgement"), item.get("acknowledgement")):
        return None
    return text_of(inner.get("id")) or text_of(inner.get("expression")) or text_of(inner.get("name"))


def _relation(ancestor: dict[str, Any]) -> Relation:
    """Return how one descends from `ancestor`: the format has no word for it, but writers' properties have."""
    for item in dicts(ancestor.get("properties")):
        if "relation" in str(item.get("name", "")).lower() and (word := str(item.get("value", "")).lower()) in RELATIONS:
            return RELATIONS[word]
    return Relation.UNKNOWN


def _read_card(thing: Thing, card: dict[str, Any], named: dict[str, Thing]) -> None:
    told = card.get("modelParameters") if isinstance(card.get("modelParameters"), dict) else {}
    thing.task = thing.task or text_of(told.get("task"))
    for item in dicts(told.get("datasets")):
        dataset = named.get(text_of(item.get("ref")) or "")
        name = dataset.name if dataset else text_of(item.get("name"))
        if name:
            _train(thing, name)
    measured = card.get("quantitativeAnalysis")
    for item in dicts(measured.get("performanceMetrics")) if isinstance(measured, dict) else []:
        kind, value = text_of(item.get("type")), text_of(str(item.get("value", "")))
        if kind and value:
            thing.metrics.append(BillMetric(kind, _number(value), text_of(item.get("slice"))))


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _depend(bill: dict[str, Any], named: dict[str, Thing]) -> None:
    """Read a model's dependencies on models and datasets as descent, where its pedigree and card do not say it already."""
    for item in dicts(bill.get("dependencies")):
        child = named.get(text_of(item.get("ref")) or "")
        on = item.get("dependsOn")
        if child is None or child.kind is not Kind.MODEL or not isinstance(on, list):
            continue
        for ref in on[:MAX_THINGS]:
            parent = named.get(ref) if isinstance(ref, str) else None
            if parent is None or parent is child:
                continue
            if parent.kind is Kind.MODEL:
                _descend(child, parent.name, Relation.UNKNOWN)
            else:
                _train(child, parent.name)


def _evaluated_on(component: dict[str, Any]) -> Iterator[str]:
    """Yield datasets that a bill of ours says were for evaluation alone: the format lists both kinds together."""
    for item in dicts(component.get("properties")):
        if item.get("name") == "filiation:related":
            try:
                related = msgspec.json.decode(text_of(item.get("value")) or "", type=_Related)
            except msgspec.DecodeError:
                continue
            if ("relation", str(Relation.EVALUATED_ON)) in related.told:
                yield related.parent.removeprefix("dataset:")


class _Related(msgspec.Struct):
    """A relation that is no pedigree, as `export.cyclonedx_component` writes it."""

    parent: str
    told: list[tuple[str, str]]


def _train(thing: Thing, dataset: str) -> None:
    if dataset not in thing.evaluated_on and dataset not in thing.datasets:
        thing.datasets.append(dataset)


def _descend(child: Thing, parent: str, relation: Relation) -> None:
    if parent not in {name for name, _ in child.parents}:
        child.parents.append((parent, str(relation)))


def _sha256(component: dict[str, Any]) -> str | None:
    for item in dicts(component.get("hashes")):
        content = item.get("content")
        if item.get("alg") == "SHA-256" and isinstance(content, str) and _SHA256.fullmatch(content):
            return content.lower()
    return None
