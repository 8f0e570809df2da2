from __future__ import annotations

import struct

import numpy as np
import pytest
from changed_bytes import when_bytes_change
from file_of_bytes import Held, whole
from hypothesis import given, settings
from hypothesis import strategies as st
from made_onnx import array, attribute, floats, graph, integers, model, node, outside, part, stored, varint
from made_onnx import whole as number

from filiation.core.errors import WeightsError
from filiation.core.tensor import Content
from filiation.formats import onnx_graph, protobuf
from filiation.formats.onnx import TENSORS
from filiation.formats.tensor_formats import format_of

W = np.arange(32, dtype="<f4").reshape(8, 4)
Q = np.arange(-16, 16, dtype="i1").reshape(8, 4)
F32, U8, I8, I32, F16, F64, U32, U4, I4, BOOL, STRING, I64, C64 = 1, 2, 3, 6, 10, 11, 12, 21, 22, 9, 8, 7, 14


def read(nodes: list[bytes], tensors: list[bytes]):
    return whole(TENSORS, Held(model(nodes, tensors), "m.onnx"))


def test_initializers_are_read_in_place():
    index, values = read([node("MatMul", "x fc.weight", "y")], [array("fc.weight", W)])
    [tensor] = index.tensors
    assert (tensor.name, tensor.shape, tensor.dtype, tensor.content) == ("fc.weight", (8, 4), "F32", Content.WEIGHT)
    assert tensor.stop - tensor.start == W.nbytes
    assert np.array_equal(values["fc.weight"], W)
    assert index.metadata == {"producer": "pytorch"}


def test_values_in_fields_of_their_own():
    single = b"".join(varint(4 << 3 | 5) + struct.pack("<f", value) for value in (1, 2))
    kinds = {
        "floats": (stored("floats", (3,), F32, floats(1, 2, 3)), [1, 2, 3]),
        "floats one by one": (stored("floats one by one", (2,), F32, single), [1, 2]),
        "floats in two fields": (stored("floats in two fields", (3,), F32, floats(1), floats(2, 3)), [1, 2, 3]),
        "doubles": (stored("doubles", (2,), F64, part(10, struct.pack("<2d", 1, -2))), [1, -2]),
        "int8": (stored("int8", (3,), I8, integers(5, 1, -2, 127)), [1, -2, 127]),
        "int32 one by one": (stored("int32 one by one", (2,), I32, number(5, 7), number(5, -1)), [7, -1]),
        "int64": (stored("int64", (2,), I64, integers(7, 1 << 40, -3)), [1 << 40, -3]),
        "uint32": (stored("uint32", (1,), U32, integers(11, 1 << 31)), [1 << 31]),
        "half": (stored("half", (2,), F16, integers(5, *np.array([0.5, -2], "f2").view("u2").tolist())), [0.5, -2]),
        "bool": (stored("bool", (2,), BOOL, integers(5, 1, 0)), [1, 0]),
        "uint4": (stored("uint4", (3,), U4, integers(5, 0x21, 0x0F)), [1, 2, 15]),
        "int4 raw": (stored("int4 raw", (3,), I4, part(9, b"\x2f\x08")), [-1, 2, -8]),
        "complex": (stored("complex", (1,), C64, floats(3, 4)), [[3, 4]]),
    }
    _, values = read([], [raw for raw, _ in kinds.values()])
    assert {name: array.tolist() for name, array in values.items()} == {name: expected for name, (_, expected) in kinds.items()}


@given(st.lists(st.integers(-(1 << 62), 1 << 62), max_size=300))
@settings(max_examples=30)
def test_packed_numbers_are_what_was_packed(numbers):
    _, values = read([], [stored("a", (len(numbers),), I64, integers(7, *numbers))])
    assert np.array_equal(values["a"], np.array(numbers, "i8").astype("f4"))


def test_packed_numbers_may_lie_across_the_border_of_a_piece():
    numbers = np.random.default_rng(0).integers(0, 1 << 56, 150_000)
    raw = b"".join(map(varint, numbers.tolist()))
    assert len(raw) > 1 << 20
    _, values = read([], [stored("a", (150_000,), I64, part(7, raw))])
    assert np.array_equal(values["a"], numbers.astype("f4"))


