"""What a registry's records claim, from records to scores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from filiation.core.claim import Basis, Locator
from filiation.core.record import Record, Sighting, batches_of
from filiation.core.ref import Kind
from filiation.extract.run import extract
from filiation.scores.claimed import claimed, score_of, scores_of
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
BOARD = {"name": "Open LLM Leaderboard", "url": "https://example.org"}
INDEX = [
    {
        "results": [
            {
                "dataset": {"type": "ai2_arc", "name": "AI2 Reasoning Challenge (25-Shot)", "config": "ARC-Challenge",
                            "split": "test", "args": {"num_few_shot": 25}},
                "metrics": [{"type": "acc_norm", "name": "normalized accuracy", "value": 61.2}], "source": BOARD,
            },
            {"dataset": {"type": "SaylorTwift/bbh", "name": "BBH (3-Shot)"}, "metrics": [{"type": "acc_norm", "value": 10.05}],
             "source": BOARD},
            {"dataset": {"type": "common_voice", "args": "tr"},
             "metrics": [{"type": "wer", "name": "Test WER (+LM)", "value": 1.5}, {"type": "wer", "value": 21.5},
                         {"type": "wer", "value": "NA"}]},
            {"dataset": {"type": "glue", "config": "cola"}, "metrics": [{"type": "mcc", "value": 0.5}, {"value": 3}, 7]},
        ]
    }
]  # fmt: skip
CARD = "# M\n\nIt is a fine-tuned version of o/base on the imdb dataset.\n\n- Accuracy: 0.93\n"


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Atlas]:
    """An atlas in which one model was seen twice: the second time its front matter has a result less, and it has a card."""
    with duckdb.connect() as memory:
        memory.execute(files("filiation.store").joinpath("schema.sql").read_text(encoding="utf-8"))
        atlas = Atlas(tmp_path_factory.mktemp("claimed"), memory)
        for days, (index, beside) in enumerate(((INDEX, {}), ([{"results": INDEX[0]["results"][:2]}], {"README.md": CARD}))):
            body = {"id": "o/m", "sha": f"c{days}", "cardData": {"model-index": index}}
            seen = [Sighting(1, Record(Kind.MODEL, "o/m", body, beside), "hub")]
            ingest(atlas, Path("example"), batches_of(seen, "example"), NOON + timedelta(days), lambda _: None)
        with atlas.transaction() as con:
            extract(con, -1)
        yield atlas


def test_what_is_claimed_now_is_what_was_said_last(atlas):
    found = claimed(atlas, "model:o/m")
    assert [(one.ref, one.metric, one.dataset, one.value, one.basis) for one in found] == [
        ("model:o/m@c1", "acc_norm", "arc/ARC-Challenge", 0.612, Basis.DECLARED),
        ("model:o/m@c1", "acc_norm", "bbh", 0.1005, Basis.DECLARED),
        ("model:o/m@c1", "accuracy", "imdb", 0.93, Basis.STATED),
    ]
    board, rescaled, prose = found
    assert (board.protocol.split, board.protocol.shots, board.protocol.harness, board.by) == (
        "test", 25, "lm-evaluation-harness", "Open LLM Leaderboard",
    )  # fmt: skip
    assert rescaled.protocol.variant == "rescaled from chance"
    assert str(board.source) == "cardData#/model-index/0/results/0/metrics/0"
    place = prose.source.pointer.removeprefix("char=").split(",")
    assert CARD[int(place[0]) : int(place[1])] == "Accuracy: 0.93"
    assert 0 < prose.confidence < 1


def test_what_was_claimed_before_is_told_when_asked_for(atlas):
    before = [one for one in claimed(atlas, "model:o/m", every=True) if one.ref == "model:o/m@c0"]
    assert [(one.metric, one.dataset, one.value, one.protocol.config, one.protocol.variant) for one in before[2:]] == [
        ("wer", "common_voice", 0.015, "tr", "with language model"),
        ("wer", "common_voice", 0.215, "tr", None),
        ("matthews_correlation", "glue/cola", 0.5, None, None),
    ]


def test_nothing_is_claimed_of_who_is_not_there(atlas):
    assert claimed(atlas, "model:o/other") == []


@pytest.mark.parametrize(
    "about",
    [{}, {"metric": "accuracy"}, {"value": 1}, {"metric": "accuracy", "value": [1]}, {"metric": 7, "value": {}},
     {"metric": "wer", "value": 1.5}],
)  # fmt: skip
def test_what_is_no_figure_is_no_score(about):
    assert score_of("model:o/m", about, Basis.STATED, Locator("x")) is None


def test_a_metric_that_we_do_not_know_stays_as_written():
    score = score_of("model:o/m", {"metric": "Zing", "value": "45.5", "dataset": "my birds"}, Basis.STATED, Locator("x"))
    assert score
    assert (score.metric, score.dataset, score.value) == ("Zing", "my birds", 45.5)


def test_a_standard_error_has_the_unit_of_its_figure():
    for value, stderr in (("75.0", "1.0"), ("0.75", "0.01"), ("75%", "1%")):
        score = score_of("o/m", {"metric": "acc", "value": value, "stderr": stderr}, Basis.STATED, Locator("x"))
        assert score
        assert (score.value, score.stderr) == (0.75, 0.01)


def row(value: str, place: str, basis: str = "stated") -> tuple[object, ...]:
    about = {"metric": "wer", "dataset": "common_voice", "value": value}
    return json.dumps(about), basis, 0.9, "README.md", place, "folder", NOON, None


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        ([row("0.5", "char=10,20"), row("24.5", "char=30,40")], [0.005, 0.245]),  # one list: both are per cent
        ([row("24.5", "char=10,20"), row("0.2451", "char=900,910")], [0.245, 0.2451]),  # the same, told in two ways
        ([row("24.5 %", "char=10,20"), row("0.2451", "char=30,40")], [0.245, 0.2451]),  # what bears a sign says so for itself
        ([row("0.245", "/model-index/0", "declared"), row("24.5", "char=10,20")], [0.245, 0.245]),
    ],
)
def test_figures_of_one_list_are_written_in_one_way(rows, values):
    assert [one.value for one in scores_of("model:o/m", rows)] == values
