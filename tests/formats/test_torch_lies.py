from __future__ import annotations

import struct
import zipfile

import pytest
from changed_bytes import when_bytes_change
from file_of_bytes import Held, refused_or_read
from hypothesis import given, settings
from hypothesis import strategies as st
from made_torch import (
    LINEAR,
    MAGIC,
    STORED,
    call,
    legacy_of,
    mapping,
    named,
    number,
    ordered,
    row,
    scripted,
    storage,
    tensor,
    text,
    whole_pickle,
    zip_of,
)

from filiation.core.errors import WeightsError
from filiation.formats import pickle_opcodes, torch_legacy, torch_objects, torch_zip

ZIP, LEGACY = torch_zip.TENSORS, torch_legacy.TENSORS


def told(body: bytes, storages: dict[str, bytes] = STORED, **more: bytes | str):
    return ZIP.index(Held(zip_of(body, storages, **more)))


BAD_TENSORS = {
    "beyond its storage": tensor(storage("0", 24), (5, 6)),
    "offset beyond": tensor(storage("0", 24), (1,), None, 24),
    "strides beyond": tensor(storage("0", 24), (4, 6), (7, 1)),
    "a petabyte": tensor(storage("0", 24), (1 << 40, 1 << 10)),
    "more than counts": tensor(storage("0", 24), (1 << 62, 1 << 62)),
    "below zero": tensor(storage("0", 24), (-4,), (1,)),
    "backwards": tensor(storage("0", 24), (4,), (-1,), 4),
    "unlike lengths": tensor(storage("0", 24), (4, 6), (1,)),
    "many dimensions": tensor(storage("0", 24), (1,) * 40),
    "storage larger than the file": tensor(storage("0", 25), (4,)),
    "storage of a petabyte": tensor(storage("0", 1 << 60), (4,)),
    "storage below zero": tensor(storage("0", -1), (4,)),
    "no storage at all": tensor(number(3), (4,)) + b"0" + tensor(text("x") + b"Q", (4,)),
    "text for a shape": call(named("torch._utils", "_rebuild_tensor_v2"), storage("0", 24), number(0), text("ab"), text("ab")),
    "nothing": call(named("torch._utils", "_rebuild_tensor_v2"), storage("0", 24)),
}


@pytest.mark.parametrize("body", BAD_TENSORS.values(), ids=BAD_TENSORS)
def test_a_tensor_that_lies_is_refused(body):
    with pytest.raises(WeightsError):
        told(mapping({"a": body}))
    with pytest.raises(WeightsError):
        LEGACY.index(Held(legacy_of(mapping({"a": body}), {"0": (24, STORED["0"])})))


BAD_PICKLES = {
    "empty": b"",
    "no end": b"\x80\x02}",
    "stack empty": b"\x80\x020.",
    "mark missing": b"t.",
    "memo missing": b"h\x07.",
    "unknown opcode": b"\xff.",
    "text of a petabyte": b"\x8d" + struct.pack("<Q", 1 << 50),
    "text without an end": b"V" + b"x" * 200_000,
    "number without an end": b"I" + b"9" * 5_000 + b"\n.",
    "number too long": b"\x8b" + struct.pack("<i", -1) + b".",
    "marks": b"(" * 5_000 + b".",
    "nested lists": b"]" * 300 + b"a" * 299 + b".",
    "nested dictionaries": b"}" + b"K\1}" * 300 + b"s" * 300 + b".",
    "itself": b"]q\x00h\x00a.",
}  # fmt: skip


def test_a_pickle_of_many_instructions(monkeypatch):
    monkeypatch.setattr(pickle_opcodes, "MAX_OPCODES", 1_000)
    with pytest.raises(WeightsError, match="instructions"):
        told(b"N0" * 600)
    with pytest.raises(WeightsError, match="over and over"):
        told(b"](" + b"K\1" * 60 + b"eq\x00" + (named("collections", "OrderedDict") + b"(h\x00tR") * 60)


def test_a_structure_that_holds_one_thing_in_many_places(monkeypatch):
    monkeypatch.setattr(torch_objects, "MAX_STEPS", 1_000)
    monkeypatch.setattr(torch_objects, "MAX_TENSORS", 500)
    twice = b"".join(b"](h" + bytes([n]) + b"h" + bytes([n]) + b"eq" + bytes([n + 1]) for n in range(60))
    with pytest.raises(WeightsError):
        told(LINEAR["fc.bias"] + b"q\x00" + twice)
    assert not told(b"]q\x00" + twice).tensors


@pytest.mark.parametrize("raw", BAD_PICKLES.values(), ids=BAD_PICKLES)
def test_a_pickle_that_makes_no_sense_is_refused(raw):
    legacy = legacy_of(b"", {}).replace(whole_pickle(b""), raw, 1) if raw else MAGIC
    with pytest.raises(WeightsError):
        LEGACY.index(Held(legacy))
    archive = zip_of(b"", {})
    if len(raw) < 1_000:
        with pytest.raises(WeightsError):
            ZIP.index(Held(archive.replace(b"\x80\x02.", raw.ljust(3, b"\xff")[:3], 1)))


