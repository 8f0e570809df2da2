"""A component of a bill as CycloneDX writes it: model card, pedigree, data, licences, files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from filiation.bill.bill import USES, Bill, Component, Energy, File, License, Metric, Relation
from filiation.bill.properties import SPACE, component_pairs, encoded, relation_pairs
from filiation.bill.spdx_names import is_listed
from filiation.core.claim import Basis
from filiation.core.ref import Kind
from filiation.core.relation import WEIGHTS
from filiation.core.relation import Relation as Kinship
from filiation.knowledge import load

TYPES = {Kind.MODEL: "machine-learning-model", Kind.DATASET: "data", "application": "application"}
TAGS = ("task", "library", "language")
"""Facts that tools look for among the tags."""
HUB_URL = "https://huggingface.co"
_PEDIGREE = frozenset(map(str, WEIGHTS)) | {str(Kinship.DERIVED_FROM)}
_DATA = (str(Kinship.TRAINED_ON), str(Kinship.EVALUATED_ON))
_TECHNIQUES = {Basis.DECLARED: "manifest-analysis", Basis.MEASURED: "hash-comparison"}


class Place:
    """Where a component stands: its bill, the version of the format, and the relations by their two ends."""

    def __init__(self, bill: Bill, spec: str) -> None:
        self.spec = spec
        self.components = {item.ref: item for item in bill.components}
        self.parents: dict[str, list[Relation]] = defaultdict(list)
        self.users: dict[str, list[Relation]] = defaultdict(list)
        for relation in bill.relations:
            self.parents[relation.child].append(relation)
            if relation.relation == USES:
                self.users[relation.parent].append(relation)


def component_of(place: Place, component: Component) -> dict[str, Any]:
    """Return a component with all that is said of it."""
    parents = place.parents[component.ref]
    found = _identity(component) | {
        "bom-ref": component.ref,
        "description": component.description,
        "licenses": choices([item for item in component.licenses if item.role != "inherited"], place.spec),
        "pedigree": _pedigree(place, [item for item in parents if item.relation in _PEDIGREE]),
        "externalReferences": [_reference(item.type, item.url, item.comment) for item in component.links],
        "components": [_file(component, item) for item in component.files],
        "evidence": _evidence(component, place),
        "tags": list(dict.fromkeys(item.value for name in TAGS for item in component.all(name))),
        "modelCard": _model_card(component, parents) if component.kind == Kind.MODEL else None,
        "data": [_data(component)] if component.kind == Kind.DATASET else None,
        "properties": list(_properties(component, parents)),
    }
    return _filled(found)


def _identity(component: Component) -> dict[str, Any]:
    owner, _, name = component.name.rpartition("/") if component.state != "malformed" else ("", "", component.name)
    supplier: dict[str, Any] | None = None
    if component.publisher:
        supplier = {"name": component.publisher}
        if component.purl:
            supplier["url"] = [f"{HUB_URL}/{quote(component.publisher)}"]
    return {
        "type": TYPES[component.kind],
        "supplier": supplier,
        "group": owner or None,
        "name": name,
        "version": component.revision,
        "purl": component.purl,
    }


def _properties(component: Component, parents: list[Relation]) -> Iterator[dict[str, str]]:
    """Yield what CycloneDX has no place for; relations are told in the pedigree where they have one."""
    for name, value in component_pairs(component):
        yield {"name": f"{SPACE}{name}", "value": value}
    for relation in parents:
        if relation.relation not in _PEDIGREE:
            told = {"parent": relation.parent, "told": list(relation_pairs(relation))}
            yield {"name": f"{SPACE}related", "value": encoded(told)}


def choices(licenses: list[License], spec: str) -> list[dict[str, Any]]:
    """Return licences as CycloneDX's choice: up to 1.6 an expression stands only alone, so others are told by name."""
    alone = len(licenses) == 1 or spec != "1.6"
    return [_choice(item, alone=alone) for item in licenses]


def _choice(item: License, *, alone: bool) -> dict[str, Any]:
    acknowledgement = "declared" if item.role == "declared" else "concluded"
    expression = item.expression
    if expression and alone and (" " in expression or expression.endswith("+")):
        return {"expression": expression, "acknowledgement": acknowledgement}
    is_id = expression is not None and is_listed(expression)
    named = {"id": expression} if is_id else {"name": expression or item.text}
    return {"license": _filled(named | {"acknowledgement": acknowledgement, "url": item.url})}


def _pedigree(place: Place, relations: list[Relation]) -> dict[str, Any] | None:
    if not relations:
        return None
    notes = "; ".join(f"{item.relation} of {item.parent}" for item in relations)
    return {"ancestors": [_ancestor(place, item) for item in relations], "notes": notes}


