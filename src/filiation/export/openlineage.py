"""The making of models as OpenLineage events, which Marquez, DataHub and OpenMetadata take.

How a model came to be is a job that nobody watched run, so it is told by job events, the standard's form for what is known from
design rather than from a run.

Source:
    OpenLineage 2-0-2, https://openlineage.io/spec/2-0-2/OpenLineage.json, and its facets of versions, owners and job types.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

import duckdb
import msgspec
import numpy as np

from filiation import __version__
from filiation.core.relation import RELATIONS
from filiation.export.part import Described, Part, described
from filiation.export.sink import Written
from filiation.lineage.arrays import BASES, STATES, Lineage

SPEC = "https://openlineage.io/spec"
EVENT = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/JobEvent"
FACETS = {
    "version": "1-0-1/DatasetVersionDatasetFacet",
    "ownership": "1-0-1/OwnershipDatasetFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
}
PRODUCER = f"urn:filiation:{__version__}"
DATASETS = "datasets/"
"""Before the names of datasets, as the Hub's own paths have it."""


class OpenlineageFile(Written, frozen=True, kw_only=True, tag_field="schema", tag="filiation/export-openlineage/v1"):
    """What was written."""

    events: int


def last_told(con: duckdb.DuckDBPyConnection) -> datetime:
    """Return when the atlas was last told anything, in UTC; the beginning of 1970 of an empty one."""
    [(moment,)] = con.execute("SELECT coalesce(max(seen_at), TIMESTAMP '1970-01-01') FROM snapshot").fetchall()
    return moment


def write_openlineage(lineage: Lineage, con: duckdb.DuckDBPyConnection, part: Part, at: datetime, sink: IO[bytes]) -> int:
    """Write an event for each node of `part` that descends from others, one JSON object a line; return how many.

    A namespace is the registry's; a dataset is named ``datasets/owner/name`` and a model ``owner/name``. The relation, and on
    what basis and how surely we say it, stands with each input in the facet ``filiation_descent``.

    Args:
        lineage: Of the atlas.
        con: The atlas's database.
        part: What to write.
        at: The time of the events: when the atlas was told, in UTC.
        sink: Takes the bytes.
    """
    rows = {row.node: row for row in described(con, part.nodes)}
    moment = at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    encoder, count = msgspec.json.Encoder(), 0
    for child, edges in _by_child(lineage, part.edges):
        inputs = [_input(lineage, rows[int(lineage.parent[edge])], edge) for edge in edges.tolist()]
        sink.write(encoder.encode(_event(lineage, rows[child], edges, inputs, moment)) + b"\n")
        count += 1
    return count


def _by_child(lineage: Lineage, edges: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each child with its edges; `edges` rise, and so do the children of rising edges."""
    children = lineage.child[edges]
    starts = np.flatnonzero(np.diff(children, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(edges)], strict=True):
        yield int(children[start]), edges[start:stop]


def _event(lineage: Lineage, row: Described, edges: np.ndarray, inputs: list[dict], moment: str) -> dict[str, Any]:
    how = sorted({str(RELATIONS[code]) for code in lineage.relation[edges].tolist()})
    kind = {"processingType": "NONE", "integration": "FILIATION", "jobType": "+".join(how).upper()}
    name = _name(row)
    return {
        "eventTime": moment,
        "producer": PRODUCER,
        "schemaURL": EVENT,
        "job": {"namespace": row.registry, "name": f"make {name}", "facets": {"jobType": _facet("jobType", kind)}},
        "inputs": inputs,
        "outputs": [_dataset(row)],
    }


def _input(lineage: Lineage, row: Described, edge: int) -> dict[str, Any]:
    descent = {
        "_producer": PRODUCER,
        "_schemaURL": f"{SPEC}/2-0-2/OpenLineage.json#/$defs/InputDatasetFacet",
        "relation": str(RELATIONS[lineage.relation[edge]]),
        "basis": str(BASES[lineage.basis[edge]]),
        "confidence": round(float(lineage.confidence[edge]), 4),
        "relationBasis": str(BASES[lineage.relation_basis[edge]]),
        "relationConfidence": round(float(lineage.relation_confidence[edge]), 4),
        "state": str(STATES[lineage.state[row.node]]),
    }
    return _dataset(row) | {"inputFacets": {"filiation_descent": descent}}


def _dataset(row: Described) -> dict[str, Any]:
    facets = {}
    owner, slash, _ = row.name.partition("/")
    if owner and slash:
        facets["ownership"] = _facet("ownership", {"owners": [{"name": owner, "type": "NAMESPACE"}]})
    if row.revision:
        facets["version"] = _facet("version", {"datasetVersion": row.revision})
    return {"namespace": row.registry, "name": _name(row), "facets": facets}


def _name(row: Described) -> str:
    return f"{DATASETS}{row.name}" if row.kind == "dataset" else row.name


def _facet(name: str, told: dict[str, Any]) -> dict[str, Any]:
    facet = FACETS[name].rpartition("/")[2]
    return {"_producer": PRODUCER, "_schemaURL": f"{SPEC}/facets/{FACETS[name]}.json#/$defs/{facet}"} | told
