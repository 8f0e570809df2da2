"""Signed folders in miniature, for the examples of checks."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from filiation.core.check import model
from filiation.core.record import Record

SIGNATURE = "model.sig"


def digest(text: str) -> str:
    """Return the SHA-256 of a text, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def signed_model(
    name: str, signed: Mapping[str, str], there: Mapping[str, str] | None = None, *, contradictory: bool = False, **fields: Any
) -> Record:
    """Return a model with a signature, as its folder shows it.

    Args:
        name: ``owner/name``.
        signed: The content of each file when it was signed.
        there: The same of the files that are there; None where these are the signed ones.
        contradictory: Whether what is signed contradicts itself.
        fields: More of the Hub's fields.
    """
    now = signed if there is None else there
    siblings = [{"rfilename": path, "sha256": digest(text)} for path, text in now.items()] + [{"rfilename": SIGNATURE}]
    return model(name, siblings=siblings, beside={SIGNATURE: bundle(name, signed, contradictory=contradictory)}, **fields)


def bundle(name: str, signed: Mapping[str, str], *, contradictory: bool = False) -> str:
    """Return a signature by a key that is not told, which nobody can check, as the text of its file."""
    resources = [{"name": path, "algorithm": "sha256", "digest": digest(text)} for path, text in sorted(signed.items())]
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name.rpartition("/")[2], "digest": {"sha256": "0" * 64 if contradictory else _root(resources)}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {"serialization": {"method": "files", "hash_type": "sha256"}, "resources": resources},
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    envelope = {"payload": payload, "payloadType": "application/vnd.in-toto+json", "signatures": [{"sig": "", "keyid": ""}]}
    material = {"publicKey": {"hint": "0" * 64}, "tlogEntries": []}
    media_type = "application/vnd.dev.sigstore.bundle.v0.3+json"
    return json.dumps({"mediaType": media_type, "verificationMaterial": material, "dsseEnvelope": envelope})


def _root(resources: Sequence[Mapping[str, str]]) -> str:
    return hashlib.sha256(b"".join(bytes.fromhex(item["digest"]) for item in resources)).hexdigest()
