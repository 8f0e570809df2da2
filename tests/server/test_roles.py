"""Every address against every role, as ``docs/review.md`` says it: a new address without a row there fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Route

WHO = (None, "reader", "reviewer", "administrator")
PAGE = Path(__file__).parents[2] / "docs" / "review.md"
ROW = re.compile(r"^\| `(GET|POST) (\S+)` \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|$", re.MULTILINE)
TABLE = {(method, path): said for method, path, *said in ROW.findall(PAGE.read_text(encoding="utf-8"))}
CELLS = [(method, path, who, said) for (method, path), row in TABLE.items() for who, said in zip(WHO, row, strict=True)]
FILLED = {
    "ref": "o/base",
    "node": "1",
    "item": "5",
    "kind": "openness",
    "chart": "growth",
    "figure": "attention",
    "level": "0",
    "x": "0",
    "y": "0",
    "path": "icon.svg",
}
QUERIES = {"/api/v1/find": "?q=o", "/api/v1/trends/{chart}/models": "?series=model&x=2024-01"}


def asked(client, method: str, path: str) -> int:
    """Return the status of an answer; what would write is asked with nothing to write."""
    address = re.sub(r"\{(\w+)\}", lambda found: FILLED[found[1]], path) + QUERIES.get(path, "")
    return client.request(method, address, json={} if method == "POST" else None).status_code


def expected(said: str, *, private: bool) -> set[int]:
    if said in {"401", "403"}:
        return {int(said)}
    assert said in {"yes", "yes*"}
    return {401} if private and said == "yes*" else {200, 400}


def test_every_address_has_a_row(at_desk):
    def described(path: str) -> str:
        return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)

    routes = [route for route in at_desk().app.routes if isinstance(route, Route)]
    there = {(method, described(route.path)) for route in routes for method in route.methods - {"HEAD"}}
    assert there == set(TABLE)


@pytest.mark.parametrize("private", [False, True], ids=["open", "private"])
@pytest.mark.parametrize("who", WHO)
def test_roles(at_desk, desk, who, private):
    client, before = at_desk(who, private=private), desk.ledger.count
    wrong = {}
    for method, path, whose, said in CELLS:
        if whose == who:
            status = asked(client, method, path)
            if status not in expected(said, private=private):
                wrong[method, path] = status
    assert wrong == {}
    assert desk.ledger.count == before  # nothing was to be written, and nothing was


def test_no_token_is_not_a_low_role(at_desk, desk):
    nobody = at_desk().post("/api/v1/review", json={})
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"] == 'Bearer realm="filiation"'
    assert nobody.json()["detail"] == "This takes the token of a reviewer: send it as 'Authorization: Bearer TOKEN'."
    for kind in (
        "Bearer nonsense",
        "Bearer ",
        "Basic abc",
        f"Bearer {desk.tokens['reviewer']}x",
        "Bearer \u00e9".encode("latin-1"),
    ):
        answer = at_desk().post("/api/v1/review", json={}, headers={"authorization": kind})
        assert answer.status_code == 401, kind
    assert (
        'error="invalid_token"'
        in at_desk().get("/api/v1/me", headers={"authorization": "Bearer x"}).headers["www-authenticate"]
    )
    low = at_desk("reader").post("/api/v1/review", json={})
    assert low.status_code == 403
    assert "It takes a reviewer" in low.json()["detail"]


@pytest.mark.parametrize("where", ["?token={}", "?access_token={}"])
def test_a_token_in_an_address_is_none(at_desk, desk, where):
    answer = at_desk().get("/api/v1/me" + where.format(desk.tokens["reviewer"]))
    assert answer.status_code == 401


def test_a_revoked_token_opens_nothing_any_more(at_desk, desk):
    reviewer = at_desk("reviewer")
    assert reviewer.get("/api/v1/me").json() == {"schema": "filiation/me/v1", "name": "the reviewer", "role": "reviewer"}
    done = at_desk("administrator").post("/api/v1/tokens/revoke", json={"name": "the reviewer", "why": "left"})
    assert [token["state"] for token in done.json()["tokens"]] == ["valid", "revoked", "valid"]
    assert reviewer.get("/api/v1/me").status_code == 401
    assert reviewer.post("/api/v1/review/5/comment", json={"text": "one more"}).status_code == 401


def test_a_token_ends_by_itself(at_desk, desk):
    made = at_desk("administrator").post(
        "/api/v1/tokens", json={"name": "guest", "role": "reviewer", "until": "2024-07-13T00:00:00+09:00"}
    )
    assert made.status_code == 201
    guest = {"authorization": f"Bearer {made.json()['token']}"}
    assert at_desk().get("/api/v1/me", headers=guest).json()["name"] == "guest"
    desk.clock.pass_days(1)
    assert at_desk().get("/api/v1/me", headers=guest).status_code == 401


def test_secrets_are_told_once_and_kept_nowhere(at_desk, desk):
    boss = at_desk("administrator")
    made = boss.post("/api/v1/tokens", json={"name": "new", "role": "reader"})
    secret = made.json()["token"]
    assert made.headers["cache-control"] == "no-store"
    told = boss.get("/api/v1/tokens")
    assert told.headers["cache-control"] == "no-store"
    everything = told.text + boss.get("/api/v1/ledger").text + boss.get("/api/v1/ledger/verified").text
    from filiation.ledger.person import secret_hash

    assert secret not in everything
    assert secret_hash(secret) not in everything
    assert secret.encode() not in desk.path.read_bytes()


def test_a_private_server_needs_a_ledger(charted, tmp_path):
    from filiation.core.errors import FiliationError
    from filiation.server.app import create_app

    with pytest.raises(FiliationError, match=r"There is no ledger at nothing\.db yet"):
        create_app(charted, ledger=tmp_path / "nothing.db", private=True)
    with pytest.raises(FiliationError, match=r"There is no ledger at ledger\.db yet"):
        create_app(charted, private=True)
