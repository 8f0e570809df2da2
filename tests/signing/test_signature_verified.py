"""Presence, validity, identity and coverage are four answers, and none stands for another."""

from __future__ import annotations

import json
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from filiation.signing.errors import SigningError
from filiation.signing.keys import PASSWORD, private_key
from filiation.signing.proof import Trust
from filiation.signing.signature import sealed_with_key, sign_folder
from filiation.signing.verification import verify


def trusting(keys) -> Trust:
    return Trust(key=keys.public)


def four(answer):
    return answer.present, answer.valid, answer.identity.standing, answer.extent


def test_nothing_is_signed(folder, keys):
    answer = verify(folder, trusting(keys))
    assert four(answer) == (False, None, "none", None)
    assert not answer.is_good()


def test_as_it_was_signed(signed, keys):
    answer = verify(signed, trusting(keys))
    assert four(answer) == (True, True, "confirmed", "all")
    assert (answer.card, answer.license, answer.subject) == ("signed", "signed", "story")
    assert answer.covered == ["LICENSE", "README.md", "config.json", "model.safetensors", "original/params.json"]
    assert answer.is_good()


def test_a_byte_that_changed(signed, keys):
    (signed / "model.safetensors").write_text("Weights" * 100)
    answer = verify(signed, trusting(keys))
    assert four(answer) == (True, True, "confirmed", "some")
    assert answer.changed_files == ["model.safetensors"]
    assert not answer.is_good(allow_unsigned=True)


def test_a_file_that_was_added(signed, keys):
    (signed / "modeling.py").write_text("import os")
    answer = verify(signed, trusting(keys))
    assert (answer.unsigned_files, answer.changed_files, answer.missing_files) == (["modeling.py"], [], [])
    assert answer.is_good(allow_unsigned=True)
    assert not answer.is_good()


def test_a_file_that_was_removed(signed, keys):
    (signed / "README.md").unlink()
    answer = verify(signed, trusting(keys))
    assert (answer.missing_files, answer.card) == (["README.md"], "missing")


def test_a_file_that_was_renamed(signed, keys):
    (signed / "README.md").rename(signed / "CARD.md")
    answer = verify(signed, trusting(keys))
    assert [(item.from_, item.to) for item in answer.renamed_files] == [("README.md", "CARD.md")]
    assert (answer.missing_files, answer.unsigned_files) == (["README.md"], ["CARD.md"])


def test_files_that_nobody_signed_are_not_read_unless_one_is_missing(signed, keys):
    (signed / "large.bin").write_text("x" * 10_000)
    assert "large.bin" not in verify(signed, trusting(keys)).files_read
    (signed / "LICENSE").unlink()
    assert "large.bin" in verify(signed, trusting(keys)).files_read


def test_another_key(signed, others):
    answer = verify(signed, trusting(others))
    assert (answer.valid, answer.identity.standing) == (None, "foreign")
    assert "another key" in answer.why


def test_no_key_is_not_an_invalid_signature(signed):
    answer = verify(signed, Trust())
    assert (answer.valid, answer.identity.standing, answer.extent) == (None, "unproven", "all")


def test_a_statement_that_was_changed(signed, keys):
    path = signed / "model.sig"
    text = json.loads(path.read_text())
    text["dsseEnvelope"]["signatures"][0]["sig"] = text["dsseEnvelope"]["signatures"][0]["sig"][::-1]
    path.write_text(json.dumps(text))
    assert verify(signed, trusting(keys)).valid is False


def test_a_signature_copied_along_with_a_quantised_model(signed, keys, tmp_path):
    copy = tmp_path / "zeta" / "story-GGUF"
    copy.mkdir(parents=True)
    shutil.copy(signed / "model.sig", copy)
    shutil.copy(signed / "config.json", copy)
    (copy / "story.Q4_K_M.gguf").write_text("fewer bits")
    answer = verify(copy, trusting(keys), repository="zeta/story-GGUF")
    assert (answer.valid, answer.identity.standing, answer.extent) == (True, "foreign", "some")
    assert any("made for other files" in sentence for sentence in answer.identity.because)
    assert any("called the model story" in sentence for sentence in answer.identity.because)


def test_a_certificate_names_its_holder(folder, chain):
    sign_folder(folder, sealed_with_key(private_key(chain.keys.private), (chain.leaf, chain.root)))
    answer = verify(folder, Trust(roots=(chain.root,)), repository="acme/story")
    assert four(answer) == (True, True, "confirmed", "all")
    assert (answer.identity.signer.name, answer.identity.signer.issuer) == ("release@acme.org", "Acme Root")
    assert answer.identity.is_owner is True


def test_a_certificate_that_no_authority_vouches_for(folder, chain, make_chain):
    sign_folder(folder, sealed_with_key(private_key(chain.keys.private), (chain.leaf, chain.root)))
    assert verify(folder, Trust()).identity.standing == "unproven"
    answer = verify(folder, Trust(roots=(make_chain().root,)))
    assert (answer.valid, answer.identity.standing) == (True, "unproven")
    assert "does not come from an authority" in answer.identity.because[0]


def test_a_signer_who_is_not_the_owner(folder, make_chain):
    chain = make_chain(mail="release@us.ibm.com")
    sign_folder(folder, sealed_with_key(private_key(chain.keys.private), (chain.leaf,)))
    answer = verify(folder, Trust(), repository="zeta/story")
    assert (answer.valid, answer.identity.standing, answer.identity.is_owner) == (True, "foreign", False)
    named = verify(folder, Trust(roots=(chain.root,), identity="somebody@else.org"))
    assert named.identity.standing == "foreign"


