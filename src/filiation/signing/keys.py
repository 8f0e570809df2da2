"""Keys in files: elliptic curves as OpenSSF model signing asks, and Ed25519 for attestations.

Source:
    OMS specification 1.0, section 4.2 (P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512)
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from filiation.signing.errors import SigningError

MAX_KEY_BYTES = 64 << 10
PASSWORD = "FILIATION_KEY_PASSWORD"  # noqa: S105  # the name of the variable that holds it
HASHES: dict[int, hashes.HashAlgorithm] = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
CURVES = ("secp256r1", "secp384r1", "secp521r1")
MAKE_ONE = "Make one with 'openssl ecparam -name prime256v1 -genkey -noout -out KEY.pem'."
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


def private_key(path: Path) -> PrivateKey:
    """Return the key in a PEM file; the password of an encrypted one is read from `PASSWORD` in the environment.

    Raises:
        SigningError: If there is none that can sign.
    """
    password = os.environ.get(PASSWORD)
    try:
        key = serialization.load_pem_private_key(_read(path), password.encode() if password else None)
    except TypeError as error:
        what = f"set {PASSWORD}" if password is None else f"unset {PASSWORD}"
        raise SigningError(f"The key {path} does not open: {what} ({error}).") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningError(f"{path} holds no private key that can be read: {MAKE_ONE}") from error
    if isinstance(key, ed25519.Ed25519PrivateKey) or (isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES):
        return key
    raise SigningError(f"The key {path} is of a kind that signs no models: use P-256, P-384 or P-521. {MAKE_ONE}")


def public_key(path: Path) -> PublicKey:
    """Return the public key in a PEM file; of a private key, its public half.

    Raises:
        SigningError: If there is none that can be used.
    """
    content = _read(path)
    return private_key(path).public_key() if b"PRIVATE KEY" in content else public_key_of(content, str(path))


def public_key_of(content: bytes, whose: str) -> PublicKey:
    """Return the public key that a PEM text is.

    Raises:
        SigningError: If it is none that can be used.
    """
    try:
        return supported(serialization.load_pem_public_key(content), whose)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningError(f"{whose} holds no public key that can be read: give the PEM file of one.") from error


def supported(key: object, whose: str) -> PublicKey:
    """Return `key` where it is of a kind that can sign.

    Raises:
        SigningError: If it is not.
    """
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
        return key
    raise SigningError(f"The key of {whose} is of a kind that signs no models: P-256, P-384, P-521 or Ed25519 is asked for.")


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Return the signature of `message`: ASN.1 of an elliptic curve, raw of Ed25519."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    return key.sign(message, ec.ECDSA(HASHES[key.curve.key_size]))


def is_signed(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Return whether `signature` is one of `message` by the owner of `key`."""
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ec.ECDSA(HASHES[key.curve.key_size]))
    except (InvalidSignature, ValueError):
        return False
    return True


def pem(key: PublicKey) -> bytes:
    """Return the key as text."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: PublicKey) -> str:
    """Return the SHA-256 of the key's PEM text, as bundles hint at it; 64 hex digits."""
    return hashlib.sha256(pem(key)).hexdigest()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEY_BYTES + 1)
    except OSError as error:
        raise SigningError(f"The key {path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_KEY_BYTES:
        raise SigningError(f"{path} is longer than {MAX_KEY_BYTES >> 10} kB, and no key.")
    return content
