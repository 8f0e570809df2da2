"""People whom a provider of OpenID Connect knows: bearer tokens and browsers."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from forged_provider import CLIENT, Forge, forged
from starlette.testclient import TestClient

from filiation.access.openid import OpenId
from filiation.access.provider import NotBelievedError, Provider, ProviderError
from filiation.access.rules import Access
from filiation.core.errors import FiliationError
from filiation.core.portfolio import Portfolio
from filiation.ledger.person import Role
from filiation.server.app import create_app
from filiation.server.entry import Entry
from filiation.server.session import Begun, Sealed, Session, session_key

HERE = "http://testserver"
KEY = b"k" * 32
ROLES = {Role.REVIEWER: ("deciders",)}


@pytest.fixture
def forge() -> Iterator[Forge]:
    with forged() as made:
        yield made


def config(issuer: str, **more: Any) -> OpenId:
    return OpenId(issuer, CLIENT, public_url="http://localhost", roles=ROLES, **more)


@pytest.fixture
def at_door(charted, desk) -> Callable[..., TestClient]:
    """A server whose people a provider knows; one portfolio is the lab's."""

    def at_door(told: OpenId, **options: bool) -> TestClient:
        access = Access({"lab": ()}, portfolio=(Portfolio("plans", ("o/chat",), groups=("lab",)),), openid=told)
        entry = Entry(access, Provider(told), Sealed(KEY, is_secure=False))
        app = create_app(charted, ledger=desk.path, clock=desk.clock, entry=entry, **options)
        return TestClient(app, base_url=HERE, raise_server_exceptions=False, follow_redirects=False)

    return at_door


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_real_provider_lets_a_browser_in(at_door, desk, tmp_path):
    (tmp_path / "secret").write_text("hush\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import oidc_provider_mock as provider

        people = [provider.User(sub="17", claims={"preferred_username": "ann", "groups": ["lab", "deciders", "others"]})]
        serving = provider.run_server_in_thread(user_claims=people, require_nonce=True)
        with serving as server:
            issuer = f"http://localhost:{server.server_port}"
            client = at_door(config(issuer, secret_file=str(tmp_path / "secret")))
            assert client.get("/api/v1/overview?portfolio=plans").status_code == 404
            door = client.get("/api/v1/door").json()
            assert (door["login"], door["logout"], door["me"]) == ("/login", "/logout", None)
            sent = client.get("/login?to=/review")
            back = httpx2.post(sent.headers["location"], data={"sub": "17"}).headers["location"]
            came = client.get(back.removeprefix("http://localhost"))
    assert (came.status_code, came.headers["location"]) == (303, "/review")
    session = next(value for value in came.headers.get_list("set-cookie") if "filiation-session=" in value)
    assert "HttpOnly" in session
    assert "SameSite=Strict" in session
    me = client.get("/api/v1/me").json()
    assert me == {"schema": "filiation/me/v1", "name": "ann", "role": "reviewer", "groups": ["lab"]}
    assert client.get("/api/v1/door").json()["me"] == me
    assert client.get("/api/v1/overview?portfolio=plans").status_code == 200
    said = {"text": "mine"}
    assert client.post("/api/v1/review/5/comment", json=said).status_code == 403  # a cookie alone does not say where it is from
    for foreign in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "none"}):
        assert client.post("/api/v1/review/5/comment", json=said, headers=foreign).status_code == 403
    assert client.post("/api/v1/review/5/comment", json=said, headers={"origin": HERE}).status_code == 200
    assert [(entry.who, entry.role, entry.via) for entry in desk.ledger.history(5)][-1] == ("ann", "reviewer", "openid:17")
    assert client.post("/logout").status_code == 403
    assert client.post("/logout", headers={"sec-fetch-site": "same-origin"}).status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_a_browser_proves_that_it_began_the_login(at_door, forge):
    client = at_door(config(forge.issuer))
    sent = parse_qs(urlsplit(client.get("/login?to=//evil.example").headers["location"]).query)
    assert (sent["code_challenge_method"], sent["response_type"]) == (["S256"], ["code"])
    assert sent["redirect_uri"] == ["http://localhost/login/callback"]
    forge.challenge, forge.nonce, state = sent["code_challenge"][0], sent["nonce"][0], sent["state"][0]
    other = at_door(config(forge.issuer))
    assert other.get(f"/login/callback?state={state}&code=good").status_code == 401  # another browser
    for wrong in (
        f"state=x{state}&code=good",
        f"state={state}&code=bad",
        f"state={state}&error=access_denied",
        "",
        "code=good",
    ):
        assert client.get(f"/login/callback?{wrong}").status_code == 401, wrong
    assert client.get(f"/login/callback?state={state}&code=good&iss=https://elsewhere.example").status_code == 401
    forge.claims = {"nonce": "another"}
    assert client.get(f"/login/callback?state={state}&code=good").status_code == 401
    forge.claims = {"aud": "another"}
    assert client.get(f"/login/callback?state={state}&code=good").status_code == 401
    forge.claims = {}
    came = client.get(f"/login/callback?state={state}&code=good")
    assert (came.status_code, came.headers["location"]) == (303, "/")  # never elsewhere
    assert client.get("/api/v1/me").json()["role"] == "reader"
    assert client.get(f"/login/callback?state={state}&code=good").status_code == 401  # once


