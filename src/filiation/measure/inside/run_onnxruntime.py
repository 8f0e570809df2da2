"""Run an ONNX model: texts as vectors or classes, bytes and numbers as classes or numbers."""

from __future__ import annotations

import glob
import os

from asking import CannotRunError, content, labels_of, read_json, serve, versions

MAX_TOKENS = 512


def prepare(asked):
    """Return what answers, and what is told of the model."""
    import numpy
    import onnxruntime

    folder, options = asked["model"], asked["options"]
    session = _session(onnxruntime, _file(folder, options), asked)
    inputs = {one.name: one for one in session.get_inputs()}
    encode = _encoder(numpy, asked, inputs, folder)
    read = _reader(numpy, asked, folder)

    def answer(question):
        given = encode(question)
        return read(session.run(None, given), given)

    return answer, {"version": onnxruntime.__version__, "packages": versions("onnxruntime", "tokenizers", "numpy")}


def _file(folder, options):
    """Return the one model that is meant."""
    if "file" in options:
        return os.path.join(folder, str(options["file"]))
    found = sorted(glob.glob(os.path.join(glob.escape(folder), "**", "*.onnx"), recursive=True))
    plain = [path for path in found if os.path.basename(path) == "model.onnx"]
    if len(found) != 1 and len(plain) != 1:
        names = ", ".join(os.path.relpath(path, folder) for path in found[:5]) or "none"
        raise CannotRunError(f"which ONNX file is meant? Give --option file=NAME; there are: {names}")
    return (plain if len(plain) == 1 else found)[0]


def _session(onnxruntime, path, asked):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = asked["threads"]
    settings.inter_op_num_threads = 1
    settings.use_deterministic_compute = True
    settings.log_severity_level = 3
    onnxruntime.set_seed(asked["seed"])
    try:
        return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as error:
        if "bad_alloc" in str(error) or "allocate" in str(error):
            raise MemoryError(str(error)[:300]) from error
        raise CannotRunError(f"ONNX Runtime cannot load {os.path.basename(path)}: {str(error)[:300]}") from error


def _encoder(numpy, asked, inputs, folder):
    """Return the function from a question to the inputs of the model."""
    texts = _texts(numpy, asked, inputs, folder) if "input_ids" in inputs else None

    def encode(question):
        if "text" in question and texts:
            return texts(question)
        if len(inputs) != 1:
            raise CannotRunError(f"the model takes {', '.join(inputs)}, and what is asked is one thing")
        name, one = next(iter(inputs.items()))
        kind = _type(numpy, one)
        if "text" in question or "base64" in question:
            raw = question["text"].encode() if "text" in question else content(question)
            return {name: numpy.array([_window(raw, asked["options"])], dtype=kind)}
        shape = [size if isinstance(size, int) and size > 0 else -1 for size in one.shape[1:]]
        flat = numpy.array(question["features"], dtype=kind)
        return {name: flat.reshape([1, *shape]) if shape.count(-1) < 2 else flat.reshape(1, -1)}

    return encode


def _type(numpy, one):
    names = {"float": "float32", "double": "float64"}
    found = one.type.removeprefix("tensor(").removesuffix(")")
    return numpy.dtype(names.get(found, found))


def _window(raw, options):
    """Return the first and the last bytes as numbers, without blanks at the ends, and filled up where there are fewer."""
    first, last, fill = (int(options.get(name, number)) for name, number in (("first", 1024), ("last", 0), ("pad", 0)))
    block = int(options.get("block", 4096))
    strip = bool(options.get("strip", False))
    head, tail = raw[: max(block, first)], raw[-max(block, last) :]
    head = (head.lstrip() if strip else head)[:first]
    tail = (tail.rstrip() if strip else tail)[-last:] if last else b""
    return [*head, *[fill] * (first - len(head)), *[fill] * (last - len(tail)), *tail]


def _texts(numpy, asked, inputs, folder):
    """Return the function from a text to tokens, as ``tokenizer.json`` of the model cuts it."""
    from tokenizers import Tokenizer

    path = os.path.join(folder, "tokenizer.json")
    if not os.path.exists(path):
        raise CannotRunError("the model takes tokens, and there is no tokenizer.json beside it")
    tokenizer = Tokenizer.from_file(path)
    told = read_json(folder, "sentence_bert_config.json").get("max_seq_length")
    limit = int(asked["options"].get("max_tokens", told or MAX_TOKENS))
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    types = {name: _type(numpy, one) for name, one in inputs.items()}

    def encode(question):
        prefix = asked["options"].get(f"prefix_{question.get('role', '')}", "")
        cut = tokenizer.encode(str(prefix) + question["text"])
        parts = {"input_ids": cut.ids, "attention_mask": cut.attention_mask, "token_type_ids": cut.type_ids}
        parts["position_ids"] = list(range(len(cut.ids)))
        return {name: numpy.array([parts[name]], dtype=types[name]) for name in inputs if name in parts}

    return encode


def _reader(numpy, asked, folder):
    """Return the function from the outputs of the model to an answer."""
    expects = asked["expects"]
    names = labels_of(asked, folder) if expects == "label" else []
    pooling = asked["options"].get("pooling") or _pooling(folder)

    def read(outputs, given):
        if expects == "vector":
            return {"vector": _pooled(numpy, numpy.asarray(outputs[0]), given, pooling).tolist()}
        if expects == "number":
            return {"number": float(numpy.asarray(outputs[0]).reshape(-1)[0])}
        if expects != "label":
            raise CannotRunError("ONNX models here give classes, numbers or vectors, and no text")
        first = numpy.asarray(outputs[0])
        if first.dtype.kind in "OSU":
            return {"label": str(first.reshape(-1)[0])}
        scores = first.reshape(-1)
        at = int(scores[0]) if first.dtype.kind in "iu" and scores.size == 1 else int(scores.argmax())
        return {"label": names[at] if 0 <= at < len(names) else str(at)}

    return read


def _pooling(folder):
    told = read_json(folder, os.path.join("1_Pooling", "config.json"))
    return "cls" if told.get("pooling_mode_cls_token") else "mean"


def _pooled(numpy, output, given, pooling):
    """Return one vector of length 1 from those of all tokens (1 x tokens x d), or from one that is there already (1 x d)."""
    if output.ndim == 3:
        mask = given.get("attention_mask")
        weights = numpy.ones(output.shape[1]) if mask is None else mask[0].astype(float)
        output = output[:, 0] if pooling == "cls" else (output[0] * weights[:, None]).sum(0)[None] / max(weights.sum(), 1)
    vector = output.reshape(-1).astype(float)
    size = numpy.linalg.norm(vector)
    return vector / size if size else vector


if __name__ == "__main__":
    serve(prepare)
