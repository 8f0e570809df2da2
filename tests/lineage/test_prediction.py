"""What nobody declared: told by neighbours, with reasons, never by what says the same in other words, and never a claim."""

from __future__ import annotations

import json
import shutil
from datetime import datetime

import duckdb
import msgspec
import numpy as np
import pytest
from same_atlas import differences

from filiation.lineage.arrays import Lineage
from filiation.lineage.prediction import kernels, loops
from filiation.lineage.prediction.answer import Reason, prediction
from filiation.lineage.prediction.build import build_predictions
from filiation.lineage.prediction.loops import BINS
from filiation.lineage.prediction.pool import SITUATIONS, Pool, weights
from filiation.lineage.prediction.witnesses import attributes, labels, neighborhood, witnesses
from filiation.store.atlas import DATABASE, Atlas

LATER = datetime(2024, 7, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
TASK = next(rule for rule in attributes() if rule.id == "pipeline_tag")


def _model(name: str, task: str | None = None, parent: str | None = None, *tags: str, **fields: str) -> dict:
    tags = (*tags, *([] if parent is None else [f"base_model:{parent}"]))
    return {"id": name, "tags": list(tags)} | ({} if task is None else {"pipeline_tag": task}) | fields


def _scored(name: str, parent: str, value: float) -> dict:
    result = {"dataset": {"type": "mmlu"}, "metrics": [{"type": "accuracy", "value": value}]}
    return _model(name, None, parent) | {"model-index": [{"name": name, "results": [result]}]}


REGISTRY = [
    _model("meta/llama", "text-generation"),
    *(_scored(f"s{i}/strong-{i}", "lab/strong", 0.8 + i / 1000) for i in range(12)),
    *(_scored(f"w{i}/weak-{i}", "lab/weak", 0.3 + i / 1000) for i in range(12)),
    _model("eve/of-strong", None, "lab/strong"),
    _model("google/vit", "image-classification"),
    *(_model(f"a{i}/llama-tuned-{i}", "text-generation", "meta/llama") for i in range(14)),
    *(_model(f"b{i}/vit-flowers-{i}", "image-classification", "google/vit") for i in range(14)),
    _model("eve/llama-tuned-new", None, "meta/llama"),
    _model("eve/vit-flowers-new", None, "google/vit", "text-generation"),
    _model("eve/zzz"),
    _model("eve/llama-tuned-odd", "robotics", "meta/llama", "gpt_neox"),
]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory, dump, chart):
    folder = tmp_path_factory.mktemp("prediction")
    return chart(folder / "a.atlas", dump(folder / "models.jsonl", REGISTRY), audited=True)


@pytest.fixture(scope="module")
def pool(atlas):
    with Atlas.open(atlas) as opened:
        near = neighborhood(opened.con, Lineage.load(atlas))
        return Pool(near, labels(opened.con, TASK, near), TASK), [name for (name,) in _names(opened)]


def _names(opened):
    return opened.con.execute("SELECT name FROM node WHERE kind = 'model' ORDER BY node_id").fetchall()


def _said(atlas, name):
    with Atlas.open(atlas) as opened:
        node = opened.con.execute("SELECT node_id FROM node WHERE name = ?", [name]).fetchall()[0][0]
        return prediction(opened.con, f"model:{name}", node)


def test_neighbors_tell_and_are_named(atlas):
    told = _said(atlas, "eve/llama-tuned-new").attributes["pipeline_tag"]
    assert told.value == "text-generation"
    assert told.confidence > 0.8
    assert "15 of 15 names with the word llama" in [reason.text() for reason in told.because]
    assert all(reason.agree == reason.others for reason in told.because)


def test_reasons_are_told_in_both_languages():
    made = Reason("owner-and-parent", "google made from meta/llama", 1, 2000)
    assert made.texts() == (
        "1 of 2,000 models of google made from meta/llama",
        "google が meta/llama から作ったモデル 2,000 件のうち 1 件",
    )
    odd = Reason("same-relation", "{0} of {x} of y", 1, 1)
    assert odd.texts() == ("1 of 1 models that are {0} of {x} of y", "{x} of y の {0} であるモデル 1 件のうち 1 件")
    assert Reason("of another version", "k", 1, 1).text() == "1 of 1 of another version"


def test_a_tag_that_is_the_answer_is_not_heard(atlas):
    assert _said(atlas, "eve/vit-flowers-new").attributes["pipeline_tag"].value == "image-classification"


