"""Results of evaluations in files that the Hub reads, and in the field in which its API tells them."""

from __future__ import annotations

import json

import pytest

from filiation.core.claim import Basis, Locator
from filiation.core.extractor import UnreadableError
from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.extract.eval_results import EXTRACTOR, extract
from filiation.scores.claimed import score_of

TWO = """- dataset: {id: cais/hle, task_id: default, revision: 5503434d}
  value: 20.90
  date: 2025-01-15T10:30:00Z
  source: {url: https://example.org, name: CAIS HLE}
  notes: no-tools
- dataset: {id: Idavidrein/gpqa, task_id: gpqa_diamond}
  value: 0.412
"""


def record(**files: str) -> Record:
    return Record(Kind.MODEL, "o/m", {}, {f".eval_results/{name}.yaml": text for name, text in files.items()})


def test_each_result_is_a_claim_that_becomes_a_score():
    claims = list(extract(record(both=TWO)))
    assert [claim.locator for claim in claims] == [Locator(".eval_results/both.yaml", f"/{place}") for place in (0, 1)]
    first, second = (score_of("model:o/m", json.loads(claim.value), Basis.DECLARED, claim.locator) for claim in claims)
    assert first
    assert second
    assert (first.metric, first.dataset, first.value) == ("accuracy", "hle", 0.209)
    assert (first.protocol.variant, first.protocol.dataset_revision, first.by) == ("no-tools", "5503434d", "CAIS HLE")
    assert (second.dataset, second.protocol.config, second.value) == ("gpqa/diamond", None, 0.412)


def test_a_benchmark_without_a_usual_metric_has_its_own_main_score():
    claim = next(extract(record(a="- dataset: {id: acme/birds, task_id: x}\n  value: 0.5")))
    score = score_of("model:o/m", json.loads(claim.value), Basis.DECLARED, claim.locator)
    assert score
    assert (score.metric, score.dataset) == ("main_score", "acme/birds")


@pytest.mark.parametrize("text", ["3", "- 3", "- {dataset: 3, value: 1}", "- {dataset: {id: a/b}}", ""])
def test_other_content_tells_nothing(text):
    assert list(extract(record(a=text))) == []


def test_a_file_that_is_no_yaml_is_said_and_costs_no_other():
    told = extract(record(a="- [", b=TWO))
    assert next(told).predicate == "metric"
    with pytest.raises(UnreadableError, match=r"a\.yaml"):
        list(told)


def test_only_its_folder_is_read():
    assert EXTRACTOR.reads([".eval_results/a.yaml"])
    assert not EXTRACTOR.reads(["README.md", "x.yaml"])
