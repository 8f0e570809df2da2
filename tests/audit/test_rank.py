"""Risk is how bad, times how much stands on it."""

from __future__ import annotations

import duckdb
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from moment import NOW

from filiation.audit.rank import WEIGHTS, badness, ranking
from filiation.audit.registry import UNASKED, verdicts
from filiation.core.ref import Kind, Ref
from filiation.lineage.arrays import Lineage
from filiation.policy.decision import VERDICTS
from filiation.policy.load import load
from filiation.store.atlas import Atlas

NODES = 3
found = st.tuples(st.integers(0, NODES - 1), st.sampled_from([str(word) for word in WEIGHTS]), st.floats(0, 1, width=32))


def bad(rows):
    with duckdb.connect() as con:
        con.execute("CREATE TABLE finding (node_id INTEGER, severity VARCHAR, confidence FLOAT)")
        if rows:
            con.executemany("INSERT INTO finding VALUES (?, ?, ?)", rows)
        return badness(con, NODES)


@given(st.lists(found, max_size=12), found)
def test_a_finding_more_never_makes_a_node_better(rows, one):
    before, after = bad(rows), bad([*rows, one])
    assert (after >= before - 1e-6).all()
    assert (after <= 1).all()


@given(st.lists(found, max_size=12))
def test_badness_is_what_its_twin_says(rows):
    left = np.ones(NODES)
    for node, severity, sure in rows:
        left[node] *= 1 - WEIGHTS[severity] * sure
    np.testing.assert_allclose(bad(rows), 1 - left, atol=1e-5)


def test_the_registry_in_the_order_of_risk(audited):
    lineage = Lineage.load(audited)
    with Atlas.open(audited) as atlas:
        answer = ranking(atlas.con, lineage, limit=100)
        rest = ranking(atlas.con, lineage, offset=1, limit=2)
    risks = [item.risk for item in answer.risks]
    assert risks == sorted(risks, reverse=True)
    assert answer.total == len(answer.risks)
    assert all(item.worst for item in answer.risks)
    assert rest.risks == answer.risks[1:3]
    assert answer.verdicts == {}


def test_each_kind_alone_keeps_the_order_of_all(audited):
    lineage = Lineage.load(audited)
    dataset = lineage.find(Ref.parse("dataset:o/data"))
    with Atlas.open(audited) as atlas:
        atlas.con.execute("CREATE TEMP TABLE found AS FROM finding")
        atlas.con.execute("INSERT INTO found (SELECT * REPLACE (? AS node_id) FROM finding LIMIT 1)", [dataset])
        atlas.con.execute("ALTER TABLE found RENAME TO finding")
        together = ranking(atlas.con, lineage, limit=100)
        apart = {kind: ranking(atlas.con, lineage, limit=100, kind=kind) for kind in Kind}
    for kind, answer in apart.items():
        assert answer.risks == [item for item in together.risks if item.ref.startswith(f"{kind}:")]
        assert answer.risks
        assert answer.total == len(answer.risks)
    assert sum(answer.total for answer in apart.values()) == together.total
    counts = [sum(answer.checks.get(check, 0) for answer in apart.values()) for check in together.checks]
    assert counts == list(together.checks.values())


def test_verdicts_of_all_models_are_those_of_each(audited, auditor):
    policy = load("internal")
    audit, lineage = auditor()
    with Atlas.open(audited) as atlas:
        told = verdicts(atlas.con, lineage, policy, NOW, (), (), lambda _: None)
        answer = ranking(atlas.con, lineage, policy=policy.name, verdicts=told)
    held = np.flatnonzero(told != UNASKED)
    assert len(held) == 5
    assert {int(node): VERDICTS[told[node]] for node in held} == {int(node): audit.target(int(node)).verdict for node in held}
    assert sum(answer.verdicts.values()) == len(held)
