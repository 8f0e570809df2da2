"""What a signature beside the files says: who signed, and how the files that are listed compare with those that were signed.

No key is asked for, and no network: whether the signer is to be trusted is for `filiation verify`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.extractor import RecordExtractor
from filiation.core.record import Record
from filiation.signing.bundle import Bundle, bundle_of
from filiation.signing.envelope import statement_of
from filiation.signing.errors import SigningError
from filiation.signing.manifest import Manifest, manifest_of

FILE = "model.sig"
BROKEN, HOLDS, UNCHECKED = "broken", "holds", "unchecked"
MAX_FILES = 20
"""Claims about files of one kind."""
MAX_WORDS_CHARS = 200
BY_NAME = 0.6
"""That a signer is another than the owner, where a mail domain or an account says so: people sign for organisations that are
called something else."""
BY_FILES = 0.9
_PLACES = {
    Predicate.SIGNED_FILE_CHANGED: "changed_files",
    Predicate.SIGNED_FILE_MISSING: "missing_files",
    Predicate.UNSIGNED_FILE: "unsigned_files",
}


def extract(record: Record) -> Iterator[Claim]:
    """Yield who signed, whether the signature holds, and what it does not cover."""
    text = record.files.get(FILE)
    if text is None:
        return
    try:
        bundle = bundle_of(text.encode())
        signed = manifest_of(statement_of(bundle.envelope))
    except SigningError as error:
        yield _claim(Predicate.SIGNATURE, f"{BROKEN}: {error}", Basis.MEASURED, 1.0)
        return
    yield from _of_signer(bundle, signed, record.id)
    yield from _of_files(signed, record.body)


EXTRACTOR = RecordExtractor("signature", (FILE,), extract)


def _of_signer(bundle: Bundle, signed: Manifest, name: str) -> Iterator[Claim]:
    from filiation.signing.identity import is_owner  # noqa: PLC0415  # few records are signed, and what follows takes a while
    from filiation.signing.proof import holds_by_itself, signer_of  # noqa: PLC0415

    try:
        signer = signer_of(bundle)
    except SigningError as error:
        yield _claim(Predicate.SIGNATURE, f"{BROKEN}: {error}", Basis.MEASURED, 1.0)
        return
    holds = holds_by_itself(bundle)
    if holds is False:
        why = "what was signed was changed since, or the certificate in it is another's"
        yield _claim(Predicate.SIGNATURE, f"{BROKEN}: {why}", Basis.MEASURED, 1.0)
    else:
        yield _claim(Predicate.SIGNATURE, HOLDS if holds else UNCHECKED, Basis.MEASURED, 1.0)
    yield _claim(Predicate.SIGNER, signer.name or f"key {signer.fingerprint}".strip(), Basis.STATED, 0.9)
    if signed.name:
        yield _claim(Predicate.SIGNED_NAME, signed.name, Basis.STATED, 0.5)
    owner = name.rpartition("/")[0]
    if owner and signer.name and is_owner(owner, signer.name) is False:
        yield _claim(Predicate.SIGNATURE_FOREIGN, signer.name, Basis.INFERRED, BY_NAME)


def _of_files(signed: Manifest, body: Mapping[str, Any]) -> Iterator[Claim]:
    from filiation.signing.coverage import coverage  # noqa: PLC0415  # see above

    listed = body.get("siblings")
    siblings = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    present = _present(signed, siblings)
    if not present:
        return
    found = coverage(signed, present)
    for predicate, field in _PLACES.items():
        for path in getattr(found, field)[:MAX_FILES]:
            yield Claim(predicate, path[:MAX_WORDS_CHARS], Basis.MEASURED, 1.0, Locator(path))
    if found.is_foreign:
        yield _claim(Predicate.SIGNATURE_FOREIGN, signed.name or "another model", Basis.INFERRED, BY_FILES)


def _present(signed: Manifest, siblings: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return the files that are listed with their digests; one whose digest is not told counts as it was signed."""
    from filiation.knowledge import load  # noqa: PLC0415  # see above
    from filiation.signing.files import is_bookkeeping  # noqa: PLC0415

    ours = {FILE, *load("signing")["ignored"]}
    present: dict[str, tuple[str, ...]] = {}
    for item in siblings:
        path = item.get("rfilename")
        if not isinstance(path, str) or path.partition("/")[0] in ours or is_bookkeeping(path):
            continue
        large = item.get("lfs")
        told = item.get("sha256") or (large.get("sha256") if isinstance(large, dict) else None)
        known = isinstance(told, str) and signed.algorithm == "sha256" and not signed.part_bytes
        present[path] = (str(told).lower(),) if known else signed.files.get(path, ())
    return present


def _claim(predicate: Predicate, value: str, basis: Basis, confidence: float) -> Claim:
    return Claim(predicate, value[:MAX_WORDS_CHARS], basis, confidence, Locator(FILE))
