"""What the index of a large model behind HTTP costs: ``python bench/ranges.py``.

Made models with the shapes of real ones; their headers are whole, the bytes after them are zeros that nobody holds. A server
on this machine gives ranges of them and, like the Hub, redirects each file to another address first.
"""

from __future__ import annotations

import argparse
import json
import re
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Thread

import httpx2

from filiation.registry.byte_ranges import Link
from filiation.weights.checkpoint import open_checkpoint

SHARD_BYTES = 5 * 10**9


class Sparse:
    """A file of which only the beginning is anything but zeros."""

    def __init__(self, head: bytes, size: int) -> None:
        self.head = head
        self.size = size

    def part(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`."""
        found = self.head[start:stop]
        return found + bytes(stop - start - len(found))


def llama(layers: int, width: int, inner: int, keys: int, vocabulary: int) -> Iterator[tuple[str, list[int]]]:
    """Yield names and shapes of a model of Llama's architecture."""
    yield "model.embed_tokens.weight", [vocabulary, width]
    for layer in range(layers):
        for part, shape in {
            "self_attn.q_proj": [width, width],
            "self_attn.k_proj": [keys, width],
            "self_attn.v_proj": [keys, width],
            "self_attn.o_proj": [width, width],
            "mlp.gate_proj": [inner, width],
            "mlp.up_proj": [inner, width],
            "mlp.down_proj": [width, inner],
            "input_layernorm": [width],
            "post_attention_layernorm": [width],
        }.items():
            yield f"model.layers.{layer}.{part}.weight", shape
    yield "model.norm.weight", [width]
    yield "lm_head.weight", [vocabulary, width]


def experts(layers: int, width: int, inner: int, count: int) -> Iterator[tuple[str, list[int]]]:
    """Yield names and shapes of a mixture of many experts, each a tensor of its own."""
    for layer in range(layers):
        for expert in range(count):
            for part, shape in (("gate_proj", [inner, width]), ("up_proj", [inner, width]), ("down_proj", [width, inner])):
                yield f"model.layers.{layer}.mlp.experts.{expert}.{part}.weight", shape


def sharded(tensors: Iterator[tuple[str, list[int]]]) -> dict[str, Sparse]:
    """Return the files of a model in bfloat16, cut as transformers cuts it."""
    shards: list[dict] = [{}]
    at = 0
    for name, shape in tensors:
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        if at + size > SHARD_BYTES and shards[-1]:
            shards.append({})
            at = 0
        shards[-1][name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    files, where = {}, {}
    for number, entries in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        head = json.dumps({"__metadata__": {"format": "pt"}} | entries).encode()
        head += b" " * (-len(head) % 8)
        files[name] = Sparse(
            struct.pack("<Q", len(head)) + head, 8 + len(head) + max(e["data_offsets"][1] for e in entries.values())
        )
        where |= dict.fromkeys(entries, name)
    told = json.dumps({"metadata": {}, "weight_map": where}, indent=2).encode()
    return files | {"model.safetensors.index.json": Sparse(told, len(told)), "config.json": Sparse(b"{}", 2)}


def gguf(tensors: Iterator[tuple[str, list[int]]], vocabulary: int) -> dict[str, Sparse]:
    """Return one GGUF file of Q4_0 blocks with a vocabulary and its merges in the header."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    keys = [text("general.architecture") + struct.pack("<I", 8) + text("llama")]
    for key, count in (("tokenizer.ggml.tokens", vocabulary), ("tokenizer.ggml.merges", 2 * vocabulary)):
        keys.append(text(key) + struct.pack("<IIQ", 9, 8, count) + b"".join(text(f"token {i}") for i in range(count)))
    entries, at = [], 0
    for name, shape in tensors:
        kind, size = (2, shape[0] * shape[1] // 32 * 18) if len(shape) > 1 else (0, 4 * shape[0])
        entries.append(text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape[::-1], kind, at))
        at += (size + 31) // 32 * 32
    head = b"GGUF" + struct.pack("<IQQ", 3, len(entries), len(keys)) + b"".join(keys) + b"".join(entries)
    head += bytes(-len(head) % 32)
    return {"model-Q4_0.gguf": Sparse(head, len(head) + at)}


@contextmanager
def served(files: dict[str, Sparse], delay_seconds: float) -> Iterator[str]:
    """Serve `files`, each after a redirect and each answer after a delay; give the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            time.sleep(delay_seconds)
            if not self.path.startswith("/cdn/"):
                self.answer(302, {"Location": f"/cdn{self.path}?signature=x"}, b"")
                return
            file = files[self.path.partition("?")[0][5:]]
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
            start, stop = int(asked[1]), min(int(asked[2]) + 1, file.size)
            self.answer(206, {"Content-Range": f"bytes {start}-{stop - 1}/{file.size}"}, file.part(start, stop))

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def measure(label: str, files: dict[str, Sparse], delay_seconds: float) -> None:
    """Print what opening a model costs, and then a block of one tensor."""
    size = sum(file.size for file in files.values())
    with served(files, delay_seconds) as address, httpx2.Client(trust_env=False) as client:
        link = Link(address, client=client)
        begun, busy = time.perf_counter(), time.process_time()
        with open_checkpoint([link.file(f"{address}/{name}", name) for name in files]) as checkpoint:
            wall, busy = time.perf_counter() - begun, time.process_time() - busy
            shards = sum(name.endswith((".safetensors", ".gguf")) for name in files)
            print(
                f"{label:<34}{size / 1e9:>7.1f} GB {shards:>4} files {len(checkpoint.tensors):>7,} tensors"
                f" {link.requests:>5} requests, half of them redirects  {link.bytes_read / 1e6:>6.2f} MB ="
                f" {link.bytes_read / size:.6%}  {wall:>5.1f} s, {busy:.1f} s of it busy (server included)"
            )
            before = link.requests, link.bytes_read
            tensor = max(checkpoint.tensors, key=lambda tensor: tensor.size)
            list(islice(checkpoint.values(tensor), 1))
            print(
                f"{'':<34}a block of {tensor.name}: {link.requests - before[0]} request, {link.bytes_read - before[1]:,} bytes"
            )


def main() -> None:
    """Measure three models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds that the server waits before each answer")
    delay = parser.parse_args().delay
    print(f"each answer after {1000 * delay:.0f} ms, {8} files at once")
    measure("70 billion, as Llama 3", sharded(llama(80, 8192, 28672, 1024, 128256)), delay)
    measure("671 billion, experts one by one", sharded(experts(58, 7168, 2048, 256)), delay)
    measure("70 billion, GGUF", gguf(llama(80, 8192, 28672, 1024, 128256), 128256), delay)


if __name__ == "__main__":
    main()
