"""What keeping headers costs: reading and folding them, and saying what the structure is; beside a digest of the same file.

``python bench/headers.py``: safetensors files of a Llama and of a mixture of experts, whose values are holes in the file, in a
folder of its own that is removed again.
"""

from __future__ import annotations

import json
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from math import prod
from pathlib import Path

from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.extract.structure import extract
from filiation.structure.headers import FILE, encoded, headers_of
from filiation.weights.checkpoint import open_checkpoint
from filiation.weights.kept_sketches import largest_checkpoint

Structure = Iterator[tuple[str, tuple[int, ...]]]
TIMES = 5


def llama(layers: int, width: int, experts: int = 0) -> Structure:
    """Yield the tensors of a Llama; with `experts` of a mixture as Mixtral spells it."""
    yield "model.embed_tokens.weight", (32000, width)
    yield "model.norm.weight", (width,)
    yield "lm_head.weight", (32000, width)
    inner = 43 * width // 16
    for layer in range(layers):
        at = f"model.layers.{layer}."
        yield from ((f"{at}self_attn.{part}_proj.weight", (width, width)) for part in "qkvo")
        yield from ((f"{at}{part}_layernorm.weight", (width,)) for part in ("input", "post_attention"))
        if experts:
            yield f"{at}block_sparse_moe.gate.weight", (experts, width)
        for expert in range(experts):
            inside = f"{at}block_sparse_moe.experts.{expert}."
            yield from ((f"{inside}{part}.weight", shape) for part, shape in _sides(inner, width, "w1 w3 w2"))
        if not experts:
            yield from ((f"{at}mlp.{part}_proj.weight", shape) for part, shape in _sides(inner, width, "gate up down"))


def _sides(inner: int, width: int, parts: str) -> Iterator[tuple[str, tuple[int, int]]]:
    yield from zip(parts.split(), ((inner, width), (inner, width), (width, inner)), strict=True)


def write(path: Path, held: Structure) -> None:
    """Write a file of these tensors without values."""
    path.parent.mkdir(parents=True)
    header, at = {}, 0
    for name, shape in held:
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + 2 * prod(shape)]}
        at += 2 * prod(shape)
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + at)


def took(work: Callable[[], object]) -> float:
    """Return the least processor time of several runs, in milliseconds."""
    found = []
    for _ in range(TIMES):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return 1000 * min(found)


def headers_in(folder: Path) -> str:
    """Return the text that an atlas keeps of a model's folder."""
    target = largest_checkpoint(folder)
    assert target is not None  # noqa: S101  # it was written above
    with open_checkpoint(target) as checkpoint:
        return encoded(headers_of(checkpoint))


def digest(path: Path, most_bytes: int = 1 << 28) -> float:
    """Return the milliseconds that sha256 would take for the whole file, by its first quarter of a gigabyte."""
    read = min(path.stat().st_size, most_bytes)

    def hashed() -> None:
        with path.open("rb") as file:
            sha256(file.read(read)).digest()

    return took(hashed) * path.stat().st_size / read


def told(name: str, path: Path, tensors: int) -> str:
    """Return a line of figures about the model at `path`."""
    folder = path.parent
    text = headers_in(folder)
    record = Record(Kind.MODEL, "o/m", {"id": "o/m"}, {FILE: text})
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    reading, claiming = took(lambda: headers_in(folder)), took(lambda: list(extract(record)))
    claims = len(list(extract(record)))
    return (
        f"{name:20} {tensors:8,} {header / 1e3:6,.0f} kB {len(text) / 1e3:4.1f} kB {reading:12.1f} ms {claiming:6.1f} ms"
        f" {digest(path):12,.0f} ms   ({claims} claims)"
    )


def main() -> None:
    """Print a line for each made model."""
    print("model                 tensors   header    kept   read and keep    claims   sha256 of the file")
    made = {"llama, 32 layers": (32, 2048, 0), "llama, 126 layers": (126, 2048, 0), "mixture, 32 by 128": (32, 512, 128)}
    with tempfile.TemporaryDirectory() as folder:
        for name, sizes in made.items():
            path = Path(folder) / name.replace(" ", "-").replace(",", "") / "model.safetensors"
            write(path, llama(*sizes))
            print(told(name, path, len(list(llama(*sizes)))))
            path.unlink()


if __name__ == "__main__":
    main()
