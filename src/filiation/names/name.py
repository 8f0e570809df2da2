"""A name taken apart."""

from __future__ import annotations

import msgspec

KINDS = (
    "architecture", "size", "dataset", "dataset-characteristic", "version", "adaptation", "language", "task", "training",
    "layers", "heads", "parameters", "other",
)  # fmt: skip
"""The thirteen elements of a name."""
CONVENTIONS = ("I", "IA", "IT", "AT", "O")
"""What a whole name tells: implementation, that with an application, that with a task, one of these alone, or other."""


class Element(msgspec.Struct, frozen=True):
    """A stretch of a name and what it says.

    `kind` is one of `KINDS`; `text` is as written and begins at character `start` of the name without its owner; `value` is the
    same in one spelling: ``1.3b`` parameters, ``q4_k_m``, a code of ISO 639, an ISO date, a pipeline tag where one fits.
    `confidence` is in [0, 1]. `by_context` is true where what else is known of the model decided between two readings.
    """

    kind: str
    text: str
    start: int
    value: str
    confidence: float
    by_context: bool = False


class Name(msgspec.Struct, frozen=True):
    """A name: its owner, empty where none is given, the rest of it, what that says in order, and its convention."""

    owner: str
    text: str
    elements: tuple[Element, ...]
    convention: str
    confidence: float

    def values(self, kind: str) -> tuple[str, ...]:
        """Return the values of the elements of `kind`, in order."""
        return tuple(element.value for element in self.elements if element.kind == kind)


class Context(msgspec.Struct, frozen=True):
    """What else is known of a model; it only decides between readings of a word that has several.

    `languages` are codes, `datasets` and `parents` names with or without owner.
    """

    pipeline_tag: str | None = None
    model_type: str | None = None
    library: str | None = None
    languages: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
