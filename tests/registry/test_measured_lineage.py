"""Lineage measured from weights, as a source of the atlas."""

from __future__ import annotations

import json

import msgspec

from filiation.core.claim import Basis
from filiation.core.record import ReadOptions, Record, Skipped
from filiation.core.ref import Kind
from filiation.extract.measured_lineage import EXTRACTOR
from filiation.lineage.recovery import Recovered
from filiation.lineage.recovery_answer import RecoveredLineage, RecoveredLink
from filiation.registry import source_for
from filiation.registry.measured_lineage import SOURCE


def link(child, parent, **more):
    known = {"relation": "finetune", "confidence": 0.9, "share": None, "evidence": (), "set_aside": False}
    return RecoveredLink(child=child, parent=parent, **{**known, **more})


def written(tmp_path, *edges, abstained=()):
    path = tmp_path / "found.json"
    path.write_bytes(msgspec.json.encode(RecoveredLineage(3, edges, (), abstained, ())))
    return path


def read(path):
    rows, skipped = {}, []
    for batch in SOURCE.read(path, ReadOptions()):
        if isinstance(batch, Skipped):
            skipped.append(batch)
            continue
        for row in batch.table.to_pylist():
            rows[json.loads(row["body"])["id"]] = json.loads(row["files"])
    return rows, skipped


def claims(name, files):
    return list(EXTRACTOR.extract(Record(Kind.MODEL, name, {"id": name}, files)))


def test_each_model_that_was_looked_at_is_a_record_and_each_parent_a_measured_claim(tmp_path):
    merge = [link("o/m", parent, relation="merge", share=share) for parent, share in (("o/a", 0.7), ("o/b", 0.3))]
    path = written(tmp_path, *merge, link("o/a", "o/b", set_aside=True), abstained=("o/b",))
    assert source_for(path) is SOURCE
    rows, skipped = read(path)
    assert (sorted(rows), skipped) == (["o/a", "o/b", "o/m"], [])
    said = claims("o/m", rows["o/m"])
    assert [(claim.value, claim.basis, claim.relation, claim.weight) for claim in said] == [
        ("o/a", Basis.MEASURED, "merge", 0.7),
        ("o/b", Basis.MEASURED, "merge", 0.3),
    ]
    assert str(said[1].locator) == "measured-lineage.json#/parents/1"
    assert claims("o/a", rows["o/a"]) == claims("o/b", rows["o/b"]) == []


def test_what_makes_no_sense_is_passed_over(tmp_path):
    path = written(tmp_path, link("../x", "o/a"), link("o/c", "not a name!"), link("o/d", "o/a", confidence=7.0))
    rows, skipped = read(path)
    assert "not a repository name" in skipped[0].reason
    assert [claims(name, files) for name, files in rows.items()] == [[], []]
    path.write_text('{"schema": "filiation/weights-recover/v1", "edges": [')
    assert "cannot be read" in read(path)[1][0].reason


def test_nothing_found_is_a_document_too():
    assert Recovered((), (), ()).edges == ()
