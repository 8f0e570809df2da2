"""The formats that keep tensors: each module beside this one that defines ``TENSORS``."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from filiation import formats
from filiation.core.tensor import Bytes, TensorFormat


@cache
def tensor_formats() -> tuple[TensorFormat, ...]:
    """Return the formats in order of their modules' names."""
    modules = (import_module(f"{formats.__name__}.{found.name}") for found in iter_modules(formats.__path__))
    return tuple(module.TENSORS for module in modules if hasattr(module, "TENSORS"))


def format_of(file: Bytes) -> TensorFormat | None:
    """Return the format that `file` is in; None where it is in none that keeps tensors.

    By the first bytes, those formats first that the name speaks of. Where no format knows these bytes, by the name
    alone: reading it then tells what is wrong with it.

    Raises:
        WeightsError: If its first bytes cannot be had.
    """
    named = [found for found in tensor_formats() if file.name.lower().endswith(found.suffixes)]
    others = [found for found in tensor_formats() if found not in named]
    for found in (*named, *others):
        if found.recognises(file):
            return found
    return named[0] if named else None


def has_tensor_suffix(name: str) -> bool:
    """Return whether a file of this name is meant to hold tensors."""
    return name.lower().endswith(tuple(suffix for found in tensor_formats() for suffix in found.suffixes))
