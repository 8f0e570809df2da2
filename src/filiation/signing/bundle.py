"""A signature as it lies beside a model: a Sigstore bundle around a signed envelope.

Source:
    OMS specification 1.0, sections 4 and 11 (https://github.com/sigstore/model-transparency);
    https://docs.sigstore.dev/about/bundle/
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Literal

import msgspec

from filiation.knowledge import load
from filiation.signing.envelope import Envelope, decoded, envelope_of
from filiation.signing.errors import SigningError

MAX_BUNDLE_BYTES = 64 << 20
"""100,000 files in shards come to half of this."""
MAX_CERTIFICATES = 20
MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
MEDIA_TYPES = "application/vnd.dev.sigstore.bundle"
"""Begins the media types of all versions."""
Kind = Literal["key", "certificate", "sigstore"]


class Bundle(msgspec.Struct, frozen=True):
    """A signature.

    Attributes:
        kind: What proves who signed: a key, a chain of certificates, or a certificate of Sigstore with an entry in its log.
        envelope: What was signed.
        hint: SHA-256 of the signer's key in PEM, where the bundle says it.
        raw_key: The signer's key in PEM, which bundles before 1.1 hold in place of a hint.
        certificates: In DER, the signer's first.
        log_entries: How many entries of a transparency log come with it.
        text: The whole file.
    """

    kind: Kind
    envelope: Envelope
    hint: str = ""
    raw_key: bytes = b""
    certificates: tuple[bytes, ...] = ()
    log_entries: int = 0
    text: bytes = b""


def read_bundle(path: Path) -> Bundle:
    """Return the signature in a file.

    Raises:
        SigningError: If it holds none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise SigningError(f"The signature {path} cannot be read: {error.strerror}.") from error
    try:
        return bundle_of(content)
    except SigningError as error:
        raise SigningError(f"{path} is no signature of a model: {error}") from error


def bundle_of(content: bytes) -> Bundle:
    """Return the signature that the content of a file is.

    Raises:
        SigningError: If it is none.
    """
    if len(content) > MAX_BUNDLE_BYTES:
        raise SigningError(f"it is longer than {MAX_BUNDLE_BYTES >> 20} MB")
    try:
        document = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SigningError(f"it is no JSON object ({error})") from error
    media_type = document.get("mediaType")
    if not isinstance(media_type, str) or not media_type.startswith(MEDIA_TYPES):
        raise SigningError(f"it is {media_type!r}, and no Sigstore bundle")
    material = document.get("verificationMaterial")
    if not isinstance(material, dict) or not isinstance(document.get("dsseEnvelope"), dict):
        raise SigningError("it lacks what was signed, or what would prove it")
    try:
        return _with_material(material, envelope_of(document["dsseEnvelope"]), content, media_type)
    except RecursionError as error:
        raise SigningError("it is nested too deep") from error


def written(envelope: Envelope, material: dict[str, Any]) -> bytes:
    """Return a bundle as it goes into a file: JSON in UTF-8."""
    document = {"mediaType": MEDIA_TYPE, "verificationMaterial": material, "dsseEnvelope": envelope}
    return msgspec.json.encode(document) + b"\n"


def material_of_key(hint: str) -> dict[str, Any]:
    """Return what tells who signed, of a key with this fingerprint."""
    return {"publicKey": {"hint": hint}, "tlogEntries": []}


def material_of_chain(certificates: tuple[bytes, ...]) -> dict[str, Any]:
    """Return what tells who signed, of certificates in DER, the signer's first."""
    chain = [{"rawBytes": base64.b64encode(one).decode()} for one in certificates]
    return {"x509CertificateChain": {"certificates": chain}, "tlogEntries": []}


def find_bundle(folder: Path) -> Path | None:
    """Return the signature that lies in a folder: `model.sig`, or else the one file with such an ending that is a bundle.

    Of several others none is chosen.
    """
    known = load("signing")
    usual = folder / known["name"]
    if usual.is_file():
        return usual
    endings = tuple(known["endings"])
    try:
        others = sorted(path for path in folder.iterdir() if path.name.endswith(endings) and path.is_file())
    except OSError:
        return None
    found = [path for path in others[:MAX_CERTIFICATES] if _is_bundle(path)]
    return found[0] if len(found) == 1 else None


def _is_bundle(path: Path) -> bool:
    try:
        read_bundle(path)
    except SigningError:
        return False
    return True


def _with_material(material: dict[str, Any], envelope: Envelope, content: bytes, media_type: str) -> Bundle:
    """Return the bundle with what `material` gives: exactly one kind."""
    entries = len(_list_in(material, "tlogEntries"))
    key, single = material.get("publicKey"), material.get("certificate")
    if isinstance(single, dict):
        return Bundle("sigstore", envelope, certificates=(_der(single),), log_entries=entries, text=content)
    holder = material.get("x509CertificateChain")
    chain = _list_in(holder, "certificates") if isinstance(holder, dict) else []
    if chain:
        certificates = tuple(_der(one) for one in chain[:MAX_CERTIFICATES])
        kind: Kind = "sigstore" if entries and media_type != MEDIA_TYPE else "certificate"  # as Sigstore wrote before 0.3
        return Bundle(kind, envelope, certificates=certificates, log_entries=entries, text=content)
    if isinstance(key, dict):
        hint, raw = key.get("hint") or "", key.get("rawBytes") or ""
        raw_key = decoded(raw) if isinstance(raw, str) else b""
        return Bundle("key", envelope, hint=str(hint), raw_key=raw_key, log_entries=entries, text=content)
    raise SigningError("it names neither a key nor a certificate")


def _list_in(holder: dict[str, Any], name: str) -> list[Any]:
    value = holder.get(name)
    return value if isinstance(value, list) else []


def _der(certificate: Any) -> bytes:
    raw = certificate.get("rawBytes") if isinstance(certificate, dict) else None
    if not isinstance(raw, str):
        raise SigningError("a certificate in it has no content")
    return decoded(raw)
