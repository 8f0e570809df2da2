"""A pair of models made one from the other is called what was done; strangers are called strangers."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_source import MadeSource, sketched

from filiation.core.tensor import Quantization, Tensor
from filiation.weights.kinship import kinship
from filiation.weights.recipe import Recipe
from filiation.weights.relation import Direction, Hints
from filiation.weights.sketch import SketchMismatch, sketch
from filiation.weights.sketch_file import decoded, encoded

LAYERS, WIDTH, WORDS = 4, 32, 96
QUERY, UP, NORM = (
    "model.layers.{}.self_attn.q_proj.weight",
    "model.layers.{}.mlp.up_proj.weight",
    "model.layers.{}.input_layernorm.weight",
)
EMBEDDING = "model.embed_tokens.weight"
Arrays = dict[str, np.ndarray]


def model(seed: int, layers: int = LAYERS) -> Arrays:
    maker = np.random.default_rng(seed)
    found = {EMBEDDING: maker.standard_normal((WORDS, WIDTH), np.float32)}
    for n in range(layers):
        found[QUERY.format(n)] = maker.standard_normal((WIDTH, WIDTH), np.float32)
        found[UP.format(n)] = maker.standard_normal((64, WIDTH), np.float32)
        found[NORM.format(n)] = 1 + 0.1 * maker.standard_normal(WIDTH).astype(np.float32)
    return found


def tuned(arrays: Arrays, seed: int, by: float = 0.05, only: str = "") -> Arrays:
    maker = np.random.default_rng(seed)
    return {
        name: value + by * maker.standard_normal(value.shape, np.float32) * value.std() if only in name else value
        for name, value in arrays.items()
    }


def bfloat16(value: np.ndarray) -> np.ndarray:
    return (((value.view(np.uint32) + 0x8000) >> 16) << 16).view(np.float32)


def said(a: Arrays, b: Arrays, hints: Hints | None = None):
    return kinship(sketched(a), sketched(b), hints)


def test_the_same_values_are_a_duplicate_whatever_their_names():
    a = model(1)
    found = said(a, {"backbone." + name.removeprefix("model."): value for name, value in reversed(a.items())})
    assert found.relation == "duplicate"
    assert found.direction is Direction.EITHER


def test_strangers_of_one_shape_are_not_kin():
    for seed in range(2, 12):
        found = said(model(1), model(seed))
        assert not found.related
        assert found.kin < 0.01


def test_positive_values_alone_are_no_likeness():
    strangers = [{name: np.abs(value) for name, value in model(seed).items()} for seed in (1, 2)]
    assert not said(*strangers).related


def test_training_is_told_from_more_of_the_run_by_how_far_it_went():
    a = model(1)
    assert said(a, tuned(a, 2, 0.05)).relation == "finetune"
    assert said(a, tuned(a, 2, 0.6)).relation == "checkpoint"


def test_frozen_layers_are_named():
    a = model(1)
    found = said(a, tuned(a, 2, only="layers.3."))
    assert found.relation == "partial-finetune"
    assert found.details["layers"] == [3]
    assert found.details["frozen_layers"] == [0, 1, 2]


@pytest.mark.parametrize("rank", [1, 3, 6])
def test_an_adapter_that_was_merged_in_shows_its_rank_and_targets(rank):
    a, maker = model(1), np.random.default_rng(2)
    change = [maker.standard_normal((WIDTH, rank)) @ maker.standard_normal((rank, WIDTH)) * 0.05 for _ in range(LAYERS)]
    b = a | {QUERY.format(n): (a[QUERY.format(n)] + change[n]).astype(np.float32) for n in range(LAYERS)}
    found = said(a, b)
    assert found.relation == "adapter-merged"
    assert found.details == {"rank": rank, "targets": ["attention.query"]}


def test_rounding_points_from_the_finer_to_the_coarser():
    a = model(1)
    b = {name: bfloat16(value) for name, value in a.items()}
    for found, direction in ((said(a, b), Direction.FIRST_IS_PARENT), (said(b, a), Direction.SECOND_IS_PARENT)):
        assert found.relation == "quantized"
        assert found.details == {"scheme": "BF16"}
        assert found.direction is direction


def test_a_rounding_of_a_fine_tune_is_no_rounding_of_the_base():
    a = model(1)
    assert said(a, {name: bfloat16(value) for name, value in tuned(a, 2).items()}).relation == "finetune"


class StoredInBytes(MadeSource):
    """Arrays rounded to multiples of one scale for each matrix, which is told as a file of eight bits tells it."""

    def __init__(self, arrays: Arrays, scale: float, told: float) -> None:
        super().__init__({name: np.rint(value / scale) * scale if value.ndim > 1 else value for name, value in arrays.items()})
        self.told = told

    @property
    def weights(self) -> tuple[Tensor, ...]:
        how = Quantization("int8-per-tensor", 8, (self.told,))
        return tuple(
            msgspec.structs.replace(one, dtype="I8", quantization=how) if len(one.shape) > 1 else one for one in super().weights
        )


@pytest.mark.parametrize(("told", "explained"), [(0.25, True), (0.1, False)])
def test_a_rounding_is_as_coarse_as_its_scale_says(told, explained):
    a = model(1)
    b = sketch(StoredInBytes(a, 0.25, told), threads=1)  # 7 % off, where eight bits mostly leave 2 %
    assert (kinship(sketched(a), b).relation == "quantized") is explained
    assert (kinship(sketched(a), decoded(encoded(b))).relation == "quantized") is explained


def test_two_roundings_of_one_model_differ_by_both():
    first, second = (sketch(StoredInBytes(model(1), scale, scale), threads=1) for scale in (0.25, 0.2))
    found = kinship(first, second)
    assert (found.relation, found.direction) == ("quantized", Direction.EITHER)


@pytest.mark.parametrize("told", [np.nan, np.inf, 0.0])
def test_a_scale_that_cannot_be_is_none(told):
    assert not sketch(StoredInBytes(model(1), 0.25, told), threads=1).tensors.step.any()


def test_no_scale_makes_a_stranger_a_rounding():
    found = kinship(sketched(model(1)), sketch(StoredInBytes(model(2), 0.25, 1e20), threads=1))
    assert not found.related


def test_zeros_where_values_were_are_pruning():
    a = model(1)
    b = {name: np.where(np.abs(value) > 0.67, value, 0) if value.ndim == 2 else value for name, value in a.items()}
    found = said(a, b)
    assert found.relation == "pruned"
    assert found.direction is Direction.FIRST_IS_PARENT
    assert 0.4 < found.details["share"] < 0.6


def test_another_order_of_neurons_is_a_conversion():
    a, order = model(1), np.random.default_rng(3).permutation(WIDTH)
    found = said(a, {name: value[..., order] for name, value in a.items()})
    assert (found.relation, found.details) == ("converted", {"how": "permuted"})


def test_a_rotation_is_a_conversion():
    a = model(1)
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((WIDTH, WIDTH)))[0].astype(np.float32)
    found = said(a, {name: value @ turn if value.ndim == 2 else value for name, value in a.items()})
    assert (found.relation, found.details) == ("converted", {"how": "rotated or permuted"})


def test_scaled_matrices_are_a_conversion():
    a = model(1)
    found = said(a, {name: value * 2.5 if "q_proj" in name else value for name, value in a.items()})
    assert found.relation == "converted"
    assert found.details["factors"] == [2.5]


def test_repeated_and_dropped_layers_are_found():
    a = model(1)
    rest = {name: value for name, value in a.items() if "layers" not in name}

    def stacked(numbers: list[int]) -> Arrays:
        inner = {f"model.layers.{n}.": f"model.layers.{m}." for n, m in enumerate(numbers)}
        return rest | {name.replace(old, new): a[name] for new, old in inner.items() for name in a if name.startswith(old)}

    up, down = said(a, stacked([0, 1, 1, 2, 2, 3])), said(a, stacked([0, 2, 3]))
    assert (up.relation, up.direction) == ("upscaled", Direction.FIRST_IS_PARENT)
    assert up.details["layers"] == [0, 1, 1, 2, 2, 3]
    assert (down.relation, down.direction) == ("layer-dropped", Direction.FIRST_IS_PARENT)
    assert down.details["kept"] == [0, 2, 3]


def test_more_words_are_found():
    a = model(1)
    found = said(a, a | {EMBEDDING: np.concatenate([a[EMBEDDING], np.ones((8, WIDTH), np.float32)])})
    assert (found.relation, found.direction) == ("vocabulary-extended", Direction.FIRST_IS_PARENT)
    assert found.details == {"rows": 8}


def test_time_tells_the_direction_where_nothing_else_does():
    a = model(1)
    b = tuned(a, 2)
    assert said(a, b).direction is Direction.EITHER
    assert said(a, b, Hints(1.0, 2.0)).direction is Direction.FIRST_IS_PARENT
    assert said(a, b, Hints(2.0, 1.0)).direction is Direction.SECOND_IS_PARENT


def test_sketches_of_two_recipes_do_not_compare():
    with pytest.raises(SketchMismatch):
        kinship(sketched(model(1)), sketch(MadeSource(model(1)), Recipe(seed=2)))


@given(st.sampled_from(["tuned", "half", "zeros", "part"]), st.integers(0, 50))
@settings(max_examples=12, deadline=None)
def test_a_pair_the_other_way_round_has_the_same_relation_and_the_other_direction(how, seed):
    a = model(seed)
    b = {
        "tuned": lambda: tuned(a, seed + 1),
        "half": lambda: {name: value.astype(np.float16).astype(np.float32) for name, value in a.items()},
        "zeros": lambda: {name: np.where(np.abs(value) > 0.5, value, 0) for name, value in a.items()},
        "part": lambda: tuned(a, seed + 1, only="layers.1."),
    }[how]()
    one, other = said(a, b), said(b, a)
    assert one.relation == other.relation
    assert one.direction is other.direction.turned
