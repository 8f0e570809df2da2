from __future__ import annotations

import io
import struct
import zipfile

import numpy as np
import pytest
from changed_bytes import when_bytes_change
from file_of_bytes import Held, peak_bytes, refused_or_read, whole
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.core.errors import WeightsError
from filiation.core.tensor import Content
from filiation.formats import hdf5, keras_h5
from filiation.formats.keras_h5 import TENSORS
from filiation.formats.local_file import LocalFile
from filiation.formats.tensor_formats import format_of

h5py = pytest.importorskip("h5py", reason="h5py writes the files of these tests")


def made(fill, **how) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w", **how) as file:
        fill(file)
    return stream.getvalue()


def state(file) -> None:
    for layer in ("dense", "batch_normalization"):
        group = file.create_group(f"model_weights/{layer}/{layer}")
        group["kernel:0"] = np.arange(12, dtype="f4").reshape(3, 4)
        group["bias:0"] = np.ones(4, "f4")
    group["moving_mean:0"] = np.zeros(4, "f4")
    file["optimizer_weights/Adam/dense/kernel/m:0"] = np.zeros((3, 4), "f4")
    file["optimizer_weights/Adam/iter:0"] = np.int64(3)
    file.attrs["keras_version"] = "2.4.0"


@pytest.mark.parametrize("how", [{}, {"libver": "latest"}, {"libver": ("earliest", "v110")}])
def test_a_model_of_keras_is_read_in_place(how):
    index, values = whole(TENSORS, Held(made(state, **how)))
    contents = {t.name: t.content for t in index.tensors}
    assert contents == {
        "dense/dense/kernel:0": Content.WEIGHT,
        "dense/dense/bias:0": Content.WEIGHT,
        "batch_normalization/batch_normalization/kernel:0": Content.WEIGHT,
        "batch_normalization/batch_normalization/bias:0": Content.WEIGHT,
        "batch_normalization/batch_normalization/moving_mean:0": Content.BUFFER,
        "optimizer_weights/Adam/dense/kernel/m:0": Content.OPTIMIZER,
        "optimizer_weights/Adam/iter:0": Content.OPTIMIZER,
    }
    assert np.array_equal(values["dense/dense/kernel:0"], np.arange(12).reshape(3, 4))
    assert [t.start for t in index.tensors] == sorted(t.start for t in index.tensors)
    assert min(t.start for t in index.tensors) > 0


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"])
def test_types_of_values(dtype):
    rows = np.array([[0, 1, 1], [1, 0, 1]], dtype)
    index, values = whole(TENSORS, Held(made(lambda file: file.create_dataset("a", data=rows))))
    assert np.array_equal(values["a"], rows.astype("f4"))
    assert index.tensors[0].content is (Content.WEIGHT if dtype[0] == "f" or dtype in ("i1", "u1") else Content.BUFFER)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4)), min_size=1, max_size=3),
    st.sampled_from(
        [{}, {"compression": "gzip"}, {"compression": "gzip", "shuffle": True}, {"fletcher32": True, "shuffle": True}]
    ),
)
@settings(max_examples=30)
def test_datasets_in_chunks(sizes, how):
    shape = tuple(size for size, _ in sizes)
    chunks = tuple(min(size, chunk) for size, chunk in sizes)
    values = np.random.default_rng(0).standard_normal(shape).astype("f4")
    index, read = whole(TENSORS, Held(made(lambda file: file.create_dataset("a", data=values, chunks=chunks, **how))))
    assert np.array_equal(read["a"], values)
    assert index.tensors[0].start == -1


def test_a_dataset_of_no_values():
    index, values = whole(
        TENSORS, Held(made(lambda file: file.create_dataset("a", shape=(0, 3), maxshape=(None, 3), dtype="f4")))
    )
    assert values["a"].shape == (0, 3)
    assert index.tensors[0].start == index.tensors[0].stop == 0


def test_a_dataset_in_the_place_of_the_root():
    content = made(lambda file: file.create_dataset("c", data=np.arange(64, dtype="f4"), chunks=(16,)))
    with h5py.File(io.BytesIO(content)) as file:
        address = h5py.h5o.get_info(file["c"].id).addr
    _, values = whole(TENSORS, Held(content[:64] + struct.pack("<Q", address) + content[72:]))
    assert values["dataset"].tolist() == list(range(64))


