"""What confirms a name, what contradicts it, and what does neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.names.judging import JUDGES, exceptions, judge
from filiation.names.name import KINDS


@pytest.mark.parametrize(
    ("topic", "said", "known", "judgement"),
    [
        ("architecture", ["bert"], ["bert"], "confirmed"),
        ("architecture", ["gemma"], ["stablelm"], "contradicted"),
        ("architecture", ["?gemma"], ["stablelm"], "unverifiable"),
        ("architecture", ["mistral"], ["llama"], "unverifiable"),
        ("architecture", ["gemma"], ["my_own"], "unverifiable"),
        ("architecture", ["roberta"], ["bert", "ernie", "roberta"], "confirmed"),
        ("architecture", ["bert"], ["llama", "eurobert", "mistral"], "contradicted"),
        ("architecture", ["mistral"], ["llama", "my_own"], "unverifiable"),
        ("base", ["mistral"], ["llama"], "contradicted"),
        ("base", ["distilbert"], ["bert"], "unverifiable"),
        ("parameters", ["7b"], ["7241748480"], "confirmed"),
        ("parameters", ["8x7b"], ["46702792704"], "confirmed"),
        ("parameters", ["70b"], ["7241748480"], "contradicted"),
        ("base-size", ["tiny"], ["medium"], "contradicted"),
        ("size", ["bert", "|", "large"], ["109482240"], "contradicted"),
        ("size", ["bert", "|", "base"], ["109482240"], "confirmed"),
        ("layers", ["12"], ["6"], "contradicted"),
        ("version", ["llama v3"], ["llama v2"], "contradicted"),
        ("version", ["llama v3"], ["llama v3.1"], "unverifiable"),
        ("version", ["llama v7"], ["llama v2"], "unverifiable"),
        ("quantization", ["awq"], ["gptq", "4-bit"], "contradicted"),
        ("quantization", ["int4"], ["8-bit", "bitsandbytes"], "contradicted"),
        ("quantization", ["gguf"], ["gguf", "q4_k_m"], "confirmed"),
        ("casing", ["cased"], ["uncased"], "contradicted"),
        ("task", ["automatic-speech-recognition"], ["text-to-speech"], "contradicted"),
        ("task", ["summarization"], ["text-generation"], "unverifiable"),
        ("language", ["ta"], ["en"], "contradicted"),
        ("language", ["?ta"], ["en"], "unverifiable"),
        ("language", ["ja"], ["japanese", "en"], "confirmed"),
        ("language", ["ja"], ["multilingual"], "unverifiable"),
        ("dataset", ["eurosat"], ["cifar10"], "contradicted"),
        ("dataset", ["?xsum", "eurosat"], ["cifar10"], "contradicted"),
        ("dataset", ["eurosat", "?xsum"], ["cifar10"], "contradicted"),
        ("dataset", ["?eurosat"], ["cifar10"], "unverifiable"),
        ("base-size", ["16b"], ["7b"], "unverifiable"),
        ("base-size", ["22b"], ["8x22b"], "unverifiable"),
        ("base-size", ["0.002b"], ["8b"], "unverifiable"),
        ("base-size", ["1.8b"], ["?8b"], "unverifiable"),
        ("base", ["gemma"], ["sdxl"], "unverifiable"),
        ("task", ["token-classification"], ["fill-mask"], "contradicted"),
        ("task", ["token-classification"], ["other"], "unverifiable"),
        ("dataset", ["squad_v2"], ["rajpurkar/squad_v2"], "confirmed"),
        ("dataset", ["squad"], ["o/my_own"], "unverifiable"),
    ],
)
def test_judgements(topic, said, known, judgement):
    assert judge(topic, tuple(said), tuple(known)) == judgement


@given(st.sampled_from(sorted(JUDGES)), st.lists(st.text(max_size=12), max_size=4), st.lists(st.text(max_size=12), max_size=4))
def test_any_text_is_judged_and_nothing_known_tells_nothing(topic, said, known):
    text = [*said, "|", *said] if topic == "size" else said
    assert judge(topic, tuple(text), tuple(known)) in {"confirmed", "contradicted", "unverifiable"}
    assert judge(topic, tuple(text), ()) == "unverifiable"


def test_each_topic_has_a_confidence():
    assert set(JUDGES) <= set(exceptions("confidence"))
    assert "architecture" in KINDS
