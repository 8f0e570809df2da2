"""Names of metrics and datasets, and figures, as they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.knowledge import load
from filiation.scores.canonical import (
    canonical_dataset,
    canonical_metric,
    dataset_name,
    metric_name,
    normalised,
    split_name,
)
from filiation.scores.harnesses import harness_version
from filiation.scores.mentions import datasets_in


@pytest.mark.parametrize(
    ("written", "metric", "split", "variant", "shots"),
    [
        ("Accuracy", "accuracy", None, None, None),
        ("Test WER (+LM)", "wer", "test", "with language model", None),
        ("acc_norm,none", "acc_norm", None, None, None),
        ("exact_match,strict-match", "exact_match", None, "strict match", None),
        ("Macro F1", "f1", None, "macro", None),
        ("f1_macro", "f1", None, "macro", None),
        ("eval_accuracy", "accuracy", None, None, None),
        ("dev_accuracy", "accuracy", "validation", None, None),
        ("NDCG@10", "ndcg_at_10", None, None, None),
        ("ndcg_at_10", "ndcg_at_10", None, None, None),
        ("pass@1", "pass_at_1", None, None, None),
        ("Top-5 Accuracy", "top_5_accuracy", None, None, None),
        ("Top-1", "accuracy", None, None, None),
        ("mAP@50", "map50", None, None, None),
        ("Validation ROGUE-L", "rougeL", "validation", None, None),
        ("accuracy (5-shot)", "accuracy", None, None, 5),
        ("NER_LOSS", None, None, "ner", None),
        ("Gryffindor points", None, None, None, None),
    ],
)
def test_metrics(written, metric, split, variant, shots):
    found = metric_name(written)
    assert (found.metric and found.metric.id, found.split, found.variant, found.shots) == (metric, split, variant, shots)


@pytest.mark.parametrize(
    ("written", "config", "id_", "left"),
    [
        ("glue", "cola", "glue/cola", None),
        ("GLUE SST-2", None, "glue/sst2", None),
        ("sst2", None, "glue/sst2", None),
        ("nyu-mll/glue", "cola", "glue/cola", None),
        ("MMLU (5-shot)", None, "mmlu", None),
        ("hendrycksTest-abstract_algebra", None, "mmlu", "abstract_algebra"),
        ("cais/mmlu", "all", "mmlu", None),
        ("mozilla-foundation/common_voice_8_0", "tr", "common_voice_8_0", "tr"),
        ("Common Voice 8", None, "common_voice_8_0", None),
        ("Common Voice sv-SE", None, "common_voice", "sv-se"),
        ("Idavidrein/gpqa", "gpqa_diamond", "gpqa/diamond", None),
        ("IMDB test set", None, "imdb", None),
        ("emotion", "default", "emotion", None),
        ("acme/imdb", None, None, None),
        ("my own birds", "x", None, "x"),
    ],
)
def test_datasets(written, config, id_, left):
    assert (dataset_name(written, config).id, dataset_name(written, config).config) == (id_, left)
    assert canonical_dataset(written, config) == id_


@pytest.mark.parametrize(
    ("written", "metric", "value"),
    [
        ("85.3", "accuracy", 0.853), ("85.3 %", "accuracy", 0.853), ("0.853", "accuracy", 0.853),
        ("85,3", "accuracy", 0.853), ("85.3 ± 0.4", "accuracy", 0.853), ("**85.3**", "accuracy", 0.853),
        (1, "accuracy", 1.0), ("101", "accuracy", None), ("-3", "accuracy", None), ("-0.3", "mcc", -0.3),
        ("nan", "accuracy", None), (True, "accuracy", None), ("12 34", "accuracy", None), ("1.5", "wer", None),
        ("1.5%", "wer", 0.015), ("120", "wer", 1.2), ("12.5", "perplexity", 12.5), (float("inf"), "loss", None),
    ],
)  # fmt: skip
def test_figures(written, metric, value):
    assert normalised(written, canonical_metric(metric)) == value


def test_what_stands_beside_a_figure_tells_whether_it_is_per_cent():
    wer, bleu = canonical_metric("wer"), canonical_metric("bleu")
    assert wer
    assert bleu
    assert normalised("1.5", wer, [20.0]) == 0.015
    assert normalised("0.5", bleu, [28.0]) == 0.005
    assert normalised("0.5", bleu) == 0.5


@given(st.floats(0, 1), st.sampled_from(["accuracy", "f1", "mcc", "wer"]))
def test_a_ratio_and_its_per_cent_are_one(value, metric):
    found = canonical_metric(metric)
    assert found
    assert normalised(f"{value * 100:.6f}%", found) == pytest.approx(normalised(f"{value:.8f}", found), abs=1e-8)


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text):
    metric_name(text)
    dataset_name(text, text)
    list(datasets_in(text))
    split_name(text)


def test_every_spelling_in_the_tables_leads_to_its_own_entry():
    for id_, table in load("metrics")["metric"].items():
        for spelling in (id_, *table["aliases"]):
            found = canonical_metric(spelling)
            assert found is not None, spelling
            assert found.id == id_, spelling
    for id_, table in load("benchmarks")["benchmark"].items():
        for spelling in (id_, *table["hub"], *table["aliases"]):
            found = canonical_dataset(spelling)
            assert found is not None, spelling
            assert id_ == found.partition("/")[0] or found == table.get("same"), spelling


def test_harnesses_have_their_version_behind_them():
    assert harness_version("lm-evaluation-harness v0.4.3") == ("lm-evaluation-harness", "0.4.3")
    assert harness_version("Open LLM Leaderboard") == ("lm-evaluation-harness", None)
    assert harness_version("helmet") == (None, None)


def test_ordinary_words_are_no_datasets_in_a_sentence():
    found = [one.name.id for one in datasets_in("A drop of emotion on SQuAD 2.0, GLUE and the emotion dataset")]
    assert found == ["squad_v2", "glue", "emotion"]
