from __future__ import annotations

import struct

import gguf
import numpy as np
import pytest
from changed_bytes import when_bytes_change
from file_of_bytes import Held, peak_bytes, refused_or_read, whole
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK
from filiation.formats.gguf import TENSORS
from filiation.formats.gguf_blocks import block_types, dequantized

KINDS = {kind.name: (number, kind) for number, kind in block_types().items()}
BLOCKS = [name for name, (_, kind) in KINDS.items() if not kind.stored and not kind.rows]
BY_PACKAGE = [name for name in BLOCKS if name not in {"Q8_1", "Q8_K", "Q1_0"}]


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def entry(name: bytes, shape: tuple[int, ...], kind: int, offset: int) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape[::-1], kind, offset)


def made(*entries: bytes, body: bytes = b"", count: int | None = None, alignment: int | None = None) -> bytes:
    keys = b"" if alignment is None else text(b"general.alignment") + struct.pack("<II", 4, alignment)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(entries) if count is None else count, alignment is not None)
    head += keys + b"".join(entries)
    return head + bytes(-len(head) % (alignment or 32)) + body


def random_blocks(name: str, count: int) -> bytes:
    return np.random.default_rng(0).integers(0, 256, KINDS[name][1].bytes * count, np.uint8).tobytes()


def test_the_types_are_those_of_the_package():
    ours = {kind.name: (kind.values, kind.bytes) for _, kind in KINDS.values()}
    theirs = {kind.name: GGML_QUANT_SIZES[kind] for kind in GGMLQuantizationType}
    assert {name for name in theirs if ours.get(name) != theirs[name]} == {"Q8_1"}  # 36 bytes in ggml since 2024
    assert {name for name in ours if name not in theirs} == {"Q4_0_4_4", "Q4_0_4_8", "Q4_0_8_8"}
    assert all(KINDS[kind.name][0] == kind.value for kind in GGMLQuantizationType)


@pytest.mark.parametrize("name", BY_PACKAGE)
def test_blocks_of_every_type_are_what_the_package_makes_of_them(name):
    content = random_blocks(name, 131)
    with np.errstate(all="ignore"):
        expected = quants.dequantize(np.frombuffer(content, np.uint8).reshape(131, -1), GGMLQuantizationType[name])
    assert np.array_equal(dequantized(name, content), expected.reshape(-1), equal_nan=True)


