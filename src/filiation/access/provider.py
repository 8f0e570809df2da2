"""Ask a provider of OpenID Connect who somebody is, and believe no more than it signed."""

from __future__ import annotations

import hmac
import ipaddress
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from filiation.access.openid import OpenId, person_of
from filiation.core.errors import FiliationError
from filiation.ledger.person import Person

if TYPE_CHECKING:
    import httpx2

MAX_TOKEN_CHARS = 16_384
MAX_ANSWER_BYTES = 1 << 20
MAX_KEYS = 100
PATIENCE_SECONDS = 5.0
KEPT_SECONDS = 3600.0
"""How long the provider's description and keys are believed."""
PAUSE_SECONDS = 30.0
"""So long nobody makes us ask again with a key that nobody has."""
FAILED_SECONDS = 5.0
"""So long nobody makes us ask again where nobody answers."""
Asked = TypeVar("Asked")
WELL_KNOWN = "/.well-known/openid-configuration"


class NotBelievedError(FiliationError):
    """A token, or an answer to a login, is not what it should be."""


class ProviderError(FiliationError):
    """The provider does not answer, or says what we do not follow."""


class Description(msgspec.Struct, frozen=True):
    """What a provider says of itself, as far as we need it."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Keys(msgspec.Struct):
    keys: list[dict[str, Any]]


class _Redeemed(msgspec.Struct):
    id_token: str


class Provider:
    """A provider; threads may share it. Everything here may wait for the network: ask in a thread.

    Raises:
        FiliationError: If its address is not encrypted, a file of a secret cannot be read, or the library is not there.
    """

    def __init__(self, config: OpenId, clock: Callable[[], float] = time.monotonic) -> None:
        _require_library()
        require_encrypted(config.issuer, "The provider")
        if config.public_url:
            require_encrypted(config.public_url, "public_url")
        self.config = config
        self._clock = clock
        self._secret = _read_secret(config.secret_file)
        self._lock = threading.Lock()
        self._described: tuple[Description, float] | None = None
        self._keys: tuple[list[dict[str, Any]], float] | None = None
        self._failed = ("", 0.0)

    def bearer(self, token: str) -> Person:
        """Return whom a bearer token speaks of.

        Raises:
            NotBelievedError: If it is not signed by the provider, for us, and valid now.
            ProviderError: If the provider's keys cannot be had.
        """
        return self._person(self._claims(token, self.config.audience or self.config.client))

    def login_address(self, state: str, nonce: str, challenge: str, back: str) -> str:
        """Return where a browser is sent to log in.

        Args:
            state: Comes back with the browser.
            nonce: Comes back in the token.
            challenge: SHA-256 of what only we know (PKCE, RFC 7636), in base64url.
            back: Our address that the browser comes back to.

        Raises:
            ProviderError: If the provider cannot be asked, or has no login.
        """
        place = self._description().authorization_endpoint
        if not place:
            raise ProviderError("The provider has no login for browsers.")
        said = {
            "response_type": "code",
            "client_id": self.config.client,
            "redirect_uri": back,
            "scope": " ".join(self.config.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{place}{'&' if '?' in place else '?'}{urlencode(said)}"

    def redeem(self, code: str, verifier: str, nonce: str, back: str) -> Person:
        """Return who logged in, for the code that their browser came back with.

        Raises:
            NotBelievedError: If the provider does not take the code, or its token is not for this login.
            ProviderError: If the provider cannot be asked.
        """
        described = self._description()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        in_form = "client_secret_basic" not in described.token_endpoint_auth_methods_supported
        proof = None
        if self._secret and not in_form:
            proof = (self.config.client, self._secret)
        else:
            form |= {"client_id": self.config.client} | ({"client_secret": self._secret} if self._secret else {})
        content = self._fetch(described.token_endpoint, form, proof)
        try:
            token = msgspec.json.decode(content, type=_Redeemed).id_token
        except msgspec.DecodeError as error:
            raise NotBelievedError("The provider did not take the login: try again.") from error
        claims = self._claims(token, self.config.client)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise NotBelievedError("That login belongs to another one: try again.")
        return self._person(claims)

    def _person(self, claims: dict[str, Any]) -> Person:
        try:
            return person_of(self.config, claims)
        except FiliationError as error:
            raise NotBelievedError(str(error)) from error

    def _claims(self, token: str, audience: str) -> dict[str, Any]:
        import jwt  # noqa: PLC0415  # an extra

        if len(token) > MAX_TOKEN_CHARS:
            raise NotBelievedError("That token is longer than any.")
        try:
            header = jwt.get_unverified_header(token)
            algorithm, number = header.get("alg"), header.get("kid")
            if algorithm not in self.config.algorithms or header.get("crit"):
                raise NotBelievedError("That token is signed in a way that is not taken here.")
            claims = jwt.decode(
                token, self._key(number, algorithm), [algorithm], audience=audience, issuer=self.config.issuer,
                leeway=self.config.skew_seconds, options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise NotBelievedError(f"That token is not valid here, or no longer ({type(error).__name__}).") from error
        if (
            isinstance(claims["aud"], list)
            and len(claims["aud"]) > 1
            and claims.get("azp", self.config.client) != self.config.client
        ):
            raise NotBelievedError("That token was made for another program.")
        return claims

    def _key(self, number: object, algorithm: str) -> Any:
        """Return the provider's key of that number; where the token names none, its only one."""
        import jwt  # noqa: PLC0415  # an extra

        for is_again in (False, True):
            fitting = [key for key in self._known_keys(again=is_again) if _fits(key, number, algorithm)]
            if len(fitting) == 1:
                return jwt.PyJWK(fitting[0], algorithm)
        raise NotBelievedError("That token is signed with a key that the provider does not name.")

    def _known_keys(self, *, again: bool) -> list[dict[str, Any]]:
        with self._lock:
            known, now = self._keys, self._clock()
            if known is None or now - known[1] > (PAUSE_SECONDS if again else KEPT_SECONDS):
                known = self._keys = self._once(now, lambda: self._ask_keys(self._described_in(now).jwks_uri)), now
            return known[0]

    def _ask_keys(self, address: str) -> list[dict[str, Any]]:
        try:
            return msgspec.json.decode(self._fetch(address), type=_Keys).keys[:MAX_KEYS]
        except msgspec.DecodeError as error:
            raise ProviderError("The provider's keys cannot be read.") from error

    def _description(self) -> Description:
        with self._lock:
            return self._described_in(self._clock())

    def _described_in(self, now: float) -> Description:
        """Return what the provider says of itself; with the lock held."""
        if self._described is None or now - self._described[1] > KEPT_SECONDS:
            self._described = self._once(now, self._ask), now
        return self._described[0]

    def _once(self, now: float, ask: Callable[[], Asked]) -> Asked:
        """Return what is asked for; where that failed a moment ago, the same failure without asking."""
        if self._failed[0] and now - self._failed[1] < FAILED_SECONDS:
            raise ProviderError(self._failed[0])
        try:
            return ask()
        except ProviderError as error:
            self._failed = str(error), now
            raise

    def _ask(self) -> Description:
        content = self._fetch(self.config.issuer.rstrip("/") + WELL_KNOWN)
        try:
            told = msgspec.json.decode(content, type=Description)
        except msgspec.DecodeError as error:
            raise ProviderError("The provider does not describe itself as OpenID Connect Discovery says.") from error
        if told.issuer != self.config.issuer:
            raise ProviderError(f"The provider calls itself {told.issuer[:200]!r}, not {self.config.issuer!r}.")
        ours = {urlsplit(self.config.issuer).netloc, *self.config.hosts}
        for place in filter(None, (told.jwks_uri, told.authorization_endpoint, told.token_endpoint)):
            require_encrypted(place, "The provider", ProviderError)
            if urlsplit(place).netloc not in ours:
                raise ProviderError(
                    f"The provider sends us to {urlsplit(place).netloc[:200]}: name that in 'hosts' if it is right."
                )
        return told

    def _fetch(self, address: str, form: dict[str, str] | None = None, proof: tuple[str, str] | None = None) -> bytes:
        """Return what stands at an address, or answers a form; no redirect is followed."""
        import httpx2  # noqa: PLC0415  # a while to import

        try:
            with httpx2.Client(timeout=PATIENCE_SECONDS, trust_env=not _is_here(address)) as client:
                method = "GET" if form is None else "POST"
                with client.stream(method, address, data=form, auth=proof, headers={"accept": "application/json"}) as answer:
                    return _bounded(answer, refused=form is not None)
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            raise ProviderError(f"The provider does not answer ({type(error).__name__}): try again in a moment.") from error


