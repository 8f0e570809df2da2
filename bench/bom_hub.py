"""A Hub on this machine for tools that know only the real address: a proxy that answers ``huggingface.co`` itself, by TLS."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "huggingface.co"
PREFIX = "/api/models/"


@contextmanager
def served(records: dict[str, dict[str, Any]], folder: Path) -> Iterator[dict[str, str]]:
    """Serve the API's records of models by name; yield the environment in which a client finds them.

    Args:
        records: What the API answers, by ``owner/name``.
        folder: Where the certificate is written.
    """
    certificate = _certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(ssl.SSLError, OSError):
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb", buffering=0)
                self.close_connection = False

        def do_GET(self) -> None:
            name = "/".join(self.path.partition("?")[0].removeprefix(PREFIX).split("/")[:2])
            found = records.get(name) if self.path.startswith(PREFIX) else None
            text = json.dumps(found if found is not None else {"error": "Repository not found"}).encode()
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxy = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield {"HTTPS_PROXY": proxy, "https_proxy": proxy, "NODE_EXTRA_CA_CERTS": str(certificate), "NO_PROXY": ""}
    finally:
        server.shutdown()


def _certificate(folder: Path) -> Path:
    """Write a key and a certificate for the host, which only the client that is told to trusts."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    signed = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "hub.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path
