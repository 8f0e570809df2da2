"""Where a configuration and the structure of the weights say different things of a model."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec

from filiation.structure.identity import Identity
from filiation.structure.model import knowledge
from filiation.structure.spelling import Stated, gguf_name, is_called, plain

GGUF_ARCHITECTURE = "general.architecture"
NUMBERS = {
    "layers": ("num_hidden_layers", "n_layer", "num_layers", "n_layers"),
    "width": ("hidden_size", "n_embd", "d_model", "dim"),
    "vocabulary": ("vocab_size",),
    "experts": ("num_local_experts", "num_experts", "n_routed_experts"),
}
PADDED = 1_024
"""A vocabulary may be padded by fewer rows than this."""


class Verdict(StrEnum):
    """What the structure says of a statement."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    UNVERIFIABLE = "unverifiable"


class Comparison(msgspec.Struct, frozen=True):
    """One statement held against the structure.

    Attributes:
        attribute: ``model_type``, ``architecture``, ``layers``, ``width``, ``vocabulary`` or ``experts``.
        stated: What the configuration, or whoever else, says.
        seen: What the structure says; empty where it does not.
        verdict: Whether they agree; unverifiable where the structure is unknown, or the stated type was never learned.
        confidence: Of the verdict, in [0, 1].
    """

    attribute: str
    stated: str
    seen: str
    verdict: Verdict
    confidence: float


def compare(found: Identity, config: Mapping[str, Any] | None, metadata: Mapping[str, str] | None = None) -> list[Comparison]:
    """Return each statement of a ``config.json``, and of a file's own metadata, held against the structure.

    Args:
        found: What the structure is.
        config: Of the model; of several sub-configurations only the outer one is looked at. None without.
        metadata: Of a GGUF file, which names its architecture.
    """
    told = config or {}
    compared = []
    if isinstance(told.get("model_type"), str):
        compared.append(compare_type(found, told["model_type"]))
    classes = told.get("architectures")
    if isinstance(classes, list) and classes and isinstance(classes[0], str):
        compared.append(compare_architecture(found, classes[0]))
    named = _in_file(metadata)
    if named:
        compared.append(compare_type(found, named))
    return compared + [one for one in (_number(found, what, told) for what in NUMBERS) if one]


def stated_type(config: Mapping[str, Any] | None, metadata: Mapping[str, str] | None = None) -> Stated | None:
    """Return what the configuration calls the model type, else what a GGUF file does; None where neither does."""
    named, in_file = (config or {}).get("model_type"), _in_file(metadata)
    if isinstance(named, str) and named:
        return Stated(named)
    return Stated(in_file, in_gguf=True) if in_file else None


def _in_file(metadata: Mapping[str, str] | None) -> str:
    return (metadata or {}).get(GGUF_ARCHITECTURE, "").strip('"')


def compare_type(found: Identity, stated: str) -> Comparison:
    """Return whether a model type, as transformers or llama.cpp spells it, is what the structure says."""
    seen = found.model_type
    if seen is None or plain(stated) not in learned_types():
        return Comparison("model_type", stated, seen.value if seen else "", Verdict.UNVERIFIABLE, 0.0)
    names = {seen.value, *found.same_names}
    if any(is_called(name, stated) for name in names):
        return Comparison("model_type", stated, seen.value, Verdict.CONFIRMED, found.known)
    return Comparison(
        "model_type", stated, seen.value, Verdict.CONTRADICTED, round(min(found.known, _odds_against(found, stated)), 3)
    )


def compare_architecture(found: Identity, stated: str) -> Comparison:
    """Return whether a class is what the structure says; one of another type with the same names of tensors passes."""
    seen = found.architecture
    heads = learned_architectures()
    if seen is None or stated not in heads:
        return Comparison("architecture", stated, seen.value if seen else "", Verdict.UNVERIFIABLE, 0.0)
    same = heads[stated][0] in {*found.same_names, *([found.model_type.value] if found.model_type else [])}
    if stated == seen.value or (same and heads[stated][1] == heads[seen.value][1]):
        return Comparison("architecture", stated, seen.value, Verdict.CONFIRMED, seen.confidence)
    if any(other.value == stated for other in found.alternatives.get("architecture", ())):
        return Comparison("architecture", stated, seen.value, Verdict.UNVERIFIABLE, 0.0)
    return Comparison("architecture", stated, seen.value, Verdict.CONTRADICTED, seen.confidence)


def _odds_against(found: Identity, stated: str) -> float:
    """Return how sure it is that the stated type is not the one, by the share that it still has."""
    others = {plain(other.value): other.confidence for other in found.alternatives.get("model_type", ())}
    return 1.0 - others.get(plain(stated), 0.0)


def _number(found: Identity, what: str, told: Mapping[str, Any]) -> Comparison | None:
    stated = next((told[key] for key in NUMBERS[what] if type(told.get(key)) is int), None)
    seen = getattr(found.sizes, what)
    if stated is None or seen is None or (what == "experts" and stated < 2):
        return None
    near = seen == stated or (what == "vocabulary" and 0 <= seen - stated < PADDED)
    several = what in {"layers", "width"} and not near and found.model_type is None
    verdict = Verdict.CONFIRMED if near else Verdict.UNVERIFIABLE if several else Verdict.CONTRADICTED
    return Comparison(what, str(stated), str(seen), verdict, found.known)


@cache
def learned_types() -> frozenset[str]:
    """Return the model types that were learned, plain, in every program's spelling."""
    types = {one.model_type for one in knowledge().types.classes}
    return frozenset(plain(name) for one in types for name in (one, gguf_name(one)))


@cache
def learned_architectures() -> dict[str, tuple[str, str]]:
    """Return model type and task of each class that was learned."""
    return {one.architecture: (one.model_type, one.task) for one in knowledge().architectures.classes}