def test_bearer_tokens(at_door, forge):
    client = at_door(config(forge.issuer), private=True)
    assert client.get("/api/v1/me", headers=bearer(forge.signed())).json()["groups"] == ["lab"]
    assert client.get("/api/v1/me", headers=bearer(forge.signed(preferred_username="ann"))).json()["name"] == "ann"
    assert client.get("/api/v1/overview?portfolio=plans", headers=bearer(forge.signed())).status_code == 200
    assert client.get("/api/v1/overview?portfolio=plans", headers=bearer(forge.signed(groups=["x"]))).status_code == 404
    assert client.get("/api/v1/stats").status_code == 401


def good_but(forge: Forge) -> dict[str, str]:
    """Return tokens that are no good, by what is wrong with them."""
    now = int(time.time())
    stranger = rsa.generate_private_key(65537, 2048)
    public = jwt.algorithms.RSAAlgorithm.from_jwk(forge.keys[0])
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, claims, mark = forge.signed().split(".")
    return {
        "over": forge.signed(exp=now - 40),
        "not yet": forge.signed(nbf=now + 40),
        "from the future": forge.signed(iat=now + 40),
        "without an end": forge.signed(exp=None),
        "for others": forge.signed(aud="others"),
        "for several, by others": forge.signed(aud=[CLIENT, "others"], azp="others"),
        "of another issuer": forge.signed(iss="https://elsewhere.example"),
        "of nobody": forge.signed(sub=None),
        "by a stranger": forge.signed(stranger),
        "by a stranger's number": forge.signed(stranger, headers={"kid": "two"}),
        "by a stranger who brings a key": forge.signed(stranger, headers={"jwk": Forge.public(stranger, "one")}),
        "by a stranger who names keys": forge.signed(stranger, headers={"jku": f"{forge.issuer}/theirs", "kid": "x"}),
        "by the public key": hmac_of(pem, forge),
        "by nobody": jwt.encode({"sub": "17"}, None, "none"),
        "altered": f"{head}.{claims[:-4]}AAAA.{mark}",
        "cut": f"{head}.{claims}.",
        "no token": "a.b.c",
        "long": f"{head}.{'A' * 20_000}.{mark}",
        "critical": forge.signed(headers={"crit": ["odd"], "odd": 1}),
    }


def hmac_of(pem: bytes, forge: Forge) -> str:
    """Return a token that is signed with the public key as if it were a secret."""
    import hmac
    from base64 import urlsafe_b64encode

    _, claims, _ = forge.signed().split(".")
    head = urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"one"}').rstrip(b"=").decode()
    mark = urlsafe_b64encode(hmac.digest(pem, f"{head}.{claims}".encode(), "sha256")).rstrip(b"=").decode()
    return f"{head}.{claims}.{mark}"


