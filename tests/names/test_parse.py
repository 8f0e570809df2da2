"""What names say: each rule by a name that needs it, laws for all texts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.names import Context, parse, version
from filiation.names.lexicon import lexicon, stands_on
from filiation.names.name import CONVENTIONS, KINDS
from filiation.names.segments import LONGEST_NAME, MOST_PIECES


def said(name: str, context: Context | None = None) -> str:
    short = {"dataset-characteristic": "char", "architecture": "arch", "parameters": "params", "adaptation": "adapt"}
    elements = parse(name, context).elements
    return " ".join(f"{short.get(item.kind, item.kind)}:{item.value}" for item in elements if item.kind != "other")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("o/Mixtral-8x7B-Instruct-v0.1-GGUF", "arch:mixtral params:8x7b adapt:instruct version:v0.1 adapt:gguf"),
        ("o/Llama-3.1-8B-Q4_K_M", "arch:llama version:v3.1 params:8b adapt:q4_k_m"),
        ("o/bert_uncased_L-12_H-768_A-12", "arch:bert char:uncased layers:12 size:hidden-768 heads:12"),
        ("o/deberta-v3-large", "arch:deberta-v2 version:v3 size:large"),
        ("o/stable-diffusion-2-1", "arch:sd21 version:v2.1"),
        ("o/resnet-50", "arch:resnet size:50"),
        ("o/resnext50_32x4d.a1_in1k", "arch:resnext size:50 size:32x4d training:a1 dataset:imagenet"),
        ("o/vit-base-patch16-224-in21k", "arch:vit size:base char:patch16 char:224 dataset:imagenet_22k"),
        ("o/CLIP-ViT-B-32", "arch:clip arch:vit size:b char:patch32"),
        ("o/xcit_small_12_p8", "arch:xcit size:small layers:12 char:patch8"),
        ("o/distilbart-cnn-12-6", "arch:distilbart dataset:cnn_dailymail layers:12 layers:6"),
        ("o/Vicuna-33B-1-3", "arch:vicuna params:33b version:v1.3"),
        ("o/bloom-7b1", "arch:bloom params:7.1b"),
        ("o/opt-350m", "arch:opt params:0.35b"),
        ("o/qwen-0_5b", "arch:qwen params:0.5b"),
        ("o/falcon7binstruct", "arch:falcon params:7b adapt:instruct"),
        ("o/x-lr3e-05_10epochs-seed_42", "training:lr-3e-5 training:epochs-10 training:seed-42"),
        ("o/model-2024-07-11", "version:2024-07-11"),
        ("o/model-20240711", "version:2024-07-11"),
        ("o/model-instruct-2507", "adapt:instruct version:2025-07"),
        ("o/nllb-finetuned-en2ko", "arch:nllb adapt:finetuned language:en language:ko"),
        ("o/opus-mt-en-tl", "dataset:opus task:translation language:en language:tl"),
        ("o/rubert-finetuned-ner", "arch:rubert adapt:finetuned task:token-classification"),
        ("o/GermanBERT", "language:de arch:bert"),
        ("o/日本語-bert", "language:ja arch:bert"),
        ("o/gemma-2b-it", "arch:gemma params:2b adapt:it"),
        ("o/bert-base-it", "arch:bert size:base language:it"),
        ("o/ppo-LunarLander-v2", "training:ppo task:reinforcement-learning"),
        ("o/llama-4-bit-6_5bpw", "arch:llama adapt:int4 adapt:6.5bpw"),
        ("o/de-it", "language:de language:it"),
        ("o/my-cat-no-2", ""),
        ("o/pythia-v8-12.5k-steps", "arch:pythia version:v8 training:steps-12.5k"),
    ],
)
def test_a_name_says(name, expected):
    assert said(name) == expected


@pytest.mark.parametrize(
    ("name", "context", "value", "expected"),
    [
        ("o/model-ro", Context(languages=("ro",)), "ro", ("language", True)),
        ("o/model-ro", Context(languages=("de",)), "ro", ("other", False)),
        ("o/whisper-small-or", Context(languages=("or",)), "or", ("language", False)),
        ("o/cord-x", Context(datasets=("naver/cord",)), "cord", ("dataset", False)),
    ],
)
def test_what_else_is_known_decides(name, context, value, expected):
    element = next(item for item in parse(name, context).elements if item.value == value)
    assert (element.kind, element.by_context) == expected


@pytest.mark.parametrize(
    ("name", "convention"),
    [
        ("o/bert-base-uncased", "I"),
        ("o/bert-base-squad-es", "I"),
        ("o/bert-base-ner", "IT"),
        ("o/bert-sentiment", "IA"),
        ("o/bert-japanese", "IA"),
        ("o/marian-en-de", "IT"),
        ("o/opus-mt-en-de", "IT"),
        ("o/distilbert-base-en-fr-cased", "IA"),
        ("o/mask2former-swin-base-ade-semantic", "IT"),
        ("o/ppo-LunarLander-v2", "IT"),
        ("o/t5-code-summarization", "IT"),
        ("o/bert-medical", "IA"),
        ("o/medical-food", "O"),
        ("o/CodeWay", "O"),
        ("o/SoulChat", "AT"),
        ("o/emotion-classifier", "AT"),
        ("o/puffy", "O"),
        ("", "O"),
    ],
)
def test_conventions(name, convention):
    assert parse(name).convention == convention


STUDY = {
    "I": "cross-encoder-umberto-stsb DIAL-BART0 whisper-medium-zeroth_korean",
    "AT": "sentiment_analysis_IT text2img_vision_2.0 garbage-classification anime-ai-detect querygenerator",
    "IT": "GODEL-v1_1-large-seq2seq s2t-small-mustc-en-de-st promptcap-coco-vqa",
    "IA": "dfm-sentence-encoder-large-2",
    "O": "indian-foods CS182-DreamBooth-2-Object cafe-aesthetic mit-indoor-scenes",
}


@pytest.mark.parametrize("convention", STUDY)
def test_conventions_of_the_examples_in_the_definitions_of_the_study(convention):
    assert {name: parse(name).convention for name in STUDY[convention].split()} == dict.fromkeys(
        STUDY[convention].split(), convention
    )


def test_the_first_word_of_a_name_that_says_a_size_is_an_architecture_that_nobody_knows():
    assert said("o/zorplex-base-medical") == "arch:zorplex size:base task:medical"
    assert said("o/zorplex-v2") == "version:v2"
    assert said("o/bert-zorplex-base") == "arch:bert size:base"


def test_lines_stand_on_architectures():
    assert stands_on("vicuna") == ("llama",)
    assert stands_on("bert") == ()
    known = {value for readings in lexicon().words.values() for value in (r.value for r in readings) if value}
    assert {below for line in lexicon().stands_on for below in stands_on(line)} <= known


def test_the_version_is_a_digest():
    assert version() == version()
    assert len(version()) >= 8


WORDS = [*sorted(lexicon().words)[::40], "7b", "v1", "2", "q4", "K", "L", "12", "en", "2e", "05", "x"]
written = st.builds(
    lambda words, between: between.join(words),
    st.lists(st.sampled_from(WORDS), max_size=9),
    st.sampled_from(["-", "_", ".", "", "--"]),
)
names = st.one_of(st.text(max_size=60), written)


@given(names, st.sampled_from([None, Context("fill-mask", "bert", None, ("en", "it"), ("squad",), ("o/bert",))]))
@settings(max_examples=150, deadline=None)
def test_elements_are_stretches_of_the_name_in_order(text, context):
    name = parse(text, context)
    assert name.convention in CONVENTIONS
    assert parse(text, context) == name
    place = 0
    for element in name.elements:
        assert element.start >= place
        assert name.text[element.start : element.start + len(element.text)] == element.text
        assert element.kind in KINDS
        assert element.text
        assert element.value
        assert 0 < element.confidence <= 1
        place = element.start + len(element.text)


@given(names)
@settings(max_examples=60, deadline=None)
def test_the_owner_says_nothing(text):
    bare = text.replace("/", "")
    assert parse(f"bert-7b/{bare}").elements == parse(f"x/{bare}").elements


@pytest.mark.parametrize(
    "text",
    ["1." * 5000, "a1" * 5000, "-" * 9999, "7b-" * 5000, "v1_" * 4000, "\uff12\uff10-\u00b2-\u2167-\u0663b", "İstanbul-BERT"],
)
def test_hostile_names_are_read_in_bounds(text):
    name = parse(f"o/{text}")
    assert len(name.elements) <= MOST_PIECES * 8
    assert all(element.start < LONGEST_NAME for element in name.elements)
