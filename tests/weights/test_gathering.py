"""Tensors that share a line of a sketch: its laws, and what kinship still tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_source import sketched

from filiation.core.errors import FiliationError
from filiation.weights.centring import centred
from filiation.weights.columns import Columns
from filiation.weights.gathering import groups
from filiation.weights.kinship import kinship
from filiation.weights.pairing import paired
from filiation.weights.sketch import Sketch
from filiation.weights.sketch_file import LEAST_LINE, USUAL_BYTES, decoded, encoded, fitted
from filiation.weights.sketch_folder import SketchFolder

NAMES = ("self_attn.q_proj", "self_attn.o_proj", "mlp.up_proj")


def model(seed: int, layers: int = 8, width: int = 32) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    arrays = {"model.embed_tokens.weight": rng.standard_normal((70, width)), "x.square": rng.standard_normal((width, width))}
    for layer in range(layers):
        for name in NAMES:
            shape = (2 * width, width) if "up" in name else (width, width)
            arrays[f"model.layers.{layer}.{name}.weight"] = rng.standard_normal(shape) * (1 + layer) + 0.1 * layer
        arrays[f"model.layers.{layer}.input_layernorm.weight"] = 1 + 0.1 * rng.standard_normal(width)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def tuned(arrays: dict[str, np.ndarray], seed: int, but: str = "none") -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    noise = {name: 0.05 * array.std() * rng.standard_normal(array.shape) for name, array in arrays.items()}
    return {name: array if but in name else (array + noise[name]).astype(np.float32) for name, array in arrays.items()}


@pytest.fixture(scope="module")
def base() -> dict[str, np.ndarray]:
    return model(1)


@pytest.fixture(scope="module")
def whole(base) -> Sketch:
    return sketched(base)


def line(columns: Columns, kind: str) -> int:
    return columns.kinds.index(kind)


def test_what_shares_a_line_has_the_numbers_of_all_its_values(base, whole):
    kept = whole.gather(4)
    values = np.concatenate([base[f"model.layers.{layer}.mlp.up_proj.weight"].ravel() for layer in range(4)]).astype(np.float64)
    columns, at = kept.tensors, line(kept.tensors, "mlp.up")
    assert columns.size[at] == len(values)
    assert columns.shapes[at] == (4, 64, 32)
    assert columns.mean[at] == pytest.approx(values.mean(), rel=1e-5)
    assert columns.std[at] == pytest.approx(values.std(), rel=1e-5)
    assert columns.norm[at] == pytest.approx(np.linalg.norm(values), rel=1e-5)
    off = (values - values.mean()) / values.std()
    assert columns.skew[at] == pytest.approx((off**3).mean(), abs=1e-4)
    assert columns.kurtosis[at] == pytest.approx((off**4).mean(), rel=1e-4)
    single = [np.linalg.svd(base[f"model.layers.{layer}.mlp.up_proj.weight"], compute_uv=False) for layer in range(4)]
    assert columns.singular[at] == pytest.approx(np.sort(np.concatenate(single))[::-1][:8], rel=0.02)


def test_all_values_are_counted_once_and_the_model_is_told_by_the_same_digests(whole):
    for together in (2, 3, 64):
        kept = whole.gather(together)
        assert kept.parameters == whole.parameters
        assert (kept.digest, kept.multiset, kept.architecture) == (whole.digest, whole.multiset, whole.architecture)
        assert sum(map(len, groups(whole.tensors, together))) == len(whole.tensors)
        with np.errstate(over="ignore"):
            assert (kept.tensors.multisets.sum(axis=0) == whole.tensors.multisets.sum(axis=0)).all()


def test_lines_that_nothing_shares_stay_as_they_are(whole):
    kept = whole.gather(4)
    for kind in ("embedding.token", "x.square"):
        for name in ("linear", "quantiles", "singular", "digests", "mean"):
            own, before = getattr(kept.tensors, name), getattr(whole.tensors, name)
            assert np.array_equal(own[line(kept.tensors, kind)], before[line(whole.tensors, kind)])
    assert kept.tensors.head_of.tolist() == [line(kept.tensors, "embedding.token")]


@pytest.mark.parametrize("any_kind", [False, True])
def test_shared_lines_are_linear_in_the_values(base, whole, any_kind):
    other = model(2)
    mixed = sketched({name: 0.25 * base[name] + 0.75 * other[name] for name in base}).gather(4, any_kind)
    parts = [one.gather(4, any_kind).tensors.linear.astype(np.float64) for one in (whole, sketched(other))]
    scale = np.abs(mixed.tensors.linear).max()
    assert np.abs(mixed.tensors.linear - (0.25 * parts[0] + 0.75 * parts[1])).max() < 1e-5 * scale


def test_the_norm_of_a_change_is_estimated_by_shared_lines(base, whole):
    changed = tuned(base, 5)
    true = sum(float(((changed[name] - base[name]).astype(np.float64) ** 2).sum()) for name in base if base[name].ndim > 1)
    apart = centred(sketched(changed).gather(4).tensors) - centred(whole.gather(4).tensors)
    assert (apart[~whole.gather(4).tensors.flat] ** 2).sum() == pytest.approx(true, rel=0.3)


def test_gathering_then_folding_is_folding_then_gathering(whole):
    one, other = whole.gather(4).fold(2), whole.fold(2).gather(4)
    assert one.name == other.name
    assert np.abs(one.tensors.linear - other.tensors.linear).max() < 1e-4 * np.abs(one.tensors.linear).max()


def test_what_was_gathered_is_written_and_read_and_compares_only_with_its_like(whole):
    kept = whole.gather(4)
    assert kept.name.endswith("-together4")
    again = decoded(encoded(kept))
    assert again.name == kept.name
    assert kinship(kept, again).relation == "duplicate"
    with pytest.raises(FiliationError, match="different recipes"):
        kinship(kept, whole)
    with pytest.raises(ValueError, match="4 tensors to a line"):
        kept.gather(8)
    assert whole.gather(1) is whole
    assert whole.gather(8, any_kind=True).name.endswith("-together8any")


def test_kinship_is_told_on_shared_lines(base, whole):
    kept = whole.gather(4)
    tuned_all, stranger = (sketched(arrays).gather(4) for arrays in (tuned(base, 3), model(9)))
    assert kinship(kept, tuned_all).relation == "finetune"
    assert not kinship(kept, stranger).related
    partial = kinship(kept, sketched(tuned(base, 4, "self_attn")).gather(4))
    assert partial.relation == "partial-finetune"
    assert any("q_proj.weight + 3" in name for name in partial.details["frozen"])


def many(sketch: Sketch, lines: int, *, kinds: int = 1) -> Sketch:
    """Return a sketch with the lines of another over and over, under so many names of what they are."""
    columns = sketch.tensors.taken(np.arange(lines) % len(sketch.tensors))
    layers, names = np.arange(lines), tuple(f"model.layers.{line}.weight" for line in range(lines))
    kinds_of = tuple(f"{kind}{line % kinds}" for line, kind in enumerate(columns.kinds))
    return replace(sketch, tensors=replace(columns, layers=layers, names=names, kinds=kinds_of))


@pytest.mark.parametrize("kinds", [1, 1500])
def test_so_many_tensors_fit_into_a_file_whatever_their_names(whole, kinds):
    made = many(whole, 1500, kinds=kinds)
    kept = fitted(made)
    assert kept.recipe.any_kind is (kinds > 1)
    assert kept.recipe.buckets >= 4
    assert len(made.tensors) * LEAST_LINE > USUAL_BYTES >= len(encoded(kept))
    assert fitted(kept) is kept


def test_a_kept_sketch_finds_its_like_by_portrait(tmp_path, base, whole):
    child = fitted(many(sketched(tuned(base, 3)), 1100))
    with SketchFolder(tmp_path) as folder:
        for name, sketch in (("o/base", whole), ("o/stranger", sketched(model(7)))):
            folder.add(name, many(sketch, 1100))
    folder = SketchFolder(tmp_path)
    found = folder.candidates(child)
    assert found[0].line.name == child.name
    assert found[0].line.ref == "o/base"
    assert found[0].cosine > 0.9


@pytest.mark.parametrize("buckets", [8, 4])
def test_layers_of_strangers_do_not_meet_by_chance_however_few_the_numbers(buckets):
    first, second = (sketched(model(seed, layers=40, width=16)).fold(buckets) for seed in (1, 2))
    found = paired(first.tensors, second.tensors, first.recipe)
    assert (found.layers, found.renamed) == ({}, 0)
    assert len(found.a) == len(first.tensors)