def test_many_groups_and_many_chunks():
    def fill(file):
        for number in range(300):
            file[f"layers/dense_{number}/vars/0"] = np.full(3, number, "f4")
        file.create_dataset("long", data=np.arange(5_000, dtype="f4"), chunks=(7,))

    index, values = whole(TENSORS, Held(made(fill)))
    assert len(index.tensors) == 301
    assert all(np.all(values[f"layers/dense_{number}/vars/0"] == number) for number in range(300))
    assert np.array_equal(values["long"], np.arange(5_000))


def test_the_archive_of_keras_3():
    def fill(file):
        file["layers/dense/vars/0"] = np.arange(6, dtype="f4").reshape(2, 3)
        for number in range(4):
            file[f"layers/batch_normalization_2/vars/{number}"] = np.full(2, number, "f4")
        file["optimizer/vars/0"] = np.int64(1)
        file["layers/dropout/seed_generator/vars/0"] = np.zeros(2, "u4")
        file.create_dataset("layers/packed/vars/0", data=np.arange(9, dtype="f4"), chunks=(4,), compression="gzip")

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", made(fill))
    file = Held(stream.getvalue(), "m.keras")
    assert format_of(file) is TENSORS
    index, values = whole(TENSORS, file)
    assert np.array_equal(values["layers/dense/vars/0"], np.arange(6).reshape(2, 3))
    assert np.array_equal(values["layers/packed/vars/0"], np.arange(9))
    contents = {t.name: t.content for t in index.tensors}
    assert [contents[f"layers/batch_normalization_2/vars/{n}"] for n in range(4)] == [Content.WEIGHT] * 2 + [Content.BUFFER] * 2
    assert contents["optimizer/vars/0"] is Content.OPTIMIZER
    assert contents["layers/dropout/seed_generator/vars/0"] is Content.BUFFER
    with pytest.raises(WeightsError, match="as it is"):
        TENSORS.index(Held(packed(stream.getvalue())))


def packed(archive: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as before, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, before.read(name))
    return stream.getvalue()


def test_what_is_not_read_is_said(monkeypatch):
    def fill(file):
        file["text"] = "abc"
        file.create_dataset("big endian", data=np.ones(3, ">f4"))
        file.create_dataset("never written", shape=(1 << 40,), dtype="f4", chunks=(1 << 10,))
        file.create_dataset("nor this", shape=(1 << 20,), dtype="f4")
        file.create_dataset("lzf", data=np.ones(30, "f4"), compression="lzf")
        file.create_dataset("large chunks", data=np.ones(3, "f4"), maxshape=(None,), chunks=(4_000,), compression="gzip")
        file["by name"] = h5py.SoftLink("/text")
        file["again"] = file["nor this"]

    monkeypatch.setattr(keras_h5, "MAX_CHUNK_BYTES", 8_000)
    index = TENSORS.index(Held(made(fill)))
    assert not index.tensors
    assert {skipped.reason.partition(":")[2].strip() for skipped in index.skipped} == {
        "values of a type that is not read",
        "some of its values were never written",
        "its values were never written",
        "its values are packed in a way that is not read",
        "its values lie in chunks larger than are read",
    }
    assert len(index.skipped) == 6


def test_links_to_other_files_are_not_followed():
    def fill(file):
        file["w"] = np.ones(3, "f4")
        file["elsewhere"] = h5py.ExternalLink("other.h5", "/a")

    assert [t.name for t in TENSORS.index(Held(made(fill))).tensors] == ["w"]


def test_a_group_of_the_newest_kind_is_refused_with_a_sentence():
    def fill(file):
        for number in range(40):
            file[f"w{number}"] = np.ones(3, "f4")

    with pytest.raises(WeightsError, match="kept in a heap"):
        TENSORS.index(Held(made(fill, libver="latest")))


