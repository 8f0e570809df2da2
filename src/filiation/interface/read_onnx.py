"""Inputs and outputs of ONNX graphs: the tensors themselves, for whoever calls the graph without a library around it."""

from __future__ import annotations

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.formats.local_file import LocalFile
from filiation.formats.onnx_signature import Signature, signature
from filiation.interface.model_folder import ModelFolder
from filiation.interface.shape import Fact, Modality, Port, Untold
from filiation.interface.telling import Told, facts

SUFFIX = ".onnx"
MAX_GRAPHS = 4
MAX_LABELS = 50_000
_NUMBERS = ("F32", "F16", "BF16", "F64")


def graph(files: ModelFolder) -> tuple[str, Signature] | None:
    """Return the name and the signature of the first graph that can be read, ``model.onnx`` first; None where there is none."""
    names = files.ending(SUFFIX)
    names = [name for name in names if name.endswith("model.onnx")] + [
        name for name in names if not name.endswith("model.onnx")
    ]
    for name in names[:MAX_GRAPHS]:
        path = files.path(name)
        if path is None:
            continue
        try:
            with LocalFile(path, name) as file:
                found = signature(file)
        except (OSError, WeightsError) as error:
            files.skipped.append(Skipped(name, 0, str(error)[:300]))
            continue
        files.read.append(name)
        return name, found
    return None


def tensors(found: tuple[str, Signature]) -> dict[str, tuple[Port, ...]]:
    """Return the tensors that go in and come out."""
    _, read = found
    return {
        side: tuple(Port(value.name, "tensor", dtype=value.dtype, shape=value.shape or ()) for value in values)
        for side, values in (("in", read.inputs), ("out", read.outputs))
    }


def told(found: tuple[str, Signature]) -> Told:
    """Return what a graph alone tells: tensors in and out, and the labels where the file carries their names."""
    name, read = found
    labels = _labels(name, read)
    count = len(labels.value) if labels and isinstance(labels.value, tuple) else 0
    outputs = []
    for port in tensors(found)["out"]:
        is_label = count > 0 and _classes(port.shape) == count
        kind: Modality = "label" if is_label else "tensor"
        outputs.append(msgspec.structs.replace(port, modality=kind, facts=facts(labels) if is_label else ()))
    inputs = tuple(_seen(name, port) for port in tensors(found)["in"])
    untold = [Untold("task", f"{name} /metadata_props")]
    untold += [Untold("shape", f"{name} /graph/input/{value.name}") for value in read.inputs if value.shape is None]
    return Told("onnx", None, "", inputs, tuple(outputs), tuple(untold))


def _classes(shape: tuple[int | str, ...]) -> int | str | None:
    return shape[-1] if shape else None


def _seen(name: str, port: Port) -> Port:
    """Return an input as an image where its shape is that of one: four sizes, and one or three channels at their place."""
    if len(port.shape) != 4 or port.dtype not in (*_NUMBERS, "U8"):
        return port
    _, one, two, three = port.shape
    first, last = one in (1, 3) and two != 1, three in (1, 3)
    if first is last:
        return port
    channels, height, width = (one, two, three) if first else (three, one, two)
    where = f"{name} /graph/input/{port.name}"
    return Port(port.name, "image", dtype=port.dtype, shape=port.shape, facts=facts(
        Fact("channels", channels, where),
        Fact("height_px", height, where) if isinstance(height, int) else None,
        Fact("width_px", width, where) if isinstance(width, int) else None,
        Fact("channels_first", first, where),
    ))  # fmt: skip


def _labels(name: str, read: Signature) -> Fact | None:
    """Return the labels that exporters leave in the file's own table: in JSON's or Python's spelling."""
    import ast  # noqa: PLC0415  # only where a graph stands alone

    for key in ("names", "labels", "class_names", "classes", "id2label"):
        written = read.told.get(key, "")
        if not written or len(written) > 60_000:
            continue
        try:
            value = msgspec.json.decode(written) if written[0] in '["' or '"' in written else ast.literal_eval(written)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        names = list(value.values()) if isinstance(value, dict) else value
        if isinstance(names, list) and names and all(isinstance(one, str) for one in names):
            return Fact("labels", tuple(one[:200] for one in names[:MAX_LABELS]), f"{name} /metadata_props/{key}")
    return None
