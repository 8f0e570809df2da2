"""Audit again just what a change can affect: adopted models that stand on it, as they stood before and as they stand now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import duckdb
import msgspec

from filiation.audit.answer import AuditFinding, AuditTarget
from filiation.audit.audit import Auditor
from filiation.core.decision import Override, Waiver
from filiation.core.language import Language
from filiation.core.ref import HUB
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate
from filiation.lineage.questions import reach
from filiation.policy.decision import VERDICTS
from filiation.policy.rule import Policy
from filiation.store.atlas import Atlas
from filiation.watch.answer import FindingSaid, Reaudited
from filiation.watch.observed import Seen, Window
from filiation.watch.pocket import Name, name_of, pocket, upstream
from filiation.watch.portfolios import Adopted


class Rules(msgspec.Struct, frozen=True):
    """By what is audited.

    Attributes:
        policy: What is required.
        at: Now, naive UTC.
        lang: Language of the sentences.
        waivers: Of the ledger, in force.
        overrides: Likewise.
    """

    policy: Policy
    at: datetime
    lang: Language = "en"
    waivers: Sequence[Waiver] = ()
    overrides: Sequence[Override] = ()


def reaudited(
    con: duckdb.DuckDBPyConnection,
    lineage: Lineage,
    adopted: Sequence[Adopted],
    seen: Sequence[Seen],
    window: Window,
    rules: Rules,
) -> list[Reaudited]:
    """Return the adopted models that the events can affect, the ones that got worse first.

    Before and now are asked of two small atlases that hold the same repositories, those models and what they come from, so that
    the two answers differ by what changed and by nothing else.

    Args:
        con: Of the atlas.
        lineage: As it stands now.
        adopted: Models of portfolios.
        seen: What changed.
        window: In which.
        rules: By what is audited.
    """
    because = _because(lineage, adopted, seen)
    if not because:
        return []
    names = upstream(lineage, set(because), seen)
    own = {node: name_of(lineage, node) for node in because}
    with pocket(con, names, window, rules.overrides) as (atlas, then):
        before = _audited(con, atlas, then, own, rules)
    with pocket(con, names, Window(window.until, since=window.until), rules.overrides) as (atlas, now):
        after = _audited(con, atlas, now, own, rules)
    found = [_compared(lineage, node, adopted, because[node], before.get(node), after.get(node)) for node in because]
    return sorted(found, key=lambda item: (-worsening(item), item.ref))


def worsening(item: Reaudited) -> int:
    """Return by how many steps a verdict got worse, below zero where it got better; 0 where it was not known."""
    if item.before is None or item.after is None:
        return 0
    return VERDICTS.index(item.after) - VERDICTS.index(item.before)


def as_audited(
    con: duckdb.DuckDBPyConnection, names: Collection[Name], window: Window, own: Name, rules: Rules
) -> AuditTarget | None:
    """Return the audit of a repository as it stood before a window; None where it was not known.

    Args:
        con: Of the atlas.
        names: Of the repository and of all that it comes from.
        window: What was observed in it does not count.
        own: Name of the repository.
        rules: By what is audited.
    """
    with pocket(con, names, window, rules.overrides) as (atlas, lineage):
        return _audited(con, atlas, lineage, {0: own}, rules).get(0)


def _because(lineage: Lineage, adopted: Sequence[Adopted], seen: Sequence[Seen]) -> dict[int, list[str]]:
    """Return the adopted models that stand on what changed, each with what that is."""
    changed: dict[int, str] = {item.node: item.event.ref for item in seen if item.node is not None}
    found: dict[int, list[str]] = {}
    for node in dict.fromkeys(item.node for item in adopted):
        above = [node, *reach(lineage, node, "up").nodes.tolist()]
        refs = [changed[at] for at in above if at in changed]
        if refs:
            found[node] = refs
    return found


def _audited(
    con: duckdb.DuckDBPyConnection, atlas: Atlas, lineage: Lineage, own: Mapping[int, Name], rules: Rules
) -> dict[int, AuditTarget]:
    """Return the audits in a small atlas, by the numbers that the models have in the whole one."""
    auditor = Auditor(atlas.con, lineage, rules.policy, rules.at, rules.waivers, rules.overrides, rules.lang)
    found = {}
    for node, name in own.items():
        at = _node_of(con, lineage, name)
        if at != NULL:
            found[node] = auditor.target(at)
    return found


def _node_of(con: duckdb.DuckDBPyConnection, lineage: Lineage, name: Name) -> int:
    """Return a repository in a small atlas, by its name or by one that it had before."""
    prefix = f"{'' if name[0] == HUB else name[0] + ':'}{name[1]}:"
    at = locate(lineage, f"{prefix}{name[2]}").node
    if at != NULL:
        return at
    for (other,) in con.execute(_OTHER_NAMES, list(name)).fetchall():
        at = locate(lineage, f"{prefix}{other}").node
        if at != NULL:
            return at
    return NULL


def _compared(
    lineage: Lineage,
    node: int,
    adopted: Sequence[Adopted],
    because: list[str],
    before: AuditTarget | None,
    after: AuditTarget | None,
) -> Reaudited:
    mine = [item.portfolio for item in adopted if item.node == node]
    then, now = _counted(before), _counted(after)
    return Reaudited(
        lineage.ref(node),
        [item.name for item in mine],
        list(dict.fromkeys(item.owner for item in mine if item.owner)),
        because,
        before.verdict if before else None,
        after.verdict if after else None,
        [said for key, said in now.items() if key not in then],
        [said for key, said in then.items() if key not in now],
    )


def _counted(target: AuditTarget | None) -> dict[tuple[str, str], FindingSaid]:
    """Return the findings that count, by check and message."""
    found: Sequence[AuditFinding] = target.findings if target else ()
    kept = [item for item in found if item.waived is None]
    return {(item.check, item.message): FindingSaid(item.check, item.severity, item.message) for item in kept}


_OTHER_NAMES = """
SELECT DISTINCT id FROM record WHERE (registry, kind, source, repo_id) IN (
    SELECT (registry, kind, source, repo_id) FROM record
    WHERE registry = ? AND kind = ?::kind AND id = ? AND repo_id IS NOT NULL)
"""
