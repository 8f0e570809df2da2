"""Which sentences name a parent, with which relation, and which do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.cards.blocks import read
from filiation.cards.datasets import datasets
from filiation.cards.parents import candidates, parents, scores
from filiation.knowledge import load

EDGE = 0.5
LINK = "[{0}](https://huggingface.co/{0})"


def found(card: str, own: str = "me/my-model") -> list[tuple[str, str | None]]:
    return [(said.value, said.relation) for said in parents(read(card), own) if said.confidence >= EDGE]


@pytest.mark.parametrize(
    ("sentence", "parent", "relation"),
    [
        (
            "This model is a fine-tuned version of [o/base](https://huggingface.co/o/base) on the imdb dataset.",
            "o/base",
            "finetune",
        ),
        ("It was fine tuned on top of `o/base-7b`.", "o/base-7b", "finetune"),
        ("- **Finetuned from model [optional]:** o/base-7b", "o/base-7b", "finetune"),
        ("We fine-tuned bert-base-uncased on our own corpus.", "bert-base-uncased", "finetune"),
        ("`bert-large-cased` fine-tuned for questions.", "bert-large-cased", "finetune"),
        ("Trained further from the checkpoint <a href='https://huggingface.co/o/base-2'>here</a>.", "o/base-2", "finetune"),
        ("This model is based on [the old one](https://hf.co/o/old-1).", "o/old-1", None),
        ("- Base model: o/base-7b", "o/base-7b", None),
        ("| Base model | o/base-7b |\n|---|---|\n| Layers | 12 |", "o/base-7b", None),
        ("4-bit quantised version of [o/base](https://huggingface.co/o/base).", "o/base", "quantized"),
        ("This repo contains GGUF format model files for [o/base](https://huggingface.co/o/base).", "o/base", "quantized"),
        ("static quants of https://huggingface.co/o/base-7b", "o/base-7b", "quantized"),
        ("This model was converted to MLX format from [o/base](https://huggingface.co/o/base).", "o/base", "converted"),
        ("ONNX export of o/base-7b.", "o/base-7b", "converted"),
        ("These are LoRA adaption weights for o/base-7b.", "o/base-7b", "adapter"),
        ("An [adapter](https://adapterhub.ml) for the `roberta-base` model.", "roberta-base", "adapter"),
        ("It was distilled from o/big-70b.", "o/big-70b", "distilled"),
        ("With `o/big-70b` as the teacher.", "o/big-70b", "distilled"),
        ("本モデルは o/base-7b をファインチューニングしたものです。", "o/base-7b", None),
        ("该模型基于 o/base-7b 微调。", "o/base-7b", None),
        ("基础模型\uff1ao/base-7b", "o/base-7b", None),
        ("[o/base-7b](https://huggingface.co/o/base-7b)를 미세조정한 모델입니다.", "o/base-7b", None),
    ],
)
def test_a_sentence_names_a_parent(sentence, parent, relation):
    assert found(sentence) == [(parent, relation)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Unlike a model that was fine-tuned from o/base-7b, it is small.",
        "It is not based on o/base-7b.",
        "It outperforms a fine-tuned o/base-7b on every task.",
        "You can fine-tune o/base-7b on your own data.",
        "> This model is a fine-tuned version of o/base-7b.",
        "```\nThis model is a fine-tuned version of o/base-7b.\n```",
        "<!-- fine-tuned version of o/base-7b -->",
        "This model is a fine-tuned version of me/my-model.",
        "my-model is a fine-tuned version of my-model.",
        "Fine-tuned from output/checkpoint-500.",
        "Fine-tuned from scratch, and/or with Adam.",
        "It is based on BERT.",
        "The tokenizer is based on o/base-7b.",
        "# Original model card: o/other\n\nThis model is a fine-tuned version of o/base-7b.",
        "Fine-tuned version of [this](https://huggingface.co/docs/transformers).",
    ],
)
def test_a_sentence_names_no_parent(sentence):
    assert found(sentence) == []


def test_the_subject_of_the_sentence_may_be_another_model():
    said = parents(read(f"{LINK.format('o/cousin-1')} is a fine-tuned version of o/base-7b."), "me/my-model")
    assert [(one.value, one.confidence < EDGE) for one in said] == [("o/base-7b", True)]


def test_a_card_may_have_the_signs_for_names():
    card = (
        "This \ue000, \ue001 and \ue002 were fine-tuned from [o/base-1](https://huggingface.co/o/base-1) on the \ue000 dataset."
    )
    assert found(card) == [("o/base-1", "finetune")]
    assert datasets(read(card), "me/my-model") == []


def test_a_merge_lists_its_parents():
    card = f"This is a merge of the following models using mergekit:\n\n* {LINK.format('o/a-1')}\n* o/b-2\n\nText o/c-3.\n"
    assert found(card) == [("o/a-1", "merge"), ("o/b-2", "merge")]
    assert found("A merge of o/a-1 and o/b-2.") == [("o/a-1", "merge"), ("o/b-2", "merge")]


def test_a_name_with_owner_and_without_is_one_parent():
    card = "Fine-tuned from o/base-7b. We fine-tuned base-7b on text."
    assert [value for value, _ in found(card)] == ["o/base-7b"]


def test_the_place_is_that_of_the_sentence():
    card = "---\nlicense: mit\n---\nFirst. This model is a fine-tuned version of o/base-7b. Last."
    (said,) = parents(read(card), "me/my-model")
    assert card[said.start : said.stop] == "This model is a fine-tuned version of o/base-7b."


WORDS = [
    "fine-tuned ", "version of ", "based on ", "o/b-1 ", "[a](https://huggingface.co/o/b) ", "quantized ", "-", "merge ", "`",
    "|", "\n", ". ", "a " * 9, "基于",
]  # fmt: skip
NOISE = st.lists(st.sampled_from(WORDS), max_size=80).map("".join)


@given(NOISE)
def test_every_statement_slices_the_card_and_is_no_self_reference(card):
    for said in parents(read(card), "o/b"):
        assert 0 <= said.start < said.stop <= len(card)
        assert 0 < said.confidence <= 1
        assert said.value.lower() != "o/b"


def test_a_rule_that_was_never_seen_is_as_sure_as_its_prior_and_others_are_between_it_and_what_was_counted():
    table = load("card_prose")["parents"]
    rows = {row["name"]: row for row in table["says"]} | table["places"]
    assert scores().keys() == rows.keys()
    for name, row in rows.items():
        assert 0 <= row["right"] <= row["seen"]
        counted = row["right"] / row["seen"] if row["seen"] else row["prior"]
        low, high = sorted((row["prior"], counted))
        assert low - 0.001 <= scores()[name] <= high + 0.001
        assert row["seen"] or scores()[name] == row["prior"]


def test_candidates_say_which_rule_led_to_them():
    card = "This is a fine-tuned version of [b](https://huggingface.co/o/base-7b).\n\n## Base model\n\n`o/base-7b`\n"
    found = [(one.value, one.rule) for one in candidates(read(card), "me/mine")]
    assert {("o/base-7b", "finetuned-version"), ("o/base-7b", "under-heading")} <= set(found)
