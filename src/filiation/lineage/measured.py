"""Lineage recovered from kept sketches, as records of the atlas: of all models, or of those that one more model may change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from filiation import weights
from filiation.core.recipe import recipe
from filiation.core.record import Record, Sighting, Skipped
from filiation.core.ref import HUB, Ref
from filiation.core.relation import Relation
from filiation.knowledge import paths
from filiation.lineage.acyclic import edges_to_set_aside
from filiation.lineage.recovery import Recovered, RecoveredEdge, joined
from filiation.lineage.recovery_features import Item
from filiation.lineage.recovery_sketches import SketchedModels, kinds_shown, models_of, recover_sketches
from filiation.registry.measured_lineage import FILE, WITNESS

if TYPE_CHECKING:
    import duckdb

    from filiation.weights.sketch_folder import Line, SketchFolder

SURE_OF_A_COPY = 0.95
"""That of two models with the same weights the one that was published later is the copy."""


class Parent(msgspec.Struct, frozen=True):
    """A parent that was found; `share` is that of a merge; `set_aside` where surer edges make a cycle with it."""

    parent: str
    relation: str
    confidence: float
    share: float | None = None
    set_aside: bool = False


class Looked(msgspec.Struct, frozen=True):
    """What is kept of a model that was looked at, as `extract/measured_lineage.py` reads it.

    Attributes:
        parents: The surest first.
        mark: At what was looked, and by which version.
    """

    parents: tuple[Parent, ...]
    mark: str


class Measured(NamedTuple):
    """What was recovered.

    Attributes:
        models: How many there are.
        asked: For how many parents were looked for.
        edges: How many parents were found for these.
        abstained: Of how many of these none is told.
        sightings: A record for each model of which something else is known than before.
        skipped: What could not be told.
    """

    models: int
    asked: int
    edges: int
    abstained: int
    sightings: tuple[Sighting, ...]
    skipped: tuple[Skipped, ...]


@cache
def version() -> str:
    """Return a digest of all that decides which lineage is recovered; what another version found is asked again."""
    here, kinship = Path(__file__), Path(weights.__file__).parent
    return recipe([here, *here.parent.glob("recovery*.py"), *kinship.glob("*.py"), *paths(("recovery", "relations"))])


def dates_of(con: duckdb.DuckDBPyConnection, refs: Sequence[str]) -> dict[str, datetime]:
    """Return when repositories were published, naive UTC, where a record says it; by the refs that were asked for."""
    return {ref: made for ref, made in con.execute(_DATES, [refs]).fetchall() if made}


def looked_at(con: duckdb.DuckDBPyConnection) -> dict[str, Looked]:
    """Return what was found last of each model whose weights were looked at, by its ref."""
    found = {}
    for ref, text in con.execute(_LOOKED).fetchall():
        with suppress(msgspec.DecodeError):  # what another program measured has no mark
            found[ref] = msgspec.json.decode(text or "", type=Looked)
    return found


def measure(
    folder: SketchFolder,
    dates: Mapping[str, datetime],
    before: Mapping[str, Looked],
    tell: Callable[[int], None] = lambda _: None,
) -> Measured:
    """Recover the lineage of those models whose answer may have changed.

    Those are the models that are new or look otherwise than `before`, and whoever has one of them among its candidates.

    Args:
        folder: Sketches of models that go by `str(ref)`.
        dates: When models were published, by their refs, naive UTC.
        before: What was found of each model, by its ref.
        tell: Told how many models were asked.

    Law: models that come one by one have the parents that they have when all come at once.
    """
    models = models_of(folder, lambda line: _item(line, dates))
    refs = [Ref.parse(line.ref) for line in models.lines]
    marks = [f"{version()} {line.path} {item.created_at or ''}" for line, item in zip(models.lines, models.items, strict=True)]
    known = {number: before[str(ref)] for number, ref in enumerate(refs) if str(ref) in before}
    changed = {number for number, mark in enumerate(marks) if number not in known or known[number].mark != mark}
    asked = _with_copies(joined([models], models.items, changed), models.duplicates()) if changed else set()
    edges, skipped = _held(refs, _edges(models, recover_sketches(models, children=asked, tell=tell), asked))
    looked = {number: Looked(tuple(edges.get(number, ())), marks[number]) for number in asked}
    opened = _opened(refs, known | looked)
    sightings = tuple(_sighting(refs[number], found) for number, found in opened.items() if known.get(number) != found)
    standing = [sum(not one.set_aside for one in opened[number].parents) for number in asked]
    return Measured(len(refs), len(asked), sum(standing), standing.count(0), sightings, tuple(skipped))


def _item(line: Line, dates: Mapping[str, datetime]) -> Item:
    ref, made = Ref.parse(line.ref), dates.get(line.ref)
    return Item(ref.name, made and made.replace(tzinfo=UTC), kinds_shown(line.format, line.dtype), ref.registry)


def _with_copies(children: list[int], groups: list[list[int]]) -> set[int]:
    """Return the children, and the models of the same weights: they have the same parents."""
    asked = set(children)
    return asked.union(*(group for group in groups if not asked.isdisjoint(group)))


def _edges(models: SketchedModels, found: Recovered, asked: set[int]) -> list[RecoveredEdge]:
    """Return what was found; a copy of a model that is known to be older descends from that one alone."""
    copies = {}
    for first, *others in found.duplicates:
        made = models.items[first].created_at
        for copy in asked.intersection(others):
            if made and models.items[copy].created_at != made:
                copies[copy] = RecoveredEdge(copy, first, Relation.CONVERTED, SURE_OF_A_COPY)
    return [*copies.values(), *(edge for edge in found.edges if edge.child not in copies)]


def _held(refs: list[Ref], edges: list[RecoveredEdge]) -> tuple[dict[int, list[Parent]], list[Skipped]]:
    """Return the parents of each child that the child's registry can name, and the others as skipped."""
    known = set(refs)
    held: dict[int, list[Parent]] = {}
    skipped = []
    for edge in edges:
        child, parent = refs[edge.child], refs[edge.parent]
        if _named(parent.name, child, known) == parent:
            found = Parent(parent.name, str(edge.relation), round(edge.confidence, 3), edge.share)
            held.setdefault(edge.child, []).append(found)
        else:
            skipped.append(
                Skipped(str(child), 0, f"its weights come from {parent}, which no record of {child.registry} can name")
            )
    return held, skipped


