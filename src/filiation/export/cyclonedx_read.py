"""Read back a bill that was written as CycloneDX."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from filiation.bill.bill import Bill, Component, File, Gap, Link, Relation
from filiation.bill.properties import Pairs, relation_of
from filiation.core.errors import FiliationError


def read_cyclonedx(document: dict[str, Any]) -> Bill:
    """Return the bill that `cyclonedx` wrote as `document`.

    Law: ``read_cyclonedx(cyclonedx(bill)) == bill``.

    Raises:
        FiliationError: If it is no document of ours.
    """
    try:
        return _bill(document)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, msgspec.DecodeError) as error:
        raise FiliationError(
            "This is no bill of materials that filiation wrote as CycloneDX: chart it as a source instead."
        ) from error


def _bill(document: dict[str, Any]) -> Bill:
    metadata = document["metadata"]
    about = _pairs(metadata)
    subjects = tuple(about.all("subject"))
    written = [metadata["component"]] if "component" in metadata else []
    written += document.get("components", [])
    relations = [relation for item in written for relation in _relations(item)]
    return Bill(
        str(about.first("name")),
        "application" if about.first("about") == "application" else "repositories",
        subjects,
        tuple(_component(item) for item in written),
        tuple(sorted(relations, key=lambda item: (item.child, item.relation, item.parent))),
        tuple(msgspec.json.decode(text, type=Gap) for text in about.all("gap")),
        datetime.fromisoformat(metadata["timestamp"]).replace(tzinfo=None),
    )


def _pairs(item: dict[str, Any]) -> Pairs:
    return Pairs((entry["name"], entry.get("value", "")) for entry in item.get("properties", ()))


def _component(item: dict[str, Any]) -> Component:
    told = _pairs(item)
    card = item.get("modelCard", {})
    metrics = card.get("quantitativeAnalysis", {}).get("performanceMetrics", [])
    return Component(
        item["bom-ref"],
        {"machine-learning-model": "model", "data": "dataset", "application": "application"}[item["type"]],
        str(told.first("state")),
        item.get("purl"),
        item.get("version"),
        item.get("supplier", {}).get("name"),
        told.moment("created"),
        told.moment("modified"),
        item.get("description"),
        told.licenses(),
        told.each("file", item.get("components", []), _file),
        int(told.first("files-left-out") or 0),
        told.facts(),
        told.metrics([(entry["type"], entry["value"]) for entry in metrics]),
        told.energies(),
        told.each("link", item.get("externalReferences", []), _link),
    )


def _file(item: dict[str, Any], said: Any) -> File:
    size = _pairs(item).first("size")
    digest = next((entry["content"] for entry in item.get("hashes", ())), None)
    blob = next((text.removeprefix("swh:1:cnt:") for text in item.get("swhid", ())), None)
    return File(item["name"], None if size is None else int(size), digest, blob, said)


def _link(item: dict[str, Any], said: Any) -> Link:
    return Link(item["type"], item["url"], item.get("comment"), said)


def _relations(item: dict[str, Any]) -> Iterator[Relation]:
    for entry in item.get("pedigree", {}).get("ancestors", ()):
        told = _pairs(entry)
        yield relation_of(item["bom-ref"], str(told.first("component")), told)
    for text in _pairs(item).all("related"):
        found = msgspec.json.decode(text)
        pairs = Pairs((f"filiation:{name}", value) for name, value in found["told"])
        yield relation_of(item["bom-ref"], found["parent"], pairs)
