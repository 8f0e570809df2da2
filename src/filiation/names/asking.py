"""A question for names by their elements: `arch:bert task:ner lang:ja`."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from filiation.core.errors import FiliationError
from filiation.names.lexicon import lexicon
from filiation.names.values import value_of

PREFIXES = {
    "arch": "architecture",
    "size": "size",
    "data": "dataset",
    "char": "dataset-characteristic",
    "version": "version",
    "adapt": "adaptation",
    "lang": "language",
    "task": "task",
    "train": "training",
    "layers": "layers",
    "heads": "heads",
    "params": "parameters",
}
"""What stands before the colon, and the element that it means."""
ADDRESSES = frozenset({
    "arxiv", "dataset", "doi", "file", "ftp", "git", "hdl", "hf", "http", "https", "huggingface", "model", "ollama", "pkg",
    "s3", "space", "ssh", "urn",
})  # fmt: skip
"""What stands before a colon in addresses and references; these are words."""
_PREFIX = re.compile("[a-z_]{2,20}")


class QuestionError(FiliationError):
    """A part of a question is written as one for an element of names, and is none."""


class Wanted(msgspec.Struct, frozen=True):
    """An element that a name must have, with any of `values`."""

    element: str
    values: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """The same as the index of names writes it."""
        return tuple(term(self.element, value) for value in self.values)


class Asked(NamedTuple):
    """What a question asks for: elements of names, and words."""

    elements: tuple[Wanted, ...]
    words: str


def asked(text: str) -> Asked:
    """Return what `text` asks for: parts such as ``task:ner`` are elements, all else are words.

    A value is taken in any spelling that names may have: ``lang:japanese`` is ``lang:ja``. An architecture stands for the
    lines of models that are built on it as well: ``arch:bert`` finds BioBERT.

    Raises:
        QuestionError: If nothing stands behind the colon of a prefix, or a prefix is none of `PREFIXES`. Letters right before
            a colon with something right behind it are taken for a prefix, but for `ADDRESSES` and architectures (``qwen:7b``).
    """
    elements, words = [], []
    for part in text.split():
        prefix, colon, value = part.partition(":")
        prefix = prefix.lower()
        if colon and prefix in PREFIXES:
            if not value:
                raise QuestionError(f"Nothing stands right behind {part!r}: ask for a value, such as task:ner or lang:ja.")
            elements.append(Wanted(*_wanted(PREFIXES[prefix], value.lower())))
        elif value and _is_prefix(prefix):
            raise QuestionError(f"{part!r} asks for no element of a name: before the colon may stand {', '.join(PREFIXES)}.")
        else:
            words.append(part)
    return Asked(tuple(elements), " ".join(words))


def _is_prefix(word: str) -> bool:
    """Say whether a word before a colon was meant as a prefix; behind those of names stand versions."""
    known = lexicon().words.get(word, ())
    is_name = any(reading.kind == "architecture" for reading in known)
    return word not in ADDRESSES and not is_name and _PREFIX.fullmatch(word) is not None


def term(element: str, value: str) -> str:
    """Return an element as one word of the index of names."""
    return f"{element}:{value}"


def _wanted(element: str, value: str) -> tuple[str, tuple[str, ...]]:
    joined = "".join(value.replace("-", " ").replace("_", " ").split())
    known = lexicon()
    readings = [*known.words.get(joined, ()), *value_of(joined)]
    values = {reading.value for reading in readings if reading.kind == element} or {value}
    if element == "architecture":
        values |= {line for line, below in known.stands_on.items() if values & set(below)}
    if element == "version":
        values.add(f"v{value.lstrip('v')}")
    return element, tuple(sorted(values))
