"""Signatures are those of other tools: model-signing verifies ours, and we verify its."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from filiation.signing.bundle import material_of_key, written
from filiation.signing.envelope import IN_TOTO, STATEMENT, Envelope, Mark, pae_of_0_2
from filiation.signing.keys import fingerprint
from filiation.signing.manifest import PREDICATE_OF_0_2
from filiation.signing.proof import Trust
from filiation.signing.signature import sealed_with_key, sign_folder
from filiation.signing.verification import verify


@pytest.fixture(scope="module")
def model_signing():
    return pytest.importorskip("model_signing", reason="model-signing is not installed")


def hashing(model_signing, folder):
    return model_signing.hashing.Config().set_ignored_paths(paths=["model.sig"])


def test_theirs_with_a_key(model_signing, folder, keys):
    config = model_signing.signing.Config().use_elliptic_key_signer(private_key=keys.private)
    config.set_hashing_config(hashing(model_signing, folder)).sign(folder, folder / "model.sig")
    assert verify(folder, Trust(key=keys.public)).is_good()


def test_theirs_in_shards(model_signing, folder, keys):
    (folder / "empty.txt").touch()
    way = hashing(model_signing, folder).use_shard_serialization(shard_size=100)
    config = model_signing.signing.Config().use_elliptic_key_signer(private_key=keys.private)
    config.set_hashing_config(way).sign(folder, folder / "model.sig")
    assert verify(folder, Trust(key=keys.public)).is_good()
    (folder / "model.safetensors").write_text("weights" * 101)
    assert verify(folder, Trust(key=keys.public)).changed_files == ["model.safetensors"]


def test_theirs_with_a_certificate(model_signing, folder, chain):
    config = model_signing.signing.Config().use_certificate_signer(
        private_key=chain.keys.private, signing_certificate=chain.leaf, certificate_chain=[chain.root]
    )
    config.set_hashing_config(hashing(model_signing, folder)).sign(folder, folder / "model.sig")
    assert verify(folder, Trust(roots=(chain.root,))).is_good()


@pytest.mark.parametrize("algorithm", ["sha256", "blake3"])
def test_ours_with_a_key(model_signing, folder, keys, others, algorithm):
    sign_folder(folder, sealed_with_key(keys.key), algorithm=algorithm)
    config = model_signing.verifying.Config()
    config.use_elliptic_key_verifier(public_key=keys.public).verify(folder, folder / "model.sig")
    with pytest.raises(ValueError, match="Key mismatch"):
        config.use_elliptic_key_verifier(public_key=others.public).verify(folder, folder / "model.sig")


def test_ours_with_a_certificate(model_signing, folder, chain):
    sign_folder(folder, sealed_with_key(chain.keys.key, (chain.leaf, chain.root)))
    config = model_signing.verifying.Config().use_certificate_verifier(certificate_chain=[chain.root])
    config.verify(folder, folder / "model.sig")
    (folder / "new").touch()
    with pytest.raises(ValueError, match="Extra files"):
        config.verify(folder, folder / "model.sig")


def test_version_0_2(folder, keys):
    """Its payload lists files as subjects, and it signed bytes as Python shows them."""
    import hashlib

    subjects = [
        {"name": path.relative_to(folder).as_posix(), "digest": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    payload = json.dumps({"_type": STATEMENT, "subject": subjects, "predicateType": PREDICATE_OF_0_2, "predicate": {}}).encode()
    signature = keys.key.sign(pae_of_0_2(IN_TOTO, payload), ec.ECDSA(hashes.SHA256()))
    material = material_of_key(fingerprint(keys.key.public_key()))
    (folder / "model.sig").write_bytes(written(Envelope(payload, IN_TOTO, (Mark(signature),)), material))
    assert verify(folder, Trust(key=keys.public)).is_good()


def test_the_key_in_old_bundles_proves_no_more_than_that_nothing_changed(folder, keys):
    sign_folder(folder, sealed_with_key(keys.key))
    document = json.loads((folder / "model.sig").read_text())
    raw = base64.b64encode(keys.public.read_bytes()).decode()
    document["verificationMaterial"] = {"publicKey": {"rawBytes": raw, "keyDetails": "PKIX_ECDSA_P256_SHA_256"}}
    (folder / "model.sig").write_text(json.dumps(document))
    answer = verify(folder, Trust())
    assert (answer.valid, answer.identity.standing) == (True, "unproven")
    assert verify(folder, Trust(key=keys.public)).is_good()


def test_a_signature_of_sigstore_without_its_proof(folder, chain):
    """A certificate alone, without an entry in the log, is none of Sigstore's; nobody is asked."""
    pytest.importorskip("sigstore", reason="sigstore is not installed")
    sign_folder(folder, sealed_with_key(chain.keys.key, (chain.leaf,)))
    document = json.loads((folder / "model.sig").read_text())
    certificate = document["verificationMaterial"].pop("x509CertificateChain")["certificates"][0]
    document["verificationMaterial"]["certificate"] = certificate
    (folder / "model.sig").write_text(json.dumps(document))
    answer = verify(folder, Trust(online=False))
    assert (answer.valid, answer.identity.standing) == (False, "unproven")
    assert "Sigstore" in answer.why
