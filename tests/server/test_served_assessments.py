"""Assessments over HTTP: what is asked, what is answered by whom, and what is refused."""

from __future__ import annotations

import pytest

ADDRESS = "/api/v1/assess/openness/o/base"
QUESTION = "mof.training-code"
BODY = {"question": QUESTION, "value": "yes", "why": "looked", "detail": "MIT", "where": "https://example.org"}


def question(client, id_: str = QUESTION, query: str = "") -> dict:
    groups = client.get(ADDRESS + query).json()["groups"]
    return next(asked for group in groups for asked in group["questions"] if asked["id"] == id_)


def test_kinds_are_told_in_both_languages(client):
    told = {kind["name"]: kind for kind in client.get("/api/v1/assess").json()["kinds"]}
    assert told["openness"] == {"name": "openness", "en": "Openness", "ja": "オープン性", "purposes": []}
    assert all(kind["ja"] and not kind["ja"].isascii() for kind in told.values())


def test_an_assessment_is_the_verbs_own_answer_in_each_language(client):
    english, japanese = client.get(ADDRESS).json(), client.get(f"{ADDRESS}?lang=ja").json()
    assert english["schema"] == "filiation/assess-openness/v1"
    assert (english["ref"], english["lang"], japanese["lang"]) == ("model:o/base", "en", "ja")
    assert [result["value"] for result in english["results"]] == [result["value"] for result in japanese["results"]]


def test_what_a_reviewer_answers_stands_until_it_ends(at_desk, desk):
    ann = at_desk("reviewer")
    assert question(ann)["value"] == "unknown"
    done = ann.post(ADDRESS, json={**BODY, "until": "2024-07-13T00:00:00Z"})
    assert done.status_code == 200, done.text
    (kept,) = done.json()["answers"]
    assert (kept["who"], kept["value"], kept["entry"]) == ("the reviewer", "yes", desk.ledger.count)
    asked = question(at_desk())
    assert (asked["value"], asked["detail"], asked["answered"]["why"]) == ("yes", "MIT", "looked")
    assert asked["evidence"][0] == {"text": "looked", "where": "https://example.org", "basis": None, "confidence": 1.0}
    desk.clock.pass_days(1)
    assert question(at_desk())["value"] == "unknown"


def test_what_was_answered_is_taken_back(at_desk, desk):
    ann = at_desk("reviewer")
    ann.post(ADDRESS, json=BODY)
    assert ann.post(ADDRESS, json={"question": QUESTION, "value": "", "why": "said in error"}).json()["answers"] == []
    assert question(ann)["answered"] is None
    assert [entry.value for entry in desk.ledger.answered("o/base", "openness")] == ["yes", ""]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        (ADDRESS, BODY | {"question": "mof.card"}, 400, "did you mean"),
        (ADDRESS, BODY | {"value": "perhaps"}, 400, "value"),
        (ADDRESS, BODY | {"why": ""}, 400, "why"),
        (ADDRESS, BODY | {"until": "2024-01-01T00:00:00Z"}, 400, "is past"),
        (ADDRESS, BODY | {"more": 1}, 400, "more"),
        ("/api/v1/assess/horoscope/o/base", BODY, 400, "no kind of assessment"),
        ("/api/v1/assess/openness/o/nobody", BODY, 404, "o/nobody"),
    ],
)
def test_what_makes_no_sense_is_refused(at_desk, desk, path, body, status, said):
    before = desk.ledger.count
    answer = at_desk("reviewer").post(path, json=body)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
    assert desk.ledger.count == before


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/assess/horoscope/o/base", 400), ("/api/v1/assess/openness/o/nobody", 404), (f"{ADDRESS}?purpose=fun", 400)],
)
def test_what_is_not_there_is_said_in_a_sentence(client, path, status):
    assert client.get(path).status_code == status


def test_a_page_stands_for_itself_and_strangers_words_stay_words(client):
    answer = client.get("/api/v1/assessment/openness/o/hostile?lang=ja")
    assert answer.headers["content-disposition"] == 'attachment; filename="openness-o-hostile.html"'
    assert '<html lang="ja">' in answer.text
    assert "<script" not in answer.text
    assert not any(word in answer.text for word in (" src=", " href=", "url("))  # it loads nothing


def test_without_a_ledger_an_assessment_is_told_and_no_answer_is_kept(charted, tmp_path):
    from starlette.testclient import TestClient

    from filiation.server.app import create_app

    client = TestClient(create_app(charted), raise_server_exceptions=False)
    assert client.get(ADDRESS).status_code == 200
    assert client.post(ADDRESS, json=BODY).status_code == 401


def test_only_models_are_assessed_and_one_that_the_registry_does_not_have_says_so(client):
    refused = client.get("/api/v1/assess/openness/dataset:o/data")
    assert (refused.status_code, "is no model" in refused.json()["detail"]) == (400, True)
    refused = client.post("/api/v1/assess/openness/dataset:o/data", json=BODY)
    assert (refused.status_code, "is no model" in refused.json()["detail"]) == (400, True)
    assert "subject.held" not in [result["id"] for result in client.get(ADDRESS).json()["results"]]
    first = client.get("/api/v1/assess/risk/gone/away").json()["results"][0]
    assert (first["id"], first["value"]) == ("subject.held", "missing")
