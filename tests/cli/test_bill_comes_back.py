"""A bill that we wrote, read as anybody's: the same descent."""

from __future__ import annotations

import json

import pytest

REF = "eve/llama-8b-trinity"


def traced(run, atlas):
    answer = json.loads(run("trace", REF, "--json", atlas=atlas).stdout)
    return {(edge["child"], edge["parent"], edge["relation"]) for edge in answer["edges"]}


@pytest.mark.parametrize("standard", ["cyclonedx", "spdx"])
def test_a_bill_of_ours_tells_another_atlas_the_same_descent(run, small, chart, tmp_path, standard):
    bill = tmp_path / "bill.json"
    done = run("export", standard, REF, "--out", str(bill), atlas=small)
    assert done.returncode == 0, done.stderr
    told = traced(run, chart(tmp_path / "b.atlas", bill))
    assert len(told) > 4
    assert told == traced(run, small)
