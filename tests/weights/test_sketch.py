from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_source import MadeSource, one, sketched, slow_flat, slow_linear

from filiation.weights.recipe import RECIPE
from filiation.weights.sketch import SketchMismatch, require_same_name, sketch

SIDES = st.integers(2, 40)
SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=8)


def random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def near(a: np.ndarray, b: np.ndarray, of: float = 2e-6) -> bool:
    return bool(np.abs(np.asarray(a, np.float64) - b).max(initial=0) <= of * max(np.abs(b).max(initial=0), 1e-30))


@FEW
@given(SEEDS, SIDES, SIDES, st.integers(1, 300))
def test_the_sketch_of_a_matrix_is_that_of_its_slow_twin_whatever_the_blocks(seed, rows, cols, block):
    matrix = random(seed, rows, cols)
    assert near(one(matrix, block=block).linear[0], slow_linear(matrix))


@FEW
@given(SEEDS, st.integers(1, 200), st.integers(1, 60))
def test_the_sketch_of_a_vector_is_that_of_its_slow_twin(seed, count, block):
    vector = random(seed, count)
    linear = one(vector, block=block).linear[0]
    assert near(linear[:16], slow_flat(vector))
    assert not linear[16:].any()


@FEW
@given(SEEDS, SIDES, SIDES, st.floats(-3, 3), st.floats(-3, 3))
def test_linear(seed, rows, cols, a, b):
    x, y = random(seed, rows, cols), random(seed + 1, rows, cols)
    both = one(np.float32(a) * x + np.float32(b) * y).linear
    apart = np.float32(a) * one(x).linear.astype(np.float64) + np.float32(b) * one(y).linear
    assert np.abs(both - apart).max() <= 1e-5 * (np.linalg.norm(x) + np.linalg.norm(y)) * 3


@FEW
@given(SEEDS, st.lists(st.integers(1, 30), min_size=1, max_size=3), st.sampled_from([1, 2, 4]))
def test_folding_is_as_if_it_had_been_made_so(seed, shape, buckets):
    x = random(seed, *shape)
    whole, small = sketched({"x": x}), sketch(MadeSource({"x": x}), RECIPE.folded(buckets), threads=1)
    assert whole.fold(buckets).name == small.name
    apart = np.abs(whole.fold(buckets).tensors.linear - small.tensors.linear)
    assert apart.max() <= 2e-6 * np.linalg.norm(x)  # of what is added up: the sum itself may come out near nothing


@FEW
@given(SEEDS, st.permutations(range(4)), st.integers(1, 500))
def test_neither_names_nor_order_nor_blocks_matter(seed, order, block):
    arrays = [random(seed + i, 5 + i, 7) for i in range(4)]
    a = sketched({f"model.layers.{i}.mlp.up_proj.weight": array for i, array in enumerate(arrays)})
    b = sketched({f"other_{i}": arrays[i] for i in order}, block=block)
    assert (a.digest, a.multiset, a.shapes) == (b.digest, b.multiset, b.shapes)
    assert sorted(map(tuple, a.tensors.linear.tolist())) == sorted(map(tuple, b.tensors.linear.tolist()))


@FEW
@given(SEEDS, SIDES, SIDES)
def test_a_transpose_keeps_its_sketch(seed, rows, cols):
    matrix = random(seed, rows, cols)
    a, b = one(matrix), one(matrix.T)
    assert near(a.linear if rows != cols else a.turned, b.linear)
    assert (a.multisets == b.multisets).all()
    assert near(a.singular, b.singular, 1e-3)


@FEW
@given(SEEDS, st.integers(1, 6), st.integers(1, 6))
def test_a_convolution_keeps_its_sketch_in_every_layout(seed, outputs, inputs):
    kernel = random(seed, outputs * 8, inputs * 7, 3, 3)
    torch = one(kernel)
    keras = one(kernel.transpose(2, 3, 1, 0), form="keras")
    tflite = one(kernel.transpose(0, 2, 3, 1), form="tflite")
    assert near(keras.linear, torch.linear)
    assert near(tflite.linear, torch.linear)


def test_one_filter_for_each_channel_keeps_its_sketch_in_every_layout():
    kernel = random(3, 24, 1, 3, 3)
    torch = one(kernel).linear
    assert near(one(kernel.transpose(2, 3, 0, 1), form="keras").linear, torch)
    assert near(one(kernel.transpose(1, 2, 3, 0), form="tflite").linear, torch)


@FEW
@given(SEEDS, SIDES, SIDES)
def test_a_permutation_keeps_what_does_not_hang_on_order(seed, rows, cols):
    rng = np.random.default_rng(seed)
    matrix = random(seed, rows, cols)
    a, b = one(matrix), one(matrix[rng.permutation(rows)][:, rng.permutation(cols)])
    for name in ("multisets", "quantiles", "zeros", "levels", "bits"):
        assert (getattr(a, name) == getattr(b, name)).all(), name
    for name in ("mean", "std", "skew", "kurtosis"):
        assert getattr(a, name)[0] == pytest.approx(getattr(b, name)[0], rel=1e-5, abs=1e-6), name
    assert near(a.singular, b.singular, 1e-3)


