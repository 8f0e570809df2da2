"""Read back a bill that was written as SPDX 3."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from filiation.bill.bill import Bill, Component, File, Gap, Link, Relation, Said
from filiation.bill.properties import Pairs, relation_of
from filiation.core.errors import FiliationError
from filiation.export.spdx_package import PACKAGES

_KINDS = {name: kind for kind, name in PACKAGES.items()}


def read_spdx(document: dict[str, Any]) -> Bill:
    """Return the bill that `spdx` wrote as `document`.

    Law: ``read_spdx(spdx(bill)) == bill``.

    Raises:
        FiliationError: If it is no document of ours.
    """
    try:
        return _bill(document["@graph"])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, StopIteration, msgspec.DecodeError) as error:
        raise FiliationError(
            "This is no bill of materials that filiation wrote as SPDX 3: chart it as a source instead."
        ) from error


def _bill(graph: list[dict[str, Any]]) -> Bill:
    creation = next(item for item in graph if item["type"] == "CreationInfo")
    about = _pairs(next(item for item in graph if item["type"] == "SpdxDocument"))
    by_id = {item["spdxId"]: item for item in graph if "spdxId" in item}
    packages = [item for item in graph if item["type"] in _KINDS]
    refs = {item["spdxId"]: str(_pairs(item).first("ref")) for item in packages}
    contained = {
        item["from"]: [by_id[target] for target in item["to"]]
        for item in graph
        if item["type"] == "Relationship" and item["relationshipType"] == "contains"
    }
    relations = (_relation(item, refs) for item in graph if item["type"] == "Relationship" and item.get("extension"))
    return Bill(
        str(about.first("name")),
        "application" if about.first("about") == "application" else "repositories",
        tuple(about.all("subject")),
        tuple(_component(item, contained.get(item["spdxId"], []), by_id) for item in packages),
        tuple(sorted(relations, key=lambda item: (item.child, item.relation, item.parent))),
        tuple(msgspec.json.decode(text, type=Gap) for text in about.all("gap")),
        datetime.fromisoformat(creation["created"]).replace(tzinfo=None),
    )


def _pairs(item: dict[str, Any]) -> Pairs:
    return Pairs(
        (entry["extension_cdxPropName"], entry.get("extension_cdxPropValue", ""))
        for found in item.get("extension", ())
        for entry in found["extension_cdxProperty"]
    )


def _component(item: dict[str, Any], files: list[dict[str, Any]], by_id: dict[str, dict[str, Any]]) -> Component:
    told = _pairs(item)
    return Component(
        str(told.first("ref")),
        _KINDS[item["type"]],
        str(told.first("state")),
        item.get("software_packageUrl"),
        item.get("software_packageVersion"),
        by_id[item["suppliedBy"]]["name"] if "suppliedBy" in item else None,
        told.moment("created"),
        told.moment("modified"),
        item.get("description"),
        told.licenses(),
        told.each("file", files, _file),
        int(told.first("files-left-out") or 0),
        told.facts(),
        told.metrics([(entry["key"], entry.get("value", "")) for entry in item.get("ai_metric", ())]),
        told.energies(),
        told.each("link", item.get("externalRef", []), _link),
    )


def _file(item: dict[str, Any], said: Said) -> File:
    size = _pairs(item).first("size")
    digest = next((entry["hashValue"] for entry in item.get("verifiedUsing", ())), None)
    blobs = (entry["software_contentIdentifierValue"] for entry in item.get("software_contentIdentifier", ()))
    blob = next((text.removeprefix("swh:1:cnt:") for text in blobs), None)
    return File(item["name"], None if size is None else int(size), digest, blob, said)


def _link(item: dict[str, Any], said: Said) -> Link:
    kind, colon, comment = item["comment"].partition(": ")
    return Link(kind, item["locator"][0], comment if colon else None, said)


def _relation(item: dict[str, Any], refs: dict[str, str]) -> Relation:
    return relation_of(refs[item["from"]], refs[item["to"][0]], _pairs(item))
