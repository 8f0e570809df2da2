"""Bills of materials that others wrote: CycloneDX (JSON) and SPDX 3 (JSON-LD), as far as they speak of models and datasets.

Source:
    CycloneDX 1.5 to 1.7 (ECMA-424), SPDX 3.0.1 with its AI and dataset profiles, and the package URLs of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filiation.core.bill_thing import Thing
from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import is_name
from filiation.formats.compressed import inner_suffix, peek
from filiation.formats.cyclonedx import cyclonedx_things
from filiation.formats.json_rows import document
from filiation.formats.spdx3 import spdx_things

WITNESS = "bill"
MAX_BYTES = 128 << 20
PEEKED_BYTES = 64 << 10
_CYCLONEDX = re.compile(rb'"bomFormat"\s*:\s*"CycloneDX"')
_SPDX = re.compile(rb'"@context"\s*:\s*\[?\s*"https://spdx\.org/rdf/3\.')


class BillOfMaterials:
    """One record for each model or dataset of which the bill says more than the name.

    Each bill speaks for itself: its source is ``bill`` with its folder and name. What it concludes itself, as a licence that
    is marked concluded, is not what the publisher declares and stays out.
    """

    name = "bill of materials"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the file says early on that it is CycloneDX or SPDX 3."""
        if inner_suffix(path) not in {".json", ".jsonld", ".cdx", ".spdx"}:
            return False
        start = peek(path, PEEKED_BYTES)
        return bool(_CYCLONEDX.search(start) or _SPDX.search(start))

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield the records, each with its number in the bill as its line."""
        del options  # a bill says of each what it is
        yield from batches_of(_sightings(path), str(path))


SOURCE = BillOfMaterials()


def _sightings(path: Path) -> Iterator[Sighting | Skipped]:
    try:
        bill = document(path, MAX_BYTES)
    except ValueError as error:
        yield Skipped(str(path), 0, f"cannot be read ({error})")
        return
    things = cyclonedx_things(bill) if "bomFormat" in bill else spdx_things(bill)
    source, told = f"{WITNESS} {path.parent.name}/{path.name}", 0
    for number, thing in enumerate(things, 1):
        if not is_name(thing.name):
            yield Skipped(str(path), number, f"not a repository name: {thing.name[:80]}")
        elif thing.says_something:
            told += 1
            yield Sighting(number, Record(thing.kind, thing.name, _body(thing)), source, thing.registry)
    if not told:
        yield Skipped(str(path), 0, "a bill of materials that says nothing of models or datasets")


def _body(thing: Thing) -> dict[str, Any]:
    """Return what is said of a thing in the shape of the Hub's API."""
    card = {"license": thing.licenses, "datasets": thing.datasets, "language": thing.languages}
    results = [
        {
            "task": {"type": thing.task or "unknown"},
            "dataset": {"name": metric.dataset or "unknown", "type": metric.dataset or "unknown"},
            "metrics": [{"type": metric.type, "value": metric.value}],
        }
        for metric in thing.metrics
    ]
    files = [
        {"rfilename": file.path, "lfs": {"sha256": file.sha256}} if file.sha256 else {"rfilename": file.path}
        for file in thing.files
    ]
    body = {
        "id": thing.name,
        "sha": thing.revision,
        "pipeline_tag": thing.task,
        "library_name": thing.library,
        "base_models": [{"id": name, "relation": relation} for name, relation in thing.parents],
        "cardData": {name: value for name, value in card.items() if value},
        "model-index": [{"name": thing.name, "results": results}] if results else None,
        "siblings": files,
    }
    return {name: value for name, value in body.items() if value}