@pytest.mark.parametrize("name", ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4"])
def test_blocks_that_the_package_quantised_are_near_what_they_were(name):
    values = np.random.default_rng(0).standard_normal((4, 256)).astype("f4")
    blocks = quants.quantize(values, GGMLQuantizationType[name])
    found = dequantized(name, blocks.tobytes()).reshape(4, 256)
    assert np.corrcoef(found.ravel(), values.ravel())[0, 1] > (0.6 if name.startswith("TQ") else 0.99)


def test_the_types_that_the_package_does_not_dequantise():
    numbers = np.arange(-128, 128, dtype="i1")
    q8_1 = np.float16(0.5).tobytes() + np.float16(9).tobytes() + numbers[:32].tobytes()
    assert dequantized("Q8_1", q8_1).tolist() == (numbers[:32] * 0.5).tolist()
    q8_k = np.float32(0.25).tobytes() + numbers.tobytes() + bytes(32)
    assert dequantized("Q8_K", q8_k).tolist() == (numbers * 0.25).tolist()
    q1_0 = np.float16(1.5).tobytes() + bytes([0b00000101]) + bytes(15)
    assert dequantized("Q1_0", q1_0).tolist() == [1.5, -1.5, 1.5] + [-1.5] * 125


@pytest.mark.parametrize("name", ["Q4_0_4_4", "Q4_0_4_8", "Q4_0_8_8"])
def test_interleaved_rows_are_put_back(name):
    number, kind = KINDS[name]
    width, rows = 3, 2 * kind.rows
    plain = np.frombuffer(random_blocks("Q4_0", width * rows), np.uint8).reshape(rows, width, 18)
    body = bytearray()
    for group in range(0, rows, kind.rows):
        for column in range(width):
            blocks = [plain[group + row, column] for row in range(kind.rows)]
            body += b"".join(block[:2].tobytes() for block in blocks)
            for i in range(16 * kind.rows):  # as make_block_q4_0x4 of llama.cpp goes through them
                source = blocks[i % (kind.rows * kind.run) // kind.run]
                body.append(source[2 + i // (kind.rows * kind.run) * kind.run + i % kind.run] ^ 0x88)
    _, values = whole(TENSORS, Held(made(entry(b"t", (rows, 32 * width), number, 0), body=bytes(body))))
    assert np.array_equal(values["t"].ravel(), dequantized("Q4_0", plain.tobytes()), equal_nan=True)


@pytest.mark.parametrize("order", [gguf.GGUFEndian.LITTLE, gguf.GGUFEndian.BIG])
def test_a_file_that_the_package_wrote(tmp_path, order):
    rng = np.random.default_rng(0)
    plain = {"a.weight": rng.standard_normal((3, 5)).astype("f4"), "b": np.arange(7, dtype="f2"), "c": np.arange(3, dtype="i4")}
    matrix = rng.standard_normal((4, 64)).astype("f4")
    writer = gguf.GGUFWriter(tmp_path / "x.gguf", "llama", endianess=order)
    writer.add_name("x")
    for name, array in plain.items():
        writer.add_tensor(name, array)
    if order == gguf.GGUFEndian.LITTLE:
        quantised = quants.quantize(matrix, GGMLQuantizationType.Q4_0)
        writer.add_tensor("q", quantised, raw_dtype=GGMLQuantizationType.Q4_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    index, values = whole(TENSORS, Held((tmp_path / "x.gguf").read_bytes(), "x.gguf"))
    assert index.metadata["general.name"] == "x"
    assert all(np.array_equal(values[name], array) for name, array in plain.items())
    if "q" in values:
        assert np.array_equal(values["q"], quants.dequantize(quantised, GGMLQuantizationType.Q4_0))
        [tensor] = [tensor for tensor in index.tensors if tensor.name == "q"]
        assert tensor.quantization.scheme == "Q4_0"
        assert tensor.quantization.bits == 4.5
        assert (tensor.dtype, tensor.shape, tensor.stop - tensor.start) == ("Q4_0", (4, 64), quantised.nbytes)


def test_a_large_tensor_comes_in_blocks_and_never_whole():
    count = BLOCK // 32 + 3
    file = Held(made(entry(b"t", (count * 32,), 2, 0), body=bytes(count * 18)))
    [tensor] = TENSORS.index(file).tensors
    assert [len(block) for block in TENSORS.values(file, tensor)] == [BLOCK, 96]
    assert peak_bytes(lambda: [None for _ in TENSORS.values(file, tensor)]) < 6 * 4 * BLOCK


def test_what_follows_the_last_tensor_is_told():
    [skipped] = TENSORS.index(Held(made(entry(b"t", (8,), 0, 0), body=bytes(1000)))).skipped
    assert "follow the last tensor" in skipped.reason


def test_a_long_vocabulary_costs_few_requests():
    tokens = b"".join(text(b"token%d" % i) for i in range(100_000))
    keys = text(b"tokens") + struct.pack("<IIQ", 9, 8, 100_000) + tokens
    file = Held(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + keys)
    assert len(file.content) > 1_500_000
    TENSORS.index(file)
    assert file.requests <= 6


F32, Q4_0 = 0, 2
LIES = {
    "past the end": made(entry(b"t", (9,), F32, 0), body=bytes(32)),
    "a petabyte": made(entry(b"t", (10**15 // 4,), F32, 0), body=bytes(32)),
    "overflow": made(entry(b"t", (2**63, 2**63), F32, 0), body=bytes(32)),
    "overflow to nothing": made(entry(b"t", (2**32, 2**32), F32, 0), body=bytes(32)),
    "half a block": made(entry(b"t", (33,), Q4_0, 0), body=bytes(64)),
    "blocks across rows": made(entry(b"t", (2, 16), Q4_0, 0), body=bytes(64)),
    "no dimension of a block": made(entry(b"t", (), Q4_0, 0), body=bytes(64)),
    "unknown type": made(entry(b"t", (8,), 99, 0), body=bytes(32)),
    "withdrawn type": made(entry(b"t", (32,), 4, 0), body=bytes(32)),
    "many dimensions": made(entry(b"t", (1,) * 9, F32, 0), body=bytes(32)),
    "many tensors": made(count=1 << 40),
    "more tensors than there are": made(entry(b"t", (8,), F32, 0), count=2),
    "a name twice": made(entry(b"t", (8,), F32, 0), entry(b"t", (8,), F32, 32), body=bytes(64)),
    "overlap": made(entry(b"t", (8,), F32, 0), entry(b"u", (8,), F32, 0), body=bytes(64)),
    "gap": made(entry(b"t", (8,), F32, 0), entry(b"u", (8,), F32, 64), body=bytes(96)),
    "offset that wraps": made(entry(b"t", (8,), F32, 2**64 - 32), body=bytes(64)),
    "alignment of nothing": made(entry(b"t", (8,), F32, 0), alignment=0, body=bytes(64)),
    "odd alignment": made(entry(b"t", (8,), F32, 0), alignment=48, body=bytes(64)),
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_a_file_that_lies_is_refused(content):
    with pytest.raises(WeightsError, match="x: "):
        TENSORS.index(Held(content))


def test_more_arrays_than_any_header_has_are_refused(monkeypatch):
    monkeypatch.setattr("filiation.formats.gguf.MAX_ARRAYS", 70)
    lists = text(b"a") + struct.pack("<IIQ", 9, 9, 80) + struct.pack("<IQ", 0, 0) * 80
    with pytest.raises(WeightsError, match="more than 70 arrays"):
        TENSORS.index(Held(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + lists))


def test_big_endian_blocks_are_not_misread():
    head = b"GGUF" + struct.pack(">IQQ", 3, 1, 0) + struct.pack(">Q1sIQIQ", 1, b"t", 1, 32, Q4_0, 0)
    with pytest.raises(WeightsError, match="high byte first"):
        TENSORS.index(Held(head + bytes(-len(head) % 32) + bytes(32)))


GOOD = made(entry(b"t", (2, 32), Q4_0, 0), entry(b"u", (4,), F32, 64), body=bytes(range(80)))


def test_the_good_one_is_read():
    assert refused_or_read(TENSORS, GOOD)


test_bytes_changed_anywhere = when_bytes_change(GOOD)
