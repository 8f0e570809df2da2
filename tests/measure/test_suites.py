"""Suites: what is read, what is refused with a sentence, what is said to be odd."""

from __future__ import annotations

import hashlib

import pytest
from made_suites import FRUIT, fruit_suite, toml_suite

from filiation.core.errors import FiliationError
from filiation.measure.answers import asked_of, questions
from filiation.measure.suite import read_suite, shipped

TEXTS = [{"text": text, "label": label} for text, label in FRUIT]


def suite(tmp_path, task="classification", metrics=("accuracy",), samples=TEXTS, more=""):
    path = tmp_path / "suite.toml"
    path.write_text(toml_suite(task, list(metrics), samples, more), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", shipped())
def test_suites_that_come_with_filiation_can_be_asked(name):
    read = read_suite(name)
    assert read.suite.name == name
    assert read.notes == ()
    assert len(read.samples) >= 100
    assert read.suite.dataset.source
    assert read.suite.dataset.license


def test_two_suites_come_with_filiation():
    assert shipped() == ("file-kinds", "python-docs")


def test_a_run_sees_no_right_answer(tmp_path):
    read = read_suite(fruit_suite(tmp_path / "s.toml"))
    asked = asked_of(read, range(4), {"model": "m", "options": {}})
    assert b'"fruit"' in asked.split(b"\n")[0]  # the classes, in the order of their names
    assert all(b"fruit" not in line and b"tool" not in line for line in asked.split(b"\n")[1:])


def test_a_text_is_asked_once(tmp_path):
    pairs = [{"text": "a", "other": "b", "value": 1.0}, {"text": "b", "other": "c", "value": 0.5}]
    read = read_suite(suite(tmp_path, "similarity", ["cosine_spearman"], pairs))
    assert [one.content for one in questions(read)] == ["a", "b", "c"]
    retrieved = [{"text": "a", "other": "b"}, {"text": "b", "other": "c"}]
    read = read_suite(suite(tmp_path, "retrieval", ["ndcg_at_10"], retrieved, 'prompt = "say {text}"'))
    assert [(one.content, one.role) for one in questions(read)] == [
        ("say a", "query"), ("say b", "document"), ("say b", "query"), ("say c", "document"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"metrics": ["ndcg_at_10"]}, "is not for classification"),
        ({"metrics": []}, "no metric is not for"),
        ({"samples": TEXTS[:1]}, "has 1 samples"),
        ({"samples": [{"text": "a"}, {"text": "b"}]}, "sample 1 has no label"),
        ({"samples": [{"label": "a"}, {"label": "b"}]}, "needs one of text, base64, features"),
        ({"samples": [{"base64": "###", "label": "a"}, *TEXTS]}, "not written in base64"),
        ({"more": 'labels = ["fruit"]'}, "not among the labels"),
        ({"more": 'prompt = "none"'}, "no {text}"),
        ({"more": 'wrong = "key"'}, "is not a suite"),
        ({"more": 'data = "../beside.jsonl"'}, "no file beside it"),
        ({"samples": [{"text": "x" * 100_001, "label": "a"}, *TEXTS]}, "more than 100,000 characters"),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path, change, says):
    (tmp_path.parent / "beside.jsonl").write_text("{}")
    with pytest.raises(FiliationError, match=says.replace("{", r"\{")):
        read_suite(suite(tmp_path, **change))


def test_what_is_no_file_names_those_that_come_with_filiation(tmp_path):
    with pytest.raises(FiliationError, match="file-kinds, python-docs"):
        read_suite(tmp_path / "none.toml")


def test_data_beside_the_suite_are_what_it_was_made_for(tmp_path):
    data = b'{"text": "a pear tree", "label": "fruit"}\n'
    (tmp_path / "more.jsonl").write_bytes(data)
    right = hashlib.sha256(data).hexdigest()
    read = read_suite(suite(tmp_path, more=f'data = "more.jsonl"\ndata_sha256 = "{right}"'))
    assert len(read.samples) == 5
    plain = read_suite(suite(tmp_path))
    assert read.sha256 != plain.sha256
    with pytest.raises(FiliationError, match="not the data it was made for"):
        read_suite(suite(tmp_path, more=f'data = "more.jsonl"\ndata_sha256 = "{"0" * 64}"'))


def test_what_is_odd_is_said(tmp_path):
    told = read_suite(suite(tmp_path, samples=[*TEXTS, {"text": FRUIT[0][0], "label": "tool"}])).notes
    assert told == (
        "1 questions stand in the suite with different right answers.",
        "1 of 5 questions repeat another.",
    )
    path = suite(tmp_path)
    path.write_text(path.read_text().replace('name = "small"\nsplit', 'name = "openai/gsm8k"\nsplit'))
    assert read_suite(path).notes == ("It calls its data gsm8k and names no revision: nothing shows that they are.",)
