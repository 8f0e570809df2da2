"""The figures that were computed independently from the real dump, to the row."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from filiation.pipeline import SPARED

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("whole dump")]


@pytest.fixture(scope="module")
def stats(shared, tmp_path_factory, run):
    atlas = tmp_path_factory.mktemp("hub") / "atlas"
    dumps = [shared / "hub-2024-07" / name for name in ("models.jsonl.gz", "datasets.jsonl.gz")]
    at = ("--at", datetime(2024, 7, 11).date())  # noqa: DTZ001
    spared = [word for stage in SPARED for word in ("--without", stage)]  # no figure asks for them
    charted = run("chart", *dumps, *at, *spared, "--json", atlas=atlas, seconds=600)
    assert charted.returncode == 0, charted.stderr
    answer = json.loads(charted.stdout)
    assert (answer["records"], answer["added"], answer["skipped"]) == (935_000, 935_000, 0)
    assert answer["peak_rss_bytes"] < 4e9
    return json.loads(run("stats", "--json", atlas=atlas).stdout)


def test_what_publishers_declare(stats):
    declared = stats["declared"]
    assert declared["license_models"] == 286_978
    assert declared["dataset_models"] == 75_881
    assert declared["base_model_models"] == 117_155
    assert declared["base_model_models_named"] == 117_150
    assert declared["several_base_models"] == 5_526
    assert declared["licenses"]["apache-2.0"] == 119_537


def test_the_graph_as_the_study_builds_it(stats):
    graph = stats["declared"]["graph"]
    families = {family["name"]: family["descendants"] for family in graph.pop("families")}
    assert graph == {
        "edges": 126_645,
        "self_references": 669,
        "cycles": 7,
        "nodes": 126_770,
        "components": 8_636,
        "largest_component": 27_182,
        "longest_chain": 41,
    }
    assert families["mistralai/mistral-7b-v0.1"] == 5_194


def test_after_resolution(stats):
    resolved = stats["resolved"]
    assert resolved["graph"]["cycles"] == 7
    assert resolved["references"]["alias"] > 40_000
    assert {"model missing", "model ambiguous", "model malformed"} <= set(resolved["states"])