@pytest.mark.parametrize("side", [32, 200])
def test_a_rotation_keeps_norm_and_singular_values(side):
    rng = np.random.default_rng(1)
    spectrum = np.concatenate([[30, 20, 15, 12, 10, 9, 8, 7, 6], np.linspace(2, 0, side - 9)])
    u, v, q = (np.linalg.qr(rng.standard_normal((side, side)))[0] for _ in range(3))
    matrix = (u * spectrum) @ v.T
    a, b = one(matrix), one(matrix @ q)
    assert near(a.singular[0], spectrum[:8], 1e-4)
    assert near(a.singular, b.singular, 1e-4)
    assert a.norm[0] == pytest.approx(b.norm[0], rel=1e-5)
    assert abs(np.dot(a.linear[0], b.linear[0])) < 0.7 * a.norm[0] * b.norm[0]


@FEW
@given(SEEDS, SIDES, SIDES, st.floats(0.01, 100))
def test_a_factor_moves_all_in_proportion(seed, rows, cols, factor):
    matrix = random(seed, rows, cols)
    a, b = one(matrix), one(matrix * np.float32(factor))
    for name in ("linear", "std", "singular", "norm"):
        assert near(getattr(b, name), np.float32(factor) * getattr(a, name).astype(np.float64), 1e-4), name
    for name in ("skew", "kurtosis", "zeros"):
        assert getattr(a, name)[0] == pytest.approx(getattr(b, name)[0], rel=1e-3, abs=1e-4), name


def test_norms_of_differences_come_out_within_the_expected_error():
    ratios = []
    for seed in range(100):
        x, y = random(seed, 60, 40), random(seed + 1000, 60, 40)
        ratios.append(float(((one(x).linear - one(y).linear).astype(np.float64) ** 2).sum() / ((x - y) ** 2).sum()))
    expected = 2**0.5 / 8  # of 64 buckets each a normal number
    assert np.mean(ratios) == pytest.approx(1, abs=4 * expected / 100**0.5)
    assert np.std(ratios) == pytest.approx(expected, rel=0.25)


@FEW
@given(SEEDS, st.integers(1, 4))
def test_a_change_of_low_rank_has_a_sketch_of_no_higher_rank(seed, rank):
    change = random(seed, 50, rank) @ random(seed + 1, rank, 30)
    base = random(seed + 2, 50, 30)
    difference = (one(base + change).linear - one(base).linear).reshape(8, 8).astype(np.float64)
    values = np.linalg.svd(difference, compute_uv=False)
    assert values[rank] <= 1e-5 * (np.linalg.norm(base) + np.linalg.norm(change))


def test_a_change_of_a_thousandth_is_seen():
    base, change = random(1, 200, 100), random(2, 200, 100)
    difference = one(base + np.float32(1e-3) * change).linear - one(base).linear
    assert np.linalg.norm(difference) == pytest.approx(1e-3 * np.linalg.norm(change), rel=0.5)
    assert near(difference, 1e-3 * one(change).linear, 0.01)


