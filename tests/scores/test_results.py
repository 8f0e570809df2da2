"""Results of each harness, read as scores."""

from __future__ import annotations

import json

import pytest
import results_made as made

from filiation.core.claim import Basis
from filiation.core.record import ReadOptions, Skipped
from filiation.formats.score_files import FORMATS, format_of
from filiation.registry.score_results import SOURCE
from filiation.scores.results import READERS, read_results


def scores(path, document=None):
    """The scores in a file, by metric, dataset and configuration."""
    if document is not None:
        path.write_text(json.dumps(document))
    found = {}
    for item in read_results(path):
        assert not isinstance(item, Skipped), item
        for score in item[1]:
            found[score.metric, score.dataset, score.protocol.config, score.protocol.variant] = score
    return found


def test_every_format_has_a_reader():
    assert FORMATS.keys() == READERS.keys()


def test_lm_eval(tmp_path):
    found = scores(tmp_path / "results_2024.json", made.lm_eval())
    whole = found["accuracy", "mmlu", None, None]
    assert (whole.value, whole.stderr, whole.samples) == (0.6, 0.004, 301)
    assert whole.ref == f"model:o/score@{made.SHA}"
    assert whole.protocol.shots == 5
    assert whole.protocol.precision == "bfloat16"
    assert whole.protocol.prompt == "chat template"
    assert whole.protocol.harness_version == "0.4.3, task 2"
    assert str(whole.at) == "2024-07-03 09:46:40.500000"
    assert str(whole.source) == "results_2024.json#/results/mmlu/acc,none"
    anatomy = found["accuracy", "mmlu", "anatomy", None]
    assert (anatomy.value, anatomy.samples, anatomy.protocol.split) == (0.7, 135, "test")
    strict, flexible = (found["exact_match", "gsm8k", None, name] for name in ("strict match", "flexible extract"))
    assert (strict.value, strict.stderr, strict.samples, strict.protocol.shots) == (0.5, 0.05, 100, 5)
    assert flexible.stderr is None
    assert len(found) == 4  # a figure that is not a number is none


def test_lm_eval_before_0_4_has_no_filters(tmp_path):
    old = {
        "results": {"hellaswag": {"acc": 0.5, "acc_stderr": 0.01, "acc_norm": 0.6, "acc_norm_stderr": 0.01}},
        "versions": {"hellaswag": 0},
        "config": {"model": "gpt2", "model_args": "pretrained=o/score", "num_fewshot": 10},
    }
    found = scores(tmp_path / "old.json", old)
    assert {metric for metric, *_ in found} == {"accuracy", "acc_norm"}
    assert next(iter(found.values())).protocol.shots == 10


def test_lighteval(tmp_path):
    found = scores(tmp_path / "results_2025-01-02T00-00-00.json", made.lighteval())
    assert len(found) == 3
    average = found["accuracy", "mmlu", None, None]
    assert (average.value, average.samples, average.protocol.shots) == (0.55, 301, 5)
    assert average.stderr == pytest.approx((0.03**2 + 0.04**2) ** 0.5 / 2)  # not the mean of the errors
    assert found["accuracy", "mmlu", "anatomy", None].protocol.precision == "float16"
    assert found["accuracy", "mmlu", "virology", None].at.isoformat() == "2025-01-02T00:00:00"


def test_mteb_tells_the_model_by_the_file_beside_or_by_the_folders(tmp_path):
    folder = tmp_path / "results" / "o__score" / made.SHA
    folder.mkdir(parents=True)
    (folder / "AmazonCounterfactualClassification.json").write_text(json.dumps(made.mteb()))
    [(file, _)] = read_results(folder / "AmazonCounterfactualClassification.json")
    assert (file.model, file.revision) == ("o/score", made.SHA)
    (folder / "model_meta.json").write_text(json.dumps({"name": "o/other", "revision": "v2"}))
    assert format_of(folder) == "mteb"
    [(file, found)] = read_results(folder)
    assert (file.model, file.revision) == ("o/other", "v2")
    assert {(score.metric, score.protocol.config, score.value) for score in found} == {
        ("accuracy", "en", 0.75), ("f1", "en", 0.7), ("accuracy", "de", 0.7), ("f1", "de", 0.7),
    }  # fmt: skip
    assert {score.dataset for score in found} == {found[0].dataset}
    assert found[0].protocol.dataset_revision.startswith("e8379541")


