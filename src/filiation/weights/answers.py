"""What the verbs about weights answer."""

from __future__ import annotations

import msgspec

from filiation.core.record import Skipped


class Sketched(msgspec.Struct, frozen=True):
    """One checkpoint that was sketched.

    Attributes:
        path: Of the checkpoint, as it was asked for.
        name: Of the recipe: only sketches of one name compare.
        tensors: How many weights it has.
        parameters: How many values these hold.
        digest: Equal for copies, whatever their names and files.
        bytes_read: What it took.
        bytes_kept: Length of the sketch as a file.
        sketch: Where it was written; None where it was not.
    """

    path: str
    name: str
    tensors: int
    parameters: int
    digest: str
    bytes_read: int
    bytes_kept: int
    sketch: str | None


class Sketches(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/weights-sketch/v1"):
    """The checkpoints that were sketched, in the order of their names, and those that could not be, with the reason."""

    sketches: tuple[Sketched, ...]
    skipped: tuple[Skipped, ...]
