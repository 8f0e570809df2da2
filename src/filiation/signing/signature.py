"""Sign a folder: every file with its digest, the card and the licence among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from filiation.knowledge import load
from filiation.signing.answers import SignedAnswer, Signer
from filiation.signing.bundle import bundle_of, material_of_chain, material_of_key, written
from filiation.signing.certificates import der, key_of, read_certificates
from filiation.signing.coverage import coverage
from filiation.signing.envelope import IN_TOTO, Envelope, Mark
from filiation.signing.errors import SigningError
from filiation.signing.files import Found, files_in, write_whole
from filiation.signing.hash_store import HashStore
from filiation.signing.hashing import Hashed, hash_files
from filiation.signing.keys import MAKE_ONE, PrivateKey, fingerprint, sign
from filiation.signing.manifest import Manifest
from filiation.signing.proof import signer_of

Progress = Callable[[str, int], None]
Seal = Callable[[bytes], bytes]
"""Makes a bundle around a statement."""


def sign_folder(
    path: Path,
    seal: Seal,
    *,
    signature: Path | None = None,
    ignored: Sequence[str] = (),
    algorithm: str = "sha256",
    follow_links: bool = False,
    store: HashStore | None = None,
    progress: Progress = lambda *_: None,
) -> SignedAnswer:
    """Sign all files in a folder, or a file, and write the signature.

    Args:
        path: The folder or the file.
        seal: Makes the signature: `sealed_with_key`, or Sigstore's.
        signature: Where to write it; None for `model.sig` in the folder, or `FILE.sig` beside the file.
        ignored: Paths from the top that are not signed.
        algorithm: Of the digests: ``sha256``, ``blake2b`` or ``blake3``.
        follow_links: Whether links to files count as files.
        store: Hashes that are known; None to read every file.
        progress: Told of what is being read.

    Raises:
        SigningError: If there is nothing to sign, something in the folder cannot be signed, or the signature cannot be written.
    """
    target = signature or (path / load("signing")["name"] if path.is_dir() else path.with_name(f"{path.name}.sig"))
    left_out = _left_out(path, target, ignored)
    found = files_in(path, left_out, follow_links=follow_links)
    if found.links:
        more = f" and {len(found.links) - 1} more" if len(found.links) > 1 else ""
        raise SigningError(
            f"{found.links[0]}{more} is a link or no regular file: leave it out with --ignore, or sign what links point at with"
            " --follow-links."
        )
    if not found.files:
        raise SigningError(f"{path} holds no file that could be signed.")
    hashed = hash_files(found.files, algorithm, store=store, follow_links=follow_links, progress=progress)
    name = path.name if path.name not in {"", "..", "."} else path.resolve().name
    known = (*load("signing")["ignored"], *left_out) if path.is_dir() else ()
    manifest = Manifest(name, hashed.digests, algorithm, follows_links=follow_links, ignored=tuple(known))
    bundle = seal(msgspec.json.encode(manifest.statement()))
    write_whole(target, bundle)
    return _answer(path, target, signer_of(bundle_of(bundle)), manifest, hashed, found)


def sealed_with_key(key: PrivateKey, certificates: Sequence[Path] = ()) -> Seal:
    """Return what makes a signature with a key.

    Args:
        key: Of an elliptic curve: that is what other tools verify.
        certificates: In PEM, that of the key first, then those that lead to an authority; none for a bare key.

    Raises:
        SigningError: If the key is of another kind, or the first certificate is of another key.
    """
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SigningError(f"Models are signed with keys of elliptic curves, and not with Ed25519. {MAKE_ONE}")
    chain = read_certificates(certificates)
    if chain and fingerprint(key_of(chain[0])) != fingerprint(key.public_key()):
        raise SigningError(
            f"The first certificate in {certificates[0]} is not of that key: give the key's own certificate first."
        )
    material = material_of_chain(tuple(map(der, chain))) if chain else material_of_key(fingerprint(key.public_key()))
    return lambda statement: written(enveloped(key, statement), material)


def enveloped(key: PrivateKey, statement: bytes, keyid: str = "") -> Envelope:
    """Return a statement in an envelope that `key` signs."""
    bare = Envelope(statement, IN_TOTO, ())
    return Envelope(statement, IN_TOTO, (Mark(sign(key, bare.message()), keyid),))


def _answer(path: Path, target: Path, signer: Signer, manifest: Manifest, hashed: Hashed, found: Found) -> SignedAnswer:
    covered = coverage(manifest, hashed.digests)
    return SignedAnswer(
        str(path), str(target), signer, manifest.name, manifest.digest(), len(manifest.files),
        hashed.bytes_read + hashed.bytes_known, covered.card == "signed", covered.license == "signed",
        found.left_out, hashed.read, hashed.bytes_read, hashed.bytes_known,
    )  # fmt: skip


def _left_out(path: Path, target: Path, ignored: Sequence[str]) -> list[str]:
    """Return what is left out beside what always is: the signature itself, and what was asked for, from the top.

    Raises:
        SigningError: If a path leads out of the folder.
    """
    paths = [one.strip().rstrip("/") for one in ignored]
    for one in paths:
        if not one or Path(one).is_absolute() or ".." in Path(one).parts or any(letter in one for letter in "*?["):
            raise SigningError(f"--ignore takes a path within the folder, written from its top, and not {one!r}.")
    if not path.is_dir():
        return []
    if target.resolve().is_relative_to(path.resolve()):
        paths.append(target.resolve().relative_to(path.resolve()).as_posix())
    return paths
