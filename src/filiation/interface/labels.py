"""The labels that a model can give."""

from __future__ import annotations

import re
from typing import Any

from filiation.interface.shape import Fact

MAX_LABELS = 50_000
MAX_CHARS = 200
_IDLE = re.compile(r"LABEL_\d{1,6}", re.ASCII)


def labels(config: dict[str, Any], where: str = "config.json") -> tuple[Fact, ...]:
    """Return ``labels``, in the order of their numbers, and ``idle_labels`` where they are only numbered; empty where untold.

    `label2id` is asked where `id2label` is missing. Where both are there and differ, that is `also`.
    """
    by_number = _numbered(config.get("id2label"))
    by_name = _numbered({number: name for name, number in _pairs(config.get("label2id"))})
    names = by_number or by_name
    if not names:
        return ()
    from_field = "id2label" if by_number else "label2id"
    found = [Fact("labels", names, f"{where} /{from_field}", _other(names, by_name, where))]
    if all(_IDLE.fullmatch(name) for name in names):
        found.append(Fact("idle_labels", True, f"{where} /{from_field}"))
    return tuple(found)


def _other(names: tuple[str, ...], by_name: tuple[str, ...], where: str) -> tuple:
    from filiation.interface.shape import Said  # noqa: PLC0415  # only where the two differ

    return (Said(by_name, f"{where} /label2id"),) if by_name and set(by_name) != set(names) else ()


def _pairs(table: object) -> list[tuple[str, object]]:
    return list(table.items())[:MAX_LABELS] if isinstance(table, dict) else []


def _numbered(table: object) -> tuple[str, ...]:
    """Return the texts of a table from number to text, in the order of the numbers."""
    found = []
    for number, name in _pairs(table):
        if str(number).isdecimal() and isinstance(name, (str, int)):
            found.append((int(str(number)), str(name)[:MAX_CHARS]))
    return tuple(name for _, name in sorted(found))
