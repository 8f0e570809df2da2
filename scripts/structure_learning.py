"""Structures that were collected become examples; examples become the table that `filiation.structure.model` asks."""

from __future__ import annotations

import json
import pickle
import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import structure_variants as variants

from filiation.structure.features import KINDS, RECIPE, base_of, hashed
from filiation.structure.model import PARTS, Klass, Table
from filiation.structure.ranking import head_of
from filiation.structure.rows import Row, signature

LEAST_SHARE = 0.1
SEED = 11


class Example(NamedTuple):
    """One structure with its labels.

    `variant` is what was done to it; `group` is equal for structures with equal names and shapes, whatever the number of layers
    and whatever was done to them: equal groups never straddle a split.
    """

    library: str
    model_type: str
    architecture: str
    task: str
    variant: str
    group: str
    rows: tuple[Row, ...]
    hashes: np.ndarray
    kinds: np.ndarray


def structures(folder: Path) -> Iterator[dict]:
    """Yield what was collected."""
    for path in sorted(folder.glob("structures-*.jsonl.gz")):
        yield from _lines(path)


def _lines(path: Path) -> Iterator[dict]:
    """Yield the models in a file; of one that is still being written those that are there."""
    whole = zlib.decompressobj(31).decompress(path.read_bytes())
    for line in whole.split(b"\n")[:-1]:
        item = json.loads(line)
        for key in ("rows", "tied"):
            item[key] = tuple(Row(tuple(path), tuple(shape), count) for path, shape, count in item[key])
        yield item


def cached(folder: Path) -> list[Example]:
    """Return the examples of a folder, equal ones once; those of each file are kept beside it for the next time."""
    found: list[Example] = []
    for path in sorted(folder.glob("structures-*.jsonl.gz")):
        kept = path.with_name(f"{path.name.partition('.')[0]}-{RECIPE}.pickle")
        if not kept.exists() or kept.stat().st_mtime < path.stat().st_mtime:
            with ProcessPoolExecutor() as pool:
                some = [one for part in pool.map(_some_examples, batched(_lines(path), 64)) for one in part]
            kept.write_bytes(pickle.dumps(some))
        found += pickle.loads(kept.read_bytes())  # noqa: S301  # our own, written above
    seen: dict[tuple[str, str, str, bytes], Example] = {}
    for one in found:
        seen.setdefault((one.model_type, one.architecture, one.variant, one.hashes.tobytes()), one)
    return list(seen.values())


def _some_examples(items: Sequence[dict]) -> list[Example]:
    return list(examples(items))


def batched(items: Iterable[dict], count: int) -> Iterator[list[dict]]:
    """Yield the items in lists of `count`."""
    source = iter(items)
    while some := list(islice(source, count)):
        yield some


def examples(items: Iterable[dict]) -> Iterator[Example]:
    """Yield each structure as it is, and once in another spelling, drawn with a fixed seed."""
    for item in items:
        rows: tuple[Row, ...] = item["rows"]
        group = signature(_bare(row) for row in rows)
        for variant, changed in _variants(item, rows):
            bare = variant == "headless"
            hashes, kinds = hashed(changed)
            architecture, task = ("", "") if bare else (item["architecture"], item["task"] or "")
            yield Example(item["library"], item["model_type"], architecture, task, variant, group, changed, hashes, kinds)


def _bare(row: Row) -> Row:
    path = row.path[1:] if row.path[0] in {"model", "transformer"} else row.path
    return Row(path, row.shape, 1)


def _variants(item: dict, rows: tuple[Row, ...]) -> Iterator[tuple[str, tuple[Row, ...]]]:
    yield "native", rows
    draw = random.Random(f"{SEED} {signature(rows)}")  # noqa: S311  # nothing secret
    if item["tied"] and draw.random() < 0.5:
        yield "tied", variants.joined(rows, item["tied"])
    if item["library"] == "transformers" and (changed := variants.gguf(rows, item["model_type"], item["architecture"])):
        yield "gguf", changed
    made = {
        "wrapped": lambda: variants.wrapped(rows, draw.choice(("module", "model", "backbone", "net", "encoder"))),
        "unwrapped": lambda: variants.unwrapped(rows),
        "headless": lambda: variants.headless(rows),
        "tensorflow": lambda: variants.tensorflow(rows),
        "onnx": lambda: variants.onnx(rows),
        "pruned": lambda: variants.pruned(rows, draw),
    }
    name = draw.choice(list(made))
    if changed := made[name]():
        yield name, changed


