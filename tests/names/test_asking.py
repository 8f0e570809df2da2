"""Questions for elements of names."""

from __future__ import annotations

import pytest

from filiation.names.asking import PREFIXES, QuestionError, asked


@pytest.mark.parametrize(
    ("text", "element", "value"),
    [
        ("task:ner", "task", "token-classification"),
        ("lang:Japanese", "language", "ja"),
        ("params:350M", "parameters", "0.35b"),
        ("version:1.5", "version", "v1.5"),
        ("adapt:Q4_K_M", "adaptation", "q4_k_m"),
        ("data:squad2", "dataset", "squad_v2"),
        ("arch:xlm-r", "architecture", "xlm-roberta"),
        ("arch:nobody-knows", "architecture", "nobody-knows"),
    ],
)
def test_a_value_is_taken_in_any_spelling(text, element, value):
    elements, words = asked(text)
    assert words == ""
    assert elements[0].element == element
    assert value in elements[0].values


def test_an_architecture_stands_for_what_is_built_on_it():
    elements, words = asked("biomedical arch:bert model:x")
    assert words == "biomedical model:x"
    assert {"bert", "biobert"} <= set(elements[0].values)


WORDS = [
    ":",
    "",
    "task",
    "http://x",
    "meta-llama/x:y",
    "model:o/n",
    "qwen:7b",
    "llama3:8b",
    "arxiv:1810.04805",
    "Note: this",
    "10:30",
]


@pytest.mark.parametrize("text", WORDS)
def test_other_text_is_words(text):
    assert asked(text) == ((), text)


@pytest.mark.parametrize("text", ["bogus:x", "License:mit", "base_model:o/n", "bert arhc:bert"])
def test_a_prefix_that_is_none_is_refused_with_those_there_are(text):
    with pytest.raises(QuestionError, match="asks for no element of a name") as refused:
        asked(text)
    assert all(prefix in str(refused.value) for prefix in PREFIXES)


@pytest.mark.parametrize("text", ["arch:", "biomedical task: ner"])
def test_a_prefix_asks_for_a_value(text):
    with pytest.raises(QuestionError, match="Nothing stands right behind"):
        asked(text)
