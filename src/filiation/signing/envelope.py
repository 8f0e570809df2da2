"""A signed text with its type: the Dead Simple Signing Envelope (DSSE).

Source:
    https://github.com/secure-systems-lab/dsse (protocol.md and envelope.md, 1.0)
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from filiation.signing.errors import SigningError

IN_TOTO = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
MAX_SIGNATURES = 100


class Mark(msgspec.Struct, frozen=True):
    """One signature of an envelope; `keyid` is a hint, and proves nothing."""

    sig: bytes
    keyid: str | None = ""


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """A text, what kind of text it is, and who signed both; bytes are base64 in JSON."""

    payload: bytes
    payload_type: str
    signatures: tuple[Mark, ...]

    def message(self) -> bytes:
        """Return the bytes that were signed."""
        return pae(self.payload_type, self.payload)


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding of a text and its type: what is signed, so that neither can be exchanged."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def pae_of_0_2(payload_type: str, payload: bytes) -> bytes:
    """Return what model-signing 0.2 signed in its place: it wrote the bytes as Python shows them."""
    return f"DSSEV1 {len(payload_type)} {payload_type} {len(payload)} {payload}".encode()


def envelope_of(document: Any) -> Envelope:
    """Return the envelope that a decoded JSON object is.

    Raises:
        SigningError: If it is none.
    """
    try:
        plain = msgspec.convert(document, type=_Plain)
        marks = tuple(Mark(decoded(mark.sig), mark.keyid) for mark in plain.signatures[:MAX_SIGNATURES])
        return Envelope(decoded(plain.payload), plain.payload_type, marks)
    except msgspec.ValidationError as error:
        raise SigningError(f"That is no signed envelope ({error}).") from error


def decoded(text: str) -> bytes:
    """Return the bytes that base64, of either alphabet, stands for.

    Raises:
        SigningError: If it is none.
    """
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SigningError(f"The signature holds base64 that is none ({error}).") from error


def statement_of(envelope: Envelope) -> dict[str, Any]:
    """Return the in-toto statement in an envelope, whether or not anybody signed it.

    Raises:
        SigningError: If there is none.
    """
    if envelope.payload_type != IN_TOTO:
        raise SigningError(f"What is signed is {envelope.payload_type!r}, and no in-toto statement.")
    try:
        statement = msgspec.json.decode(envelope.payload, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SigningError(f"What is signed is not the JSON that it should be ({error}).") from error
    if statement.get("_type") != STATEMENT:
        raise SigningError(f"What is signed is {statement.get('_type')!r}, and no statement of in-toto 1.")
    return statement


class _Plain(msgspec.Struct, rename="camel"):
    payload: str
    payload_type: str
    signatures: list[_PlainMark]


class _PlainMark(msgspec.Struct):
    sig: str
    keyid: str | None = None