def test_what_is_declared_is_not_predicted_and_a_stranger_gets_no_answer(atlas):
    assert "pipeline_tag" in _said(atlas, "a1/llama-tuned-1").declared
    alone = _said(atlas, "eve/zzz")
    assert "pipeline_tag" in alone.abstained
    assert "relation" not in (*alone.abstained, *alone.attributes)


def test_scores_of_relatives_are_told_with_a_range(atlas):
    told = _said(atlas, "eve/of-strong").attributes["accuracy on mmlu"]
    assert told.low < 0.8 < told.high
    assert float(told.value) > 0.6
    assert "accuracy on mmlu" not in _said(atlas, "eve/llama-tuned-new").attributes


def test_a_declared_value_that_no_other_model_has_is_declared(atlas, rows):
    query = "SELECT attribute FROM prediction JOIN node USING (node_id) WHERE name = 'eve/llama-tuned-odd'"
    assert not {"pipeline_tag", "model_type"} & {name for (name,) in rows(atlas, query)}


def test_no_claim_comes_of_it(atlas, rows):
    claims = "SELECT DISTINCT id FROM claim JOIN record USING (record_id) WHERE id LIKE 'eve/%' AND predicate = 'pipeline_tag'"
    assert rows(atlas, claims) == [("eve/llama-tuned-odd",)]
    told = "SELECT DISTINCT name FROM node WHERE name LIKE 'eve/%' AND pipeline_tag IS NOT NULL"
    assert rows(atlas, told) == [("eve/llama-tuned-odd",)]


def test_its_own_label_does_not_tell_of_a_model(pool):
    asked, names = pool
    rows = np.array([names.index("a1/llama-tuned-1")])
    own = asked.labels.value[asked.labels.start[rows]]
    changed = asked.labels.value.copy()
    changed[asked.labels.start[rows]] = 1 - own
    with_other = Pool(asked.near, asked.labels._replace(value=changed), TASK)
    prior = np.full_like(asked.prior, 0.5)  # of all models, where its label counts in full view
    asked.prior, with_other.prior = prior, prior.copy()
    one, other = (each.answer(rows, weights("pipeline_tag")["all"], is_counted=True) for each in (asked, with_other))
    assert (one.value, one.confidence) == (other.value, other.confidence)


def test_who_stands_around_decides_how_sure_it_is(pool):
    asked, names = pool
    situation = dict(zip(names, asked.situation(is_counted=False), strict=True))
    around = {
        "eve/zzz": "alone",
        "eve/of-strong": "strangers",
        "meta/llama": "relatives",
        "eve/llama-tuned-new": "relatives",
    }
    assert {name: SITUATIONS[situation[name]] for name in around} == around
    one = Pool(asked.near, asked.labels._replace(start=np.minimum(asked.labels.start, 1), value=asked.labels.value[:1]), TASK)
    who = np.flatnonzero(np.diff(one.labels.start))[0]
    assert one.situation(is_counted=False)[who] == 2  # its own word is in the table
    assert one.situation(is_counted=True)[who] == 1


def test_confidence_is_read_off_the_curve_of_its_situation(pool):
    asked, names = pool
    rows = np.array([names.index(name) for name in ("eve/zzz", "eve/llama-tuned-new")])
    flat = {"alone": ((0.0, 0.25), (1.0, 0.25)), "relatives": ((0.0, 0.75), (1.0, 0.75))}
    told = asked.answer(rows, msgspec.structs.replace(weights("pipeline_tag")["all"], knots=flat), is_counted=False)
    assert told.confidence.tolist() == [0.25, 0.75]


@pytest.mark.parametrize("rule", attributes(), ids=lambda rule: rule.id)
def test_every_attribute_has_a_curve_for_each_situation(rule):
    for found in weights(rule.id).values():
        assert set(found.knots) == set(SITUATIONS) - ({"alone"} if rule.id == "relation" else set())


def test_reasons_of_which_most_models_agree_come_first_and_others_only_without_them():
    columns = [  # value, weight, amount, key, agree, others
        (0, 0, 9.0, 7, 79, 400),
        (0, 0, 1.0, 8, 3, 5),
        (0, 0, 2.0, 9, 2, 2),
        (1, 0, 9.0, 5, 5, 5),
    ]

    def told(statements):
        said = tuple(np.array(column) for column in zip(*statements, strict=True))
        results = (None, None, *(np.full((1, loops.REASONS), -1) for _ in range(3)))
        loops.reasons(len(statements), said, np.ones(1), 0, 0, results)
        return results[2][0].tolist()

    assert told(columns) == [9, 8, -1]
    assert told(columns[:1]) == [7, -1, -1]


