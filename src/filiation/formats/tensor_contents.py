"""What a tensor is for, by its name, where the file that holds it does not say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from filiation import knowledge
from filiation.core.tensor import Content

_TABLE, _RULES = "tensor_contents", "tensor_content_rules"
_PARTS = re.compile(r"[./]")
_NUMBER = re.compile(r"(?<=[./])\d+(?=[./])", re.ASCII)


class _Rule(NamedTuple):
    content: Content
    name: re.Pattern[str]
    dtypes: frozenset[str]
    dimensions: int | None


def content_of(name: str, dtype: str = "F32", shape: Sequence[int] = ()) -> Content:
    """Return what a tensor of this name, type and shape is for; a weight where nothing tells otherwise."""
    return _content(_NUMBER.sub("0", name), dtype, len(shape))


@lru_cache(8_192)
def _content(name: str, dtype: str, dimensions: int) -> Content:
    """Return the same for a name whose numbers are left out: those of layers and experts, which make most of the names."""
    parts = _PARTS.split(name)
    if is_optimizer(parts[0]) or is_optimizer(parts[-1]):
        return Content.OPTIMIZER
    path = ".".join(parts)
    for rule in _rules():
        fits = (not rule.dtypes or dtype in rule.dtypes) and rule.dimensions in {None, dimensions}
        if fits and rule.name.search(path):
            return rule.content
    return Content.WEIGHT


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(Content(rule["content"]), re.compile(rule["name"]), frozenset(rule.get("dtypes", ())), rule.get("dimensions"))
        for rule in knowledge.load(_RULES)["rule"]
    )


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
