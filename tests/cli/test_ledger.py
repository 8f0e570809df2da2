"""The verbs of the ledger, told as one story: found, decided, overridden, ended, proven."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

import jsonschema
import msgspec
import pytest

from filiation.cli import module_of, spelled

LEDGER_VERBS = {verb for verb in spelled() if verb.split()[0] in ("review", "ledger")}


@pytest.fixture
def ask(run, tmp_path):
    """Ask a verb and return its document, which is of its schema; note which verbs were asked."""
    asked = set()

    def ask(*words: object, code: int = 0) -> dict:
        done = run(*words, "--json", atlas=tmp_path)
        assert done.returncode == code, done.stderr
        verb = max((verb for verb in LEDGER_VERBS if " ".join(map(str, words)).startswith(verb)), key=len)
        asked.add(verb)
        module, name = module_of(verb).ANSWER.split(":")
        answer = json.loads(done.stdout)
        jsonschema.validate(answer, msgspec.json.schema(getattr(import_module(module), name)))
        assert next(iter(answer)) == "schema"
        return answer

    ask.asked = asked
    return ask


def test_the_story_of_a_ledger(ask, run, tmp_path):
    begun = ask("ledger", "init", "--name", "chief")
    assert (begun["name"], begun["role"]) == ("chief", "administrator")
    opened = ask("review", "open", "o/a", "license-missing", "--message", "no license", "--evidence", "README.md")["items"][0]
    item = opened["id"]
    assert (opened["subject"], opened["state"], opened["evidence"]) == ("model:o/a", "open", ["README.md"])
    assert ask("review", "assign", item, "bob", "--due", "2099-01-01")["items"][0]["owner"] == "bob"
    assert ask("review", "comment", item, "asked the author")["items"][0]["comments"] == 1
    assert [each["id"] for each in ask("review", "list", "--owner", "bob")["items"]] == [item]
    waived = ask("review", "waive", item, "--until", "2099-01-01", "--why", "pilot only")["items"][0]
    assert (waived["state"], waived["decided"]["until"]) == ("waived", "2099-01-01T23:59:59")
    assert ask("review", "list")["items"] == []
    assert ask("review", "show", item)["items"] == [waived]
    for verb, state in (("reopen", "open"), ("reject", "rejected"), ("approve", "approved")):
        assert ask("review", verb, item, "--why", "seen")["items"][0]["state"] == state
    settled = ask("review", "override", "o/b", "license", "apache-2.0", "--why", "the author wrote so")["items"][0]
    assert (settled["decided"]["predicate"], settled["decided"]["value"]) == ("license", "apache-2.0")
    by_number = ask("review", "override", item, "license", "mit", "--why", "read the file")["items"][0]
    assert (by_number["id"], by_number["state"]) == (item, "overridden")
    assert len(ask("review", "list", "--state", "all")["items"]) == 2
    told = ask("review", "history", item)
    assert [made["action"] for made in told["entries"]] == ["open", "assign", "comment", *["decide"] * 5]
    assert {made["via"] for made in told["entries"]} == {"local"}
    assert ask("review", "expire")["items"] == []

    token = ask("ledger", "token", "add", "bob", "--role", "reviewer", "--until", "2099-01-01")["token"]
    assert [each["name"] for each in ask("ledger", "token", "list")["tokens"]] == ["chief", "bob"]
    assert ask("ledger", "token", "revoke", "bob")["tokens"][0]["state"] == "revoked"
    log = ask("ledger", "log", "--after", "1", "--limit", "3")["entries"]
    assert [made["number"] for made in log] == [2, 3, 4]
    assert token not in json.dumps(ask("ledger", "log"))

    kept = tmp_path / "kept.json"
    signed = ask("ledger", "checkpoint", "--output", kept)
    assert json.loads(kept.read_text()) == signed
    said = ask("ledger", "verify", "--checkpoint", kept, "--signer", signed["key"])
    assert (said["intact"], said["first_broken"], said["proven"], said["entries"]) == (
        True,
        None,
        signed["entry"],
        signed["entry"] + 1,
    )
    assert ask.asked == LEDGER_VERBS

    _change(tmp_path / "ledger.db", item)
    said = ask("ledger", "verify", code=1)
    assert (said["intact"], said["first_broken"], said["entries"]) == (False, item, item - 1)
    done = run("review", "list", atlas=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"broken at entry {item}" in done.stderr


def _change(ledger: Path, number: int) -> None:
    with closing(sqlite3.connect(ledger)) as con:
        con.execute("DROP TRIGGER entry_stays")
        con.execute("UPDATE entry SET subject = 'model:o/z' WHERE number = ?", [number])
        con.commit()


def test_a_review_takes_what_the_atlas_found_and_says_when_that_is_gone(run, chart, dump, tmp_path):
    def charted(*, audited: bool = True, **fields: object) -> Path:
        source = dump(tmp_path / "models.jsonl", [{"id": "o/a", "tags": [], **fields}])
        return chart(tmp_path / "a.atlas", source, audited=audited)

    def asked(*words: object) -> dict:
        done = run(*words, "--json", atlas=atlas)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    atlas = charted()
    item = asked("review", "open", "o/a", "license-missing", "--severity", "low")["items"][0]
    assert (item["confidence"], item["evidence"]) != (1.0, [])  # what a check says, and not what was typed
    assert item["message"]
    assert item["evidence"] == ["field/license"]
    assert "read at the field license" in run("review", "show", item["id"], atlas=atlas).stdout
    own = asked("review", "open", "o/a", "smells-odd", "--message", "It does.")["items"][0]
    assert own["message"] == "It does."
    assert asked("review", "list")["gone"] == []
    charted(tags=["license:mit"])
    assert asked("review", "list")["gone"] == [item["id"]]
    assert "open, gone" in run("review", "list", atlas=atlas).stdout
    assert "The finding is gone" in run("review", "show", item["id"], atlas=atlas).stdout
    assert "gone" not in run("review", "show", own["id"], atlas=atlas).stdout
    run("review", "approve", item["id"], "--why", "the owner declared one", atlas=atlas)
    assert asked("review", "list", "--state", "all")["gone"] == []
    charted(audited=False, downloads=7)
    run("review", "reopen", item["id"], "--why", "to see", atlas=atlas)
    assert asked("review", "list")["gone"] is None, "the checks did not run: nobody can tell"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["review", "list"], "no ledger"),
        (["ledger", "verify"], "no ledger"),
        (["review", "list", "--ledger", "mysql://x/y"], "no kind of ledger"),
        (["review", "list", "--ledger", "postgresql://u:secret@127.0.0.1:1/x"], "FILIATION_TOKEN"),
        (["review", "open", "a/b/c", "license-missing"], "not a repository name"),
        (["review", "override", "o/a", "license", "no-such", "--why", "x"], "no license that we know"),
        (["review", "override", "o/a", "base_model", "o/b", "--why", "x"], "can be settled is license and license-use."),
        (["audit", "o/a", "--ledger", "postgresql://u:secret@127.0.0.1:1/x"], "FILIATION_TOKEN"),
        (["review", "open", "o/a", "c", "--due", "soon"], "no date"),
        (["ledger", "verify", "--checkpoint", "absent.json"], "no ledger"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(run, tmp_path, words, says):
    done = run(*words, atlas=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_name_cannot_steer_the_terminal(run, tmp_path):
    run("review", "open", "o/a", "c", "--message", "\x1b[31mred \u202e", atlas=tmp_path)
    shown = run("review", "list", atlas=tmp_path).stdout
    assert "red" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
