"""How programs spell model types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from filiation.knowledge import load


def plain(name: str) -> str:
    """Return a name without what programs spell differently."""
    return name.lower().replace("-", "").replace("_", "").replace(".", "")


def gguf_name(model_type: str) -> str:
    """Return what llama.cpp calls a model type."""
    return load("structures")["gguf"].get(model_type, model_type)


def is_called(model_type: str, stated: str) -> bool:
    """Return whether a model type is what a configuration, or the metadata of a GGUF file, calls `stated`."""
    return plain(stated) in {plain(model_type), plain(gguf_name(model_type))}


class Stated(NamedTuple):
    """What a model type is said to be, by a configuration as transformers calls it, or by a GGUF file as llama.cpp does."""

    name: str
    in_gguf: bool = False

    def meant(self, model_types: Iterable[str]) -> frozenset[str]:
        """Return the model types that it may mean; llama.cpp calls several by one name."""
        spell = gguf_name if self.in_gguf else str
        return frozenset(one for one in model_types if plain(spell(one)) == plain(self.name))
