"""The fields of a bill of materials by which tools are compared, and whether a registry's record says them at all.

Source:
    https://github.com/GenAI-Security-Project/aibom-generator, docs/aibom-field-mapping: fields, and where CycloneDX has them
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Item = dict[str, Any]


def _references(kind: str) -> Callable[[Item], object]:
    return lambda item: [entry for entry in item.get("externalReferences", []) if entry["type"] == kind]


def _card(*path: str) -> Callable[[Item], object]:
    def found(item: Item) -> object:
        value: Any = item.get("modelCard", {})
        for name in path:
            value = value.get(name, {})
        return value

    return found


def _named(*words: str) -> Callable[[Item], object]:
    """Return what finds a property, of the component or its card, with one of these words in its name."""

    def found(item: Item) -> object:
        told = [*item.get("properties", []), *item.get("modelCard", {}).get("properties", [])]
        return [entry for entry in told if any(word in entry["name"].lower() for word in words)]

    return found


def _components(item: Item) -> dict[str, Item]:
    document = item["_document"]
    return {entry["bom-ref"]: entry for entry in document.get("components", []) if "bom-ref" in entry}


def _datasets(item: Item) -> list[Item]:
    """Return the datasets of the model's card, each as its component where it is one."""
    told = item.get("modelCard", {}).get("modelParameters", {}).get("datasets", [])
    return [_components(item).get(entry.get("ref", ""), entry) for entry in told]


def _ancestors(item: Item) -> list[Item]:
    return item.get("pedigree", {}).get("ancestors", [])


def _says_relation(item: Item) -> bool:
    """Return whether a property of the model or an ancestor, or a note, says how it was made: cdxgen calls that a variant."""
    if "variant" in item.get("pedigree", {}).get("notes", ""):
        return True
    told = [entry for part in (item, *_ancestors(item)) for entry in part.get("properties", [])]
    return any(word in entry["name"] for entry in told for word in ("relation", "variant"))


FIELDS: dict[str, Callable[[Item], object]] = {
    "model name": lambda item: item.get("name"),
    "model version": lambda item: item.get("version"),
    "model description": lambda item: item.get("description"),
    "download location": _references("distribution"),
    "source repository": _references("vcs"),
    "supplier": lambda item: item.get("supplier") or item.get("publisher") or item.get("manufacturer") or item.get("authors"),
    "license": lambda item: item.get("licenses"),
    "primary purpose": _card("modelParameters", "task"),
    "domain": lambda item: item.get("tags"),
    "type of model": lambda item: (
        _card("modelParameters", "approach")(item) or _card("modelParameters", "architectureFamily")(item)
    ),
    "hyperparameters": _named("hyperparameter"),
    "performance metrics": _card("quantitativeAnalysis", "performanceMetrics"),
    "energy consumption": _card("considerations", "environmentalConsiderations"),
    "known limitations": _card("considerations", "technicalLimitations"),
    "model lineage": _ancestors,
    "training or test datasets": _datasets,
}
"""Those that a record of the Hub or a card can say; whether a document fills them."""

OURS_TOO: dict[str, Callable[[Item], object]] = {
    "relation to the parent": lambda item: _ancestors(item) and _says_relation(item),
    "evidence for the parent": lambda item: any(parent.get("evidence", {}).get("identity") for parent in _ancestors(item)),
    "declared and concluded license": lambda item: (
        {"declared", "concluded"}
        <= {(entry.get("license") or entry).get("acknowledgement") for entry in item.get("licenses", [])}
    ),
    "dataset as a component": lambda item: any("bom-ref" in entry for entry in _datasets(item)),
    "result says on what": lambda item: all(
        entry.get("slice")
        for entry in item.get("modelCard", {}).get("quantitativeAnalysis", {}).get("performanceMetrics", [{}])
    ),
    "files": lambda item: (
        item.get("components") or [e for e in item["_document"].get("components", []) if e.get("type") == "file"]
    ),
    "what is absent is said": lambda item: item["_document"].get("compositions"),
}
"""What else one would look for."""


def results_of(record: Item) -> list[Item]:
    """Return the results in a record that have metrics."""
    entries = [entry for entry in record.get("model-index") or [] if isinstance(entry, dict)]
    results = [result for entry in entries for result in entry.get("results") or []]
    return [result for result in results if isinstance(result, dict) and result.get("metrics")]


def could(field: str, record: Item) -> bool:
    """Return whether the record says anything of the field."""
    card = record.get("cardData") or {}
    says = {
        "model description": bool(card.get("model_description")),
        "source repository": False,
        "license": bool(card.get("license")),
        "primary purpose": bool(record.get("pipeline_tag")),
        "domain": bool(record.get("tags")),
        "type of model": bool((record.get("config") or {}).get("model_type")),
        "hyperparameters": False,
        "performance metrics": bool(results_of(record)),
        "energy consumption": "co2_eq_emissions" in card,
        "known limitations": False,
        "model lineage": bool(card.get("base_model")),
        "training or test datasets": bool(card.get("datasets")),
    }
    return says.get(field, True)
