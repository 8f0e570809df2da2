"""A bill as an SPDX 3.0.1 document, with the AI and dataset profiles.

Source:
    SPDX 3.0.1, https://spdx.github.io/spdx-spec/v3.0.1/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import msgspec

from filiation import __version__
from filiation.bill.bill import USES, Bill, Component, Relation
from filiation.bill.properties import SPACE, Pair, encoded, relation_pairs
from filiation.bill.score import completeness, is_scored
from filiation.bill.sentences import moment, sentence, told
from filiation.bill.spdx_names import refs_in
from filiation.core.ref import Kind
from filiation.core.relation import Relation as Kinship
from filiation.export.spdx_package import file_of, package_of
from filiation.licenses.catalog import catalog

SPEC = "3.0.1"
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
NO_ASSERTION = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
CREATION = "_:creation"
MAKER = "filiation"
TYPES = {
    str(Kinship.TRAINED_ON): "trainedOn",
    str(Kinship.EVALUATED_ON): "testedOn",
    str(Kinship.NEW_VERSION): "other",
    USES: "dependsOn",
}
"""SPDX's word for a relation; every other one makes a descendant."""
AI_NEEDS = ("suppliedBy", "software_downloadLocation", "software_packageVersion", "releaseTime")
DATASET_NEEDS = ("originatedBy", "software_downloadLocation", "builtTime", "releaseTime")
"""What the AI and the dataset profile ask of every package: one that lacks any of it is told, but the profile not claimed."""


def spdx(bill: Bill) -> dict[str, Any]:
    """Return the document as one JSON-able object; `read_spdx` reads it back.

    Laws: the same bill gives the same document; every reference in it resolves; no two elements have one id.
    """
    place = _Place(bill)
    packages = [package_of(place, item) for item in bill.components]
    files = [file_of(place, item, file) for item in bill.components for file in item.files]
    relationships = [place.element(item) for item in _relationships(place)]
    notes = [place.element(item) for item in _annotations(place)]
    elements = [*place.agents.values(), *packages, *files, *place.licenses.values(), *relationships, *notes]
    sbom = _sbom(place, elements)
    profiles = _profiles(packages)
    creation = {
        "type": "CreationInfo",
        "@id": CREATION,
        "specVersion": SPEC,
        "created": moment(bill.made_at),
        "createdBy": [place.id("agent", MAKER)],
        "createdUsing": [place.id("tool", MAKER)],
    }
    document = place.element(
        {
            "type": "SpdxDocument",
            "spdxId": place.id("document"),
            "name": bill.name,
            "rootElement": [sbom["spdxId"]],
            "element": [item["spdxId"] for item in (sbom, *elements)],
            "profileConformance": profiles,
            "extension": extension(_own(bill)),
        }
    )
    sbom["profileConformance"] = profiles
    return {"@context": CONTEXT, "@graph": [creation, document, sbom, *elements]}


