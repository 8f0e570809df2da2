"""The verdict on every model of an atlas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import duckdb
import numpy as np

from filiation.audit.facts import FactFinder
from filiation.core.decision import Override, Waiver
from filiation.core.ref import Ref
from filiation.licenses.answers import ANSWERS, answers
from filiation.licenses.build import as_built
from filiation.licenses.decided import USE, given
from filiation.licenses.node_terms import node_terms
from filiation.licenses.purpose import purpose
from filiation.lineage.arrays import NULL, Lineage
from filiation.policy.decision import VERDICTS
from filiation.policy.rule import Policy
from filiation.policy.verdict import decide_many

NODES_PER_STEP = 20_000
UNASKED = len(VERDICTS)
"""What stands for a node that is no model which the registry holds."""


def verdicts(
    con: duckdb.DuckDBPyConnection,
    lineage: Lineage,
    policy: Policy,
    at: datetime,
    waivers: Sequence[Waiver],
    overrides: Sequence[Override],
    progress: Callable[[int], None],
) -> np.ndarray:
    """Return uint8[n]: index into `policy.decision.VERDICTS` for every model that the registry holds, else `UNASKED`.

    How sure a line of descent is does not count for the license's answer here; see `licenses.answers`.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        policy: What is required.
        at: Now, naive UTC.
        waivers: Those in force.
        overrides: Likewise.
        progress: Called with the number of models done so far.
    """
    nodes = np.flatnonzero(lineage.is_model(np.arange(lineage.size)) & (lineage.state == 0))
    allowed = _allowed(con, lineage, policy, overrides)
    finder = FactFinder(con, lineage, waivers, at, allowed)
    result = np.full(lineage.size, UNASKED, np.uint8)
    for start in range(0, len(nodes), NODES_PER_STEP):
        step = nodes[start : start + NODES_PER_STEP]
        told = decide_many(policy, (facts for _, facts in finder.of(step)))
        result[step] = [VERDICTS.index(decision.verdict) for decision in told]
        progress(start + len(step))
    return result


def _allowed(con: duckdb.DuckDBPyConnection, lineage: Lineage, policy: Policy, overrides: Sequence[Override]) -> dict[int, str]:
    """Return whether the policy's use is allowed, of every node; nothing where the policy names no use."""
    if policy.use is None:
        return {}
    wanted = purpose(policy.use)
    doubtful = np.zeros(lineage.size, bool)
    rows = con.execute(
        "SELECT DISTINCT node_id FROM finding WHERE starts_with(check_name, 'license-') AND severity IN ('high', 'critical')"
    ).fetchnumpy()
    doubtful[np.asarray(rows["node_id"], np.int64)] = True
    told = answers(lineage, node_terms(lineage, as_built(con)), wanted, doubtful)
    result = dict(enumerate(np.array(ANSWERS, object)[told].tolist()))
    for item in overrides:
        node = lineage.find(Ref.parse(item.subject)) if item.predicate == USE else NULL
        if node != NULL:
            decided = given(item, wanted)
            if decided is not None:
                result[node] = decided
    return result