def test_mteb_before_1_11(tmp_path):
    folder = tmp_path / "o__score" / "abc"
    folder.mkdir(parents=True)
    found = scores(folder / "STSBenchmark.json", made.mteb_before())
    assert {metric for metric, *_ in found} == {"cosine_pearson", "cosine_spearman"}


def test_helm(tmp_path):
    run = made.helm(tmp_path / "runs" / "v1" / "mmlu")
    for path in (run, run / "stats.json"):
        [(key, score)] = scores(path).items()
        assert key == ("exact_match", "mmlu", "anatomy", None)
        assert (score.value, score.samples, score.stderr, score.protocol.shots) == (0.62, 135, None, 5)


def test_inspect_as_archive_and_as_text(tmp_path):
    archive = made.inspect_archive(tmp_path / "run.eval", made.inspect_log())
    text = tmp_path / "run.json"
    text.write_text(json.dumps(made.inspect_log() | {"samples": [{"id": 1}] * 100}))
    packed = made.packed_with_zstd(tmp_path / "packed.eval", made.inspect_log())
    for path in (archive, text, packed):
        [(file, [score])] = read_results(path)
        assert file.model == "o/score"
        assert "samples" not in file.document
        assert (score.metric, score.dataset, score.value, score.stderr, score.samples) == ("accuracy", "gsm8k", 0.5, 0.035, 200)
        assert (score.protocol.shots, score.protocol.prompt) == (5, "chain of thought")
        assert score.at.isoformat() == "2025-03-01T08:00:00"
    assert scores(tmp_path / "failed.json", made.inspect_log(status="error")) == {}


def test_every_eval_ever(tmp_path):
    [score] = scores(tmp_path / "a.json", made.every_eval_ever()).values()
    assert (score.metric, score.dataset, score.value, score.samples) == ("accuracy", "glue/sst2", 0.81, 872)
    assert (score.basis, score.by, score.protocol.split) == (Basis.MEASURED, "a lab", "validation")
    own = made.every_eval_ever(source_type="documentation", evaluator_relationship="first_party")
    [score] = scores(tmp_path / "own.json", own).values()
    assert score.basis == Basis.STATED  # what a publisher says of its own model is no measurement


def test_what_measure_wrote(tmp_path):
    [score] = scores(tmp_path / "out.json", made.measure()).values()
    assert (score.metric, score.dataset, score.value, score.samples, score.stderr) == ("accuracy", "kinds", 0.9, 115, 0.02)
    assert score.ref == f"model:o/score@sha256:{'b' * 16}"
    assert scores(tmp_path / "failed.json", made.measure() | {"outcome": "timed_out", "scores": []}) == {}


def test_leaderboard_groups_rows_by_model(tmp_path):
    path = tmp_path / "board.csv"
    path.write_text(made.board(("o/score", "a" * 40, 0.4), ("o/other", "b" * 40, 0.3), ("o/score", "c" * 40, 0.35)))
    found = {item[0].model: item[1] for item in read_results(path)}
    assert [len(found[name]) for name in ("o/score", "o/other")] == [8, 4]
    gpqa = [score for score in found["o/score"] if score.dataset == "gpqa"]
    assert [round(score.value, 6) for score in gpqa] == [0.4, 0.2, 0.35, 0.133333]
    assert {score.ref for score in gpqa} == {f"model:o/score@{'a' * 40}", f"model:o/score@{'c' * 40}"}
    assert gpqa[1].stderr == pytest.approx(1.333 * (0.4 * 0.6 / 1192) ** 0.5)


@pytest.mark.parametrize(
    "text",
    [
        '{"results": {"x": {"alias": "x", "acc,none": 0.5}}',
        '{"results": {"x": [1], "alias": 2}, "model_name": 5}',
        '{"results": {"x": {"alias": [], "acc,none": {"a": 1}}}, "model_name": "o/a", "configs": [], "config": 1, "n-shot": 3}',
        '{"results": {"x": {"alias": 1, "acc,none": 1e999}}, "model_name": "o/a", "date": 1e300}',
        '{"config_general": [], "results": 5}',
        '{"config_general": {"model_name": "o/a"}, "results": {"a|b|c|d": {"acc": true}, "|": {"": 1}}}',
        '{"mteb_version": 1, "task_name": 5, "scores": {"test": [5, {"hf_subset": 3, "accuracy": "x"}]}}',
        '{"version": 2, "status": "success", "eval": {"model": "hf/o/a", "task": 5}, "results": {"scores": {"a": 1}}}',
        '{"schema_version": 1, "evaluation_id": 1, "model_info": {"id": "o/a"}, "evaluation_results": {"a": 1}}',
        '{"schema": "filiation/measure/v1", "ref": "model:o/a"}',
        "[" * 5000,
        '{"results": {"acc":' + '{"a":' * 3000,
    ],
)
def test_odd_files_are_skipped_and_end_nothing(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text)
    for item in read_results(path):
        assert isinstance(item, Skipped) or all(score.value == score.value for score in item[1])
    assert all(isinstance(item, Skipped) or item.table.num_rows for item in SOURCE.read(path, ReadOptions()))


