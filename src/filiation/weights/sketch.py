"""A small sketch of a model's weights, to compare it by without them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from filiation.core.errors import FiliationError
from filiation.core.record import Skipped
from filiation.weights.columns import Columns, numbers
from filiation.weights.gathering import gathered
from filiation.weights.identity import architecture, content_digest, multiset, shape_signature
from filiation.weights.job import Job, Source, jobs_of
from filiation.weights.recipe import RECIPE, Recipe
from filiation.weights.tally import Tallied, Tally

if TYPE_CHECKING:
    from filiation.core.tensor import Tensor

MOST_STEP = 1e30
"""Of a scale; values beyond have no variance within float32."""


class SketchMismatch(FiliationError):  # noqa: N818  # so the design calls it
    """Two sketches were made by different recipes, so nothing can be said of the pair."""


@dataclass(frozen=True, eq=False)
class Sketch:
    """What is kept of a model's weights.

    Attributes:
        recipe: How it was made.
        source: Name of the file or folder that it was made of.
        format: Of that.
        dtype: As most of its values are stored.
        digest: 32 hex digits over the tensors' values and shapes: equal for copies under other names, in other files or shards,
            or in a wider type.
        multiset: 32 hex digits: equal even for copies whose values lie in another order. Not proof against forgery.
        architecture: 16 hex digits over roles and shapes.
        shapes: 16 hex digits over the shapes alone, layouts made equal: renamed copies meet.
        model_type: As ``config.json`` says; empty without.
        tensors: One line for each weight.
        skipped: What could not be read.
        bytes_read: What it took.
    """

    recipe: Recipe
    source: str
    format: str
    dtype: str
    digest: str
    multiset: str
    architecture: str
    shapes: str
    model_type: str
    tensors: Columns
    skipped: tuple[Skipped, ...] = ()
    bytes_read: int = 0

    @property
    def name(self) -> str:
        """The name of its recipe."""
        return self.recipe.name

    @property
    def parameters(self) -> int:
        """The number of values of all tensors."""
        return int(self.tensors.size.sum())

    def fold(self, buckets: int) -> Sketch:
        """Return the sketch with sides of fewer buckets: as if it had been made so.

        Raises:
            ValueError: If `buckets` is not a power of two, or more than this one has.
        """
        recipe = self.recipe.folded(buckets)
        return replace(self, recipe=recipe, tensors=self.tensors.folded(recipe.buckets, recipe.flat))

    def gather(self, together: int, any_kind: bool = False) -> Sketch:
        """Return the sketch with so many tensors to a line, at most; its digests stay those of all tensors.

        Args:
            together: As in `gathering.groups`.
            any_kind: As there.

        Raises:
            ValueError: If it is gathered already, or `together` is no number of tensors.
        """
        if self.recipe.together != 1 or together < 1:
            raise ValueError(f"a sketch with {self.recipe.together} tensors to a line is not gathered to {together}")
        if together == 1:
            return self
        recipe = msgspec.structs.replace(self.recipe, together=together, any_kind=any_kind)
        return replace(self, recipe=recipe, tensors=gathered(self.tensors, self.recipe, together, any_kind))


def require_same_name(a: Sketch, b: Sketch) -> None:
    """Pass if the two sketches can be compared.

    Raises:
        SketchMismatch: If they were made by different recipes.
    """
    if a.name != b.name:
        raise SketchMismatch(f"sketches made by different recipes do not compare: {a.name} and {b.name}")


def sketch(source: Source, recipe: Recipe = RECIPE, threads: int | None = None) -> Sketch:
    """Return the sketch of a checkpoint's weights; each value is read once.

    The order of tensors, files and blocks does not matter, and names only decide kinds and layers.
    Memory: up to 0.6 GB for each thread.

    Args:
        source: An open checkpoint.
        recipe: Parameters.
        threads: How many tensors are sketched at a time; as many as there are processors, at most 4, if None.

    Raises:
        WeightsError: If values cannot be read.
    """
    jobs = jobs_of(source, recipe)

    def lined(job: Job) -> Tallied:
        tally = Tally(job.axes, recipe, job.head)
        for block in job.values(source):
            tally.add(block)
        return tally.result()

    with ThreadPoolExecutor(threads or min(cpu_count() or 1, 4)) as pool:
        lines = list(pool.map(lined, jobs))
    return assembled(source, recipe, jobs, lines)


def assembled(source: Source, recipe: Recipe, jobs: Sequence[Job], lines: Sequence[Tallied]) -> Sketch:
    """Return the sketch of tensors that have been gone through, in the order of its lines."""
    columns = Columns(
        names=tuple(job.tensor.name for job in jobs),
        kinds=tuple(job.role.kind for job in jobs),
        parts=tuple(job.role.part for job in jobs),
        layers=np.array([-1 if job.role.layer is None else job.role.layer for job in jobs], np.int64),
        shapes=tuple(job.tensor.shape for job in jobs),
        dtypes=tuple(job.tensor.dtype for job in jobs),
        long=np.array([job.axes.long for job in jobs], np.int64),
        short=np.array([job.axes.short for job in jobs], np.int64),
        open=np.array([job.axes.open for job in jobs], bool),
        head_rows=np.array([job.head for job, line in zip(jobs, lines, strict=True) if line.head is not None], np.int32),
        step=np.array([_step(job.pieces) for job in jobs], np.float32),
        **numbers(lines, [job.tensor.size for job in jobs], recipe),
    )
    of = "" if recipe.share == 1 else recipe.name  # a part that is equal is no proof that the whole is
    stored = Counter[str]()
    for job in jobs:
        stored[job.tensor.dtype] += job.tensor.size
    return Sketch(
        recipe=recipe,
        source=source.name,
        format=source.format,
        dtype=max(stored, key=lambda dtype: (stored[dtype], dtype), default=""),
        digest=content_digest(columns, of),
        multiset=multiset(columns, of),
        architecture=architecture(columns),
        shapes=shape_signature(columns),
        model_type=str((source.config or {}).get("model_type") or "")[:100],
        tensors=columns,
        skipped=source.skipped,
        bytes_read=source.bytes_read,
    )


def _step(pieces: Sequence[Tensor]) -> float:
    """Return the root mean square of the scales of whole numbers; 0.0 where a piece has none, or none that can be."""
    scales = [one.quantization.scales if one.quantization else () for one in pieces]
    if not all(scales):
        return 0.0
    every = np.abs(np.concatenate([np.asarray(one, np.float64) for one in scales]))
    largest = float(every.max())
    if not 0 < largest < MOST_STEP:  # neither infinite nor NaN
        return 0.0
    return largest * float(np.sqrt(np.mean((every / largest) ** 2)))