def families(found: Sequence[Example]) -> dict[str, int]:
    """Return for each model type a number that types share whose tensors have the same names.

    Two types are of one family if a model of one has all the names of a model of the other, but for the base model's own.
    """
    types = sorted({one.model_type for one in found})
    parent = {name: name for name in types}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    first: dict[frozenset[str], str] = {}
    for one in found:
        if one.variant != "native":
            continue
        base = base_of(one.rows)
        names = frozenset(".".join(row.path[1:] if row.path[0] == base else row.path) for row in one.rows)
        other = first.setdefault(names, one.model_type)
        parent[root(one.model_type)] = root(other)
    numbers = {name: number for number, name in enumerate(sorted({root(name) for name in types}))}
    return {name: numbers[root(name)] for name in types}


TYPED = frozenset({"native", "tied", "gguf", "unwrapped", "headless", "tensorflow", "onnx", "pruned"})
LEARNED = {
    "types": TYPED,
    "architectures": frozenset({"native", "tied", "gguf"}),
    "heads": frozenset({"native", "tied", "unwrapped"}),
}
"""Examples that a table is learned of. Architectures differ in little: what is done to a few of them only would count."""
KEPT = {"types": tuple("fnwpcrsmbdgjth"), "architectures": tuple("eqhsmbdg"), "heads": tuple("fpwh")}
"""Kinds of features that a table needs: architectures of one type differ in names, or in shapes where there are none."""
LEAST_SHARES = {"types": 0.06, "architectures": 0.15, "heads": 0.02}


def learn(found: Sequence[Example], family: dict[str, int], table: str) -> Table:
    """Return one of the tables ``types``, ``architectures`` and ``heads`` of what examples have."""
    members: defaultdict[tuple[str, str, str, str], list[Example]] = defaultdict(list)
    for one in found:
        if one.variant in LEARNED[table] and (one.architecture or table == "types"):
            members[_key(one, table)].append(one)
    order = sorted(members)
    told = tuple(Klass(*key, family.get(key[0], -1), len(members[key])) for key in order)
    features, kinds = _columns(found)
    feature, klass, share = [], [], []
    for number, key in enumerate(order):
        at = np.concatenate([np.searchsorted(features, one.hashes) for one in members[key]])
        which, counts = np.unique(at, return_counts=True)
        shares = counts / len(members[key])
        kept = shares >= LEAST_SHARES[table]
        kept &= np.isin(kinds[which], [KINDS.index(kind) for kind in KEPT[table]])
        feature.append(which[kept])
        klass.append(np.full(int(kept.sum()), number))
        share.append(shares[kept])
    return _table(features, kinds, np.concatenate(feature), np.concatenate(klass), np.concatenate(share), told)


def _key(one: Example, table: str) -> tuple[str, str, str, str]:
    dialect = "gguf" if one.variant == "gguf" else "native"
    if table == "types":
        return one.model_type, "", "", dialect
    if table == "heads":
        return "", head_of(one.architecture), one.task, "native"
    return one.model_type, one.architecture, one.task, dialect


def _columns(found: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    features, at = np.unique(np.concatenate([one.hashes for one in found]), return_index=True)
    return features, np.concatenate([one.kinds for one in found])[at]


def _table(features, kinds, feature, klass, share, told) -> Table:
    used, feature = np.unique(feature, return_inverse=True)
    order = np.lexsort((klass, feature))
    starts = np.searchsorted(feature[order], np.arange(len(used) + 1))
    shares = np.maximum(1, np.round(share[order] * 255)).astype(np.uint8)
    return Table(features[used], kinds[used], starts, klass[order].astype(np.uint16), shares, told)


def write(path: Path, tables: dict[str, Table], kept: msgspec.Struct) -> int:
    """Write the file that the package ships; return its size in bytes."""
    arrays = {}
    for name, table in tables.items():
        lengths = np.diff(table.starts).astype(np.uint16)
        columns = (table.hashes, table.kinds, lengths, table.classes, table.shares)
        arrays |= {f"{name}_{part}": column for part, column in zip(PARTS, columns, strict=True)}
    np.savez_compressed(path, told=np.frombuffer(msgspec.json.encode(kept), dtype=np.uint8), **arrays)
    return path.stat().st_size
