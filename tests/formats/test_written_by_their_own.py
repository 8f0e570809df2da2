"""What the packages themselves write, read by us: skipped, saying so, where they are not installed."""

from __future__ import annotations

import io
import warnings
import zipfile

import numpy as np
import pytest
from file_of_bytes import Held, whole

from filiation.core.tensor import Content
from filiation.formats.joblib import TENSORS as JOBLIB
from filiation.formats.onnx import TENSORS as ONNX
from filiation.formats.tensor_formats import format_of
from filiation.formats.torch_legacy import TENSORS as LEGACY
from filiation.formats.torch_zip import TENSORS as ZIP


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="torch is not installed: what it writes itself is not tried")


@pytest.fixture(scope="module")
def onnx():
    return pytest.importorskip("onnx", reason="onnx is not installed: what it writes itself is not tried")


def saved(torch, thing, zipped: bool) -> Held:
    stream = io.BytesIO()
    torch.save(thing, stream, _use_new_zipfile_serialization=zipped)
    return Held(stream.getvalue())


@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_of_all_kinds(torch, zipped):
    rows = torch.arange(24.0).reshape(2, 3, 4)
    tensors = {
        "plain": rows, "part": rows[1:], "turned": rows.permute(2, 0, 1), "skipping": rows[:, ::2, 1],
        "scalar": torch.tensor(3.0),
        "empty": torch.zeros(0, 3), "bfloat16": rows.bfloat16(), "half": rows.half(), "double": rows.double(),
        "float8": rows.to(torch.float8_e4m3fn), "uint16": torch.arange(3).to(torch.uint16),
        "int8": torch.arange(-3, 3).to(torch.int8),
        "parameter": torch.nn.Parameter(rows[0]), "spread": torch.ones(1).expand(5, 3), "bool": torch.tensor([True, False]),
    }  # fmt: skip
    file = saved(torch, tensors, zipped)
    assert format_of(file) is (ZIP if zipped else LEGACY)
    index, values = whole(format_of(file), file)
    assert not index.skipped
    for name, tensor in tensors.items():
        assert np.array_equal(values[name], tensor.detach().float().numpy()), name


@pytest.mark.parametrize("zipped", [True, False])
def test_quantised_tensors(torch, zipped):
    rows = torch.linspace(-1, 1, 6).reshape(2, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch is about to give these up
        tensors = {
            "one": torch.quantize_per_tensor(rows, 0.1, 5, torch.quint8),
            "each": torch.quantize_per_channel(rows, torch.tensor([0.1, 0.2]), torch.tensor([0, 3]), 0, torch.qint8),
        }
        index, values = whole(ZIP if zipped else LEGACY, saved(torch, tensors, zipped))
        assert all(np.allclose(values[name], tensor.dequantize().numpy(), atol=1e-7) for name, tensor in tensors.items())
    assert [t.quantization.scheme for t in index.tensors] == ["int8-per-tensor", "int8-per-channel"]


def test_what_cannot_be_read_is_said(torch):
    odd = {"sparse": torch.eye(3).to_sparse(), "conjugated": torch.ones(2, dtype=torch.complex64).conj(), "w": torch.ones(3)}
    index = ZIP.index(saved(torch, odd, zipped=True))
    assert [t.name for t in index.tensors] == ["w"]
    assert {skipped.reason.partition(":")[0] for skipped in index.skipped} == {"sparse", "conjugated"}


def network(torch):
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8))
    return layers.to(memory_format=torch.channels_last)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_with_its_optimizer_and_a_whole_module(torch, zipped):
    layers = network(torch)
    adam = torch.optim.Adam(layers.parameters())
    layers(torch.ones(2, 3, 8, 8)).sum().backward()
    adam.step()
    state = {name: tensor.float().numpy() for name, tensor in layers.state_dict().items()}
    checkpoint = {"epoch": 1, "model": layers.state_dict(), "optimizer": adam.state_dict()}
    form = ZIP if zipped else LEGACY
    for thing in (checkpoint, layers):
        index, values = whole(form, saved(torch, thing, zipped))
        kept = {t.name: t.content for t in index.tensors if t.content is not Content.OPTIMIZER}
        assert kept.keys() == state.keys()
        buffers = {"1.running_mean", "1.running_var", "1.num_batches_tracked"}
        assert {name for name, content in kept.items() if content is Content.BUFFER} == buffers
        assert all(np.array_equal(values[name], state[name]) for name in state)


