"""A signed statement of how far the log goes; kept elsewhere, it proves that nothing before it was changed."""

from __future__ import annotations

import base64
import binascii
import os
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from filiation.ledger.entry import canonical, stamp
from filiation.ledger.errors import LedgerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_FILE_BYTES = 64 << 10
OWNER_ONLY = 0o600


class Checkpoint(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/ledger-checkpoint/v1"):
    """What a key said about a ledger.

    Attributes:
        ledger: The ledger's own id.
        entry: Number of the last entry then.
        digest: Of that entry, and so of all before it.
        at: When, as in the log.
        public_key: Ed25519, 32 bytes in base64.
        key: The first 32 hexadecimal digits of the SHA-256 of those bytes: a name that can be read out.
        signature: Over all of the above, in base64; empty before it is signed.
    """

    ledger: str
    entry: int
    digest: str
    at: str
    public_key: str
    key: str
    signature: str = ""

    @property
    def statement(self) -> bytes:
        """The bytes that are signed: a JSON object of all but the signature, keys sorted, no space."""
        said = msgspec.to_builtins(self)
        del said["signature"]
        return canonical(said).encode()

    @property
    def is_signed(self) -> bool:
        """Whether the signature is that of the key that it names."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # a tenth of a second
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415  # the same

        with suppress(InvalidSignature, ValueError, binascii.Error):  # no base64 and no key sign nothing either
            public = base64.b64decode(self.public_key, validate=True)
            Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(self.signature, validate=True), self.statement)
            return self.key == key_id(public)
        return False


def key_id(public: bytes) -> str:
    """Return the name of a public key."""
    return sha256(public).hexdigest()[:32]


def sign(key: Ed25519PrivateKey, ledger: str, entry: int, digest: str, at: datetime) -> Checkpoint:
    """Return a signed checkpoint at an entry."""
    public = key.public_key().public_bytes_raw()
    said = Checkpoint(ledger, entry, digest, stamp(at), base64.b64encode(public).decode(), key_id(public))
    return msgspec.structs.replace(said, signature=base64.b64encode(key.sign(said.statement)).decode())


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in a file, made on first use so that only its owner can read it.

    Raises:
        LedgerError: If it cannot be made or read, is no Ed25519 key, or others can read it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  # see Checkpoint
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415  # the same

    try:
        with suppress(FileExistsError):  # another process made it a moment ago
            _make(path)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise LedgerError(f"Others can read the key {path}: run 'chmod 600 {path}', or sign with another.")
        key = load_pem_private_key(_read(path), password=None)
    except OSError as error:
        raise LedgerError(f"The key {path} cannot be read or made: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise LedgerError(f"{path} is no key that we can sign with: name another with --key.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError(f"{path} is no Ed25519 key: name another with --key.")
    return key


def _make(path: Path) -> None:
    """Write a new key beside its place and link it there, so that a key that is there is whole and never replaced."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # see Checkpoint
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  # the same

    if path.exists():
        return
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    partial = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, path)
    finally:
        partial.unlink()


def read_checkpoint(path: Path) -> Checkpoint:
    """Return the checkpoint in a file.

    Raises:
        LedgerError: If the file cannot be read, or is none.
    """
    try:
        return msgspec.json.decode(_read(path), type=Checkpoint)
    except OSError as error:
        raise LedgerError(f"The checkpoint {path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LedgerError(f"{path} is no checkpoint: it is not as 'filiation ledger checkpoint' writes it.") from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES)
