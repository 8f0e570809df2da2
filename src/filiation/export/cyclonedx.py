"""A bill as a CycloneDX document, versions 1.6 and 1.7.

Source:
    CycloneDX 1.6 and 1.7 (ECMA-424), https://cyclonedx.org/docs/1.7/json/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec

from filiation import __version__
from filiation.bill.bill import Bill, Component
from filiation.bill.properties import SPACE, encoded
from filiation.bill.score import completeness, is_scored
from filiation.bill.sentences import moment, told
from filiation.core.relation import DESCENT
from filiation.export.cyclonedx_component import Place, component_of

Spec = Literal["1.6", "1.7"]
SPECS: tuple[Spec, ...] = ("1.6", "1.7")
MAKER = "filiation"
_BELOW = frozenset(map(str, DESCENT)) | {"uses"}
"""Relations by which one component hangs on another; to be evaluated on data is not to depend on it."""


def cyclonedx(bill: Bill, spec: Spec = "1.7") -> dict[str, Any]:
    """Return the document as one JSON-able object; `read_cyclonedx` reads it back.

    Laws: the same bill gives the same document, to its serial number; every reference in it resolves; every ``bom-ref`` is
    unique.
    """
    place = Place(bill, spec)
    components = {item.ref: component_of(place, item) for item in bill.components}
    for ref in bill.subjects:
        components[ref].setdefault("properties", []).extend(_scored(bill, ref))
    alone = bill.subjects[0] if len(bill.subjects) == 1 else None
    document: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec,
        "serialNumber": "",
        "version": 1,
        "metadata": _metadata(bill, components.pop(alone) if alone else None),
        "components": list(components.values()),
        "dependencies": list(_dependencies(bill)),
        "compositions": list(_compositions(bill)),
        "annotations": list(_annotations(bill)),
    }
    if spec == "1.7":
        _cite(bill, document)
    document = {name: value for name, value in document.items() if value != []}
    content = hashlib.sha256(msgspec.json.encode(document)).hexdigest()
    document["serialNumber"] = f"urn:uuid:{uuid5(NAMESPACE_URL, f'{MAKER}:{content}')}"
    return document


def _metadata(bill: Bill, component: dict[str, Any] | None) -> dict[str, Any]:
    own = [("name", bill.name), ("about", bill.about), *(("subject", ref) for ref in bill.subjects)]
    own += [("gap", encoded(gap)) for gap in bill.gaps]
    tool = {"type": "application", "bom-ref": MAKER, "name": MAKER, "version": __version__}
    found: dict[str, Any] = {"timestamp": moment(bill.made_at), "tools": {"components": [tool]}}
    if component is not None:
        found["component"] = component
    found["properties"] = [{"name": f"{SPACE}{name}", "value": value} for name, value in own]
    return found


def _scored(bill: Bill, ref: str) -> Iterator[dict[str, str]]:
    """Yield the score of completeness and its groups as properties."""
    if is_scored(bill.component(ref)):
        pairs = completeness(bill, ref).pairs()
        yield from ({"name": f"{SPACE}{name}", "value": value} for name, value in pairs)


def _dependencies(bill: Bill) -> Iterator[dict[str, Any]]:
    """Yield what each component hangs on."""
    on: dict[str, list[str]] = {item.ref: [] for item in bill.components}
    for relation in bill.relations:
        if relation.relation in _BELOW and relation.parent not in on[relation.child]:
            on[relation.child].append(relation.parent)
    for ref, refs in on.items():
        yield {"ref": ref} | ({"dependsOn": sorted(refs)} if refs else {})


def _compositions(bill: Bill) -> Iterator[dict[str, Any]]:
    """Yield how complete the parts are.

    Files are complete where the registry listed them all. What a component hangs on is never said to be complete, for nobody
    says that a model has no other parent: it is incomplete where something is known to be absent, else unknown.
    """
    incomplete = {gap.ref for gap in bill.gaps}
    whole = [item.ref for item in bill.components if item.files and not item.files_left_out]
    cut = [item.ref for item in bill.components if item.files_left_out]
    groups = (
        ("complete", "assemblies", whole),
        ("incomplete", "assemblies", cut),
        ("incomplete", "dependencies", [item.ref for item in bill.components if item.ref in incomplete]),
        ("unknown", "dependencies", [item.ref for item in bill.components if item.ref not in incomplete]),
    )
    for aggregate, kind, refs in groups:
        if refs:
            yield {"aggregate": aggregate, kind: refs}


def _annotations(bill: Bill) -> Iterator[dict[str, Any]]:
    """Yield for people what is said of each component, on what basis and how surely, and what is absent."""
    for item in bill.components:
        text = told(bill, item)
        if text:
            yield {
                "subjects": [item.ref],
                "annotator": {"component": {"type": "application", "name": MAKER, "version": __version__}},
                "timestamp": moment(bill.made_at),
                "text": text,
            }


def _cite(bill: Bill, document: dict[str, Any]) -> None:
    """Say by whom and on what basis the licences, results and ancestors are given, as 1.7 has a place for it."""
    found: dict[tuple[str, str], list[str]] = {}
    for where, component in _placed(bill, document):
        for pointer, said in _pointers(component, where, bill):
            found.setdefault((said.witness, said.basis), []).append(pointer)
    speakers = sorted({witness for witness, _ in found if witness not in ("", MAKER)})
    if speakers:
        services = [{"bom-ref": f"witness:{name}", "name": name} for name in speakers]
        document["metadata"]["tools"]["services"] = services
    document["citations"] = [
        {
            "bom-ref": f"citation:{number}",
            "pointers": pointers,
            "timestamp": moment(bill.made_at),
            "attributedTo": MAKER if witness in ("", MAKER) else f"witness:{witness}",
            "note": f"basis: {basis}",
        }
        for number, ((witness, basis), pointers) in enumerate(sorted(found.items()))
    ]


def _placed(bill: Bill, document: dict[str, Any]) -> Iterator[tuple[str, tuple[Component, dict[str, Any]]]]:
    by_ref = {item.ref: item for item in bill.components}
    placed = [(f"/components/{number}", item) for number, item in enumerate(document["components"])]
    if "component" in document["metadata"]:
        placed.insert(0, ("/metadata/component", document["metadata"]["component"]))
    for where, written in placed:
        yield where, (by_ref[written["bom-ref"]], written)


def _pointers(both: tuple[Component, dict[str, Any]], where: str, bill: Bill) -> Iterator[tuple[str, Any]]:
    component, written = both
    own = [item for item in component.licenses if item.role != "inherited"]
    for number in range(len(written.get("licenses", ()))):
        yield f"{where}/licenses/{number}", own[number].said
    for number, metric in enumerate(component.metrics):
        yield f"{where}/modelCard/quantitativeAnalysis/performanceMetrics/{number}", metric.said
    by_parent = {item.parent: item for item in bill.parents(component.ref)}
    for number, entry in enumerate(written.get("pedigree", {}).get("ancestors", ())):
        relation = by_parent[entry["properties"][0]["value"]]
        said = [item.said for item in relation.evidence[:1]]
        if said:
            yield f"{where}/pedigree/ancestors/{number}", said[0]
