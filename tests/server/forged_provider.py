"""A provider of OpenID Connect on this machine that signs whatever it is told to, and misbehaves as it is told."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "filiation"


class Forge:
    """What the provider says: `described` and `keys` are handed out as they are; a code is answered with `claims`."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = rsa.generate_private_key(65537, 2048)
        self.described: dict[str, Any] = {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/keys",
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
        }
        self.keys = [self.public(self.key, "one")]
        self.challenge = self.nonce = ""
        self.claims: dict[str, Any] = {}
        self.asked: list[str] = []

    @staticmethod
    def public(key: rsa.RSAPrivateKey, number: str) -> dict[str, Any]:
        return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": number, "use": "sig"}

    def signed(self, key: Any = None, algorithm: str = "RS256", headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a token that is good but for what is given; a claim of None is left out."""
        now = int(time.time())
        good = {"iss": self.issuer, "aud": CLIENT, "sub": "17", "iat": now, "exp": now + 60, "groups": ["lab"]} | claims
        said = {name: value for name, value in good.items() if value is not None}
        return jwt.encode(said, self.key if key is None else key, algorithm, {"kid": "one"} | (headers or {}))

    def redeemed(self, form: dict[str, list[str]]) -> dict[str, Any] | None:
        """Return what is given for a code: nothing to who does not know what the challenge was made of."""
        made = urlsafe_b64encode(sha256(form["code_verifier"][0].encode()).digest()).rstrip(b"=").decode()
        if made != self.challenge or form["client_id"] != [CLIENT] or form["code"] != ["good"]:
            return None
        return {"id_token": self.signed(**{"nonce": self.nonce} | self.claims), "token_type": "Bearer"}


@contextmanager
def forged() -> Iterator[Forge]:
    """Serve a forge until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            forge.asked.append(self.path)
            said = {"/.well-known/openid-configuration": forge.described, "/keys": {"keys": forge.keys}}.get(self.path)
            self.give(said)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"])).decode()
            self.give(forge.redeemed(parse_qs(content)))

        def give(self, said: Any) -> None:
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(400 if said is None else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forge = Forge(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
