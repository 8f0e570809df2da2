"""Lineage of a folder of sketches: a root, its fine-tunes, a merge of them, a copy, and a stranger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from made_family import fresh, tuned
from made_source import sketched

from filiation.core.relation import Relation
from filiation.lineage.recovery_answer import RecoveredLineage, recovered_lineage
from filiation.lineage.recovery_sketches import kinds_shown, models_of, recover_sketches
from filiation.weights.sketch_folder import SketchFolder

DAY = datetime(2024, 1, 1, tzinfo=UTC)


SHAPES = dict.fromkeys(("self_attn.q_proj", "self_attn.o_proj", "mlp.up_proj"), (48, 48))
STRENGTH = 0.15


def root(seed):
    return fresh(seed, 96, SHAPES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    base = root(1)
    left, right = tuned(base, 2, STRENGTH), tuned(base, 3, STRENGTH)
    models = {
        "a/root": base,
        "b/left": left,
        "c/right": right,
        "d/merge": {name: 0.6 * left[name] + 0.4 * right[name] for name in base},
        "e/grandchild": tuned(left, 4, STRENGTH),
        "f/copy": left,
        "g/stranger": root(9),
    }
    path = tmp_path_factory.mktemp("sketches")
    with SketchFolder(path) as kept:
        for number, (name, arrays) in enumerate(models.items()):
            kept.add(name, sketched(arrays), DAY.replace(tzinfo=None) + timedelta(days=number))
    return path


def test_a_small_family_is_charted(folder):
    answer = recovered_lineage(folder)
    found = {(edge.child, edge.parent) for edge in answer.edges if not edge.set_aside}
    assert {("b/left", "a/root"), ("c/right", "a/root"), ("e/grandchild", "b/left"), ("f/copy", "a/root")} <= found
    assert {parent for child, parent in found if child == "d/merge"} == {"b/left", "c/right"}
    assert not any("g/stranger" in pair for pair in found)
    assert answer.duplicates == (("b/left", "f/copy"),)
    assert {"a/root", "g/stranger"} <= set(answer.abstained)
    shares = {edge.parent: edge.share for edge in answer.edges if edge.child == "d/merge"}
    assert shares == pytest.approx({"b/left": 0.6, "c/right": 0.4}, abs=0.02)
    assert msgspec.json.decode(msgspec.json.encode(answer), type=RecoveredLineage) == answer


def test_one_model_alone_has_the_same_parents(folder):
    whole = recover_sketches(models_of(SketchFolder(folder)))
    for child in range(7):
        alone = recover_sketches(models_of(SketchFolder(folder)), children=[child])
        assert {edge.parent for edge in alone.edges} == {edge.parent for edge in whole.edges if edge.child == child}


def test_what_is_stored_in_few_bits_is_a_leaf():
    assert Relation.QUANTIZED in kinds_shown("gguf", "Q4_K")
    assert Relation.QUANTIZED not in kinds_shown("safetensors", "BF16")


def test_models_of_each_recipe_are_charted_among_themselves(tmp_path):
    sketches = {"a/root": root(1), "b/child": tuned(root(1), 2, STRENGTH)}
    others = {"x/root": root(5), "y/child": tuned(root(5), 6, STRENGTH), "z/child": tuned(root(1), 7, STRENGTH)}
    with SketchFolder(tmp_path) as kept:
        for number, (name, arrays) in enumerate((sketches | others).items()):
            made = sketched(arrays)
            kept.add(name, made.fold(4) if name in others else made, DAY.replace(tzinfo=None) + timedelta(days=number))
    answer = recovered_lineage(tmp_path)
    assert {(edge.child, edge.parent) for edge in answer.edges} == {("b/child", "a/root"), ("y/child", "x/root")}
    assert not answer.skipped
