"""A registry with a wrong claim, an honest one by another protocol and an honest one within noise, end to end."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
import results_made as made
from click.testing import CliRunner

from filiation.cli import filiation
from filiation.core.errors import FiliationError

NAMES = ("wrong", "elsewhere", "honest", "exact")
RESULTS = {"wrong": 0.81, "elsewhere": 0.81, "honest": 0.94, "exact": 0.95}


def card(name: str) -> dict:
    """Claims 95 % on SST-2: the validation split, but for one model, which took the test split."""
    split = "test" if name == "elsewhere" else "validation"
    results = [
        {
            "dataset": {"type": "glue", "name": "GLUE", "config": "sst2", "split": split},
            "metrics": [{"type": "accuracy", "value": 95.0}],
        }
    ]
    return {"id": f"o/{name}", "tags": [], "cardData": {"model-index": [{"results": results}]}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scores")


@pytest.fixture(scope="module")
def atlas(folder, dump, chart):
    """The measurements are charted as the listing is."""
    listing = dump(folder / "models.jsonl", [card(name) for name in (*NAMES, "unmeasured")])
    runs = []
    for name, value in RESULTS.items():
        runs.append(folder / f"{name}.json")
        runs[-1].write_text(json.dumps(made.every_eval_ever(f"o/{name}", value)))
    board = folder / "board.csv"
    board.write_text(made.board(("o/fell", "a" * 40, 0.5), ("o/fell", "b" * 40, 0.4), ("o/exact", "c" * 40, 0.4)))
    return chart(folder / "a", listing, *runs, board, audited=True)


def scores(atlas, *words: str):
    return CliRunner().invoke(filiation, ["scores", *words, "--atlas", str(atlas)], standalone_mode=False)


def told(atlas, *words: str) -> dict:
    done = scores(atlas, *words, "--json")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("name", "verdict", "code"),
    [("wrong", "lower", 1), ("elsewhere", "not_comparable", 0), ("honest", "within_noise", 0), ("exact", "confirmed", 0)],
)
def test_each_is_told_from_the_others(atlas, name, verdict, code):
    done = scores(atlas, f"o/{name}")
    assert done.return_value == code
    answer = told(atlas, f"o/{name}")
    assert answer["schema"] == "filiation/scores/v1"
    [row] = answer["rows"]
    assert (row["metric"], row["dataset"], row["claimed"], row["verdict"]) == ("accuracy", "glue/sst2", 0.95, verdict)
    assert row["delta"] == pytest.approx(RESULTS[name] - 0.95)
    assert row["result"]["ref"] == f"model:o/{name}@{made.SHA}"
    if name == "elsewhere":
        assert row["differs"] == [{"field": "split", "claimed": "test", "measured": "validation"}]


def test_the_text_says_what_differs_and_what_to_do(atlas):
    text = scores(atlas, "o/elsewhere").stdout
    assert "split: claimed for test, measured for validation" in text
    text = scores(atlas, "o/wrong").stdout
    assert "measured lower: accuracy on glue/sst2: claimed 0.95, measured 0.81 (-0.14)" in text
    assert "let pass: 0.01 by the study's point" in text
    text = scores(atlas, "o/unmeasured").stdout
    assert "1 claim is about data that nobody measured here" in text
    assert "measure it with 'filiation measure o/unmeasured --suite FILE'" in text
    assert "Nothing is claimed of it: chart its card" in scores(atlas, "o/fell").stdout
    assert "give these with --results" in str(scores(atlas, "o/exact", "--as", "o/other").exception)


def test_results_beside_the_atlas(atlas, folder):
    run = folder / "mine.json"
    run.write_text(json.dumps(made.every_eval_ever("models/mine", 0.8)))
    refused = scores(atlas, "o/unmeasured", "--results", str(run)).exception
    assert isinstance(refused, FiliationError)
    assert "about models/mine, not about o/unmeasured" in str(refused)
    [row] = told(atlas, "o/unmeasured", "--results", str(run), "--as", "models/mine")["rows"]
    assert row["contradicted"]


def test_a_file_that_was_charted_and_is_given_too_counts_once(atlas, folder):
    run, once = str(folder / "exact.json"), told(atlas, "o/exact")
    assert told(atlas, "o/exact", "--results", run, "--results", run) == once
    assert len(once["rows"]) == 1


def test_a_model_that_only_a_board_names_is_tracked(atlas):
    answer = told(atlas, "o/fell")
    assert answer["rows"] == []
    steps = [step for track in answer["tracks"] for step in track["steps"]]
    assert {step["change"] for step in steps} == {"dropped"}


def test_checks_tell_of_them(atlas):
    from filiation.store.atlas import Atlas

    with Atlas.open(atlas) as opened:
        found = opened.con.execute(
            "SELECT name, check_name, details FROM finding JOIN node USING (node_id)"
            " WHERE starts_with(check_name, 'score-') ORDER BY ALL"
        ).fetchall()
    assert [(name, check) for name, check, _ in found] == [
        ("o/fell", "score-dropped"), ("o/wrong", "score-lower-than-claimed"),
    ]  # fmt: skip
    assert found[1][2] == ["accuracy on glue/sst2", "0.95", "0.81"]


def test_the_server_tells_the_same(atlas):
    from starlette.testclient import TestClient

    from filiation.server.app import create_app

    with TestClient(create_app(atlas)) as client:
        answer = client.get("/api/v1/scores/model:o/wrong").json()
    assert answer["contradicted"] == 1
    assert answer == told(atlas, "o/wrong")


def test_a_later_table_takes_the_place_of_an_earlier_one(tmp_path, dump, chart):
    listing = dump(tmp_path / "models.jsonl", [card("exact")])
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    first.write_text(made.board(("o/exact", "c" * 40, 0.4)))
    second.write_text(made.board(("o/exact", "c" * 40, 0.4), ("o/exact", "d" * 40, 0.45)))
    days = [datetime(2024, 7, day) for day in (1, 2, 3)]  # noqa: DTZ001  # the atlas keeps naive UTC
    atlas = chart(tmp_path / "a", *zip((listing, first, second), days, strict=True))
    answer = told(atlas, "o/exact")
    assert {len(track["points"]) for track in answer["tracks"]} == {2}
