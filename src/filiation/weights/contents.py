"""What a tensor is for, by its name, type and shape."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from filiation.core.tensor import Content, Tensor
from filiation.knowledge import load


class _Rule(NamedTuple):
    content: Content
    because: str
    name: re.Pattern[str]
    dtypes: frozenset[str]
    dimensions: int | None


def content_of(tensor: Tensor) -> tuple[Content, str]:
    """Return what `tensor` is for, with the reason; what its format said already is kept, and the reason is empty."""
    if tensor.content is not Content.WEIGHT:
        return tensor.content, ""
    name = tensor.name.replace("/", ".")
    for rule in _rules():
        if rule.dtypes and tensor.dtype not in rule.dtypes:
            continue
        if rule.dimensions not in {None, len(tensor.shape)}:
            continue
        if rule.name.search(name):
            return rule.content, rule.because
    return Content.WEIGHT, ""


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            Content(rule["content"]),
            rule["because"],
            re.compile(rule["name"]),
            frozenset(rule.get("dtypes", ())),
            rule.get("dimensions"),
        )
        for rule in load("tensor_contents")["rule"]
    )
