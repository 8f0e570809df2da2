"""The licence stage on real records: folders with cards and licence files, a dump with a family."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

APACHE = files("filiation").joinpath("snapshot/licenses/Apache-2.0.txt")


def ask(run, atlas, *words):
    done = run("license", *words, "--json", atlas=atlas)
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def folders(tmp_path, run):
    def folders(**texts):
        for name, files_ in texts.items():
            (tmp_path / name).mkdir()
            for file, text in files_.items():
                (tmp_path / name / file).write_text(text, encoding="utf-8")
        done = run("chart", *(tmp_path / name for name in texts), atlas=tmp_path / "a")
        assert done.returncode == 0, done.stderr
        return tmp_path / "a"

    return folders


def test_a_card_that_contradicts_its_field_is_a_finding(run, folders):
    card = "---\nlicense: apache-2.0\nbase_model: o/base\n---\nThis model is released under the CC BY-NC 4.0 license.\n"
    _, told = ask(run, folders(mine={"README.md": card}), "local:model:mine")
    assert told["declared"]["state"] == "expression"
    assert [found["check"] for found in told["conflicts"]] == ["license-prose-disagrees"]
    assert told["conflicts"][0]["locations"][0].startswith("README.md#char=")


def test_a_license_file_speaks_where_no_field_does(run, folders):
    card = "---\nbase_model: o/base\n---\nA model.\n"
    quiet = {"README.md": card, "LICENSE": APACHE.read_text(encoding="utf-8")}
    _, told = ask(run, folders(quiet=quiet, silent={"README.md": card}), "local:model:quiet")
    assert (told["declared"]["state"], told["declared"]["expression"]) == ("stated", "apache-2.0")
    assert told["declared"]["text"][0].startswith("LICENSE#char=")
    assert told["unknown"] == ["model:o/base"]


MODELS = [
    {"id": "o/llama", "tags": ["license:llama3"]},
    {"id": "o/Llama-3-chat", "tags": ["base_model:finetune:o/llama", "license:llama3"]},
    {"id": "o/chat", "tags": ["base_model:finetune:o/llama", "license:apache-2.0"]},
    {"id": "o/chat-GGUF", "tags": ["base_model:quantized:o/chat"]},
    {"id": "o/adapter", "tags": ["base_model:adapter:o/llama", "license:mit"]},
    {"id": "o/trained", "tags": ["dataset:o/data", "license:mit"]},
    {"id": "o/free", "tags": ["license:mit"]},
    {"id": "o/made", "tags": ["base_model:finetune:o/free", "license:apache-2.0"]},
    {"id": "o/either", "tags": ["license:mit", "license:cc-by-nc-4.0"]},
]


@pytest.fixture(scope="module")
def family(tmp_path_factory, dump, chart):
    folder = tmp_path_factory.mktemp("family")
    data = [{"id": "o/data", "tags": ["license:cc-by-nc-4.0"]}]
    return chart(folder / "a", dump(folder / "models.jsonl", MODELS), dump(folder / "datasets.jsonl", data))


def conflicts(run, atlas, ref):
    return {found["check"] for found in ask(run, atlas, ref)[1]["conflicts"]}


def test_what_does_not_fit(run, family):
    assert conflicts(run, family, "o/Llama-3-chat") == set()
    assert conflicts(run, family, "o/chat") == {
        "license-restriction-dropped",
        "license-obligation-dropped",
        "license-naming-clause",
    }
    assert conflicts(run, family, "o/chat-GGUF") == {"license-removed", "license-naming-clause"}
    assert conflicts(run, family, "o/adapter") == set()
    assert conflicts(run, family, "o/trained") == {"license-data-noncommercial"}
    assert conflicts(run, family, "o/made") == set()


def test_a_term_comes_by_a_path_with_its_clause(run, family):
    _, told = ask(run, family, "o/chat-GGUF")
    term = next(term for term in told["inherited"] if term["term"] == "user-threshold")
    assert (term["from"], term["flow"], term["answered"]) == ("model:o/llama", "derivative", False)
    assert [(step["child"], step["parent"]) for step in term["path"]] == [
        ("model:o/chat-GGUF", "model:o/chat"),
        ("model:o/chat", "model:o/llama"),
    ]
    assert (term["clause"]["license"], term["clause"]["clause"]) == ("llama3", "§2")


def test_an_adapter_meets_its_base_at_use_and_data_is_a_question_apart(run, family):
    assert {term["flow"] for term in ask(run, family, "o/adapter")[1]["inherited"]} == {"use"}
    assert {term["flow"] for term in ask(run, family, "o/trained")[1]["inherited"]} == {"data"}


@pytest.mark.parametrize(
    ("ref", "use", "answer"),
    [
        ("o/free", "commercial product, hosted, fine-tuned", "yes"),
        ("dataset:o/data", "commercial", "no"),
        ("dataset:o/data", "research", "yes"),
        ("o/trained", "commercial", "ask a lawyer"),
        ("o/chat-GGUF", "internal", "ask a lawyer"),
        ("o/either", "commercial", "ask a lawyer"),
        ("o/Llama-3-chat", "distil", "no"),
    ],
)
def test_yes_no_or_ask(run, family, ref, use, answer):
    status, told = ask(run, family, ref, "--for", use)
    assert told["verdict"]["answer"] == answer, told["verdict"]["reasons"]
    assert status == (0 if answer == "yes" else 1)
    assert all(reason["clause"] or reason["license"] is None for reason in told["verdict"]["reasons"])


def test_an_application_that_leaves_things_unsaid(run, family):
    under = ask(run, family, "o/llama", "--under", "mit")[1]["application"]
    assert {item["conflict"] for item in under} == {"license-restriction-dropped", "license-obligation-dropped"}
    assert ask(run, family, "o/free", "--under", "apache-2.0")[1]["application"] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(("--for", "dance"), "choose among commercial"), (("--under", "my own"), "is no license that we know")],
)
def test_what_means_nothing_is_said_so(run, family, words, sentence):
    done = run("license", "o/free", *words, atlas=family)
    assert done.returncode == 2
    assert sentence in done.stderr
