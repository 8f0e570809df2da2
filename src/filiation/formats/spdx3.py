"""What an SPDX 3 document says of models and datasets.

Source:
    SPDX 3.0.1, JSON-LD serialization: ``ai_AIPackage``, ``dataset_DatasetPackage``, ``Relationship``.
"""

from __future__ import annotations

import re
from typing import Any

from filiation.core.bill_thing import BillFile, Thing, dicts, from_purl, text_of
from filiation.core.ref import Kind
from filiation.core.relation import Relation

KINDS = {"ai_AIPackage": Kind.MODEL, "dataset_DatasetPackage": Kind.DATASET}
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def spdx_things(document: dict[str, Any]) -> list[Thing]:
    """Return the models and datasets of a document, in its order."""
    elements = {spdx_id: item for item in dicts(document.get("@graph")) if (spdx_id := _id(item))}
    things: dict[str, Thing] = {}
    for spdx_id, element in elements.items():
        if text_of(element.get("type")) in KINDS and (thing := _thing(element)):
            things[spdx_id] = thing
    for element in elements.values():
        if str(element.get("type", "")).endswith("Relationship"):
            _relate(element, elements, things)
    return list(things.values())


def _id(element: dict[str, Any]) -> str | None:
    return text_of(element.get("spdxId")) or text_of(element.get("@id"))


def _thing(element: dict[str, Any]) -> Thing | None:
    kind = KINDS[element["type"]]
    found = from_purl(text_of(element.get("software_packageUrl")) or "")
    name = text_of(element.get("name"))
    if found is None and name is None:
        return None
    thing = found or Thing(kind, name or "", revision=text_of(element.get("software_packageVersion")))
    thing.kind = kind
    thing.task = next((word for word in map(text_of, _texts(element.get("ai_domain"))) if word), None)
    return thing


def _texts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _relate(element: dict[str, Any], elements: dict[str, dict[str, Any]], things: dict[str, Thing]) -> None:
    """Add what a relationship says to the thing that it starts from."""
    thing = things.get(text_of(element.get("from")) or "")
    if thing is None:
        return
    how = element.get("relationshipType")
    for target in map(text_of, _texts(element.get("to"))):
        other, named = things.get(target or ""), elements.get(target or "", {})
        if how == "descendantOf" and other and other is not thing and other.kind is Kind.MODEL:
            thing.parents.append((other.name, str(_relation(element))))
        elif how == "trainedOn" and other and other.name not in thing.datasets:
            thing.datasets.append(other.name)
        elif how == "hasDeclaredLicense" and (text := text_of(named.get("simplelicensing_licenseExpression"))):
            thing.licenses.append(text)
        elif how == "contains" and named.get("type") == "software_File" and (path := text_of(named.get("name"))):
            thing.files.append(BillFile(path, _sha256(named)))


def _relation(element: dict[str, Any]) -> Relation:
    """Return the relation that the writer's comment begins with, as ours does; the standard has one word for all."""
    word = (text_of(element.get("comment")) or "").split(" ")[0].strip(":;,.").lower()
    return Relation(word) if word in tuple(Relation) else Relation.UNKNOWN


def _sha256(element: dict[str, Any]) -> str | None:
    for item in dicts(element.get("verifiedUsing")):
        value = item.get("hashValue")
        if item.get("algorithm") == "sha256" and isinstance(value, str) and _SHA256.fullmatch(value):
            return value.lower()
    return None
