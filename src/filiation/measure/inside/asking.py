"""What a runner is asked, and how it answers: JSON lines on standard input and output."""

from __future__ import annotations

import base64
import importlib.metadata
import json
import os
import platform
import random
import sys
import time


class CannotRunError(Exception):
    """The model cannot be run here; the message is for the person who asked."""


def serve(prepare):
    """Prepare a model, answer every question, and say what cannot be done as one line.

    Args:
        prepare: Takes what is asked of all; returns a function from a question to ``{"label": ...}``, ``{"vector": ...}``,
            ``{"number": ...}`` or ``{"text": ...}``, and what is told of the model: ``version``, ``packages``, ``precision``.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print on standard output is no answer
    lines = sys.stdin.buffer
    asked = json.loads(lines.readline())
    random.seed(asked["seed"])
    began = time.perf_counter()
    try:
        answer, about = prepare(asked)
        tell(out, {"loaded": time.perf_counter() - began, **about})
        for line in lines:
            question = json.loads(line)
            began = time.perf_counter()
            given = answer(question)
            tell(out, {"id": question["id"], **given, "ms": (time.perf_counter() - began) * 1000})
    except CannotRunError as error:
        tell(out, {"error": str(error), "kind": "cannot_run"})
    except ImportError as error:
        tell(out, {"error": f"{error.name or error} is not installed where it runs", "kind": "missing"})


def tell(out, item):
    """Write a line."""
    out.write(json.dumps(item) + "\n")
    out.flush()


def versions(*names):
    """Return the versions of packages that are there, by name, and of the Python that has them."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def read_json(folder, name):
    """Return what a JSON file of the model says; an empty table where there is no such file."""
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def content(question):
    """Return the bytes of a question that is a file or an image."""
    return base64.b64decode(question["base64"])


def labels_of(asked, folder):
    """Return the classes by their number, from the option `labels` (``file#/key``), or ``id2label`` of the configuration."""
    told = asked["options"].get("labels")
    if told:
        name, _, pointer = str(told).partition("#")
        value = read_json(folder, name)
        for key in pointer.strip("/").split("/"):
            value = value[key] if key else value
        return [str(one) for one in value]
    named = read_json(folder, "config.json").get("id2label") or {}
    return [str(named[key]) for key in sorted(named, key=int)] or list(asked["labels"])


def torch_ready(asked):
    """Return torch, set so that the same is computed the same way."""
    import torch

    torch.manual_seed(asked["seed"])
    torch.set_num_threads(asked["threads"])
    torch.use_deterministic_algorithms(True, warn_only=True)
    return torch


def in_type(torch, model, asked):
    """Return a torch model with its weights in the type that the option `dtype` names; as they lie there without."""
    name = asked["options"].get("dtype")
    if name is None:
        return model
    if name not in ("float32", "float16", "bfloat16"):
        raise CannotRunError(f"dtype is float32, float16 or bfloat16, not {name}")
    return model.to(getattr(torch, name))


def precision_of(model):
    """Return the type of most of a torch model's weights, such as ``float32``."""
    counts = {}
    for weight in model.parameters():
        kind = str(weight.dtype).removeprefix("torch.")
        counts[kind] = counts.get(kind, 0) + weight.numel()
    return max(counts, key=counts.get) if counts else None
