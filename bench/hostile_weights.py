"""What comes out of damaged files of weights: ``python bench/hostile_weights.py [--files N] [FILE ...]``.

Bytes of good files are changed, cut, doubled and moved; the reader that recognised the good file then reads all of each. A
file must be read or refused with a sentence; anything else is printed with its place in the code and counts as a failure.
Times are of this process, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))

import made_onnx as o  # noqa: E402  # the tests' own writers
import made_tflite as f  # noqa: E402
import made_torch as t  # noqa: E402
from file_of_bytes import Held  # noqa: E402

from filiation.core.errors import WeightsError  # noqa: E402
from filiation.core.tensor import BLOCK, TensorFormat  # noqa: E402
from filiation.formats.tensor_formats import format_of  # noqa: E402

MAX_VALUES = 1 << 24
LIES = [
    b"\xff" * 4,
    b"\xff" * 8,
    b"\0" * 8,
    b"\xff\xff\xff\x7f",
    b"\xff" * 7 + b"\x7f",
    b"\xff" * 9 + b"\1",
    b"\0\0\0\x80",
    b"\1\0\0\0",
]


def samples() -> dict[str, bytes]:
    """Return a small good file of each format that can be made here."""
    rows = np.arange(24, dtype="<f4").tobytes()
    linear = {"fc.weight": t.tensor(t.storage("0", 24), (4, 6), (1, 4)), "fc.bias": t.tensor(t.storage("0", 24), (4,), (1,), 3)}
    body = t.mapping({"state_dict": t.ordered(linear), "optimizer": t.mapping(linear)})
    script = t.named("__torch__.a", "Net") + b")\x81" + t.mapping(linear) + b"b"
    code = 'class Net(Module):\n  __parameters__ = ["fc.weight", ]\n  __buffers__ = []\n'
    codes = o.array("q", np.arange(32, dtype="i1").reshape(8, 4)), o.array("s", np.ones(4, "f4"))
    bits = [o.attribute(name, value) for name, value in {"K": 32, "N": 1, "bits": 4, "block_size": 16}.items()]
    nodes = [
        o.node("DequantizeLinear", "q s", "w", "", o.attribute("axis", 1)),
        o.node("MatMulNBits", "x n ns", "y", "", *bits),
        o.node("If", "c", "z", "", o.attribute("then_branch", graph=o.graph([], [codes[0]]))),
    ]
    packed = (
        o.array("n", np.zeros((1, 2, 8), "u1")),
        o.array("ns", np.ones(2, "f4")),
        o.stored("i", (2,), 7, o.integers(7, 1, -1)),
    )
    tensors = [f.tensor("w", (3, 4), 9, 1, scales=(1.0, 2.0, 3.0)), f.tensor("b", (3,), 0, 2)]
    return {
        "a.pt": t.zip_of(body, {"0": rows}),
        "packed.pt": t.zip_of(body, {"0": rows}, 8),
        "script.pt": t.zip_of(script, {"0": rows}, **{"code/__torch__/a.py": code, "constants.pkl": t.whole_pickle(t.row())}),
        "old.pth": t.legacy_of(body, {"0": (24, rows)}),
        "a.onnx": o.model(nodes, [*codes, *packed]),
        "a.tflite": f.model(tensors, [b"", bytes(12), rows[:12]], [(9, (0, 1))]),
        **_written_by_packages(),
    }


def _written_by_packages() -> dict[str, bytes]:
    import h5py
    from safetensors.numpy import save

    arrays = {"a": np.arange(12, dtype="f4").reshape(3, 4), "b": np.ones(3, "f2")}
    keras, npz = io.BytesIO(), io.BytesIO()
    np.savez_compressed(npz, **arrays)
    with h5py.File(keras, "w") as file:
        file["model_weights/d/d/kernel:0"] = arrays["a"]
        file.create_dataset("c", data=np.arange(64, dtype="f4"), chunks=(16,), compression="gzip", shuffle=True)
    return {"a.safetensors": save(arrays), "a.h5": keras.getvalue(), "a.npz": npz.getvalue()}


def changed(content: bytes, rng: random.Random) -> bytes:
    """Return the content with one to eight changes, oftener near its beginning and its end."""
    made = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 4, 8])):
        at = min(int(rng.expovariate(1 / 600)), len(made) - 1)
        at = rng.choice([at, len(made) - 1 - at, rng.randrange(len(made))])
        kind = rng.randrange(5)
        if kind == 0:
            made[at] = rng.randrange(256)
        elif kind == 1:
            lie = rng.choice(LIES)
            made[at : at + len(lie)] = lie
        elif kind == 2:
            del made[at : at + rng.randrange(1, 9)]
        elif kind == 3:
            made[at:at] = rng.randbytes(rng.randrange(1, 9))
        else:
            start = rng.randrange(len(made))
            made[at : at + 32] = made[start : start + 32]
        made = made or bytearray(b"x")
    return bytes(made)


def outcome(form: TensorFormat, content: bytes, name: str) -> str:
    """Return what became of a file: read, refused, or the name and place of what should not have come out."""
    file = Held(content, name)
    values = 0
    try:
        form.recognises(file)
        for tensor in form.index(file).tensors:
            for block in form.values(file, tensor):
                values += len(block)
                if block.dtype != np.float32 or len(block) > BLOCK:
                    return "a block that is none"
                if values > MAX_VALUES:
                    return "read"
    except WeightsError:
        return "refused"
    except Exception as error:  # the whole point: whatever else comes out is told
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
    return "read"


def main() -> int:
    """Print a row for each good file; return whether anything else than a sentence came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="good files; without any, small ones are made")
    parser.add_argument("--changes", type=int, default=5_000, metavar="N", help="changed files of each")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    good = {path.name: path.read_bytes() for path in asked.files} or samples()
    failures = 0
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    print(f"{'file':24} {'format':14} {'changed':>9} {'read':>8} {'refused':>8} {'else':>5} {'slowest ms':>11} {'mean ms':>8}")
    for name, content in good.items():
        form = format_of(Held(content, name))
        if form is None or outcome(form, content, name) != "read":
            print(f"{name:24} is not read as it is")
            failures += 1
            continue
        rng = random.Random(f"{asked.seed} {name}")
        came: Counter[str] = Counter()
        slowest = 0.0
        began = time.process_time()
        for _ in range(asked.changes):
            before = time.process_time()
            came[outcome(form, changed(content, rng), name)] += 1
            slowest = max(slowest, time.process_time() - before)
        spent = (time.process_time() - began) / asked.changes
        other = {what: count for what, count in came.items() if what not in {"read", "refused"}}
        failures += sum(other.values())
        counts = f"{asked.changes:>9,} {came['read']:>8,} {came['refused']:>8,} {sum(other.values()):>5}"
        print(f"{name:24} {form.name:14} {counts} {1e3 * slowest:>11.1f} {1e3 * spent:>8.2f}", flush=True)
        if other:
            print("  " + json.dumps(other))
    print(f"most memory held: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:,} MB")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
