"""What did not change is not read again, and what did always is."""

from __future__ import annotations

import os
import sys
import time

import pytest

from filiation.signing.errors import SigningError
from filiation.signing.hash_store import HashStore
from filiation.signing.hashing import hash_files
from filiation.signing.proof import Trust
from filiation.signing.verification import verify

OPENED: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def _listening():
    listening = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if listening[0] and event == "open" and arguments and isinstance(arguments[0], (str, os.PathLike)):
            OPENED.append(os.fspath(arguments[0]))

    sys.addaudithook(hook)
    yield
    listening[0] = False


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "hashes.db"


def opened_in(folder, act):
    OPENED.clear()
    answer = act()
    return answer, {os.path.relpath(path, folder) for path in OPENED if path.startswith(str(folder))}


def test_only_the_file_that_changed_is_read(signed, keys, kept):
    trust = Trust(key=keys.public)

    def again():
        with HashStore(kept, settled_ns=0) as store:
            return opened_in(signed, lambda: verify(signed, trust, store=store))

    first, opened = again()
    assert opened >= {"model.safetensors", "README.md"}
    assert (first.bytes_read, first.bytes_known) == (sum_of(signed), 0)
    second, opened = again()
    assert opened - {".git/config"} == {"model.sig"}
    assert (second.files_read, second.bytes_read, second.bytes_known, second.is_good()) == ([], 0, sum_of(signed), True)
    (signed / "config.json").write_text("[]")
    third, opened = again()
    assert opened - {".git/config"} == {"model.sig", "config.json"}
    assert (third.files_read, third.bytes_read, third.changed_files) == (["config.json"], 2, ["config.json"])


def sum_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != "model.sig")


def test_a_time_that_was_set_back_is_noticed(signed, keys, kept):
    weights = signed / "model.safetensors"
    before = weights.stat()
    with HashStore(kept, settled_ns=0) as store:
        verify(signed, Trust(key=keys.public), store=store)
    weights.write_text("Weights" * 100)
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    with HashStore(kept, settled_ns=0) as store:
        answer = verify(signed, Trust(key=keys.public), store=store)
    assert answer.changed_files == ["model.safetensors"]


def test_another_file_under_the_same_name_is_noticed(signed, keys, kept):
    weights = signed / "model.safetensors"
    with HashStore(kept, settled_ns=0) as store:
        verify(signed, Trust(key=keys.public), store=store)
    weights.rename(signed.parent / "aside")
    weights.write_text("weights" * 99 + "Weights")
    with HashStore(kept, settled_ns=0) as store:
        assert verify(signed, Trust(key=keys.public), store=store).changed_files == ["model.safetensors"]


def test_what_has_hardly_settled_is_not_kept(signed, keys, kept):
    for _ in range(2):
        with HashStore(kept) as store:
            answer = verify(signed, Trust(key=keys.public), store=store)
        assert answer.bytes_known == 0


def test_hashes_of_another_way_are_not_taken(signed, kept):
    files = {"a": signed / "config.json"}
    time.sleep(0.01)
    with HashStore(kept, settled_ns=0) as store:
        hash_files(files, store=store)
        assert hash_files(files, store=store).read == []
        assert hash_files(files, "blake3", store=store).read == ["a"]
        assert hash_files(files, part_bytes=1, store=store).digests["a"] != hash_files(files, store=store).digests["a"]


def test_only_its_owner_reads_it(kept):
    HashStore(kept).close()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_something_else_is_refused(tmp_path):
    (tmp_path / "x").write_text("no database, and longer than a header of one" * 20)
    with pytest.raises(SigningError, match="no file of hashes"):
        HashStore(tmp_path / "x")


def test_a_file_that_is_no_regular_one(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SigningError, match="no regular file"):
        hash_files({"pipe": tmp_path / "pipe"})
