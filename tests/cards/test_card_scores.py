"""Scores in tables, lists and sentences of cards."""

from __future__ import annotations

import json

import pytest

from filiation.cards.blocks import read
from filiation.cards.score_words import Around
from filiation.cards.scores import MAX_SCORES, scores
from filiation.core.score import Protocol, Score

TRAINER = """This model is a fine-tuned version of [gpt2](https://huggingface.co/gpt2) on the {data} dataset.
It achieves the following results on the evaluation set:
- Loss: 0.4
- Accuracy: 0.9

### Training results

| Training Loss | Epoch | Step | Accuracy |
|:---:|:---:|:---:|:---:|
| 0.5 | 1.0 | 10 | 0.8 |
"""


def told(card: str, *fields: str, own: str = "me/my-model-7b") -> list[tuple]:
    """Return metric and value of each score, and the fields that are asked for."""
    said = [json.loads(one.value) for one in scores(read(card), own)]
    return [tuple(one[field] for field in ("metric", "value", *fields)) for one in said]


def test_a_trainers_card_tells_its_list_and_not_its_log():
    assert told(TRAINER.format(data="glue"), "dataset", "split") == [
        ("Loss", "0.4", "glue", "evaluation"),
        ("Accuracy", "0.9", "glue", "evaluation"),
    ]
    assert {one[2] for one in told(TRAINER.format(data="None"), "dataset")} == {None}
    voice = told(TRAINER.format(data="MOZILLA-FOUNDATION/COMMON_VOICE_8_0 - SV-SE"), "dataset", "config")
    assert voice[0][2:] == ("MOZILLA-FOUNDATION/COMMON_VOICE_8_0", "SV-SE")


def test_a_result_is_of_the_metric_that_the_code_above_prints():
    card = (
        "## Evaluation\n\nThe model can be evaluated as follows on the Finnish test data of Common Voice.\n\n```python\n"
        'data = load_dataset("common_voice", "fi", split="test")\nprint("WER: {:2f}".format(100 * wer))\n```\n\n'
        "**Test Result**: 35.43 %\n"
    )
    assert told(card, "dataset", "config", "split") == [("WER", "35.43 %", "common_voice", "fi", "test")]


@pytest.mark.parametrize(
    ("table", "fields", "found"),
    [
        ("| Type | Score |\n|--|--|\n| `TAG_ACC` | 95.9 |\n| `NER_LOSS` | 7712.5 |", ["variant"],
         [("TAG_ACC", "95.9", "xpos")]),
        (
            "|Metric|Value|\n|--|--|\n|Avg.|61.0|\n|MMLU (5-Shot)|60.3|\n|GSM8K|33.1|",
            ["dataset", "shots"],
            [(None, "60.3", "MMLU (5-Shot)", 5), (None, "33.1", "GSM8K", None)],
        ),
        (
            "| Benchmark (Metric) | # Shots | Llama 2 7B | My Model 7B |\n|--|--|--|--|\n| MMLU (EM) | 5 | 46.7 | 44.2 |\n"
            "| Pile-test (BPB) | - | 0.6 | 0.5 |",
            ["dataset", "shots"],
            [("EM", "44.2", "MMLU", 5), ("BPB", "0.5", "Pile-test", None)],
        ),
        ("| Model | MMLU | BLEU |\n|--|--|--|\n| other/x | 1.5 | 2.5 |\n| me/my-model-7b | 3.5 | 4.5 |", ["dataset"],
         [(None, "3.5", "MMLU"), ("BLEU", "4.5", None)]),
        ("| Model | MMLU |\n|--|--|\n| other/x | 1.5 |\n| other/y | 3.5 |", [], []),
        (
            '## Results on Common Voice 7 "test" (WER)\n\n| Without LM | With LM |\n|--|--|\n| 24.68 | 16.98 |',
            ["split", "variant"],
            [("WER", "24.68", "test", "without language model"), ("WER", "16.98", "test", "with language model")],
        ),
        (
            "hf (pretrained=me/my-model-7b,dtype=bfloat16), num_fewshot: 5\n\n"
            "|Tasks|Version|Filter|n-shot|Metric|Value| |Stderr|\n|--|--|--|--|--|--|--|--|\n"
            "|arc_easy|1|none|0|acc|0.75|±|0.01|\n| | |none|0|acc_norm|0.70|±|0.02|",
            ["dataset", "shots", "precision", "stderr"],
            [("acc", "0.75", "arc_easy", 0, "bfloat16", "0.01"), ("acc_norm", "0.70", "arc_easy", 0, "bfloat16", "0.02")],
        ),
    ],
)  # fmt: skip
def test_tables(table, fields, found):
    assert told(table, *fields) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It reaches an accuracy of 92.3% on the IMDB test set.", [("accuracy", "92.3%", "IMDB", "test")]),
        ("It has 92.3 % accuracy on SQuAD 2.0.", [("accuracy", "92.3 %", "SQuAD 2.0", None)]),
        ("# Expected WER: 4.74%", [("wer", "4.74%", None, None)]),
        ("Its F1 is 0.9, compared to 0.8 of the baseline.", []),
        ("We train for accuracy\n\n1 2 3", []),
        ("## Original model card\n\n- Accuracy: 0.9", []),
        ("```\naccuracy of 90\n```", []),
        ("> accuracy of 0.9", []),
    ],
)
def test_sentences(text, found):
    assert told(text, "dataset", "split") == found


def test_many_and_hostile_tables_are_bounded():
    rows = "".join(f"| MMLU | {number}.5 |\n" for number in range(3000))
    assert len(scores(read(f"| Task | Value |\n|--|--|\n{rows}"), "o/m")) <= MAX_SCORES
    assert scores(read("|" * 20_000 + "\n|--|\n" + "|1.5" * 5000), "o/m") == []
    assert scores(read("accuracy of " * 4000 + "1.5"), "o/m") is not None
    assert scores(read("| a | b |\n|--|--|\n|" + " " * 200_000 + "x 1 |"), "o/m") == []
    assert scores(read("hf " + "(" * 100_000 + " result 1"), "o/m") == []
    assert scores(read("finetuned tuned version of " * 9000 + " result 1"), "o/m") == []


def test_places_slice_the_card():
    card = TRAINER.format(data="glue")
    assert [card[one.start : one.stop] for one in scores(read(card), "o/m")] == ["Loss: 0.4", "Accuracy: 0.9"]


def test_what_words_say_is_called_as_a_score_calls_it():
    """A field that a protocol gains is one that cards may tell, or is left out here on purpose."""
    assert set(Around._fields) >= set(Protocol.__struct_fields__) - {"dataset_revision"}
    assert set(Around._fields) <= {*Protocol.__struct_fields__, *Score.__struct_fields__}
