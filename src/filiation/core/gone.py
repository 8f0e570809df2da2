"""A repository that a registry held and does not hand out any more."""

from __future__ import annotations

from enum import StrEnum

import msgspec

FIELD = "filiation:gone"
"""Where a record says it: the one field of a body that we write and no registry does."""


class How(StrEnum):
    """What the registry answered.

    ``unseen`` is all that a stranger learns of what was deleted or made private: the Hub tells them apart to nobody who may not
    look.
    """

    UNSEEN = "unseen"
    DELETED = "deleted"
    PRIVATE = "private"
    DISABLED = "disabled"
    RENAMED = "renamed"


class Gone(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it is gone, with what the registry answered, and under which name it goes on where it was renamed."""

    how: How
    answer: str = ""
    to: str = ""
