"""The registry by risk: how bad, times how much stands on it."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import numpy as np

from filiation.audit.answer import Risk, RiskAnswer
from filiation.core.finding import Severity
from filiation.core.ref import Kind
from filiation.lineage.arrays import NULL, Lineage
from filiation.policy.decision import VERDICTS

WEIGHTS: Mapping[Severity, float] = {
    Severity.INFO: 0.0,
    Severity.LOW: 0.05,
    Severity.MEDIUM: 0.2,
    Severity.HIGH: 0.5,
    Severity.CRITICAL: 0.9,
}
"""How bad one finding is that is surely true: of two of a severity, what both leave is what either leaves, twice."""
WORST = 3


def badness(con: duckdb.DuckDBPyConnection, n: int) -> np.ndarray:
    """Return float32[n]: how bad the findings of each node are together, in [0, 1].

    A finding of weight w and confidence c leaves ``1 - w c`` of a node's soundness; findings multiply. Laws: a finding more
    never makes a node better; without any it is 0.
    """
    weight = " ".join(f"WHEN '{severity}' THEN {value}" for severity, value in WEIGHTS.items())
    rows = con.execute(
        f"SELECT node_id, 1 - exp(sum(ln(1 - confidence * CASE severity {weight} ELSE 0 END))) AS badness"
        " FROM finding GROUP BY node_id"
    ).fetchnumpy()
    result = np.zeros(n, np.float32)
    result[np.asarray(rows["node_id"], np.int64)] = np.asarray(rows["badness"], np.float32)
    return np.clip(result, 0, 1)


def ranking(
    con: duckdb.DuckDBPyConnection,
    lineage: Lineage,
    offset: int = 0,
    limit: int = 50,
    policy: str | None = None,
    verdicts: np.ndarray | None = None,
    kind: Kind | None = None,
) -> RiskAnswer:
    """Return a page of the registry in the order of risk, ties by downloads.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        offset: How many to pass over.
        limit: How many to return.
        policy: The name of the policy that `verdicts` follow.
        verdicts: uint8[n]; see `registry.verdicts`; None where no policy was asked for.
        kind: Only these; None for all. A dataset has many heirs, so that datasets lead a list of all.
    """
    bad = badness(con, lineage.size)
    if kind:
        bad[lineage.is_model(np.arange(lineage.size)) != (kind == Kind.MODEL)] = 0
    dependents = 1 + lineage.descendants.astype(np.int64)
    risk = bad * dependents
    order = np.lexsort((-lineage.downloads, -risk))[: int((bad > 0).sum())]
    page = order[offset : offset + limit]
    worst = _worst(con, page)
    refs = lineage.refs(page.tolist())
    risks = [
        Risk(
            ref,
            node,
            round(float(risk[node]), 2),
            round(float(bad[node]), 3),
            int(dependents[node]),
            None if lineage.downloads[node] == NULL else int(lineage.downloads[node]),
            None if verdicts is None or verdicts[node] >= len(VERDICTS) else VERDICTS[verdicts[node]],
            worst.get(node, []),
        )
        for ref, node in zip(refs, page.tolist(), strict=True)
    ]
    of_kind = "SEMI JOIN (FROM node WHERE kind = $kind) USING (node_id)" if kind else ""
    counts = con.execute(
        f"SELECT check_name, count(*) FROM finding {of_kind} GROUP BY 1 ORDER BY 2 DESC, 1", {"kind": kind} if kind else {}
    ).fetchall()
    tally: dict[str, int] = (
        {} if verdicts is None else {str(word): int((verdicts == code).sum()) for code, word in enumerate(VERDICTS)}
    )
    return RiskAnswer(policy, len(order), tally, dict(counts), risks)


def _worst(con: duckdb.DuckDBPyConnection, nodes: np.ndarray) -> dict[int, list[str]]:
    rank = " ".join(f"WHEN '{severity}' THEN {value}" for severity, value in WEIGHTS.items())
    rows = con.execute(
        f"SELECT node_id, list(DISTINCT check_name ORDER BY check_name) FROM ("
        f"  SELECT node_id, check_name, row_number() OVER (PARTITION BY node_id"
        f"    ORDER BY confidence * CASE severity {rank} ELSE 0 END DESC, check_name) AS place"
        f"  FROM finding WHERE list_contains(?, node_id)"
        f") WHERE place <= {WORST} GROUP BY node_id",
        [nodes.tolist()],
    ).fetchall()
    return dict(rows)
