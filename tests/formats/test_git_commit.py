"""The commit that git has checked out is read without running git, and its key is told as the signature names it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zlib

import pytest

from filiation.formats.git_commit import HeadCommit, head_commit

SIGNED = b"""tree aaff74984cccd156a469afa7d9ab10e4777beb24
author Ada <ada@acme.org> 1795359066 +0000
committer Ada <ada@acme.org> 1795359066 +0000
gpgsig -----BEGIN PGP SIGNATURE-----
 
 iHUEABYIAB0WIQRJD+IvIas94tarsnTKs/H0IIQWnAUCawMBWgAKCRDKs/H0IIQW
 nIYXAP9YPoj3qBXp1yXWA17ImrT10T3Z2/MSXDnwR/kbGCufPQEA/i34yQCmgInL
 GYHfjlPUgvtHUwfUqjaKRWkOTnwb7go=
 =V/Qt
 -----END PGP SIGNATURE-----

one
"""  # noqa: W293  # as git writes it
COMMIT = "d55bd36a132da8054495ed379f6c9285379fb98b"
KEY = "490FE22F21AB3DE2D6ABB274CAB3F1F42084169C"


def kept(folder, content, head=None):
    """Make a git folder that has checked out a commit of this content; return the commit's id."""
    raw = b"commit %d\0" % len(content) + content
    commit = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    path = folder / ".git" / "objects" / commit[:2] / commit[2:]
    path.parent.mkdir(parents=True)
    path.write_bytes(zlib.compress(raw))
    (folder / ".git" / "HEAD").write_text(f"{head or commit}\n")
    return commit


def test_the_key_of_a_signature(tmp_path):
    assert kept(tmp_path, SIGNED) == COMMIT
    assert head_commit(tmp_path) == HeadCommit(COMMIT, "pgp", KEY)


def test_a_commit_that_is_not_signed(tmp_path):
    commit = kept(tmp_path, SIGNED.partition(b"gpgsig")[0] + b"\none\n", "ref: refs/heads/main")
    (tmp_path / ".git" / "packed-refs").write_text(f"# pack-refs\n{commit} refs/heads/main\n")
    assert head_commit(tmp_path) == HeadCommit(commit)


@pytest.mark.parametrize("head", ["ref: refs/../../x", "ref: refs/heads/none", "nothing", ""])
def test_what_leads_nowhere(tmp_path, head):
    kept(tmp_path, SIGNED, head or None)
    if not head:
        (tmp_path / ".git" / "HEAD").unlink()
    assert head_commit(tmp_path) is None


def test_an_object_that_is_not_what_its_name_says(tmp_path):
    commit = kept(tmp_path, SIGNED)
    path = tmp_path / ".git" / "objects" / commit[:2] / commit[2:]
    path.write_bytes(zlib.compress(b"commit 1\0x"))
    assert head_commit(tmp_path) is None
    path.write_bytes(zlib.compress(b"commit 9\0" + b"x" * (2 << 20)))
    assert head_commit(tmp_path) is None


def test_objects_in_packs(tmp_path, lacking):
    git = shutil.which("git") or lacking("git", "git is not installed")
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def run(*words):
        command = [git, "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()

    run("init", "-q")
    for number in range(4):  # commits that are alike are kept as differences
        run("commit", "-q", "--allow-empty", "-m", "the same long message of a commit " * 20 + str(number))
    run("repack", "-q", "-a", "-d", "-f", "--depth=50")
    run("pack-refs", "--all")
    assert head_commit(tmp_path) == HeadCommit(run("rev-parse", "HEAD"))
