"""What else a card says: training, evaluation, use, people, datasets."""

from __future__ import annotations

import re

import pytest

from filiation.cards.blocks import read
from filiation.cards.datasets import datasets
from filiation.cards.facts import facts
from filiation.core.claim import Predicate
from filiation.knowledge import load

TRAINER = """# out

This model is a fine-tuned version of [gpt2](https://huggingface.co/gpt2) on the glue dataset.
It achieves the following results on the evaluation set:
- Loss: 0.4
- Accuracy: 0.9

## Intended uses & limitations

More information needed

### Training hyperparameters

The following hyperparameters were used during training:
- learning_rate: 5e-05
- seed: 42

### Training results

| Training Loss | Epoch | Step | Validation Loss |
|:---:|:---:|:---:|:---:|
| 0.5 | 1.0 | 10 | 0.4 |

### Framework versions

- Transformers 4.16.2
"""


def said(card: str, predicate: Predicate, own: str = "me/my-model") -> list[str]:
    return [one.value for one in facts(read(card), own) if one.predicate is predicate]


def test_a_trainers_card_gives_its_lists_and_not_its_log():
    assert {"learning_rate: 5e-05", "seed: 42"} <= set(said(TRAINER, Predicate.HYPERPARAMETER))
    assert said(TRAINER, Predicate.FRAMEWORK) == ["Transformers 4.16.2"]
    assert said(TRAINER, Predicate.METRIC_PROTOCOL) == ["evaluation set"]


def test_placeholders_say_nothing():
    assert said(TRAINER, Predicate.INTENDED_USE) == said(TRAINER, Predicate.LIMITATION) == []
    assert said("- **Hardware Type:** [More Information Needed]\n- **Carbon Emitted:** N/A", Predicate.HARDWARE) == []


@pytest.mark.parametrize(
    ("card", "predicate", "value"),
    [
        ("- **Hardware Type:** 8 x A100", Predicate.HARDWARE, "8 x A100"),
        ("It was trained on a single NVIDIA V100 GPU.", Predicate.HARDWARE, "single NVIDIA V100 GPU"),
        ("- **Carbon Emitted:** 3 kg", Predicate.CARBON, "3 kg"),
        ("Training emitted 12 kg CO2eq.", Predicate.CARBON, "12 kg co2eq"),
        ("- **Language(s) (NLP):** English", Predicate.LANGUAGE, "en"),
        ("言語: 日本語", Predicate.LANGUAGE, "ja"),
        ("## Limitations\n\nIt knows nothing of law.", Predicate.LIMITATION, "It knows nothing of law."),
        ("## 想定用途\n\n文章の要約です。", Predicate.INTENDED_USE, "文章の要約です。"),
        ("Write to a.b@example.org.", Predicate.CONTACT, "a.b@example.org"),
        ("See https://arxiv.org/abs/1810.04805 for more.", Predicate.ARXIV, "1810.04805"),
        ("```\n@article{x, eprint = {arXiv:1810.04805}}\n```", Predicate.ARXIV, "1810.04805"),
        ("The code is at https://github.com/o/code.", Predicate.REPOSITORY, "https://github.com/o/code"),
        ("We used a learning rate of 2e-5.", Predicate.HYPERPARAMETER, "learning_rate: 2e-5"),
        ("```python\nm = pipeline(model='me/my-model')\n```", Predicate.DEMO_CODE, "m = pipeline(model='me/my-model')"),
        ("## Evaluation\n\nAll in a 5-shot setting.", Predicate.METRIC_PROTOCOL, "5-shot"),
    ],
)  # fmt: skip
def test_a_card_says(card, predicate, value):
    assert value in said(card, predicate)


def test_code_is_no_statement_of_hardware_or_numbers():
    card = "```\nlearning rate of 2e-5 on 8 x A100 GPUs, accuracy of 90\n```"
    assert [one for one in facts(read(card), "o/m") if one.predicate is not Predicate.DEMO_CODE] == []


def test_places_slice_the_card():
    for one in facts(read(TRAINER), "o/m"):
        assert TRAINER[one.start : one.stop].strip()


@pytest.mark.parametrize(
    ("card", "names"),
    [
        (TRAINER, ["glue"]),
        ("It is a fine-tuned version of gpt2-xl on the None dataset.", []),
        ("Trained on [text](https://huggingface.co/datasets/o/text).", ["o/text"]),
        ("## Training data\n\n[text](https://huggingface.co/datasets/o/text)", ["o/text"]),
        ("We evaluated on [text](https://huggingface.co/datasets/o/text).", []),
        ("Fine-tuned on the imdb dataset.", ["imdb"]),
        (
            "This model is a fine-tuned version of [o/m](https://huggingface.co/o/m) on the o/chat_text dataset.",
            ["o/chat_text"],
        ),
        ("A fine-tuned version of o/m-1 on the [['o/mix']](https://huggingface.co/datasets/['o/mix']) dataset.", ["o/mix"]),
        ("> Trained on [text](https://huggingface.co/datasets/o/text).", []),
    ],
)
def test_datasets(card, names):
    assert [one.value for one in datasets(read(card), "o/m") if one.confidence >= 0.5] == names


def test_code_that_loads_a_model_is_seen_by_its_stems():
    demo = load("card_prose")["facts"]["demo"]
    alternatives = re.fullmatch(r"\(\?:(?P<all>.*)\)\\s\*\\\(", demo["loads"])["all"].split("|")
    assert len(alternatives) > 20
    for alternative in alternatives:
        name = re.sub(r"\(\?:.*|\\b|\\w[*+]|\\", "", alternative)
        assert any(stem in name for stem in demo["stems"]), alternative
