"""Reviews over HTTP: what is asked, what is written, what that does to an audit, and what is refused."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from filiation.ledger.store import open_ledger
from filiation.server.app import create_app
from filiation.store.atlas import Atlas

WAIVED = {"decision": "waive", "why": "the owner was asked", "until": "2024-07-20T00:00:00Z"}


def checks_of(client, ref: str = "o/orphan") -> dict[str, bool]:
    """Return which checks an audit names, and whether they are waived."""
    (target,) = client.get(f"/api/v1/audit/{ref}").json()["targets"]
    return {finding["check"]: finding["waived"] is not None for finding in target["findings"]}


def opened(client, check: str = "base-model-missing", ref: str = "model:o/orphan", **more) -> dict:
    answer = client.post("/api/v1/review", json={"subject": ref, "check": check, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["review"]


def test_a_review_stands_on_the_evidence_of_the_atlas(at_desk, desk):
    ann = at_desk("reviewer")
    review = opened(ann, message="", evidence=["made up"], severity="critical")
    found = next(item for item in ann.get("/api/v1/show/o/orphan").json()["findings"] if item["check"] == "base-model-missing")
    item = review["item"]
    assert (item["message"], item["evidence"], item["severity"]) == (found["message"], found["locations"], found["severity"])
    assert item["opened_by"] == "the reviewer"
    assert review["topic"] == "dependencies"
    assert opened(ann)["item"]["id"] == item["id"]  # asked twice, opened once
    (entry,) = [entry for entry in desk.ledger.history(item["id"]) if entry.action == "open"]
    assert (entry.role, entry.via.partition(":")[0]) == ("reviewer", "token")


def test_where_it_was_read_is_said_in_each_language(at_desk):
    answer = at_desk("reviewer").get(f"/api/v1/review/{opened(at_desk('reviewer'))['item']['id']}").json()
    (place,) = answer["places"]
    assert place["place"] == answer["review"]["item"]["evidence"][0]
    assert "model:o/orphan" in place["en"]
    assert place["en"].isascii()
    assert "model:o/orphan" in place["ja"]
    assert not place["ja"].isascii()
    assert place["place"] not in place["en"]


def test_what_the_atlas_does_not_know_is_opened_as_it_was_said(at_desk):
    review = opened(
        at_desk("reviewer"), "smells-odd", "model:no/where", message="It does.", evidence=["a rumour"], severity="low"
    )
    assert review["item"]["evidence"] == ["a rumour"]
    (place,) = at_desk("reviewer").get(f"/api/v1/review/{review['item']['id']}").json()["places"]
    assert place == dict.fromkeys(("place", "en", "ja"), "a rumour")
    assert (review["node"], review["risk"], review["topic"]) == (None, None, None)


def test_an_item_whose_finding_is_gone_says_so(at_desk, own, desk):
    ann = at_desk("reviewer")
    found, ours, lost = (opened(ann, check)["item"]["id"] for check in ("base-model-missing", "smells-odd", "license-removed"))
    told = {review["item"]["id"]: review["is_gone"] for review in ann.get("/api/v1/review").json()["items"]}
    assert [told[item] for item in (found, ours, lost)] == [False, False, True]
    assert ann.get(f"/api/v1/review/{lost}").json()["review"]["is_gone"] is True
    with Atlas.open(own, "write") as atlas:
        client = TestClient(create_app(own, ledger=desk.path, clock=desk.clock))
        assert client.get(f"/api/v1/review/{lost}").json()["review"]["is_gone"] is None, "while it is written nobody can tell"
        assert atlas.path == own


def test_a_waiver_counts_until_its_end_and_is_open_again_by_itself(at_desk, desk):
    ann = at_desk("reviewer")
    item = opened(ann)["item"]["id"]
    assert checks_of(ann)["base-model-missing"] is False
    done = ann.post(f"/api/v1/review/{item}/decision", json=WAIVED)
    assert done.json()["review"]["item"]["state"] == "waived"
    assert checks_of(ann)["base-model-missing"] is True
    desk.clock.pass_days(7)
    assert checks_of(ann)["base-model-missing"] is True
    desk.clock.pass_days(1)
    assert checks_of(ann)["base-model-missing"] is False
    assert ann.get(f"/api/v1/review/{item}").json()["review"]["item"]["state"] == "expired"
    assert item in [review["item"]["id"] for review in ann.get("/api/v1/review?state=waiting").json()["items"]]
    history = ann.get(f"/api/v1/review/{item}").json()["history"]
    assert [(line["action"], line["who"], line["why"]) for line in history] == [
        ("open", "the reviewer", ""), ("decide", "the reviewer", "the owner was asked"),
    ]  # fmt: skip


def test_an_override_reaches_the_licence_and_the_audit(at_desk):
    ann = at_desk("reviewer")
    item = opened(ann, "claim:license-use", "model:o/merge", message="May we?")["item"]["id"]
    body = {"decision": "override", "why": "they told us", "predicate": "license-use", "value": "yes: internal"}
    assert ann.post(f"/api/v1/review/{item}/decision", json=body).status_code == 200
    told = ann.get("/api/v1/license/o/merge?use=internal").json()
    assert told["verdict"]["answer"] == "yes"
    assert told["verdict"]["decided"]["who"] == "the reviewer"
    assert [made["value"] for made in told["decisions"]] == ["yes: internal"]
    (target,) = ann.get("/api/v1/audit/o/merge").json()["targets"]
    assert [made["why"] for made in target["overrides"]] == ["they told us"]


def test_comments_owners_and_dates(at_desk):
    ann = at_desk("reviewer")
    ann.post("/api/v1/review/5/comment", json={"text": "I asked <b>them</b>."})
    given = ann.post("/api/v1/review/5/owner", json={"owner": "bob", "due": "2024-07-11T00:00:00Z"}).json()
    assert given["review"]["item"]["owner"] == "bob"
    assert given["review"]["is_overdue"]
    assert [(line["action"], line["why"], line["value"]) for line in given["history"]][1:] == [
        ("comment", "I asked <b>them</b>.", ""), ("assign", "", "bob"),
    ]  # fmt: skip


def test_the_queue_is_filtered_and_the_riskiest_comes_first(at_desk):
    ann = at_desk("reviewer")
    many = opened(ann, "license-missing", "model:o/base", message="m", severity="low")["item"]["id"]
    odd = opened(ann, "smells-odd", "model:no/where", owner="bob", due="2024-07-10T00:00:00Z")["item"]["id"]
    ids = lambda query: [review["item"]["id"] for review in ann.get(f"/api/v1/review{query}").json()["items"]]  # noqa: E731
    assert ids("") == [odd, many, 5]  # what is not known may be the worst; a little times 125 is more than much times one
    assert ids("?order=newest") == [odd, many, 5]
    assert ids("?order=due") == [odd, 5, many]
    assert ids("?owner=bob") == ids("?due=overdue") == ids("?due=week") == ids("?ref=model:no/where") == [odd]
    assert ids("?owner=-&limit=1&offset=1") == [5]
    assert ids("?topic=dependencies") == [5]
    ann.post(f"/api/v1/review/{many}/decision", json={"decision": "reject", "why": "it is there"})
    assert ids("?state=rejected") == [many]
    assert ids("?state=waiting") == [odd, 5]
    counts = ann.get("/api/v1/review?state=waiting").json()
    assert (counts["total"], counts["states"], counts["owners"]) == (2, {"open": 2, "rejected": 1}, {"-": 2, "bob": 1})


REFUSED = [
    ({"decision": "waive", "why": "x"}, "A waiver needs a date on which it ends"),
    ({"decision": "waive", "why": "x", "until": "2024-01-01T00:00:00Z"}, "is past"),
    ({"decision": "approve", "why": " "}, "needs a reason"),
    ({"decision": "approve", "why": ""}, "The field 'why' is not right"),
    ({"decision": "approve"}, "The field 'why' is missing."),
    ({"decision": "forget", "why": "x"}, "The field 'decision' is not right"),
    ({"decision": "approve", "why": "x", "who": "somebody else"}, "There is no field 'who'"),
    ({"decision": "override", "why": "x"}, "To override says what is settled"),
    ({"decision": "override", "why": "x", "predicate": "license", "value": "none-such"}, "no license that we know"),
    ({"decision": "approve", "why": "x", "until": "2030-01-01T00:00:00"}, "The field 'until' is not right"),
    ({"decision": "approve", "why": "\u0000"}, "zero byte"),
    ([], "The fields are not right"),
]


@pytest.mark.parametrize(("body", "sentence"), REFUSED)
def test_decisions_that_make_no_sense_are_refused_in_a_sentence(at_desk, desk, body, sentence):
    before = desk.ledger.count
    answer = at_desk("reviewer").post("/api/v1/review/5/decision", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert sentence in answer.json()["detail"]
    assert desk.ledger.count == before


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"\xff", {}, 400),
        (b"[" * 50_000, {}, 400),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"{}", {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"content-type": ""}, 415),
        (b'{"text": "' + b"x" * 70_000 + b'"}', {}, 413),
        (b"{}", {"origin": "https://evil.example"}, 403),
        (b"{}", {"origin": "null"}, 403),
        (b"{}", {"origin": "http://testserver.evil.example"}, 403),
        (b"{}", {"sec-fetch-site": "cross-site"}, 403),
        (b"{}", {"sec-fetch-site": "same-site"}, 403),
        (b'{"text": "hello"}', {"origin": "http://testserver", "sec-fetch-site": "same-origin"}, 200),
        (b'{"text": "hello"}', {"content-type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_requests_that_would_write_are_looked_at_first(at_desk, desk, content, headers, status):
    before = desk.ledger.count
    given = {"content-type": "application/json"} | headers
    answer = at_desk("reviewer").post("/api/v1/review/5/comment", content=content, headers=given)
    assert answer.status_code == status, answer.text
    assert desk.ledger.count == before + (status == 200)


def test_a_body_that_does_not_say_how_long_it_is_ends_somewhere(at_desk, desk):
    def endless():
        yield b'{"text": "'
        for _ in range(100):
            yield b"x" * 10_000
        yield b'"}'

    answer = at_desk("reviewer").post(
        "/api/v1/review/5/comment", content=endless(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413


def test_there_may_be_no_ledger_yet(charted, tmp_path, own):
    client = TestClient(create_app(own), raise_server_exceptions=False)
    for path in ("/api/v1/review", "/api/v1/ledger", "/api/v1/review/1"):
        assert client.get(path).status_code == 404
        assert client.get(path).json()["detail"] == "There is no ledger at ledger.db yet: 'filiation ledger init' makes one."
    assert client.get("/api/v1/me", headers={"authorization": "Bearer x"}).status_code == 401
    assert client.get("/api/v1/audit/o/base").status_code == 200
    ledger = open_ledger(own / "ledger.db", create=True)  # it is made while the server runs
    secret = ledger.add_token("ann", "reviewer", "root", "administrator")
    assert client.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"}).json()["name"] == "ann"
    assert client.get("/api/v1/review").json()["total"] == 0


def test_a_broken_ledger_is_believed_in_nothing(at_desk, desk):
    import sqlite3

    ann = at_desk("reviewer")
    with sqlite3.connect(desk.path) as con:
        tables = [row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        entry = next(table for table in tables if "why" in [row[1] for row in con.execute(f"PRAGMA table_info({table})")])
        for (trigger,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            con.execute(f"DROP TRIGGER {trigger}")
        con.execute(f"UPDATE {entry} SET who = 'mallory' WHERE number = 5")
    for path in ("/api/v1/review", "/api/v1/audit/o/base", "/api/v1/license/o/base"):
        answer = ann.get(path)
        assert answer.status_code == 503, answer.text
        assert "broken at entry 5" in answer.json()["detail"]
    assert ann.get("/api/v1/place/o/base").status_code == 200


def test_audits_say_the_policy_and_the_language(at_desk):
    client = at_desk()
    told = client.get("/api/v1/audit/o/merge?policy=product&lang=ja").json()
    assert (told["policy"], told["lang"]) == ("product", "ja")
    assert told["targets"][0]["verdict"] in {"review", "block"}
    for policy in ("../../etc/passwd", "/etc/passwd", "nothing", "internal.toml"):
        answer = client.get("/api/v1/audit/o/merge", params={"policy": policy})
        assert answer.status_code == 400
        assert "name one of internal, pilot, product" in answer.json()["detail"]
    assert client.get("/api/v1/audit/o/mergee").json()["suggestions"][0] == "model:o/merge"
    report = client.get("/api/v1/report/o/merge?lang=ja")
    assert report.headers["content-disposition"] == 'attachment; filename="audit-o-merge.html"'
    assert "o/merge" in report.text


def test_an_own_policy_is_one_to_choose(charted, tmp_path):
    policy = tmp_path / "ours.toml"
    policy.write_text(
        'extends = ["pilot"]\ntitle.en = "Ours."\n[findings.severity]\nmedium = "block"\nhigh = "block"\n', encoding="utf-8"
    )
    client = TestClient(create_app(charted, policies=[str(policy)]), raise_server_exceptions=False)
    told = client.get("/api/v1/policies").json()
    assert told["default"] == "ours"
    assert [item["name"] for item in told["policies"]] == ["ours", "internal", "pilot", "product"]
    assert client.get("/api/v1/audit/o/orphan").json()["targets"][0]["verdict"] == "block"


def test_the_registry_by_risk(at_desk):
    told = at_desk().get("/api/v1/risk?limit=3").json()
    assert [item["risk"] for item in told["risks"]] == sorted((item["risk"] for item in told["risks"]), reverse=True)
    assert told["total"] > 3
    rest = at_desk().get("/api/v1/risk?limit=1&offset=2").json()
    assert rest["risks"] == told["risks"][2:]
    models = at_desk().get("/api/v1/risk?kind=model").json()
    assert {item["ref"].partition(":")[0] for item in models["risks"]} == {"model"}
    assert at_desk().get("/api/v1/risk?kind=space").status_code == 400


def test_words_are_there_in_both_languages(client):
    told = json.loads(client.get("/api/v1/wording").text)
    assert told["terms"]["non-commercial"]["ja"] != told["terms"]["non-commercial"]["en"]
    finding = client.get("/api/v1/show/o/orphan").json()["findings"][0]
    words = told["checks"][finding["check"]]
    message = words["en"]["message"]
    for place, detail in enumerate(finding["details"]):
        message = message.replace(f"{{{place}}}", detail)
    assert message == finding["message"]
    assert told["attributes"]["provenance"]["factors"]["dataset-details"]["parts"]["dataset-named"]["ja"]
