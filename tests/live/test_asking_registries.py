"""How a registry is asked: patiently, within bounds, and nobody else."""

from __future__ import annotations

import time

import pytest
from huggingface_hub import HfApi
from replayed_hub import Faults, record, replayed
from replayed_hub import Hub as Replayed

from filiation.core.errors import FiliationError
from filiation.core.gone import Gone, How
from filiation.core.ref import Kind
from filiation.knowledge import load
from filiation.live.listing import fetch
from filiation.live.spool import Spool
from filiation.registry.live import hub as hubs
from filiation.registry.live.asking import Asker, UnreachableError, retry_after
from filiation.registry.live.hub import Found, Hub, checked_endpoint, may_be_told


@pytest.fixture
def served():
    held = Replayed([record(f"o/m{i}", i, config={"a": i}) for i in range(1, 6)], page=3)
    with replayed(held) as url:
        yield held, url


def test_pages_are_asked_for_in_the_words_of_the_client(served):
    held, url = served
    known = load("live")["hub"]
    theirs = list(HfApi(endpoint=url).list_models(sort="created_at", limit=1_000, expand=known["expand"]["model"]))
    asked = [path for path, _ in held.seen]
    held.seen.clear()
    hub = Hub(url)
    first = hub.page(hub.first(Kind.MODEL, changed=False))
    second = hub.page(first.following, later=True)
    assert [path for path, _ in held.seen] == asked
    assert len(first.rows) + len(second.rows) == len(theirs) == 5
    assert not second.following


def test_a_record_is_asked_for_in_the_words_of_the_client(served):
    held, url = served
    theirs = HfApi(endpoint=url).model_info("o/m1", files_metadata=True, securityStatus=True)
    found = Hub(url).info(Kind.MODEL, "o/m1", whole=True)
    paths = [path.partition("?") for path, _ in held.seen]
    assert paths[0][0] == paths[1][0]
    assert {pair.casefold() for pair in paths[0][2].split("&")} == {pair.casefold() for pair in paths[1][2].split("&")}
    assert isinstance(found, Found)
    assert found.name == theirs.id


def test_what_a_server_asks_to_wait_is_waited(served):
    held, url = served
    held.faults = Faults(retry_after="7", due=["throttled", "throttled"])
    waited: list[float] = []
    hub = Hub(url, sleep=waited.append, chance=max)
    assert hub.page(hub.first(Kind.MODEL, changed=False)).rows
    assert hub.asker.asked.throttled == len(waited) == 2
    assert all(7 * 0.99 < seconds <= 7.7 for seconds in waited)


def test_a_wait_that_is_too_long_ends_the_run_with_a_sentence(served):
    held, url = served
    held.faults = Faults(throttled=1.0, retry_after="90000")
    with pytest.raises(UnreachableError, match="asks to wait 1500 minutes: run the same command again"):
        Hub(url, sleep=lambda _: None).page(f"{url}/api/models")


def test_pauses_grow_and_are_random_and_bounded(served):
    held, url = served
    held.faults = Faults(failed=1.0)
    waited: list[float] = []
    with pytest.raises(UnreachableError, match="given up after 8 attempts"):
        Hub(url, sleep=waited.append, chance=max).page(f"{url}/api/models")
    assert waited == [0.5, 1, 2, 4, 8, 16, 30]


def test_a_listing_that_goes_on_elsewhere_is_not_followed(served, monkeypatch):
    held, url = served
    monkeypatch.setattr(held, "listing", lambda *_: (b"[]", "x>; rel=prev, <https://elsewhere.example/api/models?a=1"))
    with pytest.raises(FiliationError, match="not its own: it was not asked"):
        Hub(url).page(f"{url}/api/models")


def test_a_listing_without_end_ends(served, monkeypatch, tmp_path):
    held, url = served
    monkeypatch.setattr(held, "listing", lambda *_: (b"[]", "same"))
    spool = Spool(tmp_path, "hf", url, Kind.MODEL)
    with spool.held(), pytest.raises(FiliationError, match="does not end"):
        fetch(Hub(url), spool, Kind.MODEL, whole=False, until=time.monotonic() + 60, tell=lambda _: None)


def test_long_answers_and_other_answers_are_refused(served, monkeypatch):
    held, url = served
    asker = Asker(url, {}, hubs._session)
    with pytest.raises(FiliationError, match="more than 0 MB"):
        asker.get(f"{url}/api/models", limit_bytes=10)
    monkeypatch.setattr(held, "listing", lambda *_: (b"<html>", ""))
    with pytest.raises(FiliationError, match="is no listing of a Hub"):
        Hub(url).page(f"{url}/api/models")


def test_a_record_under_another_name_is_a_renamed_one(served):
    held, url = served
    held.rename("models", "o/m1", "p/m1")
    found = Hub(url).info(Kind.MODEL, "o/m1")
    assert isinstance(found, Found)
    assert found.name == "p/m1"
    assert Hub(url).info(Kind.MODEL, "o/nobody") == Gone(How.UNSEEN, "401 RepoNotFound")


@pytest.mark.parametrize("text", ["hub.example.com", "ftp://h", "https://me:secret@h", "https://h?a=1", "http://"])
def test_what_is_no_endpoint_is_refused_without_being_shown_to_others(text):
    with pytest.raises(FiliationError, match="is no address of a registry"):
        checked_endpoint(text)


def test_a_token_is_shown_over_https_or_here(served, monkeypatch):
    held, url = served
    assert may_be_told("https://hub.example.com")
    assert not may_be_told("http://hub.example.com")
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    held.token = "hf_mine"  # noqa: S105  # as in the line above
    Hub(url).page(f"{url}/api/models")
    assert held.seen[-1][1]["authorization"] == "Bearer hf_mine"
    assert Hub("http://hub.example.com").token == ""


def test_seconds_and_dates_are_read():
    assert retry_after("120") == 120
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("soon") is None