def _ancestor(place: Place, relation: Relation) -> dict[str, Any]:
    """Return the parent as an entry of the pedigree; its first property is the reference of the component itself."""
    parent = place.components[relation.parent]
    pairs = [("component", relation.parent), *relation_pairs(relation)]
    return _filled(
        _identity(parent)
        | {
            "licenses": choices([item for item in parent.licenses if item.role == "declared"], place.spec),
            "evidence": {"identity": [_identified(relation, parent)]},
            "properties": [{"name": f"{SPACE}{name}", "value": value} for name, value in pairs],
        }
    )


def _identified(relation: Relation, parent: Component) -> dict[str, Any]:
    """Return what makes us say that this is the parent."""
    methods = [
        {
            "technique": _TECHNIQUES.get(Basis(item.said.basis), "other"),
            "confidence": item.said.confidence,
            "value": f"{item.said.locator}: {item.value}",
        }
        for item in relation.evidence
    ]
    found = {"field": "purl" if parent.purl else "name", "confidence": relation.confidence, "methods": methods}
    return _filled(found | {"concludedValue": parent.purl or parent.name})


def _reference(kind: str, url: str, comment: str | None) -> dict[str, Any]:
    return _filled({"type": kind, "url": url, "comment": comment})


def _file(component: Component, item: File) -> dict[str, Any]:
    return _filled(
        {
            "type": "file",
            "bom-ref": f"{component.ref}#{item.path}",
            "name": item.path,
            "hashes": [{"alg": "SHA-256", "content": item.sha256}] if item.sha256 else None,
            "swhid": [f"swh:1:cnt:{item.git_blob}"] if item.git_blob else None,
            "properties": [{"name": f"{SPACE}size", "value": str(item.size_bytes)}] if item.size_bytes is not None else None,
        }
    )


def _evidence(component: Component, place: Place) -> dict[str, Any] | None:
    """Return the licences that ancestors bring along, and the places where an application loads the component."""
    brought = [item for item in component.licenses if item.role == "inherited"]
    places = [_occurrence(item.said.locator, item.value) for use in place.users[component.ref] for item in use.evidence]
    found = _filled({"licenses": choices(brought, place.spec) if brought else None, "occurrences": places or None})
    return found or None


def _occurrence(locator: str, value: str) -> dict[str, Any]:
    file, _, line = locator.rpartition("#L")
    how, _, written = value.partition(": ")
    return {"location": file, "line": int(line), "symbol": how, "additionalContext": written}


def _data(component: Component) -> dict[str, Any]:
    page = next((item.url for item in component.links if item.type == "website"), None)
    owner = {"owners": [{"organization": {"name": component.publisher}}]} if component.publisher else None
    return _filled(
        {
            "type": "dataset",
            "name": component.name,
            "contents": {"url": page} if page else None,
            "description": component.description,
            "governance": owner,
        }
    )


def _model_card(component: Component, parents: list[Relation]) -> dict[str, Any] | None:
    task = component.first("task")
    way = load("bill")["tasks"].get(task or "", {})
    parameters = {
        "task": task,
        "architectureFamily": component.first("model-type"),
        "modelArchitecture": component.first("architecture"),
        "datasets": [{"ref": ref} for ref in dict.fromkeys(item.parent for item in parents if item.relation in _DATA)],
        "inputs": [{"format": name} for name in way.get("in", ())],
        "outputs": [{"format": name} for name in way.get("out", ())],
    }
    considerations = {
        "useCases": [item.value for item in component.all("intended-use")],
        "technicalLimitations": [item.value for item in component.all("limitation")],
        "environmentalConsiderations": _environment(component.energies),
    }
    found = {
        "modelParameters": _filled(parameters),
        "quantitativeAnalysis": _filled({"performanceMetrics": [_metric(item) for item in component.metrics]}),
        "considerations": _filled(considerations),
    }
    return _filled(found) or None


def _metric(item: Metric) -> dict[str, Any]:
    about = ", ".join(text for text in (item.dataset, item.config, item.split) if text)
    return _filled({"type": item.type, "slice": about or None}) | {"value": item.value}


def _environment(energies: Iterable[Energy]) -> dict[str, Any] | None:
    """Return energy in kWh and CO2 in tonnes; CO2 alone has no place but properties, with its unit in the name."""
    known = [_consumption(item) for item in energies if item.energy_kwh is not None]
    rest = [
        {"name": f"{SPACE}co2-equivalent-grams:{item.activity}", "value": repr(item.co2_grams)}
        for item in energies
        if item.energy_kwh is None and item.co2_grams is not None
    ]
    return _filled({"energyConsumptions": known, "properties": rest}) or None


def _consumption(item: Energy) -> dict[str, Any]:
    amount = {"value": item.energy_kwh, "unit": "kWh"}
    provider = {"organization": {"name": "unknown"}, "energySource": "unknown", "energyProvided": amount}
    carbon = {"value": item.co2_grams / 1e6, "unit": "tCO2eq"} if item.co2_grams is not None else None
    return _filled(
        {"activity": item.activity, "energyProviders": [provider], "activityEnergyCost": amount, "co2CostEquivalent": carbon}
    )


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value is not None and value not in ([], {})}
