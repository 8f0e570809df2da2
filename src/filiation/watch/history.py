"""What was said of a model from the beginning, and what was made of it at each of these moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import msgspec

from filiation.audit.answer import AuditTarget
from filiation.core.event import Event
from filiation.core.ref import HUB
from filiation.lineage.arrays import Lineage
from filiation.policy.decision import Verdict
from filiation.watch.observed import Window, events
from filiation.watch.pocket import Name, name_of, upstream
from filiation.watch.reaudit import Rules, as_audited

BEGINNING, END = datetime(1, 1, 1), datetime(9999, 1, 1)  # noqa: DTZ001  # the atlas keeps naive UTC


class Observation(msgspec.Struct, frozen=True):
    """That a source said something else than before of a repository; `is_gone` says that it was not handed out any more."""

    at: datetime
    name: str
    source: str
    snapshot: int
    is_gone: bool


class Then(msgspec.Struct, frozen=True):
    """What was made of a model at a moment, from what was known then of it and of all that it comes from.

    Attributes:
        at: The moment.
        because: What was observed then.
        known: Whether the atlas had the model.
        parents: Refs of the models and datasets that it was held to be made from.
        license: What it declared, as understood; null where nothing.
        inherited: Terms that held because of what it comes from.
        verdict: Under the policy; null where it was not known.
        findings: Names of the checks that found something, each once.
        scores: How well it did, from 0 to 1.
    """

    at: datetime
    because: list[str]
    known: bool
    parents: list[str] = []
    license: str | None = None
    inherited: list[str] = []
    verdict: Verdict | None = None
    findings: list[str] = []
    scores: dict[str, float] = {}


class HistoryAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/history/v1"):
    """One model or dataset through time, the oldest first.

    Attributes:
        ref: As it is called now.
        names: All that it was called.
        observations: When a source said something new of it.
        changes: What that was.
        policy: Under which it was audited.
        answers: What was made of it, at each moment at which it or something that it comes from was observed anew.
        moments: How many such moments there are; `answers` has the last of them.
    """

    ref: str
    names: list[str]
    observations: list[Observation]
    changes: list[Event]
    policy: str
    answers: list[Then]
    moments: int


def history(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int, rules: Rules, last: int) -> HistoryAnswer:
    """Return what was said of a node and what was made of it.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        node: Its number.
        rules: By what it is audited.
        last: For so many moments the answers are made again; 0 for none.
    """
    own = name_of(lineage, node)
    seen = [Observation(*row) for row in con.execute(_OBSERVED, list(own)).fetchall()]
    changes = events(con, Window(END, BEGINNING), {own[1:]})
    names = upstream(lineage, {node}, changes)
    moments = _moments(con, names)
    answers = (
        [_then(con, own, names, at, because, rules) for at, because in moments[max(0, len(moments) - last) :]] if last else []
    )
    said = [item.event for item in changes]
    called = list(dict.fromkeys(item.name for item in seen)) or [own[2]]
    return HistoryAnswer(lineage.ref(node), called, seen, said, rules.policy.name, answers, len(moments))


def _moments(con: duckdb.DuckDBPyConnection, names: set[Name]) -> list[tuple[datetime, list[str]]]:
    """Return when any of `names` was observed anew, with which of them."""
    found: dict[datetime, list[str]] = {}
    rows = con.execute(_MOMENTS, {"names": [list(name) for name in sorted(names)]}).fetchall()
    for at, registry, kind, name in rows:
        found.setdefault(at, []).append(f"{'' if registry == HUB else registry + ':'}{kind}:{name}")
    return list(found.items())


def _then(
    con: duckdb.DuckDBPyConnection, own: Name, names: set[Name], at: datetime, because: Sequence[str], rules: Rules
) -> Then:
    target = as_audited(con, names, Window(END, since=at), own, rules)
    if target is None:
        return Then(at, list(because), known=False)
    return _made(at, list(because), target)


def _made(at: datetime, because: list[str], target: AuditTarget) -> Then:
    scores = {name: score for name, score in msgspec.structs.asdict(target.scores).items() if score is not None}
    return Then(
        at,
        because,
        True,
        sorted(parent.ref for parent in target.lineage.parents),
        target.license.declared.expression,
        sorted(target.license.inherited),
        target.verdict,
        sorted({finding.check for finding in target.findings}),
        scores,
    )


_OBSERVED = """
WITH own AS (SELECT registry, kind, source, repo_id FROM record
    WHERE registry = $1 AND kind = $2::kind AND id = $3 AND repo_id IS NOT NULL)
SELECT seen_at, id, source, snapshot_id, contains(body, '"filiation:gone"') AND json_exists(body, '$."filiation:gone"')
FROM record
WHERE (registry = $1 AND kind = $2::kind AND id = $3)
    OR (repo_id IS NOT NULL AND (registry, kind, source, repo_id) IN (SELECT (registry, kind, source, repo_id) FROM own))
ORDER BY seen_at, id, source
"""
_MOMENTS = """
SELECT DISTINCT seen_at, registry, kind::VARCHAR, id FROM record
WHERE (registry, kind::VARCHAR, id) IN (SELECT (name[1], name[2], name[3]) FROM (SELECT unnest($names) AS name))
ORDER BY seen_at, registry, kind, id
"""