def extension(pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """Return pairs of our own names as SPDX's extension for properties; an empty list for none."""
    entries = [
        {"type": "extension_CdxPropertyEntry", "extension_cdxPropName": f"{SPACE}{name}", "extension_cdxPropValue": value}
        for name, value in pairs
    ]
    return [{"type": "extension_CdxPropertiesExtension", "extension_cdxProperty": entries}] if entries else []


class _Place:
    """Where elements stand: the ids of the document, and the agents and licences that packages name."""

    def __init__(self, bill: Bill) -> None:
        self.bill = bill
        self._base = f"urn:uuid:{uuid5(NAMESPACE_URL, MAKER + __version__ + encoded(bill))}"
        self.agents: dict[str, dict[str, Any]] = {}
        self.licenses: dict[str, dict[str, Any]] = {}
        self._add_agent("SoftwareAgent", "agent", MAKER, f"{MAKER} {__version__}")
        self._add_agent("Tool", "tool", MAKER, f"{MAKER} {__version__}")

    def id(self, *parts: str) -> str:
        """Return the id of an element."""
        return f"{self._base}#{'/'.join(quote(part, safe=':@._-~+') for part in parts)}"

    def element(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return an element, without the fields that say nothing."""
        return {
            name: value
            for name, value in (fields | {"creationInfo": CREATION}).items()
            if value is not None and value not in ([], "")
        }

    def extension(self, pairs: Iterable[Pair]) -> list[dict[str, Any]]:
        """Return pairs as an extension, as `extension` does."""
        return extension(pairs)

    def publisher(self, name: str) -> str:
        """Return the id of an organisation, which is added where it is not there yet."""
        return self._add_agent("Organization", "organization", name, name)

    def _add_agent(self, kind: str, word: str, key: str, name: str) -> str:
        found = self.id(word, key)
        self.agents[found] = self.element({"type": kind, "spdxId": found, "name": name})
        return found

    def license(self, expression: str | None, text: str) -> str:
        """Return the id of a licence: an expression, or its text where that is not understood."""
        if expression is None:
            return self._text("license-text", text, text)
        found = self.id("license", expression)
        custom = [
            {"type": "DictionaryEntry", "key": name, "value": self._text("license-ref", name, _known(name))}
            for name in refs_in(expression)
        ]
        self.licenses[found] = self.element(
            {
                "type": "simplelicensing_LicenseExpression",
                "spdxId": found,
                "simplelicensing_licenseExpression": expression,
                "simplelicensing_customIdToUri": custom,
            }
        )
        return found

    def _text(self, word: str, key: str, text: str) -> str:
        found = self.id(word, key)
        fields = {"type": "simplelicensing_SimpleLicensingText", "spdxId": found, "name": key}
        self.licenses[found] = self.element(fields | {"simplelicensing_licenseText": text})
        return found


def _known(name: str) -> str:
    """Return what stands in for the text of a licence that SPDX does not list: its name and address."""
    key = name.removeprefix("LicenseRef-").removeprefix("scancode-").removeprefix("filiation-")
    for item in catalog().licenses.values():
        if key in (item.scancode, item.id):
            return f"{item.name}: {item.source}"
    return name


def _sbom(place: _Place, elements: list[dict[str, Any]]) -> dict[str, Any]:
    return place.element(
        {
            "type": "software_Sbom",
            "spdxId": place.id("sbom"),
            "name": place.bill.name,
            "rootElement": [place.id(ref) for ref in place.bill.subjects],
            "element": [item["spdxId"] for item in elements],
            "software_sbomType": ["analyzed"],
        }
    )


def _profiles(packages: list[dict[str, Any]]) -> list[str]:
    """Return the profiles that the document conforms to."""
    found = ["core", "software", "simpleLicensing", "extension"]
    for profile, kind, needs in (("ai", "ai_AIPackage", AI_NEEDS), ("dataset", "dataset_DatasetPackage", DATASET_NEEDS)):
        of_kind = [item for item in packages if item["type"] == kind]
        if of_kind and all(name in item for item in of_kind for name in needs):
            found.append(profile)
    return found


def _own(bill: Bill) -> Iterator[Pair]:
    """Yield what is said of the bill as a whole."""
    yield "name", bill.name
    yield "about", bill.about
    yield from (("subject", ref) for ref in bill.subjects)
    yield from (("gap", encoded(gap)) for gap in bill.gaps)
    for ref in bill.subjects:
        if is_scored(bill.component(ref)):
            yield from ((f"{name}:of:{ref}", value) for name, value in completeness(bill, ref).pairs())


def _relationships(place: _Place) -> Iterator[dict[str, Any]]:
    for number, relation in enumerate(place.bill.relations):
        yield _relationship(place, number, relation)
    for item in place.bill.components:
        if item.files:
            yield {
                "type": "Relationship",
                "spdxId": place.id("contains", item.ref),
                "from": place.id(item.ref),
                "relationshipType": "contains",
                "to": [place.id(item.ref, file.path) for file in item.files],
                "completeness": "incomplete" if item.files_left_out else "complete",
            }
        if item.kind in (Kind.MODEL, Kind.DATASET):
            yield from (_licensed(place, item, role) for role in ("declared", "concluded"))


def _relationship(place: _Place, number: int, relation: Relation) -> dict[str, Any]:
    incomplete = {gap.ref for gap in place.bill.gaps}
    return {
        "type": "Relationship",
        "spdxId": place.id("relation", str(number)),
        "from": place.id(relation.child),
        "relationshipType": TYPES.get(relation.relation, "descendantOf"),
        "to": [place.id(relation.parent)],
        "completeness": "incomplete" if relation.child in incomplete else "noAssertion",
        "comment": sentence(relation),
        "extension": extension(relation_pairs(relation)),
    }


def _licensed(place: _Place, item: Component, role: str) -> dict[str, Any]:
    found = [place.license(license_.expression, license_.text) for license_ in item.licenses if license_.role == role]
    return {
        "type": "Relationship",
        "spdxId": place.id(f"{role}-license", item.ref),
        "from": place.id(item.ref),
        "relationshipType": f"has{role.capitalize()}License",
        "to": list(dict.fromkeys(found)) or [NO_ASSERTION],
    }


def _annotations(place: _Place) -> Iterator[dict[str, Any]]:
    """Yield for people what is said of each component, on what basis and how surely."""
    for item in place.bill.components:
        text = told(place.bill, item)
        if text:
            yield {
                "type": "Annotation",
                "spdxId": place.id("annotation", item.ref),
                "annotationType": "other",
                "subject": place.id(item.ref),
                "statement": text,
            }


def serialized(document: dict[str, Any]) -> bytes:
    """Return a document as JSON, indented, with a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
