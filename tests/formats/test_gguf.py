from __future__ import annotations

import struct

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.formats.gguf import FORMAT, GgufError

STRING, ARRAY, U8, U32, U64 = 8, 9, 0, 4, 10


def text(value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(value) if length is None else length) + value


def header(*pairs: bytes, keys: int | None = None, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, 0, len(pairs) if keys is None else keys) + b"".join(pairs)


def pair(key: bytes, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


@pytest.fixture
def metadata(tmp_path):
    def read(content: bytes) -> dict:
        path = tmp_path / "x.gguf"
        path.write_bytes(content)
        return FORMAT.metadata(path)

    return read


@pytest.mark.parametrize("order", [gguf.GGUFEndian.LITTLE, gguf.GGUFEndian.BIG])
def test_a_file_that_the_gguf_package_wrote(tmp_path, order):
    path = tmp_path / "x.gguf"
    writer = gguf.GGUFWriter(path, "llama", endianess=order)
    writer.add_name("Größe")
    writer.add_base_model_count(1)
    writer.add_base_model_repo_url(0, "https://huggingface.co/o/m")
    writer.add_token_list([f"token{i}" for i in range(1_000)])
    writer.add_token_scores([0.5] * 1_000)
    writer.add_array("x.list", [1, 2, 3])
    writer.add_float32("x.float", 0.5)
    writer.add_bool("x.bool", val=True)
    writer.add_uint64("x.big", 1 << 40)
    writer.add_tensor("t", np.zeros(8, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = FORMAT.metadata(path)
    assert found["GGUF.version"] == 3
    assert found["GGUF.tensor_count"] == 1
    assert found["general.name"] == "Größe"
    assert found["general.base_model.0.repo_url"] == "https://huggingface.co/o/m"
    assert found["tokenizer.ggml.tokens"] == {"length": 1_000, "type": "string"}
    assert found["tokenizer.ggml.scores"] == {"length": 1_000, "type": "f32"}
    assert (found["x.list"], found["x.float"], found["x.bool"], found["x.big"]) == ([1, 2, 3], 0.5, True, 1 << 40)


def test_version_2_is_read(metadata):
    assert metadata(header(pair(b"a", STRING, text(b"b")), version=2))["a"] == "b"


def test_bad_bytes_in_a_text_are_replaced(metadata):
    assert metadata(header(pair(b"a", STRING, text(b"\xff!"))))["a"] == "\ufffd!"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ends inside"),
        (b"GGML" + b"\0" * 20, "not a GGUF"),
        (b"GGUF\3", "ends inside"),
        (header(version=1), "version 1"),
        (header(keys=1 << 63), "keys"),
        (header(keys=5), "ends inside"),
        (header(pair(b"a", STRING, text(b"b", 1 << 62))), "a text of"),
        (header(pair(b"a", STRING, text(b"b", 1 << 20))), "ends inside"),
        (header(pair(b"a", 99, b"")), "unknown type 99"),
        (header(pair(b"a", ARRAY, struct.pack("<IQ", U32, 1 << 61))), "ends inside"),
        (header(pair(b"a", ARRAY, struct.pack("<IQ", STRING, 1 << 61))), "ends inside"),
        (header(pair(b"a", ARRAY, struct.pack("<IQ", 77, 1))), "unknown type 77"),
        (header(pair(b"a", ARRAY, struct.pack("<IQ", ARRAY, 1) * 50)), "nested"),
        (header(pair(b"a", U8, b"\1"), pair(b"a", U8, b"\2")), "twice"),
        (header(text(b"k", 1 << 40)), "a text of"),
    ],
)
def test_a_header_that_lies_is_refused(metadata, content, message):
    with pytest.raises(GgufError, match=message):
        metadata(content)


def test_a_header_over_the_budget_is_refused_without_being_read(tmp_path):
    path = tmp_path / "x.gguf"
    with path.open("wb") as file:
        file.write(header(pair(b"a", ARRAY, struct.pack("<IQ", U64, 1 << 30))))
        file.truncate(1 << 34)  # sparse
    with pytest.raises(GgufError, match="more than 32 MB"):
        FORMAT.metadata(path)


@given(st.binary(max_size=400))
def test_noise_is_refused_or_read_but_never_breaks(tmp_path_factory, noise):
    path = tmp_path_factory.getbasetemp() / "noise.gguf"
    for content in (noise, header(keys=3) + noise):
        path.write_bytes(content)
        try:
            FORMAT.metadata(path)
        except GgufError:
            continue
