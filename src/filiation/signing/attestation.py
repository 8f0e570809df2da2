"""A signed statement about an audit: whoever holds the public key can tell that we said it, of these very files.

Source:
    https://github.com/in-toto/attestation (Statement 1, ResourceDescriptor 1, predicate Test Result 0.1)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from filiation.signing.answers import AttestedAudit, Verified
from filiation.signing.bundle import MAX_BUNDLE_BYTES, Bundle, bundle_of
from filiation.signing.envelope import STATEMENT, envelope_of, statement_of
from filiation.signing.errors import SigningError
from filiation.signing.files import files_in
from filiation.signing.hash_store import HashStore
from filiation.signing.hashing import hash_files
from filiation.signing.keys import PrivateKey, fingerprint
from filiation.signing.manifest import Manifest, of_subjects
from filiation.signing.proof import Trust, prove
from filiation.signing.signature import enveloped
from filiation.signing.verification import compare, standing, told

TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
MAX_SUBJECTS = 100_000
Progress = Callable[[str, int], None]


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a statement is about: a name, and digests by which it is recognised, ``sha256`` or ``gitCommit``."""

    name: str
    digest: dict[str, str]
    uri: str = ""


def subjects_of(
    path: Path, signature: Path, store: HashStore | None = None, progress: Progress = lambda *_: None
) -> list[Subject]:
    """Return the files in a folder with their digests.

    Args:
        path: A folder, or a file.
        signature: Where the attestation goes: it is none of them.
        store: Hashes that are known; None to read every file.
        progress: Told of what is being read.

    Raises:
        SigningError: If the folder cannot be read, or holds more than `MAX_SUBJECTS` files.
    """
    found = files_in(path)
    own = signature.resolve()
    files = {name: file for name, file in found.files.items() if file.resolve() != own}
    if not 0 < len(files) <= MAX_SUBJECTS:
        raise SigningError(f"{path} holds {len(files):,} files: an attestation is about 1 to {MAX_SUBJECTS:,}.")
    hashed = hash_files(files, store=store, progress=progress)
    return [Subject(name, {"sha256": parts[0]}) for name, parts in sorted(hashed.digests.items())]


def attested(subjects: Sequence[Subject], predicate: Mapping[str, Any], key: PrivateKey) -> bytes:
    """Return a signed statement, as JSON: an in-toto statement in a DSSE envelope.

    Args:
        subjects: What it is about; one at least, each with a digest.
        predicate: Of the type `TEST_RESULT`; fields that the type does not know are kept, and passed over by others.
        key: Of an elliptic curve, or Ed25519.
    """
    statement = {"_type": STATEMENT, "subject": subjects, "predicateType": TEST_RESULT, "predicate": predicate}
    envelope = enveloped(key, msgspec.json.encode(statement), fingerprint(key.public_key()))
    return msgspec.json.encode(envelope) + b"\n"


def verify_attestation(
    attestation: Path,
    trust: Trust,
    path: Path | None = None,
    store: HashStore | None = None,
    progress: Progress = lambda *_: None,
) -> Verified:
    """Return the four answers about an attestation; what it covers only where it is held against files.

    Args:
        attestation: Its file.
        trust: Whom to trust.
        path: The folder that it should be about; None to look at the attestation alone.
        store: Hashes that are known; None to read every file.
        progress: Told of what is being read.

    Raises:
        SigningError: If it is not there or is no attestation, or the folder cannot be read.
    """
    bundle = _read(attestation)
    proof = prove(bundle, trust)
    statement = statement_of(bundle.envelope)
    audit = _audit(statement)
    signed = of_subjects(statement)
    if path is None or not signed.files:
        said = [] if path is None else ["It names commits, and no files: the folder cannot be held against it."]
        answer = Verified("", str(attestation), True, proof.valid, proof.why, standing(proof, None, "", ""))
    else:
        said = []
        answer = told(path, attestation, proof, signed, compare(path, signed, attestation, store, progress), "")
    about = Manifest("", signed.files).digest() if signed.files else ""
    return msgspec.structs.replace(answer, audit=audit, subject=about, notes=[*answer.notes, *said])


def _read(path: Path) -> Bundle:
    """Return an attestation as what a signature is: an envelope by itself, or in a bundle."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise SigningError(f"The attestation {path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BUNDLE_BYTES:
        raise SigningError(f"{path} is longer than {MAX_BUNDLE_BYTES >> 20} MB, and no attestation.")
    try:
        document = msgspec.json.decode(content, type=dict[str, Any])
        if "dsseEnvelope" in document:
            return bundle_of(content)
        envelope = envelope_of(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, SigningError) as error:
        raise SigningError(f"{path} is no attestation: {error}") from error
    hint = next((mark.keyid for mark in envelope.signatures if mark.keyid), "")
    return Bundle("key", envelope, hint=hint or "")


def _audit(statement: Mapping[str, Any]) -> AttestedAudit:
    """Return the audit that a statement holds.

    Raises:
        SigningError: If it holds none.
    """
    if statement.get("predicateType") != TEST_RESULT:
        raise SigningError(f"What is attested is of the type {statement.get('predicateType')!r}, and no result of an audit.")
    try:
        return msgspec.convert(statement, type=_Statement).predicate.audit
    except msgspec.ValidationError as error:
        raise SigningError(f"What is attested is no audit of ours ({error}).") from error


class _Predicate(msgspec.Struct):
    result: str
    audit: AttestedAudit


class _Statement(msgspec.Struct):
    predicate: _Predicate
