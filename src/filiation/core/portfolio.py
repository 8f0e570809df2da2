"""Models that somebody stands on, and whom to tell about them."""

from __future__ import annotations

import msgspec


class Portfolio(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of adopted models with its owner.

    Attributes:
        name: How it is called, unique in its file.
        models: Refs as people write them: ``owner/name``, ``dataset:owner/name``, ``owner/name@revision``.
        owner: Who answers for them and is told: a name or an address; empty for nobody.
        groups: Who may see that it exists; empty for everyone.
    """

    name: str
    models: tuple[str, ...] = ()
    owner: str = ""
    groups: tuple[str, ...] = ()