def test_tokens_that_are_no_good(at_door, forge):
    client, provider = at_door(config(forge.issuer)), Provider(config(forge.issuer))
    for wrong, token in good_but(forge).items():
        answer = client.get("/api/v1/stats", headers=bearer(token))  # not even as nobody: who says who they are is heard
        assert answer.status_code == 401, wrong
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        with pytest.raises(NotBelievedError):
            provider.bearer(token)
    assert forge.asked.count("/keys") == 2  # one for the server, one for the other: nobody makes us ask for each token
    assert "/theirs" not in forge.asked


def test_keys_are_asked_for_again_where_one_is_new(forge):
    now = [0.0]
    provider = Provider(config(forge.issuer), lambda: now[0])
    provider.bearer(forge.signed())
    forge.key = rsa.generate_private_key(65537, 2048)
    forge.keys = [Forge.public(forge.key, "two")]
    fresh = forge.signed(headers={"kid": "two"})
    with pytest.raises(NotBelievedError):
        provider.bearer(fresh)
    now[0] = 31.0
    assert provider.bearer(fresh).via == "openid:17"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"issuer": "https://elsewhere.example"}, "calls itself 'https://elsewhere.example'"),
        ({"jwks_uri": "http://elsewhere.example/keys"}, "it takes https"),
        ({"jwks_uri": "https://elsewhere.example/keys"}, "name that in 'hosts'"),
        ({"token_endpoint": "file:///etc/passwd"}, "it takes https"),
        ({"jwks_uri": 7}, "does not describe itself"),
    ],
)
def test_a_provider_that_sends_us_elsewhere_is_not_followed(forge, change, says):
    forge.described |= change
    with pytest.raises(ProviderError, match=says):
        Provider(config(forge.issuer)).bearer(forge.signed())


def test_a_provider_that_is_not_there_is_told_and_not_asked_again_at_once(at_door, forge):
    forge.described = {}
    client = at_door(config(forge.issuer))
    for _ in range(3):
        answer = client.get("/login")
        assert answer.status_code == 503
        assert client.get("/api/v1/stats", headers=bearer(forge.signed())).status_code == 503
    assert len(forge.asked) == 1


def test_addresses_must_be_encrypted():
    for issuer in ("http://id.example", "ftp://localhost", "id.example", "http://127.0.0.1.example"):
        with pytest.raises(FiliationError, match="it takes https"):
            Provider(config(issuer))


def test_what_a_browser_keeps_can_be_neither_read_nor_made_up(tmp_path):
    key = session_key(tmp_path / "session.key")
    assert session_key(tmp_path / "session.key") == key
    assert (tmp_path / "session.key").stat().st_mode & 0o777 == 0o600
    sealed = Sealed(key, is_secure=True, clock=lambda: 100.0)
    header = sealed.cookie(Session("ann", Role.READER, "openid:17", ("lab",), 200.0))
    assert header.startswith("__Host-filiation-session=")
    assert header.endswith("Path=/; Max-Age=100; HttpOnly; SameSite=Strict; Secure")
    text = header.partition("=")[2].partition(";")[0]

    def read(text: str, shape: type = Session, clock: float = 100.0, key: bytes = key) -> Any:
        from starlette.requests import Request

        name = Sealed(key, is_secure=True).name_of(shape)
        raw = [(b"cookie", f"other=1; {name}={text}".encode("latin-1"))]
        reader = Sealed(key, is_secure=True, clock=lambda: clock)
        return reader.read(Request({"type": "http", "headers": raw}), shape)

    assert read(text).name == "ann"
    assert read(text, clock=201.0) is None
    assert read(text, key=b"x" * 32) is None
    assert read(text, Begun) is None  # a session is no login that was begun
    for place in range(0, len(text), 7):
        assert read(text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]) is None
    for odd in ("", "=", "AAAA", text[:-8], text * 40, "\xe9"):
        assert read(odd) is None
    with pytest.raises(FiliationError, match="too many groups"):
        sealed.cookie(Session("ann", Role.READER, "x", tuple(f"group-{n:04}" for n in range(400)), 200.0))
