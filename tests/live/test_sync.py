"""Syncs with a Hub: what is listed, looked into and gone, whatever happens on the way."""

from __future__ import annotations

import json
import random
import time
from datetime import datetime
from math import inf
from pathlib import Path

import pytest
from click.testing import CliRunner
from replayed_hub import Faults, record, replayed
from replayed_hub import Hub as Replayed

from filiation.cli import module_of
from filiation.core.errors import AtlasError
from filiation.core.ref import Kind
from filiation.knowledge import load
from filiation.live.listing import fetch
from filiation.live.spool import Spool
from filiation.live.taking import Place, take_listing
from filiation.registry.live.hub import Hub, TokenError
from filiation.store.atlas import Atlas


def models_of(paths: list[str]) -> list[str]:
    return [path for path in paths if "/api/datasets" not in path]


def test_the_first_run_lists_all_and_the_next_only_what_changed(family, synced, ask):
    first = synced(family)
    assert (first.finished, first.listed, first.requests) == (True, 6, 4)
    assert len(models_of(family.asked())) == 3
    family.held.put("models", record("o/new", 1, lastModified="2099-01-01T00:00:00.000Z", tags=["base_model:o/chat"]))
    assert synced(family).requests == 2
    asked = models_of(family.asked())
    assert len(asked) == 1
    assert "sort=lastModified" in asked[0]
    assert ask("SELECT count(*) FROM record WHERE id = 'o/new'") == [(1,)]


def test_a_look_adds_cards_and_headers_and_a_listing_keeps_them_while_the_revision_is_the_same(known, synced, ask):
    assert synced(known, details=2).looked == 3  # two models, and the one data set
    query = "SELECT source, files, body FROM record WHERE id = 'o/base' ORDER BY record_id DESC"
    rows = ask(query)
    assert {source for source, _, _ in rows} == {"hub", "headers"}
    assert "made with care" in next(files for source, files, _ in rows if source == "hub")
    known.asked()
    known.held.put("models", known.held.held["models"]["o/base"] | {"downloads": 10})
    synced(known, whole=True)
    body, files = ask(query.replace("source, files, body", "body, files").replace("ORDER", "AND source = 'hub' ORDER"))[0]
    assert json.loads(body)["downloads"] == 10
    assert "lfs" in json.loads(body)["siblings"][0]
    assert "made with care" in files
    known.held.put("models", known.held.held["models"]["o/base"] | {"sha": "f" * 40})
    synced(known, whole=True)
    assert ask(query.replace("ORDER", "AND source = 'hub' ORDER"))[0][1] is None


def test_how_it_is_gone_is_told_apart(family, synced, ask):
    for number, name in enumerate(("off", "left", "shut", "moved", "again", "deleted"), 10):
        family.held.put("models", record(f"g/{name}", number, tags=["base_model:o/base"]))
    synced(family)
    family.held.drop("models", "g/off", 403, X_Error_Message="Access to this resource is disabled.")
    family.held.drop("models", "g/left", 401, X_Error_Code="RepoNotFound")
    family.held.drop("models", "g/shut", 403)
    family.held.drop("models", "g/deleted", 410)
    family.held.rename("models", "g/moved", "h/moved")  # listed under its number: no request is needed
    family.held.held["models"]["g/again"]["_id"] = "another"
    family.held.rename("models", "g/again", "h/again")
    family.asked()
    done = synced(family, whole=True)
    assert done.gone == {"deleted": 1, "disabled": 1, "private": 1, "renamed": 2, "unseen": 1}
    looks = [path for path in family.asked() if "expand" not in path]
    assert sorted({path.rpartition("/")[2] for path in looks}) == ["again", "deleted", "left", "off", "shut"]
    told = "SELECT id, (body::JSON -> 'filiation:gone') ->> 'to' FROM record WHERE contains(body, 'renamed') ORDER BY id"
    assert ask(told) == [("g/again", "h/again"), ("g/moved", "h/moved")]


