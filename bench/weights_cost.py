"""What sketches cost: seconds and memory against sha256 of the same files, bytes, one against many, all pairs.

    python bench/weights_cost.py --gigabytes 16 --into bench/out/cost              # all parts
    python bench/weights_cost.py --gigabytes 2 --into bench/out/cost --dtype F32 --part files

Makes safetensors files of the shapes of an 8-billion-parameter model with random values. sha256 and the sketch each run in a
process of their own, in turn; the better run of each counts.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import mmap
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SHARD_BYTES = 2 << 30
WIDTH = {"BF16": 2, "F32": 4, "F16": 2}


def shapes() -> list[tuple[str, tuple[int, ...]]]:
    """Return tensors of 80 layers, in order; as many are made as there is room for."""
    found: list[tuple[str, tuple[int, ...]]] = [("model.embed_tokens.weight", (128_256, 4096))]
    for layer in range(80):
        at = f"model.layers.{layer}"
        found += [(f"{at}.self_attn.{name}_proj.weight", (1024 if name in "kv" else 4096, 4096)) for name in "qkvo"]
        found += [(f"{at}.mlp.{name}_proj.weight", (14_336, 4096)) for name in ("gate", "up")]
        found += [(f"{at}.mlp.down_proj.weight", (4096, 14_336))]
        found += [(f"{at}.{name}_layernorm.weight", (4096,)) for name in ("input", "post_attention")]
    return found


def make(folder: Path, gigabytes: float, dtype: str) -> None:
    """Write the files; those that are there already stay."""
    folder.mkdir(parents=True, exist_ok=True)
    tile = np.random.default_rng(1).standard_normal(1 << 24, dtype=np.float32) * np.float32(0.02)
    if dtype == "BF16":
        stored = (tile.view(np.uint32) >> np.uint32(16)).astype(np.uint16).tobytes()
    else:
        stored = tile.astype(np.float16 if dtype == "F16" else np.float32).tobytes()
    left, shard, number = gigabytes * 1e9, [], 0
    for name, shape in shapes():
        size = int(np.prod(shape)) * WIDTH[dtype]
        if size > left:
            break
        left -= size
        shard.append((name, shape, size))
        if sum(size for *_, size in shard) > SHARD_BYTES:
            write(folder / f"model-{number:05}.safetensors", shard, stored, dtype)
            shard, number = [], number + 1
    if shard:
        write(folder / f"model-{number:05}.safetensors", shard, stored, dtype)
    index = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            names = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        index |= dict.fromkeys(names, path.name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))


def write(path: Path, shard: list, stored: bytes, dtype: str) -> None:
    """Write one file, each tensor a stretch of the random bytes that begins elsewhere."""
    header, at = {}, 0
    for name, shape, size in shard:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    data = json.dumps(header).encode()
    if path.exists() and path.stat().st_size == 8 + len(data) + at:
        return
    with path.open("wb") as file:
        file.write(len(data).to_bytes(8, "little") + data)
        for name, _, size in shard:
            start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little") % (1 << 20) * 4
            left = size
            while left:
                left -= file.write(stored[start : start + left])
                start = 0


def measured(part: str, folder: Path) -> None:
    """Do one thing to the files and print what it took; runs in a process of its own."""
    files = sorted(folder.glob("*.safetensors"))
    found: dict[str, object] = {"bytes": sum(path.stat().st_size for path in files)}
    if part == "sketch":
        from filiation.weights.checkpoint import open_checkpoint
        from filiation.weights.kernels import cleaned
        from filiation.weights.sketch import sketch
        from filiation.weights.sketch_file import encoded

        cleaned(np.zeros(4, np.float32), np.zeros(4, np.uint32))  # compiled code is loaded
    started, worked = time.perf_counter(), time.process_time()
    if part == "sha256":
        for path in files:
            digest = hashlib.sha256()
            with path.open("rb", buffering=0) as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    else:
        with open_checkpoint(folder) as checkpoint:
            made = sketch(checkpoint)
        found |= {"sketch_bytes": len(encoded(made)), "tensors": len(made.tensors), "parameters": made.parameters}
    found |= {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - worked}
    found["peak_rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(found))


def files(folder: Path, runs: int) -> None:
    """Measure sha256 and the sketch, in turn."""
    best: dict[str, dict] = {}
    for part in ("sha256", "sketch") * runs:
        command = [sys.executable, __file__, "--into", str(folder), "--measure", part]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        if part not in best or found["seconds"] < best[part]["seconds"]:
            best[part] = found
    for part, found in best.items():
        gigabytes = found["bytes"] / 1e9
        print(
            f"{part}: {gigabytes:.2f} GB in {found['seconds']:.1f} s, {found['seconds'] / gigabytes:.2f} s/GB wall,"
            f" {found['cpu_seconds'] / gigabytes:.2f} s/GB of processors, peak {found['peak_rss'] / 1e9:.2f} GB"
        )
    made = best["sketch"]
    print(f"sketch: {made['tensors']} tensors, {made['parameters']:,} parameters in {made['sketch_bytes']:,} bytes")
    print(f"the sketch goes at {best['sha256']['seconds'] / made['seconds']:.2f} times the speed of sha256 (aim: 0.5)")
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def one_against(folder: Path, many: int) -> None:
    """Measure how long candidates are looked for among made manifests."""
    import pyarrow as pa

    from filiation.weights.portrait import WIDTH
    from filiation.weights.sketch import sketch
    from filiation.weights.sketch_folder import SketchFolder, schema, stored_portraits

    rng = np.random.default_rng(1)
    place = folder / f"manifest-{many}"
    model = sketch(Small(1))
    if not place.exists():
        held = SketchFolder(place)
        for start in range(0, many, 16_384):
            n = min(16_384, many - start)
            columns = []
            for field in schema():
                if field.name in {"portrait", "profile"}:
                    rows = rng.standard_normal((n, WIDTH if field.name == "portrait" else 64)).astype(np.float32)
                    stored = stored_portraits(rows) if field.name == "portrait" else rows.astype("<f2")
                    columns.append(pa.array([row.tobytes() for row in stored], field.type))
                elif field.name == "at":
                    columns.append(pa.nulls(n, field.type))
                elif pa.types.is_integer(field.type):
                    columns.append(pa.array(rng.integers(1, 1 << 30, n), field.type))
                elif field.name in {"shapes", "architecture"}:
                    columns.append(pa.array([model.shapes if i % 50 == 0 else f"{i % 500:016x}" for i in range(n)]))
                else:
                    columns.append(pa.array([f"{start + i:032x}" for i in range(n)]))
            held.write_part(pa.Table.from_arrays(columns, schema=schema()))
        held.add("o/parent", sketch(Small(1)))
        held.close()
    held = SketchFolder(place)
    times = []
    for _ in range(3):
        started, worked = time.perf_counter(), time.process_time()
        found = held.candidates(model)
        times.append((time.perf_counter() - started, time.process_time() - worked))
    size = sum(path.stat().st_size for path in (place / "manifest").iterdir())
    print(
        f"one against {len(held):,}: {times[0][0]:.2f} s ({times[0][1]:.2f} s of processors) with the manifest read"
        f" ({size / 1e6:.0f} MB), then {min(times)[0]:.3f} s; first found {found[0].line.ref} ({found[0].because})"
    )


class Small:
    """A model of 226 matrices in memory, for the shape of its sketch."""

    name, format, config, skipped, bytes_read = "small", "safetensors", None, (), 0

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    @property
    def weights(self):  # noqa: D102
        from filiation.core.tensor import Tensor

        names = [(name, (16, 8)) for name, shape in shapes()[: 1 + 32 * 9] if len(shape) == 2]
        return tuple(Tensor(name, shape, "F32", "x", 0, 4) for name, shape in names)

    def values(self, tensor):  # noqa: D102
        yield self._rng.standard_normal(tensor.size, dtype=np.float32)


class Given:
    """A model of one matrix."""

    name, format, config, skipped, bytes_read = "given", "safetensors", None, (), 0

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    @property
    def weights(self):  # noqa: D102
        from filiation.core.tensor import Tensor

        return (Tensor("model.layers.0.mlp.up_proj.weight", self._array.shape, "F32", "x", 0, 4),)

    def values(self, tensor):  # noqa: ARG002, D102
        yield self._array.ravel().copy()


def all_pairs(many: int) -> None:
    """Measure the mean cosine of all matrices of all pairs, and the portraits of all pairs."""
    from dataclasses import replace

    from filiation.weights.portrait import cosines, near_pairs, portrait
    from filiation.weights.sketch import sketch

    rng = np.random.default_rng(1)
    model = sketch(Small(1))
    shape = model.tensors.linear.shape
    block = [
        replace(model, tensors=replace(model.tensors, linear=rng.standard_normal(shape, dtype=np.float32))) for _ in range(many)
    ]
    started, worked = time.perf_counter(), time.process_time()
    cosines(block)
    print(
        f"all pairs of {many:,} by all of {len(model.tensors)} matrices: {time.perf_counter() - started:.1f} s"
        f" ({time.process_time() - worked:.1f} s of processors)"
    )
    portraits = np.array([portrait(one) for one in block])
    started = time.perf_counter()
    found = sum(len(i) for i, _, _ in near_pairs(portraits, 0.3))
    print(f"all pairs of {many:,} by portraits: {time.perf_counter() - started:.1f} s; {found} of strangers above 0.3")


def over_http(folder: Path) -> None:
    """Measure what a budgeted sketch asks of a web server on this machine."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "registry"))
    import httpx2
    from served_file import served  # the tests' own server

    from filiation.registry.byte_ranges import Link
    from filiation.weights.budget import sketch_within_budget
    from filiation.weights.checkpoint import open_checkpoint

    with contextlib.ExitStack() as held:
        contents = {}
        for path in sorted(folder.iterdir()):
            file = held.enter_context(path.open("rb"))
            contents[f"/{path.name}"] = held.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        address, seen = held.enter_context(served(contents, lambda _: False))
        client = held.enter_context(httpx2.Client(trust_env=False, timeout=60))
        link = Link(address, client=client)
        files = [link.file(f"{address}{name}", name[1:], len(content)) for name, content in contents.items()]
        started, worked = time.perf_counter(), time.process_time()
        with open_checkpoint(files) as checkpoint:
            headers = link.bytes_read
            made = sketch_within_budget(checkpoint)
        size = sum(map(len, contents.values()))
        print(
            f"budgeted, over HTTP: {len(made.tensors)} tensors of {size / 1e9:.2f} GB in {len(contents)} files from"
            f" {link.bytes_read:,} bytes, {link.bytes_read / size:.2%} ({headers:,} of them headers), {len(seen)} requests,"
            f" {time.perf_counter() - started:.1f} s ({time.process_time() - worked:.1f} s of processors, with the server's)"
        )


