"""Chains of certificates: who stands behind a signing key, and who says so.

Source:
    OMS specification 1.0, section 8.2; model-signing 1.1.1, which checks a chain
    as of the day that the signer's certificate begins
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from filiation.signing.errors import SigningError
from filiation.signing.keys import MAX_KEY_BYTES, PublicKey, supported

UNREADABLE = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType,
)  # fmt: skip
"""What the parser raises at certificates that are not well formed, some of it only when a field is asked for."""
MAX_CHAIN_BYTES = 16 * MAX_KEY_BYTES
FULCIO_ISSUERS = (x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8"), x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1"))
"""Extensions in which Fulcio says which identity provider knew the signer: the newer as a DER string, the older bare."""


class Holder(msgspec.Struct, frozen=True):
    """Who holds a certificate, by its own words.

    Attributes:
        name: Mail address or URI that it is for; else its common name.
        issuer: Who says so: the identity provider, or the authority's common name.
        organisation: As the certificate says it.
        fingerprint: SHA-256 of the certificate, 64 hexadecimal digits.
        begins: When it becomes valid, UTC.
        ends: When it ends, UTC.
    """

    name: str
    issuer: str
    organisation: str
    fingerprint: str
    begins: datetime
    ends: datetime


def read_certificates(paths: Sequence[Path]) -> tuple[x509.Certificate, ...]:
    """Return the certificates in PEM files, in their order.

    Raises:
        SigningError: If one cannot be read.
    """
    found: list[x509.Certificate] = []
    for path in paths:
        try:
            with path.open("rb") as file:
                content = file.read(MAX_CHAIN_BYTES)
            found += x509.load_pem_x509_certificates(content)
        except OSError as error:
            raise SigningError(f"The certificate {path} cannot be read: {error.strerror}.") from error
        except UNREADABLE as error:
            raise SigningError(f"{path} holds no certificate that can be read: give a PEM file.") from error
    return tuple(found)


def certificate_of(der: bytes) -> x509.Certificate:
    """Return the certificate that these bytes are.

    Raises:
        SigningError: If they are none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # a serial number that is not as it should be
            return x509.load_der_x509_certificate(der)
    except UNREADABLE as error:
        raise SigningError("a certificate in the signature cannot be read") from error


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate as bytes."""
    return certificate.public_bytes(serialization.Encoding.DER)


def key_of(certificate: x509.Certificate) -> PublicKey:
    """Return the key of a certificate.

    Raises:
        SigningError: If it is of a kind that signs no models.
    """
    try:
        return supported(certificate.public_key(), "the signer's certificate")
    except UNREADABLE as error:
        raise SigningError(f"The key of the signer's certificate cannot be read ({error}).") from error


def holder(certificate: x509.Certificate) -> Holder:
    """Return whom a certificate names.

    Raises:
        SigningError: If it is not well formed.
    """
    try:
        return Holder(
            _alternative_name(certificate) or _named(certificate.subject, NameOID.COMMON_NAME),
            _identity_provider(certificate) or _named(certificate.issuer, NameOID.COMMON_NAME),
            _named(certificate.subject, NameOID.ORGANIZATION_NAME),
            certificate.fingerprint(hashes.SHA256()).hex(),
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
        )
    except UNREADABLE as error:
        raise SigningError(f"a certificate in the signature cannot be read ({error})") from error


def why_not_trusted(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> str:
    """Return why a chain does not lead to one of `roots`; nothing where it does.

    Args:
        chain: The signer's certificate first.
        roots: What whoever asks trusts.
    """
    from OpenSSL import crypto  # noqa: PLC0415  # few signatures have a chain

    store = crypto.X509Store()
    try:
        for root in roots:
            store.add_cert(crypto.X509.from_cryptography(root))
        store.set_time(chain[0].not_valid_before_utc)
        others = [crypto.X509.from_cryptography(one) for one in chain[1:]]
        crypto.X509StoreContext(store, crypto.X509.from_cryptography(chain[0]), others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return str(error)
    except (crypto.Error, *UNREADABLE) as error:
        return f"the chain cannot be checked ({error})"
    return "" if _may_sign(chain[0]) else "the signer's certificate is not for signing"


def has_ended(certificate: x509.Certificate) -> bool:
    """Return whether a certificate is valid no more; one that `holder` could read."""
    return certificate.not_valid_after_utc < datetime.now(UTC)


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        if certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
            return True
    except (x509.ExtensionNotFound, *UNREADABLE):
        pass
    try:
        return ExtendedKeyUsageOID.CODE_SIGNING in certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False


def _alternative_name(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return ""
    said = [*names.get_values_for_type(x509.RFC822Name), *names.get_values_for_type(x509.UniformResourceIdentifier)]
    return str(said[0]) if said else ""


def _identity_provider(certificate: x509.Certificate) -> str:
    for oid in FULCIO_ISSUERS:
        try:
            value = certificate.extensions.get_extension_for_oid(oid).value
        except (x509.ExtensionNotFound, *UNREADABLE):
            continue
        raw = value.value if isinstance(value, x509.UnrecognizedExtension) else b""
        text = raw[2:] if raw[:1] == b"\x0c" and len(raw) > 1 and raw[1] == len(raw) - 2 else raw
        return text.decode("utf-8", "replace")
    return ""


def _named(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""