def test_what_is_gone_stays_a_node_and_its_children_are_told(known, synced, ask):
    known.held.drop("models", "o/chat")
    synced(known, whole=True, stages=True, audited=True)
    assert ask("SELECT state, downloads, license FROM node WHERE name = 'o/chat'") == [("missing", None, "gemma")]
    edges = "SELECT c.name, p.name FROM edge JOIN node c ON c.node_id = child JOIN node p ON p.node_id = parent"
    assert {("o/chat", "o/base"), ("o/tuned", "o/chat")} <= set(ask(edges))
    found = "SELECT name, check_name FROM finding JOIN node USING (node_id) WHERE name IN ('o/chat', 'o/tuned')"
    assert {("o/chat", "repository-withdrawn"), ("o/tuned", "base-model-withdrawn")} <= set(ask(found))
    assert not {("o/chat", "card-missing"), ("o/chat", "license-missing"), ("o/tuned", "base-model-missing")} & set(ask(found))
    known.held.gone.clear()
    known.held.put("models", record("o/chat", 2, tags=["base_model:o/base"]))
    synced(known, whole=True)
    last = "SELECT arg_max(body, seen_at) FROM record WHERE id = 'o/chat'"
    assert "filiation:gone" not in ask(last)[0][0]


def test_a_name_that_nobody_holds_is_asked_for_once_and_followed(known, synced, ask):
    known.held.moved["old/name"] = "o/other"
    synced(known, details=9, kinds=(Kind.MODEL,), stages=True)
    assert ask("SELECT how FROM reference JOIN claim USING (claim_id) WHERE value = 'old/name'") == [("renamed",)]
    known.asked()
    synced(known, details=9, kinds=(Kind.MODEL,))
    assert not [path for path in known.asked() if "expand" not in path]


def test_a_refused_token_says_nothing_of_repositories(known, synced, ask, monkeypatch, tmp_path):
    known.held.drop("models", "o/leaf")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(TokenError, match="does not accept the token: sign in"):
        synced(known, whole=True)
    monkeypatch.delenv("HF_TOKEN")
    assert ask("SELECT count(*) FROM record") == [(6,)]
    assert "hf_wrong" not in "".join(
        path.read_text(errors="replace") for path in Path().glob("a.atlas/live/**/*") if path.is_file()
    )


def test_a_gated_repository_is_there_and_its_files_are_not(known, synced, ask):
    known.held.held["models"]["o/base"]["gated"] = "manual"
    done = synced(known, details=1, kinds=(Kind.MODEL,))
    assert done.finished
    assert "gated" in ask("SELECT string_agg(reason) FROM skipped")[0][0]


def test_a_place_that_is_known_no_more_begins_the_listing_anew(family, synced):
    family.held.stale_cursors = True
    done = synced(family)
    assert (done.finished, done.listed) == (True, 6)


def test_a_registry_that_does_not_answer_costs_nothing_that_came(family, synced):
    family.held.faults = Faults(failed=1.0)
    done = synced(family)
    assert not done.finished
    assert "run the same command again" in done.stopped
    family.held.faults = Faults()
    assert synced(family).finished


def test_two_runs_keep_out_of_each_others_way(family, synced, tmp_path):
    with Spool(tmp_path / "a.atlas", "hf", family.url, Kind.MODEL).held(), pytest.raises(AtlasError, match="Another run"):
        synced(family)


def test_the_verb_says_what_came_and_exits_with_1_where_it_could_not_go_on(family, tmp_path, monkeypatch):
    monkeypatch.setattr("filiation.live.sync.build", lambda *_, **__: [])
    monkeypatch.setitem(load("live")["patience"], "attempts", 1)
    words = ["--endpoint", family.url, "--atlas", str(tmp_path / "a.atlas"), "--kind", "model", "--details", "0", "--json"]
    family.held.faults = Faults(due=["", "failed"])
    broken = CliRunner().invoke(module_of("sync").command, words)
    assert (broken.exit_code, json.loads(broken.stdout)["finished"]) == (1, False)
    done = CliRunner().invoke(module_of("sync").command, words)
    told = json.loads(done.stdout)
    assert (done.exit_code, told["schema"], told["finished"], told["listed"]) == (0, "filiation/sync/v1", True, 5)
    assert told["requests"] == 2  # the page that came before the failure is not asked for again
    refused = CliRunner().invoke(module_of("sync").command, [*words, "--registry", "a:b"])
    assert "cannot name a registry" in str(refused.exception)


