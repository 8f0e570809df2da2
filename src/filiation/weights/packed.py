"""Quantised weights that a checkpoint keeps as several tensors, put back together: GPTQ, AWQ, bitsandbytes, MLX, FP8, MXFP4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import BLOCK, Bytes, Content, Quantization, Tensor, TensorIndex
from filiation.knowledge import load
from filiation.weights.opening import Found, Place
from filiation.weights.packed_parts import Layout, Part
from filiation.weights.unpacking import SCHEMES

if TYPE_CHECKING:
    import numpy as np


class _Scheme(NamedTuple):
    name: str
    main: str
    dtypes: frozenset[str]
    parts: Mapping[str, str]
    optional: Mapping[str, str]
    gives: str


class Packed:
    """Reads one weight from its parts; stands where a format does.

    Args:
        form: Name of the format of the files.
        layout: The weight's shape, and its rows on demand.
    """

    suffixes = ()

    def __init__(self, form: str, layout: Layout) -> None:
        self.name = form
        self._layout = layout

    def recognises(self, file: Bytes) -> bool:  # noqa: ARG002  # as the protocol has it
        """Return False: a weight is no file."""
        return False

    def index(self, file: Bytes) -> TensorIndex:
        """Raise an error: a weight is no file."""
        raise WeightsError(f"{file.name} is read by its own format")

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:  # noqa: ARG002  # as the protocol has it
        """Yield the values in row-major order, dequantised, at most `core.tensor.BLOCK` at a time."""
        import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

        with np.errstate(all="ignore"):  # a scale of infinity or none is the file's own
            rows = self._layout.open()
        width = self._layout.width
        count = tensor.size // width if width else 0
        at_once = max(1, BLOCK // max(width, 1))
        for start in range(0, count, at_once):
            with np.errstate(all="ignore"):
                block = rows(start, min(start + at_once, count)).reshape(-1)
            yield block


def put_together(found: Found, config: Mapping[str, Any] | None) -> None:
    """Replace the parts of each packed weight in `found` by the weight; say of those that do not fit that they do not.

    Args:
        found: What the files of a checkpoint hold.
        config: ``config.json``, where the number of bits and the size of groups may stand.
    """
    tensors: dict[str, Tensor] = {}
    used: set[str] = set()
    made_here: set[str] = set()
    unfit = 0
    for name, tensor in found.tensors.items():
        scheme, names = _parts_of(name, tensor, found)
        if scheme is None:
            tensors[name] = tensor
            continue
        try:
            layout = SCHEMES[scheme.name]({part: Part(found.places[other]) for part, other in names.items()}, config or {})
        except WeightsError:
            unfit += 1
            tensors[name] = tensor
            continue
        used.update(names.values())
        whole = name[: -len(scheme.main)] + scheme.gives
        made = Tensor(
            whole, layout.shape, tensor.dtype, tensor.file, -1, -1, Content.WEIGHT, Quantization(layout.scheme, layout.bits)
        )
        place = found.places[name]
        tensors[whole] = made
        found.places[whole] = Place(place.file, Packed(place.format.name, layout), made)
        made_here.add(whole)
    found.tensors = {name: tensor for name, tensor in tensors.items() if name not in used or name in made_here}
    if unfit:
        found.skipped.append(Skipped("", 0, f"{unfit:,} quantised weights are packed in a way that is not read"))


def _parts_of(name: str, tensor: Tensor, found: Found) -> tuple[_Scheme | None, dict[str, str]]:
    """Return the scheme whose main part `tensor` is, and the names of all its parts; None where it is of none."""
    for scheme in _schemes():
        if tensor.dtype not in scheme.dtypes or not name.endswith(scheme.main):
            continue
        module = name[: -len(scheme.main)]
        needed = {part: module + suffix for part, suffix in scheme.parts.items()}
        if all(other in found.tensors for other in needed.values()):
            extra = {part: module + suffix for part, suffix in scheme.optional.items() if module + suffix in found.tensors}
            return scheme, {"main": name} | needed | extra
    return None, {}


@cache
def _schemes() -> list[_Scheme]:
    return [
        _Scheme(told["name"], told["main"], frozenset(told["dtypes"]), told["parts"], told.get("optional", {}), told["gives"])
        for told in load("packed_weights")["scheme"]
    ]
