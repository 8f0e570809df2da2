"""An advisory in the Open Source Vulnerability format: what of it says whom it is about.

Source:
    https://ossf.github.io/osv-schema/, version 1.7. Fields that are not named here are kept in the record and not read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

REGISTRY = "osv"
"""Advisories are no models: nothing of this registry becomes a node."""
MAX_AFFECTED = 2_000


class AffectedPackage(msgspec.Struct, frozen=True):
    """What is affected, by name in its ecosystem or by package URL."""

    ecosystem: str = ""
    name: str = ""
    purl: str = ""


class Turn(msgspec.Struct, frozen=True):
    """A version at which being affected begins or ends; exactly one of the fields is given."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(msgspec.Struct, frozen=True):
    """A range of versions, in the order of its type: ``SEMVER``, ``ECOSYSTEM`` or ``GIT``."""

    type: str
    events: list[Turn] = []


class Affected(msgspec.Struct, frozen=True):
    """A package with its affected versions; without ranges and versions all of them are."""

    package: AffectedPackage = AffectedPackage()
    ranges: list[Range] = []
    versions: list[str] = []
    severity: list[dict[str, Any]] = []
    database_specific: dict[str, Any] = {}


class Advisory(msgspec.Struct, frozen=True):
    """An advisory; one that was withdrawn counts no more."""

    id: str
    modified: datetime
    summary: str = ""
    details: str = ""
    aliases: list[str] = []
    withdrawn: datetime | None = None
    severity: list[dict[str, Any]] = []
    affected: list[Affected] = []
    database_specific: dict[str, Any] = {}


def parse_advisory(body: bytes | str) -> Advisory:
    """Return the advisory that `body` is.

    Raises:
        ValueError: If it is none; the message says where.
    """
    try:
        found = msgspec.json.decode(body, type=Advisory)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error) or "nested too deep") from error
    if not found.id or len(found.affected) > MAX_AFFECTED:
        raise ValueError("it has no id" if not found.id else f"it names more than {MAX_AFFECTED:,} packages")
    for item in found.affected:
        for one in item.ranges:
            given = [sum(value is not None for value in msgspec.structs.astuple(turn)) for turn in one.events]
            if not given or set(given) != {1}:
                raise ValueError(
                    "a range has no events, or one that is not exactly one of introduced, fixed, last_affected, limit"
                )
    return found
