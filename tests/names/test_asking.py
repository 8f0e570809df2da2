"""Questions for elements of names."""

from __future__ import annotations

import pytest

from filiation.names.asking import asked


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


@pytest.mark.parametrize("text", ["arch:", ":", "", "task", "http://x"])
def test_other_text_is_words(text):
    assert asked(text) == ((), text)
