"""The answer of `name`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from filiation.names import Element, parse


class ReadElement(msgspec.Struct, frozen=True):
    """A stretch of a name, from character `start` on, and what it says."""

    text: str
    start: int
    element: str
    value: str
    confidence: float


class ReadName(msgspec.Struct, frozen=True):
    """What a name says: its elements in order and the convention that it follows."""

    name: str
    elements: list[ReadElement]
    convention: str
    confidence: float


class Named(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/name/v1"):
    """What one name says; of several names, `names` says it of each, and the rest is left out.

    `convention` is I (an implementation), IA or IT (with its application or task), AT (one of these alone) or O (other).
    """

    name: str | UnsetType = UNSET
    elements: list[ReadElement] | UnsetType = UNSET
    convention: str | UnsetType = UNSET
    confidence: float | UnsetType = UNSET
    names: list[ReadName] | UnsetType = UNSET


def named(texts: Sequence[str]) -> Named:
    """Return what each of `texts` says, at least one."""
    names = [_read(text) for text in texts]
    if len(names) > 1:
        return Named(names=names)
    only = names[0]
    return Named(only.name, only.elements, only.convention, only.confidence)


def _read(text: str) -> ReadName:
    name = parse(text)
    return ReadName(text, [_element(element) for element in name.elements], name.convention, name.confidence)


def _element(element: Element) -> ReadElement:
    return ReadElement(element.text, element.start, element.kind, element.value, element.confidence)
