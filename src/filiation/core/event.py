"""Something that changed in a registry between two moments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Change(StrEnum):
    """What changed; a record that differs in two ways makes two events.

    ``replaced`` is another repository under a name that one had before: whoever loads it by name gets something else.
    """

    ADDED = "added"
    GONE = "gone"
    BACK = "back"
    RENAMED = "renamed"
    REPLACED = "replaced"
    ACCESS = "access"
    LICENSE = "license"
    PARENT = "parent"
    DATASET = "dataset"
    REVISION = "revision"
    WEIGHTS = "weights"
    CARD = "card"
    TASK = "task"
    LIBRARY = "library"
    TAG = "tag"
    SCORE = "score"
    ADVISORY = "advisory"


class Event(msgspec.Struct, frozen=True):
    """A change of one field of one repository, as two observations of one source show it.

    Attributes:
        change: Which kind.
        ref: Of the repository, as it is called now.
        field: Where it stands in the record, such as ``license`` or ``base_model``.
        before: What was said; null where nothing was.
        after: What is said now; null where nothing is.
        at: When the change was first seen, naive UTC.
        source: Who says so, such as ``hub``.
    """

    change: Change
    ref: str
    field: str
    before: str | None
    after: str | None
    at: datetime
    source: str
