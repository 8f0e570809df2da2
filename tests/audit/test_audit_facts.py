"""What a policy is told of one repository is what it is told of all of them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from moment import NOW

from filiation.audit.facts import FactFinder
from filiation.core.decision import Waiver
from filiation.core.ref import Ref
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas


@pytest.fixture
def finder(audited):
    with Atlas.open(audited) as atlas:
        lineage = Lineage.load(audited)
        yield lambda waivers=(): FactFinder(atlas.con, lineage, waivers, NOW), lineage


def test_one_is_as_all(finder):
    make, lineage = finder
    together = dict(make().of(range(lineage.size)))
    alone = {node: next(iter(make().of([node])))[1] for node in range(lineage.size)}
    assert together == alone
    assert list(together) == sorted(together)


def test_a_publisher_is_counted_by_the_models_that_the_registry_holds(finder):
    make, lineage = finder
    held = [lineage.name(node) for node in np.flatnonzero(lineage.is_model(np.arange(lineage.size)) & (lineage.state == 0))]
    owners = Counter(name.partition("/")[0] for name in held if "/" in name)
    for node, facts in make().of(range(lineage.size)):
        name = lineage.name(node)
        assert facts.publisher.models == (owners[name.partition("/")[0]] if "/" in name else 0)


def test_facts_are_those_of_the_registry(finder):
    make, lineage = finder
    node = lineage.find(Ref.parse("o/strict"))
    facts = dict(make().of([node]))[node]
    assert (facts.ref, facts.owner, facts.name, facts.state) == ("model:o/strict", "o", "strict", "present")
    assert (facts.license.expression, facts.license.kinds) == ("cc-by-nc-4.0", ("non-commercial",))
    assert (facts.descendants, facts.downloads, facts.publisher.models) == (2, 1000, 5)
    assert facts.evidence.datasets
    assert facts.evidence.card is None  # the list of a registry says nothing of cards
    assert facts.formats is None
    assert not facts.files_known


def test_unknown_ancestors_are_counted(finder):
    make, lineage = finder
    node = lineage.find(Ref.parse("o/orphan"))
    facts = dict(make().of([node]))[node]
    assert (facts.ancestors, facts.unknown_ancestors) == (1, 1)
    assert facts.parents[0].state == "missing"


def test_a_waiver_marks_only_its_own_finding(finder):
    make, lineage = finder
    nodes = np.arange(lineage.size)
    plain = dict(make().of(nodes))
    node, facts = next((node, facts) for node, facts in plain.items() if len(facts.findings) > 1)
    chosen = facts.findings[0].check
    waiver = Waiver(facts.ref, chosen, "ann", NOW, NOW + timedelta(days=1), "Known.", 1)
    told = dict(make([waiver]).of(nodes))
    assert {found.check for found in told[node].findings if found.waived} == {chosen}
    assert {other: facts for other, facts in told.items() if other != node} == {
        other: facts for other, facts in plain.items() if other != node
    }
