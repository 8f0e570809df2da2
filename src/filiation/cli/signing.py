"""Sign and verify, with what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filiation.core.errors import FiliationError
from filiation.signing.answers import Verified
from filiation.signing.hash_store import HashStore
from filiation.signing.keys import MAKE_ONE, private_key
from filiation.signing.proof import Trust
from filiation.signing.signature import Seal, sealed_with_key
from filiation.signing.verification import verify

Progress = Callable[[str, int], None]


@contextmanager
def opened_store(path: Path | None) -> Iterator[HashStore | None]:
    """Give the file of hashes that was named, None where none was."""
    if path is None:
        yield None
    else:
        with HashStore(path) as store:
            yield store


def seal(key: Path | None, certificates: tuple[Path, ...], *, sigstore: bool, token: str | None, staging: bool) -> Seal:
    """Return what makes the signature that was asked for.

    Raises:
        FiliationError: If it is not clear who is to sign, or a key or certificate cannot be read.
    """
    if sigstore == (key is not None):
        raise FiliationError(f"Say who signs: give either --key KEY.pem or --sigstore. {MAKE_ONE}")
    if key is None:
        from filiation.signing.keyless import signed  # sigstore takes a second to import

        return lambda statement: signed(statement, token=token, staging=staging)
    return sealed_with_key(private_key(key), certificates)


def verified(
    path: Path | None,
    attestation: Path | None,
    trust: Trust,
    signature: Path | None,
    repository: str,
    store: HashStore | None,
    progress: Progress,
) -> Verified:
    """Return what was asked for: of an attestation, or else of a folder's signature.

    Raises:
        FiliationError: If neither was named, or what was cannot be read.
    """
    if attestation is not None:
        from filiation.signing.attestation import verify_attestation

        return verify_attestation(attestation, trust, path, store, progress)
    if path is None:
        raise FiliationError("Say what to verify: a folder or file, or an attestation with --attestation FILE.")
    return verify(path, trust, signature=signature, repository=repository, store=store, progress=progress)