def spectrum() -> None:
    """Measure how far leading singular values are from those of LAPACK."""
    from filiation.weights.spectrum import leading

    rng = np.random.default_rng(1)
    for rows, cols in ((1024, 1024), (4096, 1024), (1536, 1024)):
        noise = rng.standard_normal((rows, cols), dtype=np.float32)
        few = rng.standard_normal((rows, 6)) * np.geomspace(1, 0.3, 6) @ rng.standard_normal((6, cols))
        for what, matrix in (("random", noise), ("random and six that stand out", (noise + few).astype(np.float32))):
            exact = np.linalg.svd(matrix, compute_uv=False)[:8]
            off = np.abs(leading(matrix, 8, 1.0) / exact - 1)
            print(f"singular values, {rows} x {cols}, {what}: off by {', '.join(f'{share:.4f}' for share in off)}")


def survival() -> None:
    """Print what each number makes of a changed copy of one matrix."""
    from filiation.weights.portrait import portrait
    from filiation.weights.sketch import sketch

    rng = np.random.default_rng(1)
    base = (rng.standard_t(5, (768, 512)) * rng.lognormal(0, 0.3, 512) * 0.02).astype(np.float32)
    noise = rng.standard_normal(base.shape).astype(np.float32) * base.std()
    step = np.abs(base).max(axis=1, keepdims=True)
    copies = {
        "transposed": base.T,
        "rows and columns permuted": base[rng.permutation(768)][:, rng.permutation(512)],
        "rotated": base @ np.linalg.qr(rng.standard_normal((512, 512)))[0].astype(np.float32),
        "times 2": base * np.float32(2),
        "float16": base.astype(np.float16),
        "8 bits a row": np.rint(base / step * 127) * step / 127,
        "4 bits a row": np.rint(base / step * 7) * step / 7,
        "half of it pruned": np.where(np.abs(base) > np.median(np.abs(base)), base, 0),
        "changed by a thousandth": base + np.float32(1e-3) * noise,
        "changed by a tenth": base + np.float32(0.1) * noise,
        "a stranger": rng.permuted(base),
    }
    a = sketch(Given(base))
    print("copy | cosine | relative change: true, by sketch | quantiles | singular values | same values, any order")
    for what, array in copies.items():
        b = sketch(Given(np.ascontiguousarray(array, np.float32)))
        x, y = a.tensors, b.tensors
        change = np.linalg.norm(y.linear - x.linear) / x.norm[0]
        true = f"{np.linalg.norm(array - base) / np.linalg.norm(base):.4f}" if array.shape == base.shape else "-"
        quantiles = np.abs(y.quantiles - x.quantiles).max() / x.std[0]
        singular = np.abs(y.singular / x.singular - 1).max()
        same = "yes" if (x.multisets == y.multisets).all() else "no"
        print(f"{what} | {portrait(a) @ portrait(b):.3f} | {true}, {change:.4f} | {quantiles:.4f} | {singular:.4f} | {same}")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=16)
    parser.add_argument("--into", type=Path, default=Path("bench/out/weights-cost"))
    parser.add_argument("--dtype", choices=sorted(WIDTH), default="BF16")
    parser.add_argument("--part", choices=("files", "http", "one", "pairs", "spectrum", "survival"), action="append")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--sketches", type=int, default=100_000)
    parser.add_argument("--block", type=int, default=10_000)
    parser.add_argument("--measure", choices=("sha256", "sketch"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measured(asked.measure, asked.into)
        return
    parts = asked.part or ["files", "http", "one", "pairs", "spectrum", "survival"]
    folder = asked.into / f"{asked.dtype}-{asked.gigabytes:g}"
    if "files" in parts or "http" in parts:
        make(folder, asked.gigabytes, asked.dtype)
    if "files" in parts:
        files(folder, asked.runs)
    if "http" in parts:
        over_http(folder)
    if "one" in parts:
        one_against(asked.into, asked.sketches)
    if "pairs" in parts:
        all_pairs(asked.block)
    if "spectrum" in parts:
        spectrum()
    if "survival" in parts:
        survival()


if __name__ == "__main__":
    main()