@FEW
@given(SEEDS, st.integers(2, 400), st.integers(1, 90), st.floats(-100, 100))
def test_moments_and_quantiles_are_those_of_their_slow_twins(seed, count, block, shift):
    values = random(seed, count) + np.float32(shift)
    values[:: max(2, count // 3)] = 0
    line, exact = one(values, block=block), values.astype(np.float64)
    centred = exact - exact.mean()
    assert line.mean[0] == pytest.approx(exact.mean(), rel=1e-5, abs=1e-5)
    assert line.std[0] == pytest.approx(exact.std(), rel=1e-4, abs=1e-6)
    if exact.std() > 0.01:
        assert line.skew[0] == pytest.approx((centred**3).mean() / exact.std() ** 3, rel=1e-3, abs=1e-3)
        assert line.kurtosis[0] == pytest.approx((centred**4).mean() / exact.std() ** 4, rel=1e-3, abs=1e-3)
    assert line.zeros[0] == np.float32((values == 0).mean())
    ordered = np.sort(exact)
    for i, quantile in enumerate(line.quantiles[0]):
        at = min(int((i + 0.5) / 16 * count), count - 1)
        low, high = ordered[max(at - 1, 0)], ordered[min(at + 1, count - 1)]
        slack = 0.01 * max(abs(low), abs(high)) + 1e-4 * np.abs(exact).max()
        assert low - slack <= quantile <= high + slack


def test_half_precision_in_name_only_is_seen():
    values = random(1, 64, 64)
    assert one(values).bits[0] == 23
    assert one(values.astype(np.float16)).bits[0] == 10
    brain = (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    assert one(brain).bits[0] == 7
    assert one(np.ones((4, 4))).bits[0] == 0


def test_few_levels_show_that_values_were_whole_numbers_once():
    whole = np.clip(np.rint(random(1, 64, 300) * 40), -127, 127)
    scales = np.linspace(0.9, 1.1, 64, dtype=np.float32)[:, None]
    line, plain = one(whole * scales), one(random(2, 64, 300))
    assert line.row_levels[0] <= 255 < line.levels[0]
    assert plain.row_levels[0] == 300


def test_what_is_not_finite_counts_as_nothing():
    values = random(1, 20, 30)
    clean = values.copy()
    values[3, 4], values[5, 6], values[0, 0] = np.nan, np.inf, -np.inf
    clean[3, 4] = clean[5, 6] = clean[0, 0] = 0
    a, b = one(values), one(clean)
    assert a.nonfinite[0] == 3
    assert (a.linear == b.linear).all()
    assert a.mean[0] == b.mean[0]
    assert np.isfinite(a.quantiles).all()
    assert np.isfinite(a.singular).all()


def test_added_rows_leave_the_sketch_of_the_first_ones():
    rows = random(1, 300, 16)
    name = "model.embed_tokens.weight"
    a, b = sketched({name: rows[:256]}), sketched({name: rows})
    assert a.tensors.head_rows[0] == b.tensors.head_rows[0] == 256
    assert (a.tensors.head == b.tensors.head).all()
    assert (a.tensors.head == a.tensors.linear).all()
    turned = sketched({name: rows.T}, block=77)
    assert near(turned.tensors.head, b.tensors.head)


def test_scalars_empty_tensors_and_ones_of_one_value():
    found = sketched({"scalar": np.float32(3), "empty": np.zeros((0, 4)), "same": np.full((3, 5), 2.0)}).tensors
    assert found.names == ("same", "scalar")
    assert found.std.tolist() == [0, 0]
    assert found.mean.tolist() == [2, 3]
    assert found.singular[0, 0] == pytest.approx(2 * 15**0.5, rel=1e-4)


def test_of_two_recipes_nothing_is_said():
    a = sketched({"x": random(1, 9, 9)})
    require_same_name(a, a)
    with pytest.raises(SketchMismatch, match="different recipes"):
        require_same_name(a, a.fold(4))
    with pytest.raises(ValueError, match="does not fold"):
        a.fold(3)


def test_long_rows_and_large_matrices_go_other_ways_to_the_same_numbers(monkeypatch):
    from filiation.weights import tally

    wide, tall = random(1, 12, 300), random(2, 400, 70) @ np.diag(np.linspace(3, 0.1, 70)).astype(np.float32)
    plain = one(wide).linear, one(tall)
    monkeypatch.setattr(tally, "WIDE", 100)
    assert near(one(wide, block=1000).linear, plain[0])
    monkeypatch.setattr(tally, "HELD", 1000)
    monkeypatch.setattr(tally, "COMPRESSED", 70 * 4000)
    compressed = one(tall, block=999)
    assert near(compressed.linear, plain[1].linear)
    assert near(compressed.singular, plain[1].singular, 0.1)


def test_experts_are_one_line_whether_they_lie_apart_or_together():
    experts = random(1, 12, 20, 9)
    apart = {f"model.layers.0.mlp.experts.{i}.up_proj.weight": experts[i] for i in (3, 0, 11, 1, 2, 10, 9, 8, 4, 7, 5, 6)}
    a, b = sketched(apart).tensors, sketched({"blk.0.ffn_up_exps.weight": experts}).tensors
    assert a.names == ("model.layers.0.mlp.experts.*.up_proj.weight",)
    assert (a.kinds, a.layers.tolist(), a.shapes) == (b.kinds, b.layers.tolist(), b.shapes)
    assert (a.linear == b.linear).all()
    assert (a.digests == b.digests).all()


def test_heads_that_gguf_interleaves_keep_their_sketch():
    heads, shape, name = 4, (48, 20), "model.layers.0.self_attn.q_proj"
    arrays = {f"{name}.weight": random(1, *shape), f"{name}.bias": random(2, 48)}
    turned = {key: array.reshape(heads, 2, 6, -1).swapaxes(1, 2).reshape(array.shape) for key, array in arrays.items()}
    made = MadeSource({key.replace(name, "blk.0.attn_q"): array for key, array in turned.items()}, form="gguf")
    made.metadata = {"general.architecture": "llama", "llama.attention.head_count": "4"}
    a, b = sketched(arrays).tensors, sketch(made, threads=1).tensors
    assert near(b.linear, a.linear)
    assert (a.multisets == b.multisets).all()
    made.metadata = {"general.architecture": "qwen2", "qwen2.attention.head_count": "4"}
    assert not near(sketch(made, threads=1).tensors.linear, a.linear)


@pytest.mark.parametrize("factor", [3e38, 1e20, 1e-20, 1e-44])
@pytest.mark.parametrize("side", [30, 90])
def test_values_of_any_size_end_in_numbers(factor, side):
    matrix = np.clip(random(1, side, 80), -1, 1)
    line, plain = one(matrix * np.float32(factor)), one(matrix)
    for name in ("linear", "mean", "std", "skew", "kurtosis", "quantiles", "singular"):
        assert np.isfinite(getattr(line, name)).all(), name
    if 1e-30 < factor < 1e30:
        assert near(line.singular, plain.singular * factor, 1e-3)
