from __future__ import annotations

import gzip
import io
import json
import tarfile

import pyarrow as pa
import pytest

from filiation.core.record import ReadOptions
from filiation.core.ref import Kind
from filiation.registry import hub_tar
from filiation.registry.hub_tar import SOURCE


def archive(members: list[tuple[str, bytes]], **options) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def info(name: str, **fields) -> bytes:
    return json.dumps({"modelId": name, "tags": []} | fields).encode()


def test_both_files_of_a_repository_make_its_record(tmp_path, look):
    path = tmp_path / "repos.tar.gz"
    members = [
        ("dump/models/o/a/README.md", b"# A"),
        ("dump/models/o/a/infos.json", info("o/a")),
        ("dump/models/bert/infos.json", info("bert")),
        ("dump/models/bert/README.md", b"Error: the path 'README.md' does not exist in the given tree"),
        ("dump/datasets/o/d/infos.json", b'{"id": "o/d"}'),
        ("dump/models/o/a/weights.bin", b"x" * 5_000),
    ]
    path.write_bytes(gzip.compress(archive(members)))
    seen = look(SOURCE, path)
    assert seen.bodies["o/a"] == {"modelId": "o/a", "tags": [], "id": "o/a"}
    assert seen.files == {"o/a": {"README.md": "# A"}}
    assert {batch.kind: len(batch.table) for batch in seen.batches} == {Kind.MODEL: 2, Kind.DATASET: 1}
    assert seen.skipped == []
    assert seen.lines["bert"] == 3


def test_a_kind_that_was_asked_for_is_all_that_is_read(tmp_path, look):
    path = tmp_path / "repos.tar"
    path.write_bytes(archive([("models/a/infos.json", info("a")), ("datasets/d/infos.json", b'{"id": "d"}')]))
    assert list(look(SOURCE, path, kind=Kind.DATASET).bodies) == ["d"]


def test_zstd_and_long_names(tmp_path, look):
    name = f"{'o' * 90}/{'n' * 80}"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT):
        prefix = "d" * (0 if form == tarfile.USTAR_FORMAT else 120)
        path = tmp_path / f"{form}.tar.zst"
        with pa.output_stream(str(path), compression="zstd") as stream:
            stream.write(archive([(f"x{prefix}/models/{name}/infos.json", info(name))], format=form))
        assert list(look(SOURCE, path).bodies) == [name], form


def test_names_that_lead_out_are_skipped(tmp_path, look):
    path = tmp_path / "x.tar"
    members = [
        ("models/../../etc/infos.json", info("e/vil")),
        ("/models/o/a/infos.json", info("o/a")),
        ("models/o/ok/infos.json", info("o/ok")),
    ]
    path.write_bytes(archive(members))
    seen = look(SOURCE, path)
    assert list(seen.bodies) == ["o/ok"]
    assert [item.line for item in seen.skipped] == [1, 2]


def test_links_are_not_followed(tmp_path, look):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        link = tarfile.TarInfo("models/o/a/README.md")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        member = tarfile.TarInfo("models/o/a/infos.json")
        member.size = len(info("o/a"))
        tar.addfile(member, io.BytesIO(info("o/a")))
    path = tmp_path / "x.tar"
    path.write_bytes(buffer.getvalue())
    seen = look(SOURCE, path)
    assert list(seen.bodies) == ["o/a"]
    assert seen.files == {}
    assert "not a regular file" in seen.skipped[0].reason


@pytest.mark.parametrize("bad", [b"\xff\xff", b"[1]", b"{", b"[" * 100_000])
def test_an_unreadable_record_costs_only_itself(tmp_path, look, bad):
    path = tmp_path / "x.tar"
    path.write_bytes(archive([("models/o/a/infos.json", bad), ("models/o/b/infos.json", info("o/b"))]))
    seen = look(SOURCE, path)
    assert list(seen.bodies) == ["o/b"]
    assert seen.skipped[0].line == 1


def test_an_unreadable_card_does_not_cost_the_record(tmp_path, look):
    path = tmp_path / "x.tar"
    members = [
        ("models/o/a/infos.json", info("o/a")),
        ("models/o/a/README.md", b"\xc3("),
        ("models/o/b/infos.json", info("o/b")),
        ("models/o/b/README.md", "# Größe".encode("utf-16")),
    ]
    path.write_bytes(archive(members))
    seen = look(SOURCE, path)
    assert set(seen.bodies) == {"o/a", "o/b"}
    assert seen.files == {"o/b": {"README.md": "# Größe"}}
    assert "not UTF-8" in seen.skipped[0].reason


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_cut_archive_keeps_what_came_before(tmp_path, look, keep):
    members = [(f"models/o/m{i}/infos.json", info(f"o/m{i}", noise=hash((i, "n")))) for i in range(5_000)]
    whole = gzip.compress(archive(members))
    path = tmp_path / "x.tar.gz"
    path.write_bytes(whole[: int(len(whole) * keep)])
    seen = look(SOURCE, path)
    assert 0 < len(seen.bodies) < 5_000
    assert "ends early" in seen.skipped[-1].reason


def test_a_damaged_header_ends_the_reading(tmp_path, look):
    content = bytearray(archive([(f"models/o/m{i}/infos.json", info(f"o/m{i}")) for i in range(3)]))
    content[1024 + 5] ^= 0x55
    path = tmp_path / "x.tar"
    path.write_bytes(content)
    seen = look(SOURCE, path)
    assert list(seen.bodies) == ["o/m0"]
    assert "checksum" in seen.skipped[0].reason


def test_a_header_extension_of_any_length_is_not_held(tmp_path, look):
    long = tarfile.TarInfo("models/o/a/infos.json")
    long.type, long.size = tarfile.GNUTYPE_LONGNAME, 100 << 20
    path = tmp_path / "x.tar"
    path.write_bytes(long.tobuf() + b"a" * 4096)
    assert "extension" in look(SOURCE, path).skipped[0].reason


def test_too_long_a_file_is_passed_over(tmp_path, look, monkeypatch):
    monkeypatch.setattr(hub_tar, "MAX_RECORD_BYTES", 1_000)
    path = tmp_path / "x.tar"
    path.write_bytes(archive([("models/o/a/infos.json", b" " * 5_000), ("models/o/b/infos.json", info("o/b"))]))
    seen = look(SOURCE, path)
    assert list(seen.bodies) == ["o/b"]
    assert "longer" in seen.skipped[0].reason


def test_what_waits_for_its_other_half_is_bounded(tmp_path, look, monkeypatch):
    monkeypatch.setattr(hub_tar, "MAX_WAITING", 10)
    members = [(f"models/o/m{i}/README.md", b"# x") for i in range(50)]
    members += [(f"models/o/m{i}/infos.json", info(f"o/m{i}")) for i in range(50)]
    path = tmp_path / "x.tar"
    path.write_bytes(archive(members))
    seen = look(SOURCE, path)
    assert len(seen.bodies) == 50
    assert len(seen.files) + len(seen.skipped) == 50
    assert len(seen.files) <= 10


def test_a_tar_of_other_things_says_so(tmp_path, look):
    path = tmp_path / "x.tar"
    path.write_bytes(archive([("notes.txt", b"x")]))
    assert "infos.json" in look(SOURCE, path).skipped[0].reason


@pytest.mark.shared
def test_the_whole_hub_of_2022(shared):
    tables = [batch.table for batch in SOURCE.read(shared / "hub-2022-02" / "repos.tar.gz", ReadOptions())]
    assert sum(len(table) for table in tables) == 29_432
    assert sum(len(table) - table["files"].null_count for table in tables) == 16_241
