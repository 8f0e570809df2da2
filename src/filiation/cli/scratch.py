"""A folder as if it stood in the registry: a small atlas of it and of all that it says it comes from."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from msgspec import json

from filiation.core.decision import Override
from filiation.core.errors import FiliationError
from filiation.core.record import ReadOptions
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate
from filiation.lineage.questions import reach
from filiation.pipeline import build, observe
from filiation.registry.model_folder import SOURCE as MODEL_FOLDER
from filiation.scan import Limits, scan_folder
from filiation.scan.beside import NAME, beside
from filiation.store.atlas import DATABASE, Atlas

MAX_NAMED = 10_000
"""Most upstream repositories that are taken over."""


SCAN_SECONDS = 120.0
"""After so long a file is given up, which the audit tells."""


@contextmanager
def scratch_atlas(folder: Path, beside: Path | None, overrides: Sequence[Override]) -> Iterator[tuple[Path, list[str]]]:
    """Give an atlas of the models in `folder` and of their ancestors in the atlas `beside`, for as long as it is needed.

    Args:
        folder: A model's folder, or a folder of such folders.
        beside: The atlas that knows what they are made from; None, or no atlas at all, leaves their ancestors unknown.
        overrides: Decisions in force.

    Yields:
        The atlas's folder, and the refs of the models that `folder` holds, in their order.

    Raises:
        FiliationError: If there is no model in the folder.
    """
    with tempfile.TemporaryDirectory(prefix="filiation-audit-") as place:
        path = Path(place) / "scratch.atlas"
        with Atlas.open(path, "create") as atlas:
            observe(atlas, [folder], datetime.now(UTC).replace(tzinfo=None), None, lambda *_: None)
            own = atlas.con.execute("SELECT registry, kind, id FROM record GROUP BY ALL ORDER BY min(record_id)").fetchall()
            if not own:
                raise FiliationError(f"{folder} holds no model: a model's folder has a README.md, a config.json or weights.")
            scan_into(atlas, folder)
            build(atlas, lambda *_: None)
            named = [name for (name,) in atlas.con.execute(_NAMED).fetchall()]
        if beside is not None and (beside / DATABASE).exists():
            _take_over(path, beside, named)
        with Atlas.open(path, "write") as atlas:
            build(atlas, lambda *_: None, overrides=overrides)
        yield path, [f"{'' if source == 'hf' else source + ':'}{kind}:{name}" for source, kind, name in own]


def scan_into(atlas: Atlas, folder: Path) -> None:
    """Put what a scan of each model's folder says beside the files of its record, where the checks find it."""
    for place in MODEL_FOLDER.places(folder, ReadOptions()):
        found = json.encode({NAME: beside(scan_folder(place.folder, limits=Limits(seconds=SCAN_SECONDS)))}).decode()
        atlas.con.execute(
            "UPDATE record SET files = json_merge_patch(coalesce(files, '{}'), ?) WHERE id = ?", [found, place.ref.name]
        )


def _take_over(path: Path, beside: Path, named: list[str]) -> None:
    """Copy the records of what is named, and of its ancestors, out of the atlas `beside`."""
    lineage = Lineage.load(beside)
    nodes = _with_ancestors(lineage, named)
    if not nodes:
        return
    with Atlas.open(path, "write") as atlas, Atlas.open(beside) as other:
        query = f"SELECT record.* FROM record JOIN node USING (record_id) WHERE node_id IN ({', '.join(map(str, nodes))})"
        rows = other.con.sql(query).to_arrow_table()
        first = atlas.con.execute("SELECT max(record_id) + 1 FROM record").fetchall()[0][0]
        atlas.con.register("arrow", rows)
        atlas.con.execute(
            "INSERT INTO record BY NAME SELECT * REPLACE (? + row_number() OVER () - 1 AS record_id) FROM arrow", [first]
        )
        atlas.con.unregister("arrow")


def _with_ancestors(lineage: Lineage, named: list[str]) -> list[int]:
    found: set[int] = set()
    for name in named[:MAX_NAMED]:
        try:
            node = locate(lineage, name).node
        except FiliationError:
            continue  # no name of a repository: it stays what it is
        if node != NULL:
            found |= {node, *np.asarray(reach(lineage, node, "up").nodes).tolist()}
    return sorted(found)


_NAMED = """
SELECT DISTINCT CASE registry WHEN 'hf' THEN '' ELSE registry || ':' END || kind || ':' || name FROM node
WHERE state <> 'present'
"""
