"""Keys, certificates and small folders to sign, made anew for each run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from filiation.signing.keys import pem, private_key
from filiation.signing.signature import sealed_with_key, sign_folder

FILES = {
    "README.md": "---\nlicense: mit\n---\n# Story\n",
    "LICENSE": "MIT License\n",
    "config.json": "{}",
    "model.safetensors": "weights" * 100,
    "original/params.json": "{}",
}


class Keys(NamedTuple):
    """A key in PEM files, and itself."""

    private: Path
    public: Path
    key: ec.EllipticCurvePrivateKey


class Chain(NamedTuple):
    """A key with a certificate, and the authority's certificate, in PEM files."""

    keys: Keys
    leaf: Path
    root: Path


@pytest.fixture(scope="session")
def make_keys(tmp_path_factory) -> Callable[..., Keys]:
    def make(curve: ec.EllipticCurve | None = None, password: bytes | None = None) -> Keys:
        folder = tmp_path_factory.mktemp("keys")
        key = ec.generate_private_key(curve or ec.SECP256R1())
        lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
        (folder / "key.pem").write_bytes(text)
        (folder / "key.pub").write_bytes(pem(key.public_key()))
        return Keys(folder / "key.pem", folder / "key.pub", key)

    return make


@pytest.fixture(scope="session")
def keys(make_keys) -> Keys:
    return make_keys()


@pytest.fixture(scope="session")
def others(make_keys) -> Keys:
    return make_keys(ec.SECP384R1())


@pytest.fixture(scope="session")
def make_chain(make_keys) -> Callable[..., Chain]:
    def make(mail: str = "release@acme.org", days: int = 300, *, may_sign: bool = True) -> Chain:
        keys, authority = make_keys(), ec.generate_private_key(ec.SECP256R1())
        root = _certificate("Acme Root", "Acme Root", authority, authority.public_key(), days + 10, is_root=True)
        leaf = _certificate("acme release", "Acme Root", authority, keys.key.public_key(), days, mail=mail, may_sign=may_sign)
        paths = keys.private.with_name("leaf.pem"), keys.private.with_name("root.pem")
        for path, certificate in zip(paths, (leaf, root), strict=True):
            path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return Chain(keys, *paths)

    return make


@pytest.fixture(scope="session")
def chain(make_chain) -> Chain:
    return make_chain()


@pytest.fixture
def folder(tmp_path) -> Path:
    """A model's folder, not signed."""
    return filled(tmp_path / "acme" / "story", FILES)


@pytest.fixture
def signed(folder, keys) -> Path:
    """A model's folder, signed with `keys`."""
    sign_folder(folder, sealed_with_key(private_key(keys.private)))
    return folder


def filled(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def _certificate(
    name: str,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePublicKey,
    days: int,
    *,
    mail: str = "",
    is_root: bool = False,
    may_sign: bool = True,
) -> x509.Certificate:
    now = datetime.now(UTC)
    begins = now - timedelta(days=1) if days > 0 else now + timedelta(days=days - 30)
    usage = x509.KeyUsage(may_sign and not is_root, False, not may_sign, False, False, is_root, *[False] * 3)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(now + timedelta(days=days) if days > 0 else begins + timedelta(days=10))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    if mail:
        made = made.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(mail)]), critical=False)
    if mail and may_sign:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
    return made.sign(by, hashes.SHA256())