def test_a_certificate_that_has_ended_is_told(folder, make_chain):
    old = make_chain(days=-400)
    sign_folder(folder, sealed_with_key(private_key(old.keys.private), (old.leaf,)))
    assert "has ended" in verify(folder, Trust(roots=(old.root,))).notes[0]


def test_a_certificate_that_is_not_for_signing(folder, make_chain):
    bare = make_chain(may_sign=False)
    sign_folder(folder, sealed_with_key(private_key(bare.keys.private), (bare.leaf,)))
    answer = verify(folder, Trust(roots=(bare.root,)))
    assert answer.identity.standing == "unproven"
    assert "not for signing" in answer.identity.because[0]


def test_a_certificate_of_another_key_is_refused(folder, keys, chain):
    with pytest.raises(SigningError, match="not of that key"):
        sign_folder(folder, sealed_with_key(keys.key, (chain.leaf,)))


def test_what_the_signature_leaves_out_is_unsigned(folder, keys):
    sign_folder(folder, sealed_with_key(keys.key), ignored=["model.safetensors"])
    answer = verify(folder, trusting(keys))
    assert (answer.unsigned_files, answer.left_out) == (["model.safetensors"], ["model.safetensors"])


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "*.md", ""])
def test_paths_to_leave_out_stay_within_the_folder(folder, keys, path):
    with pytest.raises(SigningError, match="--ignore"):
        sign_folder(folder, sealed_with_key(keys.key), ignored=[path])


def test_what_git_and_the_client_keep_is_not_signed(folder, keys):
    inside = {".git/config": "", ".gitattributes": "", ".cache/huggingface/download/config.json.metadata": "x"}
    for name, text in inside.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    sign_folder(folder, sealed_with_key(keys.key))
    shutil.rmtree(folder / ".cache")
    assert verify(folder, trusting(keys)).is_good()
    (folder / ".cache" / "huggingface").mkdir(parents=True)
    (folder / ".cache" / "huggingface" / "modeling.py").write_text("hidden")
    assert verify(folder, trusting(keys)).unsigned_files == [".cache/huggingface/modeling.py"]


def test_links_are_not_followed_unless_asked(folder, keys, tmp_path):
    (tmp_path / "blob").write_text("elsewhere")
    (folder / "linked.bin").symlink_to(tmp_path / "blob")
    with pytest.raises(SigningError, match="--follow-links"):
        sign_folder(folder, sealed_with_key(keys.key))
    sign_folder(folder, sealed_with_key(keys.key), follow_links=True)
    answer = verify(folder, trusting(keys))
    assert answer.is_good()
    assert "linked.bin" in answer.covered


def test_links_of_the_cache_are_the_files_that_they_stand_for(signed, keys, tmp_path):
    repo = tmp_path / "models--acme--story"
    snapshot = repo / "snapshots" / ("a" * 40)
    (repo / "blobs").mkdir(parents=True)
    snapshot.mkdir(parents=True)
    shutil.copytree(signed / "original", snapshot / "original")
    for number, path in enumerate(path for path in signed.iterdir() if path.is_file()):
        shutil.copy(path, repo / "blobs" / str(number))
        (snapshot / path.name).symlink_to(f"../../blobs/{number}")
    answer = verify(snapshot, trusting(keys))
    assert (answer.is_good(), answer.identity.repository) == (True, "acme/story")
    (snapshot / "away").symlink_to("/etc/hostname")
    assert verify(snapshot, trusting(keys)).links == ["away"]


def test_a_link_beside_signed_files_is_told(signed, keys):
    (signed / "linked.bin").symlink_to("/etc/hostname")
    answer = verify(signed, trusting(keys))
    assert (answer.links, answer.is_good()) == (["linked.bin"], False)


def test_a_file_by_itself(folder, keys):
    answer = sign_folder(folder / "model.safetensors", sealed_with_key(keys.key))
    assert answer.signature.endswith("model.safetensors.sig")
    assert verify(folder / "model.safetensors", trusting(keys)).is_good()


def test_an_encrypted_key(folder, make_keys, monkeypatch):
    locked = make_keys(password=b"open")
    monkeypatch.delenv(PASSWORD, raising=False)
    with pytest.raises(SigningError, match=PASSWORD):
        private_key(locked.private)
    monkeypatch.setenv(PASSWORD, "open")
    sign_folder(folder, sealed_with_key(private_key(locked.private)))
    monkeypatch.setenv(PASSWORD, "wrong")
    with pytest.raises(SigningError):
        private_key(locked.private)


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_larger_curves(folder, make_keys, curve):
    large = make_keys(curve)
    sign_folder(folder, sealed_with_key(large.key))
    assert verify(folder, trusting(large)).is_good()


def test_a_curve_that_others_do_not_verify(make_keys):
    with pytest.raises(SigningError, match="P-256"):
        private_key(make_keys(ec.SECP256K1()).private)


@pytest.mark.parametrize("algorithm", ["blake2b", "blake3"])
def test_other_hashes(folder, keys, algorithm):
    sign_folder(folder, sealed_with_key(keys.key), algorithm=algorithm)
    assert verify(folder, trusting(keys)).is_good()


def test_the_repository_is_read_from_the_cache_and_from_git(signed, keys, tmp_path):
    cached = tmp_path / "models--acme--story" / "snapshots" / ("a" * 40)
    shutil.copytree(signed, cached)
    assert verify(cached, trusting(keys)).identity.repository == "acme/story"
    (signed / ".git").mkdir()
    (signed / ".git" / "config").write_text('[remote "origin"]\n\turl = https://huggingface.co/acme/story\n')
    assert verify(signed, trusting(keys)).identity.repository == "acme/story"