def test_what_is_learned_is_told_from_what_is_not():
    nodes = [
        node("Constant", "", "shape", "", attribute("value", tensor=array("", np.array([1, -1])))),
        node("Constant", "", "half", "", attribute("value", tensor=array("", np.float32([0.5])))),
        node("Constant", "", "kernel", "", attribute("value", tensor=array("", W))),
        node("Constant", "", "table", "", attribute("value", tensor=array("", np.ones((9, 9), "f4")))),
        node("BatchNormalization", "x gain bias mean var", "y"),
        node("Conv", "y kernel", "z"),
        node("Add", "z table", "z2"),
        node("Mul", "z2 half", "z3"),
        node("Mul", "z3 gamma", "z4"),
        node("Reshape", "z4 shape", "z5"),
        node("Pow", "z5 two", "z6"),
        node("Resize", "z6 z6 sizes", "z7"),
    ]
    four = np.ones(4, "f4")
    names = ("gain", "bias", "mean", "var", "gamma", "sizes", "enc.running_mean")
    tensors = [array(name, four) for name in names] + [array("two", np.float32(2)), array("ids", np.arange(3))]
    index, _ = read(nodes, tensors)
    by_content = {content: {t.name for t in index.tensors if t.content is content} for content in Content}
    assert by_content[Content.WEIGHT] == {"gain", "bias", "gamma", "kernel", "table"}
    assert by_content[Content.BUFFER] == {"mean", "var", "enc.running_mean"}
    assert by_content[Content.CONSTANT] == {"shape", "half", "two", "sizes", "ids"}


def per_channel(nodes: list[bytes], *more: bytes):
    scale, zero = np.array([0.5, 1, 2, 4], "f4"), np.array([0, 1, 2, 3], "i1")
    index, values = read(nodes, [array("w_quantized", Q), array("w_scale", scale), array("w_zero_point", zero), *more])
    assert np.array_equal(values["w"], (Q - zero.astype("f4")) * scale)
    quantised = next(t for t in index.tensors if t.name == "w")
    assert quantised.quantization.scheme == "int8-per-channel"
    assert quantised.quantization.axis == 1
    assert quantised.stop - quantised.start == Q.nbytes
    assert {t.content for t in index.tensors if t.name != "w"} == {Content.BUFFER}


def test_scales_are_joined_to_what_they_scale():
    per_channel([node("DequantizeLinear", "w_quantized w_scale w_zero_point", "w", "", attribute("axis", 1))])
    per_channel([node("DequantizeLinear", "w_quantized w_scale w_zero_point", "w", "", attribute("axis", -1))])
    per_channel([node("MatMulInteger", "a w_quantized az w_zero_point", "y")])
    per_channel([node("DynamicQuantizeMatMul", "a w_quantized w_scale w_zero_point", "y")])
    per_channel([node("QLinearMatMul", "a as az w_quantized w_scale w_zero_point ys yz", "y")])
    written_out = [
        node("Cast", "w_quantized", "c"),
        node("Sub", "c w_zero_point", "s"),
        node("Mul", "s w_scale", "f"),
        node("MatMul", "x f", "y"),
    ]
    per_channel(written_out)


def test_scales_in_any_shape_and_one_for_all():
    row = np.array([[0.5, 1, 2, 4]], "f4")
    _, values = read([node("Cast", "w_q", "c"), node("Mul", "c s", "w")], [array("w_q", Q), array("s", row)])
    assert np.array_equal(values["w"], Q * row)
    nodes = [node("DequantizeLinear", "w s", "v")]
    _, values = read(nodes, [array("w", Q.view("u1")), array("s", np.float32(0.25))])
    assert np.array_equal(values["w"], Q.view("u1") * np.float32(0.25))
    column = np.arange(1, 9, dtype="f4")
    _, values = read([node("DequantizeLinear", "w s", "v", "", attribute("axis", 0))], [array("w", Q), array("s", column)])
    assert np.array_equal(values["w"], Q * column[:, None])


@pytest.mark.parametrize("zero", [None, "packed", "floats"])
def test_blocks_of_four_bits(zero):
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 16, (6, 96))
    packed = (codes[:, ::2] | codes[:, 1::2] << 4).astype("u1").reshape(6, 3, 16)
    scales = rng.random((6, 3)).astype("f4")
    zeros = rng.integers(0, 16, (6, 3)) if zero else np.full((6, 3), 8)
    padded = np.concatenate([zeros, np.zeros((6, 1), int)], axis=1)
    kept = {
        None: [],
        "packed": [array("z", (padded[:, ::2] | padded[:, 1::2] << 4).astype("u1"))],
        "floats": [array("z", zeros.astype("f4"))],
    }
    bits = [attribute(name, value) for name, value in {"K": 96, "N": 6, "bits": 4, "block_size": 32}.items()]
    nodes = [node("MatMulNBits", f"x w_q4 s{' z' * bool(zero)}", "y", "", *bits)]
    index, values = read(nodes, [array("w_q4", packed), array("s", scales.reshape(-1)), *kept[zero]])
    tensor = index.tensors[0]
    assert (tensor.shape, tensor.dtype, tensor.quantization.scheme) == ((6, 96), "U4", "int4-32-in-blocks")
    expected = (codes.reshape(6, 3, 32) - zeros[..., None].astype("f4")) * scales[..., None]
    assert np.array_equal(values[tensor.name], expected.reshape(6, 96).astype("f4"))