class _KilledError(BaseException):
    pass


def test_ended_anywhere_and_gone_on_it_comes_to_the_same(tmp_path):
    held = Replayed([record(f"o/m{i}", 1 + i % 7, likes=i) for i in range(60)], page=4)
    place, chance = Place("hf", "test", Kind.MODEL), random.Random(3)  # noqa: S311  # no secret

    def listed(folder: Path, url: str, kills: int) -> list[tuple]:
        spool = Spool(folder, "hf", url, Kind.MODEL)
        while True:
            deadline = chance.randrange(1, 4) if kills else inf

            def tell(rows: int, deadline: float = deadline) -> None:
                if rows > 4 * deadline:
                    raise _KilledError

            try:
                with spool.held():
                    assert fetch(Hub(url, sleep=lambda _: None), spool, Kind.MODEL, whole=False, until=inf, tell=tell)
                    with Atlas.open(folder, "create") as atlas:
                        take_listing(atlas, spool, place)
                        return atlas.con.execute("SELECT id, repo_id, body, line FROM record ORDER BY id").fetchall()
            except _KilledError:
                kills -= 1

    with replayed(held) as url:
        calm = listed(tmp_path / "calm.atlas", url, 0)
        assert (len(calm), len(held.seen)) == (60, 15)
        held.seen.clear()
        held.faults = Faults(throttled=0.2, failed=0.1, cut_every=6, seed=1)
        assert listed(tmp_path / "rough.atlas", url, 9) == calm
        good = held.faults.given[""]
        assert good <= 15 + 9


def test_time_that_is_up_ends_a_run_between_pages(family, tmp_path):
    spool = Spool(tmp_path / "a.atlas", "hf", family.url, Kind.MODEL)
    hub = Hub(family.url)
    with spool.held():
        assert not fetch(hub, spool, Kind.MODEL, whole=False, until=time.monotonic() - 1, tell=lambda _: None)
        assert fetch(hub, spool, Kind.MODEL, whole=False, until=inf, tell=lambda _: None)
    assert datetime.fromisoformat(spool.last("pages")[1].began)


def test_looks_that_were_taken_and_not_concluded_do_not_lose_to_a_newer_listing(known, synced, ask, monkeypatch):
    def killed(*_: object) -> None:
        raise _KilledError

    monkeypatch.setattr("filiation.live.sync.conclude", killed)
    with pytest.raises(_KilledError):
        synced(known, details=1, kinds=(Kind.MODEL,))
    monkeypatch.undo()
    synced(known, whole=True, kinds=(Kind.MODEL,))
    last = "SELECT files FROM record WHERE id = 'o/base' AND source = 'hub' ORDER BY seen_at DESC LIMIT 1"
    assert "made with care" in ask(last)[0][0]
    known.asked()
    synced(known, details=1, kinds=(Kind.MODEL,))
    assert not any("/o/base/resolve" in path for path in known.asked())


def test_a_plan_that_was_begun_is_brought_to_its_end(known, synced, monkeypatch):
    monkeypatch.setattr("filiation.live.looking.PER_PAGE", 1)
    with monkeypatch.context() as patched:
        patched.setattr("filiation.live.looking.AT_ONCE", 1)
        known.held.faults = Faults(due=["", *["failed"] * 9])  # the page of the listing comes, and then nothing
        assert not synced(known, details=2, kinds=(Kind.MODEL,)).finished
    known.held.faults = Faults()
    known.asked()
    assert synced(known, details=2, kinds=(Kind.MODEL,)).looked == 2
    assert synced(known, details=1, kinds=(Kind.MODEL,)).looked == 1