def test_a_large_dataset_is_held_a_row_of_chunks_at_a_time():
    def fill(file):
        file.create_dataset(
            "a", data=np.zeros((4_000, 1_000), "f4"), chunks=(100, 1_000), compression="gzip", compression_opts=1
        )

    file = Held(made(fill))
    [tensor] = TENSORS.index(file).tensors
    assert peak_bytes(lambda: [None for _ in TENSORS.values(file, tensor)]) < 4_000_000


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(keras_h5, "SMALL_BYTES", 1 << 20)
    bomb = made(
        lambda file: file.create_dataset(
            "a", data=np.zeros(1 << 22, "f4"), chunks=(1 << 22,), compression="gzip", compression_opts=9
        )
    )
    assert len(bomb) * keras_h5.MAX_UNPACKED_TIMES < 1 << 24
    with pytest.raises(WeightsError, match="unpacks to"):
        TENSORS.index(Held(bomb))


GOOD = made(
    lambda file: (
        state(file),
        file.create_dataset("c", data=np.arange(64, dtype="f4"), chunks=(16,), compression="gzip", shuffle=True),
    )
)


def changed(at: int, *parts: bytes) -> bytes:
    raw = b"".join(parts)
    return GOOD[:at] + raw + GOOD[at + len(raw) :]


TREE = GOOD.index(b"TREE")
CHUNKS = GOOD.index(b"TREE\1")
LIES = {
    "empty": b"",
    "too short": GOOD[:60],
    "cut": GOOD[:3_000],
    "root elsewhere": changed(64, struct.pack("<Q", 1 << 50)),
    "root is none": changed(64, struct.pack("<Q", 1)),
    "addresses of 4 bytes": changed(13, b"\4\4"),
    "a block of its user's": changed(24, struct.pack("<Q", 512)),
    "unknown version": changed(8, b"\x09"),
    "heap elsewhere": changed(GOOD.index(b"HEAP") + 24, struct.pack("<Q", 1 << 40)),
    "index of chunks in the index": changed(CHUNKS + 5, b"\1"),
    "chunks without end": changed(CHUNKS + 6, b"\xff\xff"),
    "damaged chunk": changed(GOOD.index(b"x\x9c") if b"x\x9c" in GOOD else GOOD.index(b"x^"), b"\0\0"),
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_a_file_that_lies_is_refused(content):
    assert not refused_or_read(TENSORS, content)


def test_a_group_within_itself_ends(monkeypatch):
    def fill(file):
        inner = file.create_group("a/b")
        inner["up"] = file["a"]
        inner["w"] = np.ones(3, "f4")

    index = TENSORS.index(Held(made(fill)))
    assert [t.name for t in index.tensors] == ["a/b/w"]
    monkeypatch.setattr(hdf5, "MAX_DEPTH", 1)
    with pytest.raises(WeightsError, match="deep"):
        TENSORS.index(Held(made(fill)))
    monkeypatch.undo()
    monkeypatch.setattr(hdf5, "MAX_MESSAGES", 5)
    with pytest.raises(WeightsError, match="parts"):
        TENSORS.index(Held(made(fill)))


def test_models_are_known_by_their_bytes():
    assert format_of(Held(GOOD, "weights.bin")) is TENSORS
    for content in (b"", b"\x89HDF", b"PK\3\4" + bytes(40)):
        assert not TENSORS.recognises(Held(content))


test_bytes_changed_anywhere = when_bytes_change(GOOD)


@pytest.mark.shared
def test_a_model_of_mlperf_is_what_h5py_reads(shared):
    path = shared / "weights" / "mlperf-tiny" / "pretrainedResnet.h5"
    if not path.is_file():
        pytest.skip(f"no MLPerf Tiny models at {path.parent}")
    with LocalFile(path) as file, h5py.File(path) as truth:
        index = TENSORS.index(file)
        assert len(index.tensors) == 117
        for tensor in index.tensors:
            held = truth[tensor.name] if tensor.content is Content.OPTIMIZER else truth["model_weights"][tensor.name]
            values = np.concatenate([*TENSORS.values(file, tensor), np.zeros(0, "f4")]).reshape(tensor.shape)
            assert np.array_equal(values, held[()])
