"""What one reader makes of a model's files, and the small steps that all readers share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from filiation.interface.shape import Fact, Modality, Port, Said, Untold
from filiation.knowledge import load

MAX_TEXT = 300


class Told(msgspec.Struct, frozen=True):
    """What a reader found; fields as in `ModelSchema`."""

    library: str
    task: str | None
    task_from: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    untold: tuple[Untold, ...] = ()


@cache
def tasks() -> dict[str, Any]:
    """Return what is known of tasks."""
    return load("pilot_tasks")


def ports_of(task: str | None, side: str) -> tuple[Port, ...]:
    """Return the inputs (`side` ``in``) or outputs (``out``) that belong to a task; none for a task that is not known."""
    written = tasks()["ports"].get(task or "", {}).get(side, [])
    return tuple(_port(text) for text in written)


def _port(text: str) -> Port:
    name, _, modality = text.partition(":")
    kinds: dict[str, Modality] = {
        "text": "text", "image": "image", "audio": "audio", "video": "video", "table": "table", "label": "label",
        "score": "score", "embedding": "embedding",
    }  # fmt: skip
    return Port(name, kinds[modality.rstrip("?")], not modality.endswith("?"))


def with_facts(ports: Iterable[Port], facts: Mapping[Modality, Sequence[Fact]]) -> tuple[Port, ...]:
    """Return `ports`, each with the facts of its modality behind its own."""
    return tuple(msgspec.structs.replace(port, facts=(*port.facts, *facts.get(port.modality, ()))) for port in ports)


def weighed(name: str, said: Iterable[Said]) -> Fact | None:
    """Return the fact that several files tell, the one that decides first; None where none does.

    What the others say is kept where it differs.
    """
    heard = [*said]
    if not heard:
        return None
    first, *others = heard
    return Fact(name, first.value, first.where, tuple(one for one in others if one.value != first.value))


def facts(*found: Fact | None) -> tuple[Fact, ...]:
    """Return those facts that there are."""
    return tuple(fact for fact in found if fact is not None)


def whole(value: object, most: int = 1 << 40) -> int | None:
    """Return `value` where it is a whole number above 0 and at most `most`; strangers write all sorts of things there."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most else None


def text(value: object) -> str | None:
    """Return `value` where it is a text, its first characters."""
    return value[:MAX_TEXT] if isinstance(value, str) and value else None


def decimals(value: object, most: int = 16) -> tuple[float, ...]:
    """Return `value` where it is a short list of numbers; empty for anything else."""
    if not isinstance(value, list) or not 0 < len(value) <= most:
        return ()
    if any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in value):
        return ()
    return tuple(float(one) for one in value)


def inside(value: object) -> dict[str, Any]:
    """Return `value` where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}
