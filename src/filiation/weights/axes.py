"""A tensor of any shape as a matrix whose axes mean the same whatever the layout of the file.

The longer side of a matrix is its first axis, so a matrix and its transpose are one. A convolution's sides are its output
channels and the rest, in the order of PyTorch: input channel, then height, then width.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np

OUTER_FIRST, OUTER_LAST, INNER_LAST = "OI*", "*IO", "O*I"
"""Orders of a convolution's axes: PyTorch and ONNX; Keras and TensorFlow; TensorFlow Lite."""
LAYOUTS = {"keras": OUTER_LAST, "tensorflow": OUTER_LAST, "tflite": INNER_LAST, "flax": OUTER_LAST}
"""By the first word of a format's name."""


class Axes(NamedTuple):
    """How the values of a tensor in the order of its file lie in its matrix.

    Attributes:
        rows: Of the matrix as the file has it; 1 of a tensor with one axis.
        cols: Likewise; the number of values of a tensor with one axis.
        row_inner: Rows ``n`` of the file are number ``n % row_inner * row_outer + n // row_inner``; 0 if they are number n.
        row_outer: As above.
        row_block: So many rows are reordered so, then the next as many; 0 for all.
        col_inner: The same of the columns, or of what has one axis.
        col_outer: As above.
        col_block: As above.
        turned: The rows of the file are the shorter side, or of a square the inputs.
        open: The matrix is square, and nothing says which side is which.
    """

    rows: int
    cols: int
    row_inner: int = 0
    row_outer: int = 0
    row_block: int = 0
    col_inner: int = 0
    col_outer: int = 0
    col_block: int = 0
    turned: bool = False
    open: bool = False

    @property
    def flat(self) -> bool:
        """Whether the tensor has one axis, or none."""
        return self.rows == 1

    @property
    def long(self) -> int:
        """Length of the longer side."""
        return max(self.rows, self.cols)

    @property
    def short(self) -> int:
        """Length of the shorter side; 1 of a tensor with one axis."""
        return min(self.rows, self.cols)

    def row_numbers(self, start: int, stop: int) -> np.ndarray:
        """Return uint64[stop - start]: the numbers of the file's rows."""
        return _numbers(start, stop, self.row_inner, self.row_outer, self.row_block)

    def col_numbers(self, start: int, stop: int) -> np.ndarray:
        """Return uint64[stop - start]: the numbers of the file's columns."""
        return _numbers(start, stop, self.col_inner, self.col_outer, self.col_block)


def _numbers(start: int, stop: int, inner: int, outer: int, block: int) -> np.ndarray:
    numbers = np.arange(start, stop, dtype=np.uint64)
    if not inner:
        return numbers
    within = numbers % np.uint64(block) if block else numbers
    return numbers - within + within % np.uint64(inner) * np.uint64(outer) + within // np.uint64(inner)


def axes(shape: Sequence[int], format: str = "", transposed: bool | None = None) -> Axes:  # noqa: A002  # the field's word
    """Return how a tensor of that shape becomes a matrix.

    Args:
        shape: Row-major; axes of length 1 do not count, save that they tell the layout of a convolution.
        format: Of the file; where the order of a convolution's axes is not seen from its shape, this decides.
        transposed: Whether a matrix of two axes lies as (inputs, outputs); None if nobody knows.
    """
    if sum(n > 1 for n in shape) <= 1:
        return Axes(1, prod(shape))
    usual = _usual(format)
    if len(shape) > 3 or (len(shape) == 3 and shape[0 if usual == OUTER_LAST else -1] <= 16):  # otherwise a stack of matrices
        found = _convolution(tuple(shape), usual)
        if not found.flat:
            return found
    long = [n for n in shape if n > 1]
    rows, cols = prod(long[:-1]), long[-1]
    if rows == cols:
        return Axes(rows, cols, turned=bool(transposed), open=transposed is None)
    return Axes(rows, cols, turned=rows < cols)


def _usual(form: str) -> str:
    return next((layout for word, layout in LAYOUTS.items() if form.startswith(word)), OUTER_FIRST)


def _convolution(shape: tuple[int, ...], usual: str) -> Axes:
    middle = len(shape) - 2
    kernels = {OUTER_FIRST: shape[2:], OUTER_LAST: shape[:middle], INNER_LAST: shape[1:-1]}

    def oddness(layout: str) -> tuple[bool, bool, int]:
        kernel = kernels[layout]
        return (len(set(kernel)) > 1, layout != usual and max(kernels[usual]) <= 16, prod(kernel))

    layout = min(kernels, key=oddness) if len(shape) > 3 else usual
    kernel = prod(kernels[layout])
    outputs, inputs = {
        OUTER_FIRST: (shape[0], shape[1]),
        OUTER_LAST: (shape[-1], shape[-2]),
        INNER_LAST: (shape[0], shape[-1]),
    }[layout]
    if outputs == 1:  # one filter for each channel: TensorFlow has the channels among the inputs, PyTorch among the outputs
        outputs, inputs = inputs, 1
        layout = OUTER_FIRST if layout == OUTER_FIRST else OUTER_LAST
    rest = inputs * kernel
    if layout == OUTER_LAST:
        return Axes(rest, outputs, row_inner=inputs, row_outer=kernel, turned=rest <= outputs)
    if layout == INNER_LAST:
        return Axes(outputs, rest, col_inner=inputs, col_outer=kernel, turned=outputs < rest)
    return Axes(outputs, rest, turned=outputs < rest)
