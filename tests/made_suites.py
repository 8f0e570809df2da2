"""Small suites, an ONNX model small enough to be written by hand, and programs that answer suites well or badly."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
from made_onnx import array, graph, node, part, whole

from filiation.core.measurement import Bounds
from filiation.measure.process import Program, run_bounded

HEAD = """schema = "filiation/suite/v1"
name = "small"
version = "1"
title = "Small"
task = "{task}"
metrics = {metrics}
{more}
[dataset]
name = "small"
split = "test"
source = "written here"
license = "MIT"
"""
FRUIT = [("a red apple", "fruit"), ("a green pear", "fruit"), ("an iron nail", "tool"), ("a steel saw", "tool")]
ANSWERS = {
    "honest": "label = 'fruit' if 'apple' in text or 'pear' in text else 'tool'",
    "constant": "label = 'fruit'",
    "foreign": "label = 'animal'",
    "drawn": "import os; label = 'fruit' if os.urandom(1)[0] % 2 else 'tool'",
    "by_place": "label = 'fruit' if item['id'] < 2 else 'tool'",
    "slow": "import time; time.sleep(30)",
    "eater": "held = []\n    while True: held.append(bytearray(1 << 22))",
    "crash": "import os; os.abort()",
    "chatty": "label = 'tool'; out.write('well, I think\\n')",
    "twice": "label = 'fruit'; say(item['id'], label)",
    "other": "label = 'fruit'; say(99, label)",
    "silent": "continue",
    "number": "label = 3",
    "online": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "boastful": "label = 'tool'; ms = 1e9; out.write(json.dumps({'accuracy': 1.0, 'precision': 'int8', 'loaded': -1}) + '\\n')",
    "reader": "label = open(head['options']['secret']).read()",
}


@cache
def walls() -> Bounds:
    """Return what a run is really held to on this machine."""
    held = Bounds(seconds=20.0, memory_bytes=128 << 20, written_bytes=8 << 20, processes=8)
    return run_bounded(Program((sys.executable, "-S", "-c", "0"), b""), held).bounds


def toml_suite(task: str, metrics: list[str], samples: list[dict], more: str = "") -> str:
    """Return the text of a suite."""
    lines = [HEAD.format(task=task, metrics=json.dumps(metrics), more=more)]
    for sample in samples:
        lines.append("[[sample]]")
        lines += [f"{name} = {json.dumps(value)}" for name, value in sample.items()]
    return "\n".join(lines) + "\n"


def fruit_suite(path: Path) -> Path:
    """Write a suite of four texts in two classes."""
    samples = [{"text": text, "label": label} for text, label in FRUIT]
    path.write_text(toml_suite("classification", ["accuracy", "f1"], samples), encoding="utf-8")
    return path


def plugin(path: Path, kind: str) -> str:
    """Write a program that answers as one of `ANSWERS`; return the command that runs it."""
    path.write_text(
        "import json, sys\nout = sys.stdout\nhead = json.loads(sys.stdin.readline())\n"
        "def say(number, label, ms=0.01):\n    out.write(json.dumps({'id': number, 'label': label, 'ms': ms}) + '\\n')\n"
        "for line in sys.stdin:\n    item = json.loads(line)\n    text, ms = item.get('text', ''), 0.01\n"
        f"    {ANSWERS[kind]}\n    say(item['id'], label, ms)\n",
        encoding="utf-8",
    )
    return f"{sys.executable} -S {path}"


def flower_model(folder: Path) -> Path:
    """Write an ONNX model that tells three classes of four numbers, with its labels; return its folder."""
    folder.mkdir()
    weights = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2], [0, 0, 0]], dtype="f4")
    steps = [node("MatMul", "x w", "y"), node("Add", "y b", "logits")]
    inside = graph(steps, [array("w", weights), array("b", np.zeros(3, dtype="f4"))])
    inside += part(11, _value("x", 1, 4)) + part(12, _value("logits", 1, 3))
    (folder / "model.onnx").write_bytes(whole(1, 8) + part(7, inside) + part(8, whole(2, 17)))
    (folder / "config.json").write_text('{"id2label": {"0": "rose", "1": "lily", "2": "iris"}}', encoding="utf-8")
    return folder


def flower_suite(path: Path) -> Path:
    """Write a suite of six flowers, five of which that model tells right."""
    rows = [((1, 0, 0, 0), "rose"), ((0, 1, 0, 0), "lily"), ((0, 0, 1, 0), "iris"), ((2, 1, 0, 1), "rose")]
    rows += [((0, 3, 1, 1), "lily"), ((0, 3, 1, 0), "iris")]
    samples = [{"features": [float(one) for one in numbers], "label": label} for numbers, label in rows]
    path.write_text(toml_suite("classification", ["accuracy"], samples), encoding="utf-8")
    return path


def _value(name: str, *shape: int) -> bytes:
    dims = b"".join(part(1, whole(1, size)) for size in shape)
    return part(1, name) + part(2, part(1, whole(1, 1) + part(2, dims)))