def _bounded(answer: httpx2.Response, *, refused: bool) -> bytes:
    content = bytearray()
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise ProviderError("The provider's answer is longer than any.")
    if answer.status_code == 200:
        return bytes(content)
    if refused and 400 <= answer.status_code < 500:
        raise NotBelievedError("The provider did not take the login: try again.")
    raise ProviderError(f"The provider answers {answer.status_code}: try again in a moment.")


def _fits(key: dict[str, Any], number: object, algorithm: str) -> bool:
    family = {"R": "RSA", "P": "RSA", "E": "OKP" if algorithm == "EdDSA" else "EC"}[algorithm[0]]
    return (
        key.get("kty") == family
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (number is None or key.get("kid") == number)
    )


def require_encrypted(address: str, whose: str, error: type[FiliationError] = FiliationError) -> None:
    """Refuse an address that others on the way could answer for.

    Raises:
        FiliationError: If it is not https, and not this machine's.
    """
    parts = urlsplit(address)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(address))):
        raise error(f"{whose} is at {address[:200]!r}, which others on the way could answer for: it takes https.")


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read_secret(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()[:1000]
    except (OSError, UnicodeDecodeError) as error:
        raise FiliationError(f"The client's secret cannot be read from {path}.") from error


def _require_library() -> None:
    try:
        import jwt  # noqa: F401, PLC0415  # an extra
    except ImportError as error:
        raise FiliationError("OpenID Connect takes a library more: pip install 'filiation[openid]'.") from error
