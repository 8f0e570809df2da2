"""A question for names by their elements: `arch:bert task:ner lang:ja`."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

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
    """
    elements, words = [], []
    for part in text.split():
        prefix, _, value = part.partition(":")
        if value and prefix.lower() in PREFIXES:
            elements.append(Wanted(*_wanted(PREFIXES[prefix.lower()], value.lower())))
        else:
            words.append(part)
    return Asked(tuple(elements), " ".join(words))


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
