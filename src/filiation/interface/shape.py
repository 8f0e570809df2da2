"""What a model takes in and gives out, as its own files tell."""

from __future__ import annotations

from typing import Literal

import msgspec

from filiation.core.record import Skipped

Modality = Literal["text", "image", "audio", "video", "table", "tensor", "label", "score", "embedding"]
Plain = str | int | float | bool | tuple[str | int | float, ...]


class Said(msgspec.Struct, frozen=True):
    """A value, and the file and field that say it."""

    value: Plain
    where: str


class Fact(msgspec.Struct, frozen=True):
    """What is known of an input or an output.

    Attributes:
        name: Stable, such as ``max_tokens`` or ``sampling_rate_hz``; `knowledge/pilot_words.toml` lists them.
        value: What holds.
        where: File and field that say it.
        also: What other files say of the same thing where that differs; nobody may rely on `value` alone then.
    """

    name: str
    value: Plain
    where: str
    also: tuple[Said, ...] = ()


class Port(msgspec.Struct, frozen=True):
    """One thing that goes in or comes out.

    Attributes:
        name: As the library's own pipeline calls it, or the tensor's name.
        modality: What it is.
        required: Whether the model does without.
        dtype: Of a tensor, such as ``I64``; empty where there is none to name.
        shape: Of a tensor; a text is the name of a size that is free, ``?`` one that has no name.
        facts: What more is known.
    """

    name: str
    modality: Modality
    required: bool = True
    dtype: str = ""
    shape: tuple[int | str, ...] = ()
    facts: tuple[Fact, ...] = ()

    def fact(self, name: str) -> Fact | None:
        """Return the fact of that name, None where the files do not tell."""
        return next((fact for fact in self.facts if fact.name == name), None)

    def number(self, name: str) -> int | None:
        """Return the value of a fact that is a whole number, None where the files do not tell."""
        fact = self.fact(name)
        return fact.value if fact and isinstance(fact.value, int) and not isinstance(fact.value, bool) else None


class Untold(msgspec.Struct, frozen=True):
    """What the files do not tell, and which file would."""

    what: str
    why: str


class ModelSchema(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/pilot-schema/v1"):
    """What a model takes in and gives out, as its files tell; nothing of it was executed.

    Attributes:
        model: Folder or file that was read, by its name.
        library: Of those files, such as ``sentence-transformers``; null where they do not tell.
        task: The Hub's name of it; null where the files do not tell.
        task_from: File and field that tell it.
        inputs: What goes in.
        outputs: What comes out.
        tensors: Inputs and outputs of the graph where a file holds one: ``in`` and ``out``.
        untold: What was looked for and is nowhere.
        files: What was read.
        skipped: What could not be.
    """

    model: str
    library: str | None
    task: str | None
    task_from: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    tensors: dict[str, tuple[Port, ...]] = {}
    untold: tuple[Untold, ...] = ()
    files: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def first(self, modality: Modality) -> Port | None:
        """Return the first input of that modality."""
        return next((port for port in self.inputs if port.modality == modality), None)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it can give, in their order; empty where none are told."""
        found = (port.fact("labels") for port in self.outputs)
        fact = next((fact for fact in found if fact), None)
        return tuple(str(label) for label in fact.value) if fact and isinstance(fact.value, tuple) else ()