def _named(name: str, child: Ref, known: Collection[Ref]) -> Ref:
    """Return whom a record of `child` means by a name: a model of its own registry, else of the Hub."""
    own = msgspec.structs.replace(child, name=name)
    return own if own in known else msgspec.structs.replace(own, registry=HUB)


def _opened(refs: list[Ref], looked: Mapping[int, Looked]) -> dict[int, Looked]:
    """Return what was found, with the least sure parent of each cycle set aside, and none other."""
    place = {ref: number for number, ref in enumerate(refs)}
    named = [
        (child, place.get(_named(one.parent, refs[child], place), -1), one)
        for child, found in looked.items()
        for one in found.parents
    ]
    edges = [edge for edge in named if edge[1] >= 0]
    columns = zip(*((child, parent, one.confidence) for child, parent, one in edges), strict=True)
    aside = edges_to_set_aside(*map(np.array, columns)) if edges else []
    parents: dict[int, list[Parent]] = {}
    for (child, _, one), out in zip(edges, aside, strict=True):
        parents.setdefault(child, []).append(msgspec.structs.replace(one, set_aside=bool(out)))
    return {child: Looked(tuple(parents.get(child, ())), found.mark) for child, found in looked.items()}


def _sighting(ref: Ref, looked: Looked) -> Sighting:
    beside = {FILE: msgspec.json.encode(looked).decode()}
    return Sighting(0, Record(ref.kind, ref.name, {"id": ref.name}, beside), WITNESS, ref.registry)


_REF = f"CASE registry WHEN '{HUB}' THEN '' ELSE registry || ':' END || kind || ':' || id"
_DATES = f"""
SELECT {_REF} AS ref, min(try_cast(json_extract_string(body, '$.createdAt') AS TIMESTAMP))
FROM record WHERE {_REF} IN (SELECT unnest(?::VARCHAR[])) GROUP BY ref
"""
_LOOKED = f"""
SELECT {_REF} AS ref, json_extract_string(arg_max(files, (seen_at, record_id)), '$."{FILE}"')
FROM record WHERE source = '{WITNESS}' GROUP BY ref
"""
