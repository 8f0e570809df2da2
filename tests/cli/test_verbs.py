"""Every verb keeps the contract: help, exit codes, JSON of its own schema, one sentence when it cannot."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import import_module

import jsonschema
import msgspec
import pytest

from filiation.cli import module_of, spelled

VERBS = spelled()
QUESTIONS = {
    "advisories": [],
    "assess cost": ["ada/llama-8b"],
    "assess openness": ["ada/llama-8b"],
    "assess regulation": ["ada/llama-8b"],
    "assess risk": ["ada/llama-8b"],
    "audit": ["ada/llama-8b", "--fail-on", "never"],
    "build": [],
    "critical": [],
    "diff": ["2024-07-01", "2024-07-12"],
    "export cyclonedx": ["ada/llama-8b"],
    "export spdx": ["ada/llama-8b"],
    "find": ["llama"],
    "history": ["ada/llama-8b", "--last", "0"],
    "impact": ["ada/llama-8b"],
    "info": [],
    "license": ["ada/llama-8b", "--for", "internal", "--under", "mit"],
    "licenses": [],
    "risk": [],
    "show": ["eve/llama-8b-trinity"],
    "stats": [],
    "predict": ["eve/llama-8b-trinity"],
    "scores": ["eve/llama-8b-trinity"],
    "trace": ["eve/llama-8b-trinity", "--depth", "1"],
    "watch": ["--since", "2024-07-01"],
}
MAKERS = ("card lint", "card new", "chart", "demo", "ingest")
EXPORTERS = tuple(verb for verb in VERBS if verb.split()[0] == "export")
"""Verbs that write files for others: test_export_files.py and its neighbors try each of them."""
DECIDERS = tuple(verb for verb in VERBS if verb.split()[0] in ("review", "ledger"))
"""Verbs of the ledger: test_ledger.py tries each of them."""
READERS = (
    "checks", "identify", "measure", "measure portability", "name", "policy check", "policy list", "policy show", "scan",
    "uses",
)  # fmt: skip
"""Verbs that ask no atlas: their own tests try them."""
WEIGHERS = tuple(verb for verb in VERBS if verb.split()[0] == "weights")
"""Verbs about weights: test_weights.py tries each of them."""
SIGNERS = ("sign", "verify")
"""Verbs about signatures: test_signing_verbs.py tries each of them."""
PILOTS = ("assess pilot", *(verb for verb in VERBS if verb.split()[0] == "pilot"))
"""Verbs about models on their way into use: tests/pilot tries each of them."""
FLEET = tuple(verb for verb in VERBS if verb.split()[0] == "fleet")
"""Verbs about heavy work: tests/fleet tries each of them."""
LIVE = ("sync",)
"""Verbs that ask a registry: tests/live tries each of them."""
KEPT_APART = ("views",)
"""Verbs about who sees what: tests/access tries each of them."""
KEEPERS = ("backup", "restore")
"""Verbs that keep a whole atlas: test_backup.py tries each of them."""
SERVERS = ("mcp", "serve")
"""Verbs that answer with no document."""


def answer_type(verb: str) -> type:
    module, name = module_of(verb).ANSWER.split(":")
    return getattr(import_module(module), name)


def test_every_verb_is_tried():
    tried = {
        *QUESTIONS, *MAKERS, *EXPORTERS, *DECIDERS, *READERS, *PILOTS, *SIGNERS, *WEIGHERS, *FLEET, *LIVE, *KEPT_APART,
        *KEEPERS,
    }  # fmt: skip
    assert set(VERBS) - set(SERVERS) == tried


@pytest.mark.parametrize("verb", VERBS)
def test_help(run, verb):
    done = run(*verb.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: filiation {verb}")
    if verb not in SERVERS:
        assert "--json" in done.stdout


def test_help_of_all(run):
    done = run("--help")
    assert done.returncode == 0
    for verb in VERBS:
        assert f"\n  {verb.split()[0]} " in done.stdout


def valid(done, verb: str) -> dict:
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert next(iter(answer.items())) == ("schema", f"filiation/{'chart' if verb == 'demo' else verb.replace(' ', '-')}/v1")
    jsonschema.validate(answer, msgspec.json.schema(answer_type(verb)))
    return answer


@pytest.mark.parametrize("verb", QUESTIONS)
def test_answers_are_of_their_schema(run, small, verb):
    valid(run(*verb.split(), *QUESTIONS[verb], "--json", atlas=small), verb)


def test_makers_answer_by_their_schema(run, family, tmp_path):
    ingested = valid(run("ingest", family, "--json", atlas=tmp_path / "a"), "ingest")
    assert (ingested["seen"], ingested["added"]) == (9, 9)
    built = valid(run("build", "--json", atlas=tmp_path / "a"), "build")
    assert {"extract", "lineage", "search"} <= {stage["name"] for stage in built["stages"]}
    assert valid(run("build", "--json", atlas=tmp_path / "a"), "build")["stages"] == []
    charted = valid(run("chart", family, "--json", atlas=tmp_path / "a"), "chart")
    assert (charted["records"], charted["unchanged"], charted["edges"]) == (9, 9, 10)
    again = valid(run("build", "--from", "lineage", "--json", atlas=tmp_path / "a"), "build")
    assert "extract" not in {stage["name"] for stage in again["stages"]}


def test_the_demo_charts_and_tells(run, demo, tmp_path):
    answer = valid(demo.done, "demo")
    assert answer["models"] > 20_000
    told = run("demo", atlas=shutil.copytree(demo.atlas, tmp_path / "a"))  # others read the first
    assert told.returncode == 0
    commands = [line.split("#")[0].split()[1:] for line in told.stdout.splitlines() if line.startswith("  filiation ")]
    assert len(commands) >= 4
    for words in commands:  # what it says to try next works
        if words[0] not in SERVERS:
            done = run(*words)
            assert (done.returncode, done.stderr) == (words[0] == "audit", ""), words  # the audit objects


def could_not(done, *words: str) -> None:
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "unforeseen" not in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("verb", ["trace", "impact", "show"])
def test_an_unknown_name_suggests_the_nearest(run, small, verb):
    could_not(
        run(verb, "eve/lama-8b-trinty", atlas=small), "There is no model:eve/lama-8b-trinty", "model:eve/llama-8b-trinity"
    )
    could_not(run(verb, "nobody/nothing", atlas=small), "filiation find nobody/nothing")


@pytest.mark.parametrize(
    "ref", ["a b", "person:o/m", "a/b/c", "", "../x", "o/m@", "hf:x:model:o/m", "x" * 300, "o/\x1b[31mred"]
)
def test_what_is_no_name(run, small, ref):
    done = run("trace", ref, atlas=small)
    could_not(done)
    assert "\x1b" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_names_in_other_forms(run, small):
    for ref in ("EVE/llama-8b-TRINITY", "model:eve/llama-8b-trinity", "hf:model:eve/llama-8b-trinity"):
        assert run("trace", ref, atlas=small).stdout.startswith("model:eve/llama-8b-trinity: 4 ancestors")
    for ref in ("chain/raw", "dataset:chain/raw"):
        assert run("impact", ref, atlas=small).stdout.startswith("dataset:chain/raw: 3 stand on it")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "--from", "harvest"], "extract"),
        (["trace", "ada/llama-8b", "--as-of", "yesterday"], "is no date"),
        (["trace", "ada/llama-8b", "--as-of", "2024-13-01"], "is no date"),
        (["trace", "ada/llama-8b", "--depth", "0"], "--depth"),
        (["critical", "--by", "fame"], "--by"),
        (["critical", "--top", "0"], "--top"),
        (["trace"], "REF"),
        (["trace", "ada/llama-8b", "--sideways"], "--sideways"),
        (["prophesy"], "prophesy"),
    ],
)
def test_bad_arguments(run, small, words, said):
    could_not(run(*words, **({} if words == ["prophesy"] else {"atlas": small})), said)


def test_bad_sources(run, family, tmp_path):
    atlas = tmp_path / "a"
    could_not(run("chart", tmp_path / "nothing.jsonl", atlas=atlas), "nothing.jsonl is not there")
    could_not(run("chart", family, "--at", "soon", atlas=atlas), "is no date")
    could_not(run("chart", family, "--kind", "poem", atlas=atlas), "--kind")
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    could_not(run("chart", tmp_path / "notes.csv", atlas=atlas), "of no kind that can be read")
    (tmp_path / "things.jsonl").write_text('{"id": "o/a"}\n')
    could_not(run("chart", tmp_path / "things.jsonl", atlas=atlas), "say --kind")
    assert run("chart", tmp_path / "things.jsonl", "--kind", "model", atlas=atlas).returncode == 0


def test_debug_shows_where(run, tmp_path):
    done = run("--debug", "info", atlas=tmp_path / "nothing")
    assert done.returncode != 0
    assert "Traceback" in done.stderr
    assert "AtlasError" in done.stderr


def test_the_variable_names_the_atlas(small, command):
    environment = {"FILIATION_ATLAS": str(small), "PATH": ""}
    done = subprocess.run([*command, "info", "--json"], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tables"]["record"] == 14


def test_progress_and_messages_go_to_standard_error(run, tmp_path, dump):
    source = dump(tmp_path / "models.jsonl", [{"id": "o/a", "pipeline_tag": "x"}, "not json"])
    done = run("chart", source, "--json", atlas=tmp_path / "a")
    json.loads(done.stdout)
    told = run("ingest", source, atlas=tmp_path / "a")
    assert "skipped" in told.stderr
    assert "not JSON" not in told.stdout


def test_a_hostile_name_does_not_steer_the_terminal(run, tmp_path, dump):
    evil = "\x1b[2J\x1b]0;owned\x07\u202e\x9b31m\r\b"
    bodies = [
        {"id": "o/a", "pipeline_tag": evil, "library_name": evil, "tags": [f"base_model:{evil}", f"license:{evil}"]},
        {"id": "o/d", "tags": [f"dataset:{evil}"]},
        {"id": f"o/{evil}"},
        {"id": "o/b", "cardData": {"base_model": f"x/{evil}", "license": evil}, "tags": ["base_model:o/b"]},
    ]  # fmt: skip
    folder = tmp_path / "in"
    folder.mkdir()
    dump(folder / "models.jsonl", bodies)
    dump(folder / f"models{evil}.jsonl", [{"id": "o/c", "pipeline_tag": "x"}, "not json"])
    atlas = tmp_path / "a"
    words = [
        ("chart", folder), ("show", "o/a"), ("show", "o/b"), ("trace", "o/a"), ("critical",), ("stats",), ("find", "o"),
        ("impact", f"dataset:{evil}"), ("trace", evil), ("info",), ("chart", folder / f"no{evil}.jsonl"),
    ]  # fmt: skip
    for words_of_one in words:
        done = run(*words_of_one, atlas=atlas)
        assert done.returncode in (0, 2)
        assert "Traceback" not in done.stderr
        for char in "\x1b\x07\u202e\x9b\r\b":
            assert char not in done.stdout + done.stderr, (words_of_one, char)


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_pipe_that_closes_is_no_error(small, command, option):
    words = [*command, "critical", "--top", "10000", *option, "--atlas", str(small)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.close()
        said = child.stderr.read()
    assert said == b""
    assert child.returncode in (0, 141, -13)


def test_an_atlas_that_was_moved_still_answers(small, run, tmp_path):
    moved = shutil.copytree(small, tmp_path / "elsewhere")
    assert run("show", "ada/llama-8b", atlas=moved).stdout == run("show", "ada/llama-8b", atlas=small).stdout
