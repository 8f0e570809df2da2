"""What a tensor is for, by its name, where the file that holds it does not say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from filiation import knowledge
from filiation.core.tensor import Content

_TABLE = "tensor_contents"
_PARTS = re.compile(r"[./]")
MASK_DIMENSIONS = 4
"""GPT-2 keeps its causal mask as ``attn.bias``, of four dimensions; a bias has one."""
_COUNTERS = frozenset({"I64", "U64", "BOOL"})
"""Types that no weight has: they count, point or mask."""


def content_of(name: str, dtype: str = "F32", shape: Sequence[int] = ()) -> Content:
    """Return what a tensor of this name, type and shape is for; a weight where nothing tells otherwise."""
    parts = _PARTS.split(name)
    if is_optimizer(parts[0]) or is_optimizer(parts[-1]):
        return Content.OPTIMIZER
    is_mask = parts[-2:] in (["attn", "bias"], ["attention", "bias"]) and len(shape) == MASK_DIMENSIONS
    if is_mask or dtype in _COUNTERS or _expression("buffers").fullmatch(parts[-1]):
        return Content.BUFFER
    return Content.WEIGHT


def is_optimizer(part: str) -> bool:
    """Return whether this part of a name marks all below it as what training needs and the model does not."""
    return _expression("optimizers").fullmatch(part) is not None


def is_wrapper(part: str) -> bool:
    """Return whether this part of a name says no more than that the model's state is below it."""
    return _expression("wrappers").fullmatch(part) is not None


def is_anonymous(name: str) -> bool:
    """Return whether an exporter made up this name because the tensor had none."""
    return _expression("anonymous").fullmatch(name) is not None


@cache
def _expression(key: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{part})" for part in knowledge.load(_TABLE)[key]), re.ASCII)
