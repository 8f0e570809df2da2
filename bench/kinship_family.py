"""The made family with its truth, and its sketches, kept beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from blake3 import blake3

from filiation.weights.adapter_change import adapter_change
from filiation.weights.checkpoint import open_checkpoint
from filiation.weights.comparison import Comparison, compare
from filiation.weights.recipe import RECIPE
from filiation.weights.sketch import Sketch, sketch
from filiation.weights.sketch_file import read_sketch, write_sketch

COPIED = {"quantized", "duplicate", "converted", "upscaled", "layer-dropped", "vocabulary-extended"}
"""Relations whose children have nearly the weights of the parent."""
FIT, TEST = ("ash", "cedar"), ("birch", "dogwood", "elm")


@dataclass(frozen=True)
class Member:
    """One checkpoint: what is true of it, and its sketch."""

    name: str
    truth: dict[str, Any]
    sketch: Sketch
    path: Path

    @property
    def relation(self) -> str:
        """How it was made."""
        return str(self.truth["relation"])

    @property
    def parents(self) -> dict[str, float]:
        """Shares by parent's name."""
        return dict(self.truth["parents"])

    @property
    def time(self) -> float:
        """When it was made."""
        return float(self.truth["time"])


def sketched(path: Path, kept: Path) -> Sketch:
    """Return the sketch of a checkpoint, made once; of an adapter that of its change."""
    kept.mkdir(parents=True, exist_ok=True)
    file = kept / f"{path.name}-{blake3(str(path.resolve()).encode()).hexdigest(4)}-{RECIPE.name}.sketch"
    if not file.exists():
        with open_checkpoint(path) as checkpoint:
            write_sketch(sketch(adapter_change(checkpoint) or checkpoint), file)
    return read_sketch(file)


def family(folder: Path, root: str) -> list[Member]:
    """Return the checkpoints of one root, in the order of their making."""
    rows = [json.loads(line) for line in (folder / f"{root}.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = folder / "sketches"
    return [Member(row["name"], row, sketched(folder / row["name"], kept), folder / row["name"]) for row in rows]


def first_copies(members: list[Member]) -> list[Member]:
    """Return the members without those that have the same values as an earlier one."""
    seen: set[str] = set()
    return [one for one in members if not (one.sketch.digest in seen or seen.add(one.sketch.digest))]


def near_copies(members: list[Member], parents: set[str]) -> set[str]:
    """Return the parents and whatever has nearly their weights: what was quantised, converted or reshaped of them."""
    return parents | {one.name for one in members if one.relation in COPIED and parents & one.parents.keys()}


def originals(members: list[Member]) -> dict[str, str]:
    """Return for each member the first of the same values."""
    first: dict[str, str] = {}
    return {one.name: first.setdefault(one.sketch.digest, one.name) for one in members}


def ancestors(by_name: dict[str, Member], name: str) -> set[str]:
    """Return all from whom a member descends."""
    above = set(by_name[name].parents)
    return above.union(*(ancestors(by_name, parent) for parent in above))


@contextmanager
def compared_once() -> Iterator[None]:
    """Compare each pair of sketches only once, whoever asks: many questions are asked of the same."""
    known: dict[tuple[int, int], Comparison] = {}

    def kept(a: Sketch, b: Sketch) -> Comparison:
        if (id(a), id(b)) not in known:
            known[id(a), id(b)] = compare(a, b)
        return known[id(a), id(b)]

    with patch("filiation.weights.parentage.compare", kept), patch("filiation.weights.merging.compare", kept):
        yield
