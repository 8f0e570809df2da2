"""Carry a model to another form: ONNX of a torch model, ONNX as ONNX Runtime would have it, ONNX in eight bits.

It runs bounded, as runners do; what it makes lies in its working folder.
"""

from __future__ import annotations

import glob
import os
import shutil
import sys

from asking import CannotRunError, precision_of, serve, torch_ready, versions


def prepare(asked):
    """Make the form that the option ``form`` names; return what answers nothing, and what is told of it."""
    made, about = FORMS[asked["options"]["form"]](asked)
    return _nothing, {"made": made, **about}


def _nothing(question):
    raise CannotRunError(f"nothing is asked while a model is carried over: {question}")


def _optimised(asked):
    """Write the graph as ONNX Runtime optimises it for any processor."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    settings.optimized_model_filepath = "model.onnx"
    settings.log_severity_level = 3
    onnxruntime.InferenceSession(_only(asked), settings, providers=["CPUExecutionProvider"])
    return "model.onnx", {"packages": versions("onnxruntime")}


def _eight_bits(asked):
    """Write the model with the weights of its matrix products in eight bits, and what goes through them cut as it comes."""
    import onnx  # noqa: F401  # what it needs, so that its absence is said by its name
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path = _only(asked)
    for name in os.listdir(os.path.dirname(path)):  # it writes beside what it reads, where nothing may be written
        if ".onnx" in name:
            shutil.copyfile(os.path.join(os.path.dirname(path), name), f"from_{name}")
    source = f"from_{os.path.basename(path)}"
    quantize_dynamic(source, "model.onnx", weight_type=QuantType.QInt8)
    return "model.onnx", {"packages": versions("onnxruntime", "onnx")}


def _exported(asked):
    """Write a torch model of transformers as ONNX, for texts of any length."""
    torch = torch_ready(asked)
    import onnx  # noqa: F401  # as above
    import transformers
    from run_transformers import load

    model, tokenizer = load(torch, transformers, asked)
    model.config.return_dict = False
    given = tokenizer("a text", return_tensors="pt")
    names = list(given)
    out = "logits" if asked["expects"] == "label" else "last_hidden_state"
    free = {name: {0: "batch", 1: "tokens"} for name in [*names, *(["last_hidden_state"] if out != "logits" else [])]}
    with torch.inference_mode():
        torch.onnx.export(
            _Positional(torch, model, names).eval(), tuple(given[name] for name in names), "model.onnx",
            input_names=names, output_names=[out], dynamic_axes=free, opset_version=17, dynamo=False,
        )  # fmt: skip
    packages = versions("torch", "transformers", "onnx")
    return "model.onnx", {"packages": packages, "precision": precision_of(model)}


def _Positional(torch, model, names):  # noqa: N802  # a class, made where torch is there
    class Positional(torch.nn.Module):
        """Takes by place what the model takes by name, and gives its first output."""

        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *given):
            """Return the first output."""
            return self.model(**dict(zip(names, given, strict=True)))[0]

    return Positional()


def _only(asked):
    found = sorted(glob.glob(os.path.join(glob.escape(asked["model"]), "**", "*.onnx"), recursive=True))
    named = asked["options"].get("file")
    if named:
        return os.path.join(asked["model"], str(named))
    if len(found) != 1:
        raise CannotRunError(f"which of {len(found)} ONNX files is meant? Give --option file=NAME")
    return found[0]


FORMS = {"onnx": _exported, "optimised": _optimised, "int8": _eight_bits}

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    serve(prepare)
