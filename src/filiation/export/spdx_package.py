"""A component of a bill as SPDX writes it: a package of the AI or the dataset profile, and its files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from filiation.bill.bill import Component, Energy, File
from filiation.bill.properties import Pair, component_pairs
from filiation.bill.sentences import moment
from filiation.core.ref import Kind

PACKAGES = {Kind.MODEL: "ai_AIPackage", Kind.DATASET: "dataset_DatasetPackage", "application": "software_Package"}
PURPOSES = {Kind.MODEL: "model", Kind.DATASET: "data", "application": "application"}
REFERENCES = {
    "website": "altWebPage",
    "distribution": "altDownloadLocation",
    "model-card": "documentation",
    "documentation": "documentation",
    "vcs": "vcs",
}
_TRAINING = ("hardware", "framework", "carbon")
_ENERGY = {"fine-tuning": "ai_finetuningEnergyConsumption", "inference": "ai_inferenceEnergyConsumption"}


class Place(Protocol):
    """Where an element stands; see `filiation.export.spdx`."""

    def id(self, *parts: str) -> str:
        """Return the id of an element."""
        ...

    def element(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return an element, without the fields that say nothing."""
        ...

    def extension(self, pairs: Iterable[Pair]) -> list[dict[str, Any]]:
        """Return pairs of our own names as an extension."""
        ...

    def publisher(self, name: str) -> str:
        """Return the id of an organisation."""
        ...


def package_of(place: Place, component: Component) -> dict[str, Any]:
    """Return a component with all that is said of it."""
    created = component.created_at and moment(component.created_at)
    supplier = place.publisher(component.publisher) if component.publisher else None
    pages = {item.type: item.url for item in component.links}
    fields = {
        "type": PACKAGES[component.kind],
        "spdxId": place.id(component.ref),
        "name": component.name,
        "description": component.description,
        "suppliedBy": supplier,
        "releaseTime": created,
        "software_packageVersion": component.revision,
        "software_packageUrl": component.purl,
        "software_primaryPurpose": PURPOSES[component.kind],
        "software_homePage": pages.get("website"),
        "software_downloadLocation": pages.get("distribution", pages.get("website")),
        "externalRef": [_reference(item.type, item.url, item.comment) for item in component.links],
        "extension": place.extension(component_pairs(component)),
    }
    if component.kind == Kind.MODEL:
        fields |= _of_model(component)
    elif component.kind == Kind.DATASET:
        origin = [supplier] if supplier else None
        fields |= {"dataset_datasetType": ["noAssertion"], "builtTime": created, "originatedBy": origin}
    return place.element(fields)


def _of_model(component: Component) -> dict[str, Any]:
    types = [value for name in ("model-type", "architecture") if (value := component.first(name))]
    return {
        "ai_typeOfModel": list(dict.fromkeys(types)),
        "ai_domain": list(dict.fromkeys(item.value for item in component.all("task"))),
        "ai_hyperparameter": [_entry(*_divided(item.value)) for item in component.all("hyperparameter")],
        "ai_metric": [_entry(item.type, item.value) for item in component.metrics],
        "ai_limitation": _sentences(component, ["limitation"]),
        "ai_informationAboutApplication": _sentences(component, ["intended-use"]),
        "ai_informationAboutTraining": _sentences(component, _TRAINING),
        "ai_energyConsumption": _energy(component.energies),
    }


def _sentences(component: Component, names: Iterable[str]) -> str | None:
    return "\n".join(item.value for name in names for item in component.all(name)) or None


def _divided(text: str) -> tuple[str, str]:
    """Return name and value of ``learning_rate: 2e-05`` or ``learning_rate = 2e-05``."""
    for mark in (":", "="):
        name, found, value = text.partition(mark)
        if found:
            return name.strip(), value.strip()
    return text, ""


def _entry(key: str, value: str) -> dict[str, Any]:
    return {"type": "DictionaryEntry", "key": key, "value": value}


def _energy(energies: Iterable[Energy]) -> dict[str, Any] | None:
    """Return energy in kilowatt-hours, by activity; SPDX has no place for CO2 beside the training's description."""
    found: dict[str, Any] = {}
    for item in energies:
        if item.energy_kwh is not None:
            amount = {
                "type": "ai_EnergyConsumptionDescription",
                "ai_energyQuantity": repr(item.energy_kwh),
                "ai_energyUnit": "kilowattHour",
            }
            found.setdefault(_ENERGY.get(item.activity, "ai_trainingEnergyConsumption"), []).append(amount)
    return {"type": "ai_EnergyConsumption"} | found if found else None


def _reference(kind: str, url: str, comment: str | None) -> dict[str, Any]:
    return {
        "type": "ExternalRef",
        "externalRefType": REFERENCES.get(kind, "other"),
        "locator": [url],
        "comment": f"{kind}: {comment}" if comment else kind,
    }


def file_of(place: Place, component: Component, file: File) -> dict[str, Any]:
    """Return a file of a component, with its digests."""
    blob = {
        "type": "software_ContentIdentifier",
        "software_contentIdentifierType": "swhid",
        "software_contentIdentifierValue": f"swh:1:cnt:{file.git_blob}",
    }
    digest = {"type": "Hash", "algorithm": "sha256", "hashValue": file.sha256}
    size = [("size", str(file.size_bytes))] if file.size_bytes is not None else []
    return place.element(
        {
            "type": "software_File",
            "spdxId": place.id(component.ref, file.path),
            "name": file.path,
            "verifiedUsing": [digest] if file.sha256 else None,
            "software_contentIdentifier": [blob] if file.git_blob else None,
            "extension": place.extension(size),
        }
    )
