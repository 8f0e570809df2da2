"""Look at a folder and its signature: is there one, is it valid, whose is it, and what does it cover?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from filiation.signing.answers import Identity, Verified
from filiation.signing.bundle import find_bundle, read_bundle
from filiation.signing.coverage import Coverage, coverage
from filiation.signing.envelope import statement_of
from filiation.signing.errors import SigningError
from filiation.signing.files import Found, files_in
from filiation.signing.hash_store import HashStore
from filiation.signing.hashing import Hashed, hash_files
from filiation.signing.identity import is_owner, repository_of
from filiation.signing.manifest import SINGLE, Manifest, manifest_of
from filiation.signing.proof import Proof, Trust, prove

Progress = Callable[[str, int], None]
NO_SIGNATURE = "There is no signature."


class Compared(msgspec.Struct, frozen=True):
    """Files held against what was signed: how they compare, what was there, what had to be read."""

    coverage: Coverage
    found: Found
    hashed: Hashed


def verify(
    path: Path,
    trust: Trust,
    *,
    signature: Path | None = None,
    repository: str = "",
    store: HashStore | None = None,
    progress: Progress = lambda *_: None,
) -> Verified:
    """Return the four answers about a folder, or a file.

    Args:
        path: A model's folder, or a file.
        trust: Whom to trust.
        signature: Its file; None to look for one there.
        repository: Whose files these are, ``owner/name``; empty to see from the folder.
        store: Hashes that are known; None to read every file.
        progress: Told of what is being read.

    Raises:
        SigningError: If something that was named is not there or cannot be read, or files change meanwhile.
    """
    if not path.exists():
        raise SigningError(f"There is no folder or file {path}.")
    repository = repository or repository_of(path)
    beside = signature or (find_bundle(path) if path.is_dir() else _beside(path))
    if beside is None:
        return Verified(str(path), None, False, None, NO_SIGNATURE, Identity("none", None, repository, None, []))
    if not beside.is_file():
        raise SigningError(f"There is no signature {beside}.")
    try:
        bundle = read_bundle(beside)
    except SigningError as error:
        nobody = Identity("unproven", None, repository, None, ["The signature cannot be read."])
        return Verified(str(path), str(beside), True, False, str(error), nobody)
    proof = prove(bundle, trust)
    try:
        signed = manifest_of(statement_of(bundle.envelope))
    except SigningError as error:
        identity = standing(proof, None, repository, "")
        return Verified(str(path), str(beside), True, False, str(error), identity, notes=list(proof.notes))
    compared = compare(path, signed, beside, store, progress)
    return told(path, beside, proof, signed, compared, repository)


def told(path: Path, signature: Path, proof: Proof, signed: Manifest, compared: Compared, repository: str) -> Verified:
    """Return the four answers, of what was found."""
    found = compared.coverage
    return Verified(
        str(path),
        str(signature),
        True,
        proof.valid,
        proof.why,
        standing(proof, found, repository, signed.name),
        extent=found.extent,
        covered=found.covered,
        changed_files=found.changed_files,
        missing_files=found.missing_files,
        unsigned_files=found.unsigned_files,
        renamed_files=found.renamed_files,
        left_out=found.left_out,
        links=compared.found.links,
        card=found.card,
        license=found.license,
        subject=signed.name,
        files_read=compared.hashed.read,
        bytes_read=compared.hashed.bytes_read,
        bytes_known=compared.hashed.bytes_known,
        notes=list(proof.notes),
    )


def compare(path: Path, signed: Manifest, signature: Path | None, store: HashStore | None, progress: Progress) -> Compared:
    """Return how the files at `path` compare with what was signed.

    Files that were not signed are read only where another is missing, to see whether it was renamed.

    Raises:
        SigningError: If they cannot be read.
    """
    own = _within(path, signature)
    found = files_in(path, own, follow_links=signed.follows_links)
    there = _named_as(signed, found)
    is_one_missing = bool(signed.files.keys() - there.keys())
    to_read = {name: file for name, file in there.items() if _is_worth_reading(signed, name, file, others=is_one_missing)}
    hashed = hash_files(
        to_read, signed.algorithm, signed.part_bytes, store=store, follow_links=signed.follows_links, progress=progress
    )
    present = {name: _unread(signed, file) for name, file in there.items() if name not in hashed.digests} | hashed.digests
    left_out = [name for name in there if name not in signed.files and _is_left_out(name, signed.ignored)]
    return Compared(coverage(signed, present, left_out), found, hashed)


def standing(proof: Proof, found: Coverage | None, repository: str, subject: str) -> Identity:
    """Return whose a signature is.

    Args:
        proof: Of the signature.
        found: What it covers; None where that is not known.
        repository: Whose files they are, ``owner/name``; empty where nothing shows it.
        subject: What the signer called the model.
    """
    owner, _, name = repository.rpartition("/")
    belongs = is_owner(owner, proof.signer.name) if owner and proof.signer.name else None
    because = [proof.trust_why] if proof.trust_why else []
    is_foreign = proof.is_other
    if belongs is False and not proof.is_trusted:
        because.append(f"The signer is {proof.signer.name}, and the repository is {owner}'s.")
        is_foreign = True
    elif belongs:
        said = "The signer is" if proof.is_proven else "The signer calls itself, and nobody vouches for it,"
        because.append(f"{said} {proof.signer.name}: that is the repository's owner, {owner}, by its name.")
    if found is not None and found.is_foreign:
        because.append("It was made for other files: of the weights that it names none is here as it was signed.")
        is_foreign = True
    if is_foreign and subject and name and subject.lower() != name.lower():
        because.append(f"The signer called the model {subject}, and this is {repository}.")
    state = "foreign" if is_foreign else "confirmed" if proof.is_trusted and proof.valid else "unproven"
    return Identity(state, proof.signer, repository, belongs, because)


def _beside(path: Path) -> Path | None:
    """Return the signature of a file that is signed by itself: `FILE.sig`, or the signature of the folder that it lies in."""
    usual = path.with_name(f"{path.name}.sig")
    return usual if usual.is_file() else None


def _within(path: Path, signature: Path | None) -> list[str]:
    """Return the path of the signature from the top, where it lies in the folder."""
    if signature is None or not path.is_dir():
        return []
    places = [(signature.absolute(), path.absolute()), (signature.resolve(), path.resolve())]  # in a cache it is a link itself
    return [one.relative_to(top).as_posix() for one, top in places if one.is_relative_to(top)]


def _named_as(signed: Manifest, found: Found) -> dict[str, Path]:
    """Return the files that are there; one that stands for itself has the name that the signature gives it."""
    if SINGLE in found.files and SINGLE not in signed.files and len(signed.files) == 1:
        return {next(iter(signed.files)): found.files[SINGLE]}
    return dict(found.files)


def _is_worth_reading(signed: Manifest, name: str, file: Path, *, others: bool) -> bool:
    """Return whether a file's digests could tell something; `others` says whether those of files that were not signed could.

    A file of more or fewer parts than were signed is another, and whoever signs may ask for parts of one byte.
    """
    if name not in signed.files:
        return others and not signed.part_bytes
    return not signed.part_bytes or -(-file.stat().st_size // signed.part_bytes) <= len(signed.files[name])


def _unread(signed: Manifest, file: Path) -> tuple[str, ...]:
    """Return what stands for the digests of a file that was not read: no digest that a file with content could have."""
    return ("",) if signed.part_bytes and file.stat().st_size else ()


def _is_left_out(name: str, ignored: tuple[str, ...]) -> bool:
    return any(name == path or name.startswith(f"{path}/") for path in ignored)