def test_compiled_and_plain_loops_agree_and_the_slope_is_that_of_the_loss(pool):
    asked, _ = pool
    rows = np.flatnonzero(np.diff(asked.labels.start) > 0)
    width = len(witnesses()) * 2 * BINS
    at = np.random.default_rng(0).random(width)

    def loss(power, given, how=loops):
        gradient = np.zeros(1 + width)
        return how.slope(*asked.arguments(rows), given, asked.prior, power, gradient), gradient

    value, gradient = loss(0.9, at)
    assert np.allclose(loss(0.9, at, kernels)[1], gradient)
    for place in [0, *np.flatnonzero(np.abs(gradient[1:]) > 1e-6)[:4] + 1]:
        step = np.zeros(1 + width)
        step[place] = 1e-6
        near = [loss(0.9 + sign * step[0], at + sign * step[1:])[0] for sign in (1, -1)]
        assert np.isclose((near[0] - near[1]) / 2e-6, gradient[place], atol=1e-5)
    assert value > 0


def test_a_registry_of_few_models_is_not_asked(tmp_path, dump, chart):
    atlas = chart(tmp_path / "a.atlas", dump(tmp_path / "m.jsonl", REGISTRY[:5]))
    with Atlas.open(atlas, "write") as opened, opened.transaction() as con:
        assert build_predictions(con, Lineage.load(atlas), atlas, "few") == (0, "few")


def test_what_changes_is_told_by_the_fit_that_stands_as_if_all_were(tmp_path, dump, chart, rows):
    atlas = chart(tmp_path / "a", dump(tmp_path / "m.jsonl", REGISTRY), audited=True)
    drift = [
        _model("eve/aaa-of-strong", None, "lab/strong"),
        _model("eve/vit-flowers-more", None, "google/vit", "a-new-tag"),
        _model("eve/llama-tuned-new", "text-generation", "meta/llama"),
        _model("a1/llama-tuned-1", None, "meta/llama"),
        _model("google/vit", None, None, "fr"),
        _scored("eve/of-strong", "lab/strong", 0.9),
    ]
    chart(atlas, (dump(tmp_path / "n.jsonl", drift), LATER), audited=True)
    assert len(set(rows(atlas, "SELECT token FROM stage_run WHERE stage = 'predict'"))) == 1
    assert "accuracy on mmlu" in _said(atlas, "eve/aaa-of-strong").attributes
    assert "accuracy on mmlu" not in _said(atlas, "eve/of-strong").attributes
    assert _said(atlas, "a1/llama-tuned-1").attributes["pipeline_tag"].value == "text-generation"
    told = shutil.copytree(atlas, tmp_path / "told")
    with duckdb.connect(told / DATABASE) as con:
        con.execute("DELETE FROM made_from WHERE stage = 'predict'")
        con.execute("UPDATE stage_run SET input = '' WHERE stage = 'predict'")
    chart(told, audited=True)
    assert differences(atlas, told) == {}


def test_where_much_has_come_all_is_learned_again(tmp_path, dump, chart, rows):
    atlas = chart(tmp_path / "a", dump(tmp_path / "m.jsonl", REGISTRY), audited=True)
    more = [_model(f"c{i}/llama-other-{i}", "robotics", "meta/llama") for i in range(30)]
    chart(atlas, (dump(tmp_path / "n.jsonl", more), LATER), audited=True)
    (first,), (second,) = rows(atlas, "SELECT token FROM stage_run WHERE stage = 'predict' ORDER BY run_id")
    assert first != second
    assert [path.name for path in (atlas / "predict").iterdir()] == [second]


def test_the_verb_prints_and_refuses(atlas, run):
    done = run("predict", "eve/llama-tuned-new", "--json", atlas=atlas)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["attributes"]["pipeline_tag"]["value"] == "text-generation"
    shown = run("predict", "eve/llama-tuned-new", atlas=atlas).stdout
    assert "pipeline_tag: text-generation  predicted 0." in shown
    missing = run("predict", "eve/nothing", atlas=atlas)
    assert missing.returncode == 2
    assert len(missing.stderr.strip().splitlines()) == 1


def test_the_verb_says_what_to_run_where_nothing_was_predicted(tmp_path, dump, chart, run):
    atlas = chart(tmp_path / "a.atlas", dump(tmp_path / "m.jsonl", REGISTRY[:5]))
    said = run("predict", "meta/llama", atlas=atlas)
    assert said.returncode == 2
    assert said.stderr.strip().count("\n") == 0
    assert f"run 'filiation build --atlas {atlas}'" in said.stderr
