"""Checkpoints of PyTorch written by hand, opcode for opcode, for tests that do without torch and for files that lie."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np

KINDS = {"F32": "FloatStorage", "F64": "DoubleStorage", "F16": "HalfStorage", "BF16": "BFloat16Storage", "I64": "LongStorage"}
MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    return b"\x8a\x0a" + value.to_bytes(10, "little", signed=True)


def row(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def numbers(*values: int) -> bytes:
    return row(*map(number, values))


def mapping(pairs: dict[str, bytes]) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in pairs.items()) + b"u"


def ordered(pairs: dict[str, bytes]) -> bytes:
    return named("collections", "OrderedDict") + b")R(" + b"".join(text(key) + value for key, value in pairs.items()) + b"u"


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def call(function: bytes, *args: bytes) -> bytes:
    return function + row(*args) + b"R"


def storage(key: str, size: int, kind: str = "FloatStorage", *more: bytes) -> bytes:
    return row(text("storage"), named("torch", kind), text(key), text("cpu"), number(size), *more) + b"Q"


def steps(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(np.prod(shape[place + 1 :])) for place in range(len(shape)))


def tensor(held: bytes, shape: tuple[int, ...], strides: tuple[int, ...] | None = None, offset: int = 0, *more: bytes) -> bytes:
    strides = steps(shape) if strides is None else strides
    last = ordered({})
    return call(
        named("torch._utils", "_rebuild_tensor_v2"),
        held,
        number(offset),
        numbers(*shape),
        numbers(*strides),
        b"\x89",
        last,
        *more,
    )


def whole_pickle(body: bytes) -> bytes:
    return b"\x80\x02" + body + b"."


def zip_of(
    body: bytes, storages: dict[str, bytes], method: int = zipfile.ZIP_STORED, align: bool = False, **more: bytes | str
) -> bytes:
    """Return an archive as ``torch.save`` lays it out; `align` each file to 64 bytes as torch does."""
    stream = io.BytesIO()
    files: dict[str, bytes | str] = {"data.pkl": whole_pickle(body)} | {f"data/{key}": raw for key, raw in storages.items()}
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in (files | more | {"version": b"3\n"}).items():
            told = zipfile.ZipInfo(f"archive/{name}")
            told.compress_type = method
            if align:
                padding = -(stream.tell() + 30 + len(told.filename) + 4) % 64
                told.extra = struct.pack("<HH", 0x4246, padding) + b"Z" * padding
            archive.writestr(told, content)
    return stream.getvalue()


def legacy_of(body: bytes, storages: dict[str, tuple[int, bytes]], keys: bytes | None = None) -> bytes:
    """Return a file as torch wrote it before 1.6: of each storage the number of values and its bytes."""
    listed = b"](" + b"".join(map(text, storages)) + b"e" if keys is None else keys
    parts = [
        MAGIC,
        b"\x80\x02M\xe9\x03.",
        whole_pickle(mapping({"little_endian": b"\x88"})),
        whole_pickle(body),
        whole_pickle(listed),
    ]
    return b"".join(parts) + b"".join(struct.pack("<q", size) + raw for size, raw in storages.values())


ROW = np.arange(24, dtype="<f4")
LINEAR = {"fc.weight": tensor(storage("0", 24), (4, 6)), "fc.bias": tensor(storage("1", 4), (4,))}
STORED = {"0": ROW.tobytes(), "1": np.ones(4, "<f4").tobytes()}
"""A layer, and the storages of its tensors."""
CODE = """class Net(Module):
  __parameters__ = ["weight", ]
  __buffers__ = ["mean", ]
  weight : Tensor
"""


def scripted(state: dict[str, bytes], constants: bytes, **more: bytes | str) -> bytes:
    """Return a TorchScript archive of one class that `CODE` describes, with the storages of the layer."""
    body = named("__torch__.a.b", "Net") + b")\x81" + mapping(state) + b"b"
    files = {"code/__torch__/a/b.py": CODE, "constants.pkl": whole_pickle(constants), "constants/0": ROW.tobytes(), **more}
    return zip_of(body, STORED, **files)
