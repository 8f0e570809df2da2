from __future__ import annotations

import random

import pytest
from made_structures import bert, llama, stranger

from filiation.structure.agreement import Verdict, compare, compare_architecture, compare_type
from filiation.structure.identity import identify
from filiation.structure.sizes import sizes


def test_a_llama_is_one():
    found = identify(llama(keys=1024))
    assert found.model_type
    assert found.model_type.value == "llama" or "llama" in found.same_names
    assert found.task
    assert found.task.value == "text-generation"
    assert (found.sizes.layers, found.sizes.width, found.sizes.vocabulary, found.sizes.key_share) == (4, 4096, 32000, 0.25)


def test_a_bert_that_classifies():
    found = identify(bert())
    assert found.model_type
    assert found.model_type.value == "bert"
    assert found.task
    assert found.task.value == "text-classification"


@pytest.mark.parametrize("made", [bert, llama])
def test_order_and_wrappers_do_not_matter(made):
    plain = identify(made())
    moved = [(f"module.{name}", shape) for name, shape in made()]
    random.Random(3).shuffle(moved)  # noqa: S311  # nothing secret
    assert identify(moved) == plain


@pytest.mark.parametrize("made", [bert, llama])
def test_names_or_shapes_alone(made):
    assert identify(made(), shapes=False).model_type
    unnamed = identify([(f"onnx::MatMul_{i}", shape) for i, (_, shape) in enumerate(made())])
    assert unnamed.seen == "shapes"
    assert identify(made(), names=False).seen == "shapes"


def test_a_stranger_is_unknown():
    found = identify(stranger())
    assert found.model_type is None
    assert found.architecture is None
    assert found.known < 0.5
    assert found.nearest


def test_nothing_is_unknown():
    assert identify([]).model_type is None


def test_a_configuration_is_held_against_the_structure():
    found = identify(llama())
    said = {
        one.attribute: one
        for one in compare(found, {"model_type": "bert", "architectures": ["BertModel"], "num_hidden_layers": 32})
    }
    assert {what: one.verdict for what, one in said.items()} == {
        "model_type": Verdict.CONTRADICTED, "architecture": Verdict.CONTRADICTED, "layers": Verdict.CONTRADICTED,
    }  # fmt: skip
    assert (said["layers"].stated, said["layers"].seen) == ("32", "4")


def test_what_is_true_is_confirmed():
    told = {
        "model_type": "bert",
        "architectures": ["BertForSequenceClassification"],
        "num_hidden_layers": 3,
        "vocab_size": 30522,
    }
    assert {one.verdict for one in compare(identify(bert()), told)} == {Verdict.CONFIRMED}


def test_a_type_that_nobody_learned_is_unverifiable():
    found = identify(bert())
    assert compare_type(found, "zigzag").verdict is Verdict.UNVERIFIABLE
    assert compare_architecture(found, "ZigzagForCausalLM").verdict is Verdict.UNVERIFIABLE
    assert compare_type(identify(stranger()), "bert").verdict is Verdict.UNVERIFIABLE
    assert compare(found, {"model_type": 7, "architectures": "x", "num_hidden_layers": True}) == []


def test_a_file_of_gguf_names_its_own():
    found = identify(llama())
    assert compare(found, None, {"general.architecture": "llama"})[0].verdict is Verdict.CONFIRMED


def test_sizes_of_a_mixture():
    tensors = [(f"model.layers.{i}.block_sparse_moe.experts.{j}.w1.weight", (64, 32)) for i in range(2) for j in range(8)]
    assert (sizes(tensors).experts, sizes(tensors).parameters) == (8, 16 * 64 * 32)
