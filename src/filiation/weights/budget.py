"""A sketch of a large model from a small part of its bytes, such as range requests can fetch.

Of each tensor two stretches of whole rows are read. Where they lie is a hash of the tensor's shape alone, so that of kin the
same values are read, whatever their names and files; they lie within the first power of two of rows, so that rows added at the
end do not move them. A transposed copy is read elsewhere and does not compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Tensor
from filiation.formats.gguf_blocks import lies_in_blocks, values_between
from filiation.formats.stored_values import BITS, decoder, size_bytes, take
from filiation.weights.axes import Axes
from filiation.weights.hashing import mixed
from filiation.weights.job import Job, jobs_of
from filiation.weights.ones import linear_of_ones
from filiation.weights.recipe import RECIPE, Recipe
from filiation.weights.sketch import Sketch, assembled
from filiation.weights.tally import Tallied, Tally

if TYPE_CHECKING:
    from filiation.weights.checkpoint import Checkpoint

SHARE = 0.005
STRETCHES = 2
LEAST_VALUES = 4096
"""A stretch is at least so long; tensors of no more than two of these are read whole."""
MOST_VALUES = 1 << 16
"""A stretch is at most so long, or one row."""
LONGEST_ROW = 1 << 20
THREADS = 8


class Stretch(NamedTuple):
    """Values from `start` up to `stop`, in the order of the file."""

    start: int
    stop: int


def stretches(axes: Axes, recipe: Recipe) -> list[Stretch]:
    """Return what is read of a tensor, in order and apart from one another.

    Args:
        axes: Of the tensor.
        recipe: Its `share` is what part of the values is read, roughly, within `LEAST_VALUES` and `MOST_VALUES`.
    """
    size = axes.rows * axes.cols
    if size <= STRETCHES * LEAST_VALUES:
        return [Stretch(0, size)]
    wanted = min(max(int(size * recipe.share / STRETCHES), LEAST_VALUES), MOST_VALUES)
    unit = axes.cols if axes.rows > 1 and axes.cols <= LONGEST_ROW else 1
    length = max(wanted // unit, 1)
    room = 1 << ((size // unit).bit_length() - 1)
    length = min(length, room // STRETCHES)
    state = mixed(np.arange(STRETCHES, dtype=np.uint64), recipe.seed, 4)
    state = mixed(state ^ np.uint64(axes.short << 8 | room.bit_length()), recipe.seed, 4)
    part = room // STRETCHES  # one stretch in each half: they do not meet
    starts = [i * part + int(state[i] % np.uint64(part - length + 1)) for i in range(STRETCHES)]
    return [Stretch(start * unit, (start + length) * unit) for start in starts]


def sketch_within_budget(checkpoint: Checkpoint, share: float = SHARE, threads: int = THREADS) -> Sketch:
    """Return a sketch of a checkpoint from about a `share` of its bytes; its name says so, and it compares only with its like.

    As a whole sketch, with these differences: linear parts are what is read, as if the rest had the mean of that and scaled so
    that norms estimate those of the whole; moments, quantiles and levels are those of what is read; there are no singular
    values and no heads; digests are of what is read, so equal ones are no proof. What does not lie in its file as it is, or in
    blocks of GGUF, and is not small, is set aside with the reason.

    Args:
        checkpoint: Open, on disk or over HTTP.
        share: Between 0 and 1.
        threads: How many stretches are asked for at a time.

    Raises:
        WeightsError: If values cannot be read.
        ValueError: If `share` is out of range.
    """
    if not 0 < share < 1:
        raise ValueError(f"a share of {share} is not between 0 and 1")
    recipe = msgspec.structs.replace(RECIPE, share=share, head=0)
    jobs, aside = [], []
    for job in jobs_of(checkpoint, recipe):
        if all(map(readable_in_parts, job.pieces)) or job.tensor.size <= STRETCHES * LEAST_VALUES:
            jobs.append(job)
        else:
            name = job.tensor.name[:200]
            reason = f"{name}: its values do not lie in the file as they are, so no part of them can be read alone"
            aside.append(Skipped(job.tensor.file, 0, reason))
    with ThreadPoolExecutor(threads) as pool:
        lines = list(pool.map(lambda job: _lined(checkpoint, job, recipe), jobs))
    made = assembled(checkpoint, recipe, jobs, lines)
    return replace(made, skipped=(*made.skipped, *aside))


def readable_in_parts(tensor: Tensor) -> bool:
    """Return whether the values of a tensor lie in its file as they are, one after the other, or in blocks of GGUF."""
    if tensor.quantization is not None:
        return lies_in_blocks(tensor)
    if tensor.start < 0 or tensor.dtype not in BITS or BITS[tensor.dtype] % 8:
        return False
    return tensor.stop - tensor.start == size_bytes(tensor.dtype, tensor.shape)


def _lined(checkpoint: Checkpoint, job: Job, recipe: Recipe) -> Tallied:
    parts = stretches(job.axes, recipe)
    whole = parts == [Stretch(0, job.tensor.size)]
    tally = Tally(job.axes, recipe, parts=[part.start for part in parts])
    blocks = ((0, block) for block in job.values(checkpoint)) if whole else _read(checkpoint, job.pieces, parts)
    for at, block in blocks:
        tally.add_part(block, tally.count if whole else at)
    line = tally.result()
    if whole:
        return line
    if tally.count != sum(part.stop - part.start for part in parts):
        raise WeightsError(f"{job.tensor.name[:200]!r} holds fewer values than its shape says")
    return _as_of_all(line, tally.count, job, recipe, parts)


def _read(checkpoint: Checkpoint, pieces: tuple[Tensor, ...], parts: list[Stretch]) -> Iterator[tuple[int, np.ndarray]]:
    each = pieces[0].size
    for part in parts:
        at = part.start
        while at < part.stop:
            number, start = divmod(at, each)
            stop = min(start + part.stop - at, each)
            tensor = pieces[number]
            yield at, _between(checkpoint.source(tensor), tensor, start, stop)
            at += stop - start


def _between(file: Bytes, tensor: Tensor, start: int, stop: int) -> np.ndarray:
    if tensor.quantization is not None:
        return values_between(file, tensor, start, stop)
    width = BITS[tensor.dtype] // 8
    return decoder(tensor.dtype)(take(file, tensor.start + start * width, tensor.start + stop * width))


def _as_of_all(line: Tallied, count: int, job: Job, recipe: Recipe, parts: list[Stretch]) -> Tallied:
    """Return the line as if the values that were not read had the mean of those that were, in their norm and their sums."""
    size = job.tensor.size
    mean = line.shift + line.sums[0] / count
    factor = (size / count) ** 0.5

    def spread(linear: np.ndarray, turned: bool) -> np.ndarray:
        read = linear_of_ones(job.axes, recipe, turned, [(part.start, part.stop) for part in parts])
        all_of_it = linear_of_ones(job.axes, recipe, turned, [(0, size)])
        return factor * (linear - mean * read) + mean * all_of_it

    return replace(
        line,
        linear=spread(line.linear, job.axes.turned),
        turned=None if line.turned is None else spread(line.turned, not job.axes.turned),
        sums=line.sums * (size / count),
        zeros=round(line.zeros * size / count),
        nonfinite=round(line.nonfinite * size / count),
    )
