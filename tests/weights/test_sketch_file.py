from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_source import sketched

from filiation.core.errors import WeightsError
from filiation.weights import sketch_folder
from filiation.weights.hashing import FLAT, LONG, SHORT
from filiation.weights.ones import AT_ONCE, added, added_to
from filiation.weights.sketch import Sketch
from filiation.weights.sketch_file import MAGIC, decoded, encoded, fitted, read_sketch, write_sketch
from filiation.weights.sketch_folder import SketchFolder


def made(seed: int, layers: int = 2, width: int = 24) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    arrays = {"model.embed_tokens.weight": rng.standard_normal((70, width))}
    for layer in range(layers):
        for name in ("self_attn.q_proj", "self_attn.o_proj", "mlp.up_proj"):
            arrays[f"model.layers.{layer}.{name}.weight"] = rng.standard_normal((3 * width if "up" in name else width, width))
        arrays[f"model.layers.{layer}.input_layernorm.weight"] = rng.standard_normal(width)
    arrays["h.0.attn.c_proj.weight"] = rng.standard_normal((width, width))
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def same(a: Sketch, b: Sketch) -> bool:
    own = all(getattr(a, field.name) == getattr(b, field.name) for field in fields(a) if field.name != "tensors")
    for field in fields(a.tensors):
        x, y = getattr(a.tensors, field.name), getattr(b.tensors, field.name)
        if isinstance(x, tuple):
            own &= x == y
        else:
            own &= x.dtype == y.dtype and np.array_equal(x, y, equal_nan=x.dtype.kind == "f")
    return own


@pytest.mark.parametrize("buckets", [8, 4, 2, 1])
def test_what_is_read_is_what_was_written(tmp_path, buckets):
    sketch = sketched(made(1)).fold(buckets)
    path = tmp_path / "m.sketch"
    assert write_sketch(sketch, path) == path.stat().st_size
    assert same(read_sketch(path), sketch)
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.sketch"]


def test_a_sketch_of_nothing_is_written_too():
    assert same(decoded(encoded(sketched({}))), sketched({}))


def test_three_hundred_matrices_fit_into_100_kilobytes_and_more_are_folded():
    rng = np.random.default_rng(1)
    many = sketched({f"model.layers.{i}.mlp.up_proj.weight": rng.standard_normal((9, 9)) for i in range(300)})
    assert len(encoded(many)) <= 100_000
    assert fitted(many) is many
    folded = fitted(many, 60_000)
    assert folded.recipe.buckets == 4
    assert len(encoded(folded)) <= 60_000


@pytest.mark.parametrize(
    "sides",
    [
        {0: (1 << 40, 24)},  # hours to go through
        {line: ((1 << 30) + line, 24) for line in range(4)},
        {0: (24, 70)},
        {0: (24, 0)},
        {0: (-5, -7)},
    ],
)
def test_sides_that_cannot_be_gone_through_are_refused(sides):
    sketch = sketched(made(1))
    long, short = sketch.tensors.long.copy(), sketch.tensors.short.copy()
    for line, (longer, shorter) in sides.items():
        long[line], short[line] = longer, shorter
    with pytest.raises(WeightsError, match="impossible sides"):
        decoded(encoded(replace(sketch, tensors=replace(sketch.tensors, long=long, short=short))))


@pytest.mark.parametrize("count", [0, 1, 1000, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE + 5])
@pytest.mark.parametrize(("axis", "buckets"), [(LONG, 8), (SHORT, 2), (FLAT, 16)])
def test_ones_are_added_up_alike_compiled_and_plain(count, axis, buckets):
    assert np.array_equal(added_to(count, 3, axis, buckets), added(np.arange(count, dtype=np.uint64), 3, axis, buckets))


GOOD = encoded(sketched(made(1, layers=1)))


@settings(max_examples=40)
@given(st.data())
def test_a_damaged_file_ends_in_one_sentence(data):
    kind = data.draw(st.sampled_from(["cut", "byte", "noise"]))
    at = data.draw(st.integers(0, len(GOOD) - 1))
    if kind == "cut":
        bad = GOOD[:at]
    elif kind == "byte":
        bad = GOOD[:at] + bytes([data.draw(st.integers(0, 255))]) + GOOD[at + 1 :]
    else:
        bad = MAGIC + data.draw(st.binary(max_size=200))
    try:
        found = decoded(bad)
    except WeightsError:
        return
    encoded(found)  # what was accepted holds together


def test_what_is_no_sketch_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"PK\3\4")
    with pytest.raises(WeightsError, match="not a sketch of this version"):
        read_sketch(tmp_path / "x")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_sketch(tmp_path / "none")


@pytest.fixture
def folder(tmp_path) -> SketchFolder:
    with SketchFolder(tmp_path / "f") as folder:
        for i in range(12):
            folder.add(f"o/m{i}", sketched(made(i)), datetime(2024, 1, 1 + i))  # noqa: DTZ001  # the atlas keeps naive UTC
    return folder


def test_kin_are_found_without_opening_sketches(folder):
    parent = made(3)
    tuned = {name: array + np.float32(0.1) * made(99)[name] for name, array in parent.items()}
    found = folder.candidates(sketched(tuned), 3)
    assert (found[0].line.ref, found[0].because) == ("o/m3", "near")
    assert found[0].cosine > 0.9
    assert all(other.because == "same spreads" for other in found[1:])
    [copy, *_] = folder.candidates(sketched({f"x.{name}": array for name, array in parent.items()}))
    assert (copy.line.ref, copy.because) == ("o/m3", "same contents")
    shuffled = {name: np.random.default_rng(1).permutation(array) for name, array in parent.items()}
    [shuffle, *_] = folder.candidates(sketched(shuffled))
    assert (shuffle.line.ref, shuffle.because) == ("o/m3", "same values in another order")


def test_the_manifest_says_what_there_is(folder):
    lines = list(SketchFolder(folder.folder).lines())
    assert [line.ref for line in lines] == [f"o/m{i}" for i in range(12)]
    assert folder.line(5) == lines[5]
    assert same(folder.read(lines[5]), sketched(made(5)))
    assert lines[5].parameters == sketched(made(5)).parameters
    with pytest.raises(WeightsError, match="outside"):
        folder.read(lines[0]._replace(path="../../etc/passwd"))


def test_a_later_line_about_a_model_counts_and_parts_are_gathered(folder, monkeypatch):
    monkeypatch.setattr(sketch_folder, "MOST_PARTS", 3)
    for i in range(5):
        with folder:
            folder.add("o/m1", sketched(made(50 + i)))
        assert len(folder) == 12
    assert len(list((folder.folder / "manifest").iterdir())) <= 4
    [first, *_] = folder.candidates(sketched(made(54)))
    assert (first.line.ref, first.because) == ("o/m1", "same contents")


def test_a_broken_manifest_is_said(folder):
    (folder.folder / "manifest" / "part-00000000.parquet").write_bytes(b"no")
    with pytest.raises(WeightsError, match="cannot be read"):
        len(SketchFolder(folder.folder))


def test_an_empty_folder_knows_nobody(tmp_path):
    assert SketchFolder(tmp_path).candidates(sketched(made(1))) == []
    assert replace(sketched({}), source="x").parameters == 0
