"""The advisories of an atlas, each with whom it is about and what stands on that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from filiation.advisories.matching import advisories, applications_at, matches, summary_of
from filiation.core.advisory import Advisory
from filiation.core.errors import FiliationError
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas


class AdvisedNode(msgspec.Struct, frozen=True):
    """A repository that an advisory is about: `how` it is known (``model``, ``file`` or ``package``), and what stands on it."""

    ref: str
    how: str
    severity: str
    confidence: float
    descendants: int


class AdvisedApplication(msgspec.Struct, frozen=True):
    """An application that fixes a version of a package that an advisory is about."""

    application: str
    severity: str
    package: str
    file: str


class ListedAdvisory(msgspec.Struct, frozen=True):
    """An advisory, with what in the atlas it is about."""

    id: str
    aliases: list[str]
    summary: str
    modified: datetime
    withdrawn: bool
    matches: list[AdvisedNode]
    applications: list[AdvisedApplication]


class AdvisoriesAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/advisories/v1"):
    """The advisories of an atlas: how many it has, how many were withdrawn, and those that were asked for."""

    known: int
    withdrawn: int
    advisories: list[ListedAdvisory]


def listed(atlas: Atlas, ids: Sequence[str] = (), *, everything: bool = False) -> AdvisoriesAnswer:
    """Return the advisories that are about something in the atlas.

    Args:
        atlas: Open for reading, its stages up to date.
        ids: Only these, by id or alias; none for all.
        everything: Also those that are about nothing here.

    Raises:
        FiliationError: If one of `ids` is not there.
    """
    known = advisories(atlas.con)
    named = {name for item in known for name in (item.id, *item.aliases)}
    if missing := [name for name in ids if name not in named]:
        raise FiliationError(f"There is no advisory {missing[0]} in {atlas.path}: chart the folder that has it.")
    wanted = [item for item in known if not ids or set(ids) & {item.id, *item.aliases}]
    lineage = Lineage.load(atlas.path)
    nodes: dict[str, list[AdvisedNode]] = {}
    for match in matches(atlas.con, wanted):
        below = int(lineage.descendants[match.node_id])
        found = AdvisedNode(lineage.ref(match.node_id), match.how, match.severity, match.confidence, below)
        nodes.setdefault(match.advisory, []).append(found)
    uses: dict[str, list[AdvisedApplication]] = {}
    for use in applications_at(atlas.con, wanted):
        uses.setdefault(use.advisory, []).append(AdvisedApplication(use.application, use.severity, use.package, use.file))
    shown = [_listed(item, nodes.get(item.id, []), uses.get(item.id, [])) for item in wanted]
    kept = [item for item in shown if everything or ids or item.matches or item.applications]
    return AdvisoriesAnswer(len(known), sum(item.withdrawn is not None for item in known), kept)


def _listed(item: Advisory, nodes: list[AdvisedNode], uses: list[AdvisedApplication]) -> ListedAdvisory:
    ordered = sorted(nodes, key=lambda node: (-node.confidence, -node.descendants, node.ref))
    return ListedAdvisory(item.id, item.aliases, summary_of(item), item.modified, item.withdrawn is not None, ordered, uses)