def test_groups_that_name_themselves_end(tmp_path):
    loop = made.lm_eval() | {"group_subtasks": {"mmlu": ["mmlu", "gsm8k"], "gsm8k": ["mmlu"]}}
    assert scores(tmp_path / "loop.json", loop)


def helm_run(folder, model: str, deployment: str | None):
    run = made.helm(folder, model)
    spec = json.loads((run / "run_spec.json").read_text())
    spec["adapter_spec"] |= {"model_deployment": deployment} if deployment else {}
    (run / "run_spec.json").write_text(json.dumps(spec))
    [(file, _)] = read_results(run)
    return file.model, file.revision, file.is_hub


@pytest.mark.parametrize(
    ("model", "deployment", "told"),
    [
        ("meta/llama-3.1-8b-instruct", "huggingface/llama-3.1-8b-instruct", ("meta-llama/Llama-3.1-8B-Instruct", None, True)),
        ("meta/llama-3.1-8b-instruct", "together/llama-3.1-8b-instruct", ("meta/llama-3.1-8b-instruct", None, False)),
        ("openai/gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13", ("openai/gpt-4o-2024-05-13", None, False)),
        ("o/score@v2", "o/score@v2", ("o/score", "v2", True)),  # --enable-huggingface-models
        ("huggingface/mine", "huggingface/mine", ("huggingface/mine", None, False)),  # a folder
        ("o/score", None, ("o/score", None, False)),
    ],
)
def test_helm_tells_what_it_loaded_and_else_has_names_of_its_own(tmp_path, model, deployment, told):
    assert helm_run(tmp_path / "run", model, deployment) == told


@pytest.mark.parametrize(("model", "told"), [("vllm/o/score", ("o/score", True)), ("openai/gpt-4o", ("openai/gpt-4o", False))])
def test_a_service_that_inspect_asked_is_no_repository(tmp_path, model, told):
    path = tmp_path / "run.json"
    path.write_text(json.dumps(made.inspect_log(model)))
    [(file, _)] = read_results(path)
    assert (file.model, file.is_hub) == told
    assert sum(isinstance(item, Skipped) for item in SOURCE.read(path, ReadOptions())) == (not told[1])


def test_a_service_that_lighteval_asked_is_no_repository(tmp_path):
    path = tmp_path / "results.json"
    document = made.lighteval()
    for more, is_hub in (({}, True), ({"provider": None, "base_url": None, "api_max_retry": 8}, False)):
        document["config_general"]["model_config"] |= more
        path.write_text(json.dumps(document))
        [(file, _)] = read_results(path)
        assert file.is_hub == is_hub


def test_a_folder_of_runs_is_read_as_far_as_it_holds_results(tmp_path):
    below = tmp_path / "o__score" / "later"
    below.mkdir(parents=True)
    (below / "results_2024.json").write_text(json.dumps(made.lm_eval()))
    (below / "notes.json").write_text("{}")
    (tmp_path / "again").symlink_to(tmp_path)
    made.helm(tmp_path / "runs" / "mmlu")
    assert [file.format for file, _ in read_results(tmp_path)] == ["lm-eval", "helm"]


def test_why_nothing_is_read_is_said(tmp_path):
    (tmp_path / "none.json").touch()
    for path, reason in ((tmp_path / "none.json", "it is empty"), (tmp_path, "no results that we can read")):
        [skipped] = read_results(path)
        assert reason in skipped.reason


def test_what_is_about_no_repository_is_said(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(made.lm_eval("/data/models/mine")))
    [skipped] = SOURCE.read(path, ReadOptions())
    assert "about no repository, but '/data/models/mine'" in skipped.reason


def test_a_cut_archive_is_skipped(tmp_path):
    path = made.inspect_archive(tmp_path / "run.eval", made.inspect_log())
    path.write_bytes(path.read_bytes()[:-30])
    [item] = read_results(path)
    assert isinstance(item, Skipped)
