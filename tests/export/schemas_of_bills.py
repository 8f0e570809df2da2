"""Validators of bills of materials: the bundled schemas of CycloneDX, the shapes of SPDX, and that every reference resolves."""

from __future__ import annotations

import io
import json
import re
from functools import cache
from pathlib import Path

import cyclonedx.schema._res as bundled
import jsonschema
from referencing import Registry, Resource
from spdx_python_model import v3_0_1 as model

FOLDER = Path(bundled.__file__).parent
BESIDE = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json", "cryptography-defs.SNAPSHOT.schema.json")
SPDX_TERMS = "https://spdx.org/rdf/3.0.1/terms/"
NEEDS = {
    "ai": ("ai_AIPackage", {"suppliedBy", "software_downloadLocation", "software_packageVersion", "software_primaryPurpose",
                            "releaseTime"}),
    "dataset": ("dataset_DatasetPackage", {"originatedBy", "software_downloadLocation", "software_primaryPurpose", "builtTime",
                                           "releaseTime", "dataset_datasetType"}),
}  # fmt: skip
"""What the profiles of SPDX 3.0.1 ask beyond the shapes."""


FORMATS = jsonschema.FormatChecker()


@FORMATS.checks("iri-reference")
def is_address(text: object) -> bool:
    """Whether a text could be an IRI reference; the library's own check of that takes three seconds to import."""
    return (
        not isinstance(text, str) or re.fullmatch(r"(?:[^\s<>\"{}|\\^`\x00-\x20\x7f%\[\]]|%[0-9A-Fa-f]{2})*", text) is not None
    )


def schema(name: str) -> dict:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@cache
def validator(spec: str) -> jsonschema.protocols.Validator:
    registry = Registry().with_resources(
        (f"http://cyclonedx.org/schema/{name}", Resource.from_contents(schema(name))) for name in BESIDE
    )
    return jsonschema.Draft7Validator(schema(f"bom-{spec}.SNAPSHOT.schema.json"), registry=registry, format_checker=FORMATS)


def walked(value):
    """Yield every object in a document."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner)


def pointed(document, pointer: str):
    for part in pointer.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def check_cyclonedx(document: dict) -> None:
    """Fail where the document is not valid, a reference dangles, or two things have one reference."""
    document = json.loads(json.dumps(document))
    errors = [
        f"{list(error.absolute_path)}: {error.message[:200]}"
        for error in validator(document["specVersion"]).iter_errors(document)
    ]
    assert errors == []
    own = [item["bom-ref"] for item in walked(document) if "bom-ref" in item]
    assert len(own) == len(set(own))
    named = [ref for item in document["dependencies"] for ref in (item["ref"], *item.get("dependsOn", ()))]
    named += [
        ref for item in document.get("compositions", ()) for key in ("assemblies", "dependencies") for ref in item.get(key, ())
    ]
    named += [ref for item in document.get("annotations", ()) for ref in item["subjects"]]
    named += [item["attributedTo"] for item in document.get("citations", ())]
    for item in walked(document):
        named += [entry["ref"] for entry in item.get("modelParameters", {}).get("datasets", ())]
        named += [
            entry["value"]
            for entry in item.get("properties", ())
            if isinstance(entry, dict) and entry.get("name") == "filiation:component"
        ]
    assert set(named) <= set(own)
    for item in document.get("citations", ()):
        for pointer in item["pointers"]:
            assert pointed(document, pointer)


def check_spdx(document: dict) -> None:
    """Fail where it does not fit the shapes of SPDX, a reference dangles, or it claims a profile that it does not fit."""
    graph = document["@graph"]
    ids = [item["spdxId"] for item in graph if "spdxId" in item]
    assert len(ids) == len(set(ids))
    found = model.SHACLObjectSet()
    model.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), found)
    found.create_index()
    assert [ref for ref in found.link() if not ref.startswith(SPDX_TERMS)] == []
    model.JSONLDSerializer().write(found, io.BytesIO())  # refuses what lacks a field that the shapes ask for
    whole = next(item for item in graph if item["type"] == "SpdxDocument")
    assert set(whole["element"]) | {whole["spdxId"]} == set(ids)
    for profile, (kind, needs) in NEEDS.items():
        if profile in whole["profileConformance"]:
            assert all(needs <= set(item) for item in graph if item["type"] == kind)