def test_torchscript(torch):
    layers = network(torch).eval()
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted = torch.jit.script(layers)
        torch.jit.save(scripted, stream)
        frozen = io.BytesIO()
        torch.jit.save(torch.jit.freeze(scripted), frozen)
    index, values = whole(ZIP, Held(stream.getvalue()))
    state = layers.state_dict()
    assert {t.name for t in index.tensors} == state.keys()
    assert all(np.array_equal(values[name], tensor.float().numpy()) for name, tensor in state.items())
    assert {t.name for t in index.tensors if t.content is Content.WEIGHT} == {"0.weight", "0.bias", "1.weight", "1.bias"}
    told = ZIP.index(Held(frozen.getvalue())).tensors
    assert (8, 3, 3, 3) in {t.shape for t in told if t.content is Content.WEIGHT}


def test_an_archive_of_torch_packed_again(torch):
    stream = io.BytesIO()
    stored = io.BytesIO(saved(torch, {"w": torch.arange(6.0)}, zipped=True).content)
    with zipfile.ZipFile(stored) as before, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, before.read(name))
    _, values = whole(ZIP, Held(stream.getvalue()))
    assert values["w"].tolist() == list(range(6))


def test_a_model_that_onnx_writes(onnx):
    rng = np.random.default_rng(0)
    arrays = {
        f"w{kind}": (rng.standard_normal((3, 5)) * 50).astype(kind) for kind in ("f4", "f2", "f8", "i1", "u1", "i4", "i8", "u2")
    }
    tensors = [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()]
    tensors.append(onnx.helper.make_tensor("in fields", onnx.TensorProto.BFLOAT16, [4], [1.5, -2, 0, 3]))
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], [], tensors))
    file = Held(model.SerializeToString(), "m.onnx")
    assert format_of(file) is ONNX
    _, values = whole(ONNX, file)
    assert all(np.array_equal(values[name], array.astype("f4")) for name, array in arrays.items())
    assert values["in fields"].tolist() == [1.5, -2, 0, 3]


@pytest.mark.parametrize("packed", [0, ("zlib", 3), ("lz4", 3)])
def test_a_dump_of_joblib(tmp_path, packed):
    joblib = pytest.importorskip("joblib", reason="joblib is not installed: what it writes itself is not tried")
    if packed and packed[0] == "lz4":
        pytest.importorskip("lz4", reason="lz4 is not installed: what joblib packs with it is not tried")
    rng = np.random.default_rng(0)
    arrays = {
        "plain": rng.standard_normal((3, 5)), "turned": np.asfortranarray(rng.standard_normal((4, 3)).astype("f4")),
        "empty": np.zeros((0, 2), "f4"), "half": np.arange(3, dtype="f2"),
        "number": np.array(3.0), "sides": np.arange(4, dtype=">i4"),
    }  # fmt: skip
    joblib.dump({"model": arrays, "objects": np.array([None, "a"], object)}, tmp_path / "m.joblib", compress=packed)
    file = Held((tmp_path / "m.joblib").read_bytes(), "m.joblib")
    assert format_of(file) is JOBLIB
    index, values = whole(JOBLIB, file)
    assert {skipped.reason.partition(":")[0] for skipped in index.skipped} == {"objects"}
    assert all(np.array_equal(values[f"model.{name}"], array.astype("f4")) for name, array in arrays.items())
