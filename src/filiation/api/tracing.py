"""The answers of `trace` and `impact`, applications among them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from filiation.lineage.applications import (
    PREFIX,
    find_application,
    load_applications,
    standing_on,
    trace_application,
    with_applications,
)
from filiation.lineage.arrays import Lineage
from filiation.lineage.questions import Impact, Trace, impact, trace


def is_application(ref: str) -> bool:
    """Return whether a name is that of an application, which is no node."""
    return ref.startswith(PREFIX)


def application_trace(
    atlas: Path, token: str | None, lineage: Lineage, ref: str, depth: int | None, as_of: str | None
) -> Trace:
    """Return what the application ``application:NAME`` uses, and where that comes from; parameters as `node_trace` has them.

    Raises:
        UnknownRefError: If there is none of that name.
    """
    return trace_application(lineage, find_application(load_applications(atlas, token), ref), depth, as_of)


def node_trace(
    atlas: Path, token: str | None, lineage: Lineage, node: int, *, down: bool, depth: int | None, as_of: str | None
) -> Trace:
    """Return where a node comes from, or what comes from it.

    Args:
        atlas: The atlas's folder.
        token: Of the lineage; None for the one that stands.
        lineage: Of that token.
        node: Its number.
        down: Descendants, and the applications that use one of them, instead of ancestors.
        depth: At most so many steps away; None for all.
        as_of: The day that the lineage is of, as it was asked for.
    """
    answer = trace(lineage, node, "down" if down else "up", depth, as_of)
    return with_applications(answer, load_applications(atlas, token), depth) if down else answer


def node_impact(atlas: Path, token: str | None, lineage: Lineage, node: int, top: int) -> Impact:
    """Return what stands on a node, with the applications among it where any were charted."""
    answer = impact(lineage, node, top)
    if known := load_applications(atlas, token):
        return msgspec.structs.replace(answer, applications=standing_on(lineage, known, node))
    return answer