def test_nothing_is_imported_or_called(tmp_path):
    told_off = tmp_path / "ran"
    body = call(named("os", "system"), text(f"touch {told_off}"))
    index = told(mapping({"a": LINEAR["fc.weight"], "b": body, "c": named("builtins", "exec")}))
    assert [t.name for t in index.tensors] == ["a"]
    assert not told_off.exists()


def test_a_bomb_is_not_unpacked():
    size = 1 << 23
    views = {f"w{n}": tensor(storage("0", size // 4), (n + 1, 3)) for n in range(400)}
    bomb = Held(zip_of(mapping(views), {"0": bytes(size)}, zipfile.ZIP_DEFLATED))
    with pytest.raises(WeightsError, match="unpacks to"):
        ZIP.index(bomb)


def test_tensors_that_count_the_same_bytes_over_and_over():
    views = {f"w{n}": tensor(storage("0", 10_000), (n + 1, 100)) for n in range(100)}
    with pytest.raises(WeightsError, match="overlap"):
        told(mapping(views), {"0": bytes(40_000)})


def cut(archive: bytes, at: bytes, layout: str, *values: int, place: int) -> bytes:
    """Return an archive with other numbers in the first record that begins with `at`."""
    start = archive.index(at) + place
    raw = struct.pack(layout, *values)
    return archive[:start] + raw + archive[start + len(raw) :]


ARCHIVE = zip_of(ordered(LINEAR), STORED)
ARCHIVES = {
    "no directory": ARCHIVE[: ARCHIVE.index(b"PK\1\2")],
    "directory elsewhere": cut(ARCHIVE, b"PK\5\6", "<I", 1 << 30, place=16),
    "directory of a gigabyte": cut(ARCHIVE, b"PK\5\6", "<I", 1 << 30, place=12),
    "more entries than there are": cut(ARCHIVE, b"PK\5\6", "<H", 999, place=10),
    "lengths that differ": cut(ARCHIVE, b"PK\1\2", "<I", 7, place=24),
    "beyond the end": cut(ARCHIVE, b"PK\1\2", "<II", 1 << 20, 1 << 20, place=20),
    "header elsewhere": cut(ARCHIVE, b"PK\1\2", "<I", 3, place=42),
    "encrypted": cut(ARCHIVE, b"PK\1\2", "<H", 1, place=8),
    "packed in an odd way": cut(ARCHIVE, b"PK\1\2", "<H", 99, place=10),
    "two of one name": ARCHIVE.replace(b"archive/data/1", b"archive/data/0"),
    "no pickle": ARCHIVE.replace(b"archive/data.pkl", b"archive/data.pkx"),
    "high byte first": zip_of(ordered(LINEAR), STORED, byteorder=b"big"),
    "code without end": zip_of(ordered(LINEAR), STORED, **{"code/a.py": bytes(17 << 20)}),
}


@pytest.mark.parametrize("content", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_that_lies_is_refused(content):
    with pytest.raises(WeightsError):
        ZIP.index(Held(content))


def test_old_files_that_lie_are_refused():
    for keys in (row(text("0")), b"](" + text("0") * 2 + b"e", b"](" + text("0") + text("9") + b"e", b"N"):
        with pytest.raises(WeightsError):
            LEGACY.index(Held(legacy_of(mapping({"a": LINEAR["fc.weight"]}), {"0": (24, STORED["0"])}, keys)[:-1]))
    short = legacy_of(mapping({"a": LINEAR["fc.weight"]}), {"0": (23, STORED["0"])})
    with pytest.raises(WeightsError, match="not as long"):
        LEGACY.index(Held(short))
    big = legacy_of(ordered(LINEAR), {}).replace(b"\x88u", b"\x89u", 1)
    with pytest.raises(WeightsError, match="high byte first"):
        LEGACY.index(Held(big))


GOOD = {
    "zip": zip_of(mapping({"state_dict": ordered(LINEAR), "optimizer": mapping(LINEAR)}), STORED),
    "packed": zip_of(ordered(LINEAR), STORED, zipfile.ZIP_DEFLATED),
    "script": scripted({"weight": LINEAR["fc.weight"]}, row(tensor(storage("0", 24), (4, 6), (1, 4)))),
    "legacy": legacy_of(ordered(LINEAR), {"0": (24, STORED["0"]), "1": (4, STORED["1"])}),
}
test_bytes_changed_anywhere = when_bytes_change(*GOOD.values())


@given(st.lists(st.sampled_from([bytes([code]) for code in range(256)]) | st.binary(max_size=6), max_size=60))
@settings(max_examples=50)
def test_any_opcodes_in_any_order_are_refused_or_read(parts):
    refused_or_read(LEGACY, MAGIC + b"\x80\x02M\xe9\x03.N." + b"".join(parts) + b".](e.")
