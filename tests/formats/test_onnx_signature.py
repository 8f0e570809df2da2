"""Inputs and outputs of ONNX graphs, against the package that writes them."""

from __future__ import annotations

import pytest
from file_of_bytes import Held

from filiation.core.errors import WeightsError
from filiation.formats.onnx_signature import Value, signature


def test_what_the_package_writes():
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    inputs = [
        helper.make_tensor_value_info("x", kinds.FLOAT, ["batch", 3]),
        helper.make_tensor_value_info("t", kinds.STRING, [None]),
    ]
    weight = helper.make_tensor("w", kinds.FLOAT, [3, 2], [0.0] * 6)
    inputs.append(helper.make_tensor_value_info("w", kinds.FLOAT, [3, 2]))
    output = helper.make_tensor_value_info("y", kinds.FLOAT16, ["batch", 2])
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", inputs, [output], [weight])
    model = helper.make_model(graph)
    helper.set_model_props(model, {"names": "['a', 'b']"})
    found = signature(Held(model.SerializeToString()))
    assert found.inputs == (Value("x", "F32", ("batch", 3)), Value("t", "STRING", ("?",)))
    assert found.outputs == (Value("y", "F16", ("batch", 2)),)
    assert found.told == {"names": "['a', 'b']"}


@pytest.mark.parametrize("content", [b"", b"\x08\x08", b"\x3a\x7f", b"\x3a\x03\x5a\x7f\x00"])
def test_what_is_none(content):
    with pytest.raises(WeightsError):
        signature(Held(content))
