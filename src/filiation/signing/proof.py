"""Whether a signature is one: of this text, by that key, certificate or identity."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from filiation.signing.answers import Signer
from filiation.signing.bundle import Bundle
from filiation.signing.certificates import (
    certificate_of,
    has_ended,
    holder,
    key_of,
    read_certificates,
    why_not_trusted,
)
from filiation.signing.envelope import pae_of_0_2, statement_of
from filiation.signing.errors import SigningError
from filiation.signing.keys import PublicKey, fingerprint, is_signed, public_key, public_key_of
from filiation.signing.manifest import PREDICATE_OF_0_2


class Trust(msgspec.Struct, frozen=True):
    """What whoever asks trusts.

    Attributes:
        key: A public key, in PEM.
        roots: Certificates of authorities, in PEM.
        identity: Mail address or URI of a signer.
        issuer: The identity provider that must have known the signer.
        online: Whether Sigstore may be asked for its current keys; else those that its package brought are used.
        staging: Whether it is Sigstore's staging instance that counts.
    """

    key: Path | None = None
    roots: tuple[Path, ...] = ()
    identity: str = ""
    issuer: str = ""
    online: bool = True
    staging: bool = False


class Proof(msgspec.Struct, frozen=True):
    """What comes of checking a signature.

    Attributes:
        valid: Whether it is one of what it holds; None where it could not be checked.
        why: In a sentence.
        is_trusted: Whether the signer is one that whoever asks trusts.
        trust_why: Why, in a sentence.
        signer: By what the signature says.
        is_other: Whether it is another signer than the one who was asked for.
        is_proven: Whether somebody vouches for the signer's name.
        notes: What to know beside that.
    """

    valid: bool | None
    why: str
    is_trusted: bool
    trust_why: str
    signer: Signer
    is_other: bool = False
    is_proven: bool = False
    notes: tuple[str, ...] = ()


def prove(bundle: Bundle, trust: Trust) -> Proof:
    """Return whether a signature holds, and whether its signer is trusted.

    Raises:
        SigningError: If what is trusted cannot be read.
    """
    try:
        chain = [certificate_of(one) for one in bundle.certificates]
        signer = signer_of(bundle)
    except SigningError as error:
        return Proof(False, f"The signature cannot be read: {error}.", False, "", Signer(bundle.kind, "", "", ""))
    if bundle.kind == "key":
        return _of_key(bundle, trust, signer)
    if bundle.kind == "certificate":
        return _of_chain(bundle, chain, trust, signer)
    return _of_sigstore(bundle, trust, signer)


def signer_of(bundle: Bundle) -> Signer:
    """Return who a signature says made it.

    Raises:
        SigningError: If its certificate cannot be read.
    """
    if bundle.kind == "key":
        hint = bundle.hint.lower() or (fingerprint(public_key_of(bundle.raw_key, "the signature")) if bundle.raw_key else "")
        return Signer("key", "", "", hint[:128])
    about = holder(certificate_of(bundle.certificates[0]))
    return Signer(bundle.kind, about.name, about.issuer, about.fingerprint)


def holds_by_itself(bundle: Bundle) -> bool | None:
    """Return whether the signature is by the key that comes with it; None where no key does.

    That proves nothing of who signed, but that nothing was changed since.
    """
    if not bundle.certificates and not bundle.raw_key:
        return None
    try:
        if not bundle.certificates:
            return _is_by(bundle, public_key_of(bundle.raw_key, "the signature"))
        certificate = certificate_of(bundle.certificates[0])
        return _is_by(bundle, key_of(certificate), certificate)
    except SigningError:
        return False


def _of_key(bundle: Bundle, trust: Trust, signer: Signer) -> Proof:
    if trust.key is None and bundle.raw_key:
        held = holds_by_itself(bundle)
        why = "It is a signature by the key that comes with it." if held else "What was signed was changed since."
        return Proof(held, why, False, "A bare key names nobody: give the publisher's with --key.", signer)
    if trust.key is None:
        why = "It was made with a key, and without that key it cannot be checked: give it with --key."
        return Proof(None, why, False, "A bare key names nobody.", signer)
    key = public_key(trust.key)
    signer = msgspec.structs.replace(signer, fingerprint=signer.fingerprint or fingerprint(key))
    if _is_by(bundle, key):
        return Proof(True, "It is a signature by the key that was given.", True, "The key is one that you gave.", signer)
    other = bool(bundle.hint) and bundle.hint.lower() != fingerprint(key)
    why = "It was made with another key than the one that was given." if other else "What was signed was changed since."
    return Proof(None if other else False, why, False, "The key that you gave did not make it.", signer, other)


def _of_chain(bundle: Bundle, chain: Sequence[x509.Certificate], trust: Trust, signer: Signer) -> Proof:
    notes = ["The signer's certificate has ended, and nothing says when it was used."] if has_ended(chain[0]) else []
    if not holds_by_itself(bundle):
        return Proof(False, "What was signed was changed since, or its certificate is another's.", False, "", signer)
    held = "It is a signature by the key of its certificate."
    if trust.key is not None:
        same = fingerprint(public_key(trust.key)) == fingerprint(key_of(chain[0]))
        said = "The key is one that you gave." if same else "Its key is another than the one that you gave."
        return Proof(True, held, same, said, signer, not same, notes=tuple(notes))
    if not trust.roots:
        said = "No authority was named that would vouch for the certificate: give one with --certificate-chain."
        return Proof(True, held, False, said, signer, notes=tuple(notes))
    why = why_not_trusted(chain, read_certificates(trust.roots))
    if why:
        said = f"Its certificate does not come from an authority that you gave: {why}."
        return Proof(True, held, False, said, signer, notes=tuple(notes))
    is_asked, said = _is_asked(signer, trust)
    said = said or "Its certificate comes from an authority that you gave."
    return Proof(True, held, is_asked, said, signer, not is_asked, True, tuple(notes))


def _of_sigstore(bundle: Bundle, trust: Trust, signer: Signer) -> Proof:
    from filiation.signing.keyless import why_not_proven  # noqa: PLC0415  # sigstore is an extra, and takes a second to import

    if not holds_by_itself(bundle):
        return Proof(False, "What was signed was changed since, or its certificate is another's.", False, "", signer)
    unproven = why_not_proven(bundle, online=trust.online, staging=trust.staging)
    if unproven.why:
        return Proof(None if unproven.is_unknown else False, unproven.why, False, "", signer)
    held = "It is a signature by the key of its certificate, and stands in Sigstore's log."
    is_asked, said = _is_asked(signer, trust)
    if not trust.identity:
        said = f"Sigstore vouches that {signer.issuer} knew {signer.name}; say with --identity whether you trust them."
        return Proof(True, held, False, said, signer, is_proven=True)
    said = said or f"It is the identity that you named, known to {signer.issuer}."
    return Proof(True, held, is_asked, said, signer, not is_asked, is_proven=True)


def _is_asked(signer: Signer, trust: Trust) -> tuple[bool, str]:
    """Return whether a signer is the one that was asked for, and else why not."""
    if trust.identity and signer.name != trust.identity:
        return False, f"It was signed by {signer.name}, and not by {trust.identity}."
    if trust.issuer and signer.issuer != trust.issuer:
        return False, f"The signer was known to {signer.issuer}, and not to {trust.issuer}."
    return True, ""


def _is_by(bundle: Bundle, key: PublicKey, certificate: x509.Certificate | None = None) -> bool:
    """Return whether a signature of a bundle is by `key`: as the standard says, or as model-signing 0.2 made them."""
    envelope = bundle.envelope
    if any(is_signed(key, mark.sig, envelope.message()) for mark in envelope.signatures):
        return True
    if not _is_of_0_2(bundle):
        return False
    message = pae_of_0_2(envelope.payload_type, envelope.payload)
    return any(_is_old(key, mark.sig, message, certificate) for mark in envelope.signatures)


def _is_of_0_2(bundle: Bundle) -> bool:
    try:
        return statement_of(bundle.envelope).get("predicateType") == PREDICATE_OF_0_2
    except SigningError:
        return False


def _is_old(key: PublicKey, signature: bytes, message: bytes, certificate: x509.Certificate | None) -> bool:
    """Return whether a signature is one of version 0.2, which used SHA-256 with certificates of any size."""
    if certificate is None or not isinstance(key, ec.EllipticCurvePublicKey):
        return is_signed(key, signature, message)
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True
