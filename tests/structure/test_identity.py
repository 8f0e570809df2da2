from __future__ import annotations

import random

import pytest
from made_structures import bert, llama, stranger

from filiation.structure.agreement import Verdict, compare, compare_architecture, compare_type, stated_type
from filiation.structure.identity import identify
from filiation.structure.sizes import sizes
from filiation.structure.spelling import Stated


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


@pytest.mark.parametrize("stated", ["mistral", "Mistral"])
def test_what_is_stated_decides_between_types_of_the_same_names(stated):
    found = identify(llama(keys=1024), stated=Stated(stated))
    assert found.model_type
    assert found.model_type.value == "mistral"
    assert found.by_statement
    assert found.architecture
    assert found.architecture.value == "MistralForCausalLM"
    assert found.among["model_type"] == ("mistral",)


@pytest.mark.parametrize("stated", ["bert", "zigzag"])
def test_what_is_stated_decides_nothing_else(stated):
    assert identify(llama(), stated=Stated(stated)) == identify(llama())


def test_the_stated_type_is_that_of_the_configuration_before_that_of_the_file():
    assert stated_type({"model_type": "mistral"}, {"general.architecture": "llama"}) == Stated("mistral")
    assert stated_type({"model_type": 3}, {"general.architecture": '"llama"'}) == Stated("llama", in_gguf=True)
    assert stated_type(None) is None
    assert Stated("llama", in_gguf=True).meant(["llama", "mistral", "bert"]) == {"llama", "mistral"}


def test_the_number_of_tokens_tells_types_of_the_same_names_apart():
    found = [identify(llama(width=2048, inner=5632, keys=512, tokens=tokens)).model_type for tokens in (128_256, 131_072)]
    assert [one and one.value for one in found] == ["llama", "mistral"]


def test_answers_are_several_where_the_structure_does_not_tell():
    found = identify(llama())
    assert found.model_type
    assert found.among["model_type"][0] == found.model_type.value
    assert set(found.among["model_type"]) <= {found.model_type.value, *found.same_names}
    assert identify(stranger()).among == {}


def test_a_head_is_told_when_the_words_before_the_base_model_are_lost():
    bare = [(name.removeprefix("bert."), shape) for name, shape in bert()]
    found = identify(bare)
    assert found.task
    assert found.task.value == "text-classification"


def test_sizes_of_a_mixture():
    tensors = [(f"model.layers.{i}.block_sparse_moe.experts.{j}.w1.weight", (64, 32)) for i in range(2) for j in range(8)]
    assert (sizes(tensors).experts, sizes(tensors).parameters) == (8, 16 * 64 * 32)
