"""Whether a text names what is hidden, against a plain twin."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.access.hidden import Hidden
from filiation.access.rules import Private


def hidden(*patterns: str, names: tuple[str, ...] = ()) -> Hidden:
    return Hidden([Private(refs=patterns)], names)


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("acme/*", ["model:acme/x", "dataset:Acme/Y@main", "ollama:model:acme/x"], ["model:acmes/x", "model:o/acme"]),
        ("model:acme/x", ["acme/x", "model:ACME/X"], ["dataset:acme/x", "other:model:acme/x", "acme/xy"]),
        ("*secret*", ["o/my-secret-1", "secret/o"], ["o/secre"]),
        ("gpt2", ["gpt2", "dataset:gpt2"], ["o/gpt2", "gpt2-x"]),
    ],
)
def test_refs(pattern, inside, outside):
    found = hidden(pattern)
    assert [ref for ref in inside if not found.has(ref)] == []
    assert [ref for ref in outside if found.has(ref)] == []


@pytest.mark.parametrize(
    ("word", "inside", "outside"),
    [
        ("acme/*", ["from acme/x", '"ACME\\/X"', "https://hub/acme/x", "acme/"], ["lacme/x", "acme / x", "acmes/x"]),
        ("acme/x", ["(acme/x)", "acme/x-gguf", "\\u0061cme/x", "acme/x.", "hub/acme/x/y"], ["acme/xy", "acme/x2", "aacme/x"]),
        ("*sec*ret", ["o/my-sec-ret", "xsecyret"], ["sec ret", "secrets"]),
        ("acme/*-secret", ["acme/my-secret v2", "acme/a/b-secret"], ["acme/my secret", "acme/secret"]),
    ],
)
def test_texts(word, inside, outside):
    for found in (hidden(word), hidden(names=(word,)) if "*" not in word else hidden(word)):
        assert [text for text in inside if not found.in_text(text)] == []
        assert [text for text in outside if found.in_text(text)] == []


def plain(words: list[str], text: str) -> bool:
    """The twin: one expression for each word, on each run of characters that could be a name."""
    patterns = []
    for word in words:
        body = "[a-z0-9_./-]*".join(map(re.escape, word.split("*")))
        before = "" if word.startswith("*") else r"(?<![a-z0-9_])"
        patterns.append(before + body + ("" if word.endswith("*") else r"(?![a-z0-9_])"))
    return any(re.search(pattern, text) for pattern in patterns)


letters = st.text("ab/-_ ", max_size=14)
words = st.lists(st.text("ab/-", min_size=1, max_size=4), min_size=1, max_size=3).map("*".join)


@given(st.lists(words, min_size=1, max_size=3), letters)
def test_twin(words, text):
    assert hidden(*words).in_text(text) is plain(words, text)


def test_long_runs_take_no_longer_than_they_are():
    assert not hidden("a*b*c").in_text("a" * 200_000 + "b" * 200_000)
    assert hidden("a*b*c").in_text("a" * 200_000 + "b" * 200_000 + "c")
    assert not Hidden([]).in_text("anything")
