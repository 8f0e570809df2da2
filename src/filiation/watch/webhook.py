"""Tell an address over HTTP what changed, signed so that it knows who tells.

Source:
    https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md (symmetric signatures, ``v1``).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import time
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec

from filiation.core.errors import FiliationError
from filiation.watch.answer import WatchAnswer
from filiation.watch.look import digest

SECRET = "FILIATION_WEBHOOK_SECRET"  # noqa: S105  # the name of a variable
PREFIX = "whsec_"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TRIES = 3
SECONDS = 10.0
OK = range(200, 300)


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to tell.

    Attributes:
        url: Only this is asked, and no address that it points to instead.
        secret_env: The variable of the environment that has the secret, base64 with or without ``whsec_``; without one in the
            environment nothing is signed.
    """

    url: str
    secret_env: str = SECRET

    def checked(self) -> Webhook:
        """Return itself.

        Raises:
            FiliationError: If the address is none, or would be asked in the clear across a network.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
            raise FiliationError(
                f"{self.url!r} is no address for a webhook: write https://host/path, without a password in it."
            )
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise FiliationError(f"{self.url} would be told in the clear: write https, or an address on this machine.")
        return self


def post(answer: WatchAnswer, to: Webhook) -> list[str]:
    """Send an answer as JSON; what fails in passing is tried again.

    Raises:
        FiliationError: If the address does not take it.
    """
    import httpx2  # noqa: PLC0415  # most looks tell nobody over a network

    body = msgspec.json.encode(answer)
    told = "\0".join(sorted(map(digest, answer.changes)))
    id_ = f"msg_{sha256(told.encode()).hexdigest()[:32]}"
    why = ""
    with httpx2.Client(timeout=SECONDS, follow_redirects=False) as client:
        for turn in range(TRIES):
            if turn:
                time.sleep(2.0 ** (turn - 1))
            try:
                status = client.post(to.url, content=body, headers=headers(id_, body, to.secret_env)).status_code
            except httpx2.HTTPError as error:
                why = type(error).__name__
                continue
            if status in OK:
                return [f"Told: {to.url}"]
            why = f"it answers {status}"
            if status < 500 and status != 429:
                break
    raise FiliationError(f"The webhook {to.url} did not take it: {why}.")


def headers(id_: str, body: bytes, secret_env: str) -> dict[str, str]:
    """Return the headers of a message, with its signature where there is a secret.

    Raises:
        FiliationError: If the secret is not base64.
    """
    now = str(int(time.time()))
    found = {"content-type": "application/json", "webhook-id": id_, "webhook-timestamp": now}
    secret = os.environ.get(secret_env)
    if secret:
        found["webhook-signature"] = f"v1,{signature(secret, id_, now, body, secret_env)}"
    return found


def signature(secret: str, id_: str, moment: str, body: bytes, name: str = SECRET) -> str:
    """Return the signature of a message, in base64: HMAC-SHA256 over id, moment and body with points between.

    Raises:
        FiliationError: If the secret, which `name` stands for, is not base64.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise FiliationError(f"The secret in {name} is not base64: make one with 'openssl rand -base64 32'.") from error
    signed = b".".join([id_.encode(), moment.encode(), body])
    return base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
