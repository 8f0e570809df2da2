"""What the verb ``identify`` answers."""

from __future__ import annotations

import msgspec

from filiation.core.record import Skipped
from filiation.structure.agreement import Comparison, compare, stated_type
from filiation.structure.identity import Guess, identify, structure_of
from filiation.structure.sizes import Sizes
from filiation.weights.checkpoint import Checkpoint
from filiation.weights.roles import role

HALVES = frozenset({"lora_a", "lora_b", "magnitude"})


class Answer(msgspec.Struct, frozen=True):
    """One attribute: its value and how sure that is, in [0, 1]; null and 0 where it is not known."""

    value: str | None
    confidence: float


class Identified(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/identify/v1"):
    """What a checkpoint is by its structure; see `structure.identity.Identity`.

    Attributes:
        name: Of the checkpoint.
        model_type: As its library's configuration calls it.
        architecture: Name of the class.
        task: Tag of the Hub.
        abstained: Why there is no model type; empty where there is one.
        alternatives: Other answers for each attribute, the likeliest first.
        among: For each attribute the answers of which one is right in nine of ten cases.
        by_statement: Whether the configuration, or what a GGUF file says of itself, decided between types of the same names.
        same_names: Model types whose tensors have the same names.
        exact: Architectures of timm with exactly these tensors, heads left out.
        known: How sure it is that such structures were learned.
        familiar: Which part of the structure the nearest type knows.
        nearest: That type.
        seen: ``all``, or of what alone it is concluded.
        sizes: What the tensors say of layers and parameters.
        stated: What the configuration and the file itself say, held against the structure.
        format: Of the files.
        tensors: How many there are.
        bytes_read: What it took.
        requests: How often files were asked.
        skipped: What could not be looked at.
    """

    name: str
    model_type: Answer
    architecture: Answer
    task: Answer
    abstained: str
    alternatives: dict[str, tuple[Guess, ...]]
    among: dict[str, tuple[str, ...]]
    by_statement: bool
    same_names: tuple[str, ...]
    exact: tuple[str, ...]
    known: float
    familiar: float
    nearest: str
    seen: str
    sizes: Sizes
    stated: tuple[Comparison, ...]
    format: str
    tensors: int
    bytes_read: int
    requests: int
    skipped: tuple[Skipped, ...]


def identified(checkpoint: Checkpoint) -> Identified:
    """Return what an opened checkpoint is, and where its configuration says something else."""
    structure = list(structure_of(checkpoint))
    found = identify(structure, stated=stated_type(checkpoint.config, checkpoint.metadata))
    adapter = _is_adapter([name for name, _ in structure])
    abstained = ""
    if adapter:
        abstained = "an adapter: it changes parts of a model, and is none"
    elif found.model_type is None:
        abstained = f"its structure is like none that was learned; nearest is {found.nearest}"
    return Identified(
        name=checkpoint.name,
        model_type=_answer(None if adapter else found.model_type),
        architecture=_answer(None if adapter else found.architecture),
        task=_answer(None if adapter else found.task),
        abstained=abstained,
        alternatives=found.alternatives,
        among={} if adapter else found.among,
        by_statement=found.by_statement and not adapter,
        same_names=found.same_names,
        exact=found.exact,
        known=found.known,
        familiar=found.familiar,
        nearest=found.nearest,
        seen=found.seen,
        sizes=found.sizes,
        stated=() if adapter else tuple(compare(found, checkpoint.config, checkpoint.metadata)),
        format=checkpoint.format,
        tensors=len(checkpoint.tensors),
        bytes_read=checkpoint.bytes_read,
        requests=checkpoint.requests,
        skipped=checkpoint.skipped,
    )


def _is_adapter(names: list[str]) -> bool:
    """Return whether most tensors are halves of low-rank changes."""
    halves = sum(role(name).part in HALVES for name in names)
    return halves * 2 > len(names)


def _answer(guess: Guess | None) -> Answer:
    return Answer(None, 0.0) if guess is None else Answer(guess.value, guess.confidence)
