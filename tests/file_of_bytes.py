"""A file in memory that can be asked for its bytes, for the tests of readers."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np

from filiation.core.errors import WeightsError
from filiation.core.tensor import TensorFormat, TensorIndex


class Held:
    """Bytes held in memory; `claims` may lie about how many."""

    def __init__(self, content: bytes, name: str = "x", claims: int | None = None) -> None:
        self.name = name
        self.content = content
        self.size_bytes = len(content) if claims is None else claims
        self.bytes_read = 0
        self.requests = 0

    def read(self, start: int, stop: int) -> bytes:
        if not 0 <= start <= stop <= self.size_bytes:
            raise ValueError("beyond the end")
        if stop > len(self.content):
            raise OSError("the file ended while it was being read")
        self.bytes_read += stop - start
        self.requests += 1
        return self.content[start:stop]


def whole(form: TensorFormat, file: Held) -> tuple[TensorIndex, dict[str, np.ndarray]]:
    """Return the index and each tensor's values in their shape."""
    index = form.index(file)
    return index, {t.name: np.concatenate([*form.values(file, t), np.zeros(0, "f4")]).reshape(t.shape) for t in index.tensors}


def refused_or_read(form: TensorFormat, content: bytes, name: str = "x") -> bool:
    """Return whether `content` was read; only a `WeightsError` may come out, from less than 64 MB."""
    file = Held(content, name)
    try:
        form.recognises(file)
        for tensor in form.index(file).tensors:
            for block in form.values(file, tensor):
                assert block.dtype == np.float32
    except WeightsError:
        return False
    return True


def peak_bytes(run: Callable[[], object]) -> int:
    """Return the most memory that Python and numpy held while `run` ran."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