@pytest.mark.parametrize(("axis", "block"), [(0, 4), (0, 3), (1, 2)])
def test_blocks_along_any_axis(axis, block):
    scales = np.random.default_rng(2).random([-(-8 // block), 4] if axis == 0 else [8, -(-4 // block)]).astype("f4")
    how = [attribute("axis", axis), attribute("block_size", block)]
    _, values = read([node("DequantizeLinear", "w s", "y", "", *how)], [array("w", Q), array("s", scales)])
    each = np.repeat(scales, block, axis=axis)[:8, :4]
    assert np.array_equal(values["w"], Q * each)


def test_a_name_that_an_exporter_made_up_gives_way_to_the_layer():
    bias = array("enc.q.bias", np.ones(4, "f4"))
    by_bias = [node("MatMul", "x onnx::MatMul_12", "a"), node("Add", "enc.q.bias a", "b")]
    by_node = [node("MatMul", "x onnx::MatMul_12", "a", "/enc/q/MatMul")]
    by_scope = [node("MatMul", "x val_12", "a", "node_MatMul_3", scope="['', 'enc', 'enc.q', 'linear']")]
    folded = [node("MatMul", "x const_fold_opt__12", "a", "enc/q/MatMul")]
    for nodes, tensors in ((by_bias, [bias]), (by_node, []), (by_scope, []), (folded, [])):
        made_up = {id(by_scope): "val_12", id(folded): "const_fold_opt__12"}.get(id(nodes), "onnx::MatMul_12")
        index, _ = read(nodes, [array(made_up, W), *tensors])
        assert index.tensors[0].name == "enc.q.weight"
    index, _ = read(
        [node("LSTM", "x onnx::LSTM_1 onnx::LSTM_2", "a", "/rnn/LSTM")], [array("onnx::LSTM_1", W), array("onnx::LSTM_2", W)]
    )
    assert [t.name for t in index.tensors] == ["rnn.W", "rnn.R"]
    index, _ = read([node("MatMul", "x onnx::MatMul_12", "a")], [array("onnx::MatMul_12", W)])
    assert index.tensors[0].name == "onnx::MatMul_12"


def test_graphs_within_the_graph():
    inside = graph([node("Constant", "", "w", "", attribute("value", tensor=array("", W))), node("MatMul", "x w", "y")], [])
    outer = [node("If", "c", "y", "", attribute("then_branch", graph=inside), attribute("else_branch", graph=inside))]
    index, values = read(outer, [array("b", np.ones(4, "f4"))])
    assert [t.name for t in index.tensors] == ["b", "w", "w#2"]
    assert np.array_equal(values["w#2"], W)


def test_values_beside_the_model():
    file = Held(model([], [outside("w", (2,), location="weights.bin", offset="8", length="8")]), "onnx/model.onnx")
    [tensor] = TENSORS.index(file).tensors
    assert (tensor.file, tensor.start, tensor.stop) == ("weights.bin", 8, 16)
    beside = Held(bytes(8) + np.float32([3, 4]).tobytes(), tensor.file)
    assert np.concatenate(list(TENSORS.values(beside, tensor))).tolist() == [3, 4]
    with pytest.raises(WeightsError):
        list(TENSORS.values(Held(bytes(12), tensor.file), tensor))


@pytest.mark.parametrize("location", ["/etc/passwd", "../secret", "a/../../b", "C:\\x", "", "..\\up"])
def test_values_outside_of_the_folder_are_not_read(location):
    index = TENSORS.index(Held(model([], [outside("w", (2,), location=location)])))
    assert not index.tensors
    assert "outside of the model's folder" in index.skipped[0].reason


UNREAD = {
    "text": stored("w", (1,), STRING, part(6, "a")),
    "segments": stored("w", (1,), F32, part(3, number(1, 0)), part(9, bytes(4))),
    "no values": stored("w", (4,), F32),
}


@pytest.mark.parametrize("tensor", UNREAD.values(), ids=UNREAD)
def test_what_is_not_read_is_said(tensor):
    index = TENSORS.index(Held(model([], [tensor])))
    assert not index.tensors
    assert len(index.skipped) == 1


def test_scales_that_do_not_fit_are_said():
    tensors = [array("w", Q), array("s", np.ones(3, "f4"))]
    index = TENSORS.index(Held(model([node("DequantizeLinear", "w s", "y")], tensors)))
    assert index.skipped[0].reason == "w: its scales do not fit its shape"
    far = outside("s", (4,), location="far.bin")
    index = TENSORS.index(Held(model([node("DequantizeLinear", "w s", "y")], [array("w", Q), far])))
    assert index.skipped[0].reason == "w: its scales are not in the file"


def nested(depth: int) -> bytes:
    inner = graph([], [])
    for _ in range(depth):
        inner = graph([node("If", "c", "y", "", attribute("then_branch", graph=inner))], [])
    return number(1, 8) + part(7, inner)


LIES = {
    "empty": b"",
    "no graph": number(1, 8) + part(2, "x"),
    "graph beyond the end": number(1, 8) + varint(7 << 3 | 2) + varint(1 << 40),
    "number without an end": b"\x08" + b"\xff" * 12,
    "a kind of field that is none": b"\x08\x08\x0b\x00",
    "too few values": model([], [stored("w", (3,), F32, part(9, bytes(8)))]),
    "too many values": model([], [stored("w", (1,), F32, part(9, bytes(8)))]),
    "a petabyte": model([], [stored("w", (1 << 40, 1 << 10), F32, part(9, bytes(8)))]),
    "overflow": model([], [stored("w", (1 << 62, 1 << 62), F32, part(9, bytes(8)))]),
    "below zero": model([], [stored("w", (-1,), F32, part(9, bytes(8)))]),
    "many dimensions": model([], [stored("w", (1,) * 70, F32, part(9, bytes(4)))]),
    "packed dimensions": model([], [part(1, b"\x01" * 5_000) + number(2, F32) + part(9, bytes(4))]),
    "outside, backwards": model([], [outside("w", (2,), location="a", offset="-8")]),
    "outside, beyond counting": model([], [outside("w", (2,), location="a", offset="9" * 40)]),
    "outside, too short": model([], [outside("w", (2,), location="a", length="4")]),
    "nested graphs": nested(40),
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_a_model_that_lies_is_refused(content):
    with pytest.raises(WeightsError):
        TENSORS.index(Held(content))


@pytest.mark.parametrize("values", [integers(7, 1), integers(7, 1, 2, 3), part(7, b"\xff"), part(7, b"\xff" * 30)])
def test_packed_numbers_that_lie_are_refused(values):
    file = Held(model([], [stored("w", (2,), I64, values)]))
    [tensor] = TENSORS.index(file).tensors
    with pytest.raises(WeightsError):
        list(TENSORS.values(file, tensor))


def test_budgets(monkeypatch):
    many = model([node("Add", "a b", f"c{n}") for n in range(50)], [])
    monkeypatch.setattr(protobuf, "MAX_FIELDS", 100)
    with pytest.raises(WeightsError, match="fields"):
        TENSORS.index(Held(many))
    monkeypatch.undo()
    monkeypatch.setattr(onnx_graph, "MAX_DEPTH", 2)
    with pytest.raises(WeightsError, match="deep"):
        TENSORS.index(Held(nested(4)))


def test_large_values_are_passed_over():
    file = Held(model([], [array(f"w{n}", np.zeros(1 << 18, "f4")) for n in range(20)]))
    TENSORS.index(file)
    assert file.bytes_read < 100_000 * 20


def test_models_are_known_by_their_bytes():
    good = model([], [array("w", W)])
    assert format_of(Held(good, "m.bin")) is TENSORS
    for content in (
        b"",
        b"\x08\x08",
        b"PK\3\4" + bytes(40),
        b"GGUF" + bytes(40),
        b"\x89HDF\r\n\x1a\n" + bytes(90),
        b"\x1c\0\0\0TFL3" + bytes(40),
    ):
        assert format_of(Held(content, "m.bin")) is not TENSORS


GOOD = model(
    [
        node("DequantizeLinear", "q s", "w", "", attribute("axis", 1)),
        node(
            "MatMulNBits",
            "x n ns",
            "y",
            "",
            *(attribute(k, v) for k, v in {"K": 32, "N": 1, "bits": 4, "block_size": 16}.items()),
        ),
        node("If", "c", "z", "", attribute("then_branch", graph=graph([node("MatMul", "x f", "y")], [array("g", W)]))),
    ],
    [
        array("q", Q),
        array("s", np.ones(4, "f4")),
        array("n", np.zeros((1, 2, 8), "u1")),
        array("ns", np.ones(2, "f4")),
        stored("f", (2,), F32, floats(1, 2)),
    ],
)


test_bytes_changed_anywhere = when_bytes_change(GOOD)
