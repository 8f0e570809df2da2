"""`measure`: models that run here, and programs that answer well, badly or not at all."""

from __future__ import annotations

import json
from importlib.util import find_spec

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner
from made_suites import flower_model, flower_suite, fruit_suite, plugin, walls

from filiation.cli.verbs.measure import command
from filiation.cli.verbs.measure.portability import command as portability
from filiation.core.errors import FiliationError
from filiation.core.measurement import Measurement, scores_of
from filiation.measure.model import find_model
from filiation.measure.portability import Portability, agreement
from filiation.scores.results import measure as _importer  # noqa: F401  # what `scores` reads runs with


def asked(verb, *arguments):
    done = CliRunner().invoke(verb, [str(one) for one in arguments], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.stdout


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    """A model of three flowers and a suite that it is asked, in two runs, and what was answered."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install filiation[onnx]")
    folder = tmp_path_factory.mktemp("flowers")
    model, suite = flower_model(folder / "model"), flower_suite(folder / "suite.toml")
    (model / "secret.pkl").write_bytes(b"\x80\x04N.")
    (model / "modeling.py").write_text("raise SystemExit")
    code, text = asked(command, "ada/flowers", "--suite", suite, "--files", model, "--json", "--output", folder / "out.json")
    return code, json.loads(text), folder


def test_a_model_is_measured_twice_to_the_same(flowers):
    code, answer, folder = flowers
    assert (code, answer["schema"], answer["outcome"], answer["same"]) == (0, "filiation/measure/v1", "finished", True)
    jsonschema.validate(answer, msgspec.json.schema(Measurement))
    (score,) = answer["scores"]
    assert (score["metric"], score["dataset"], score["samples"]) == ("accuracy", "small", 6)
    assert score["value"] == pytest.approx(5 / 6)
    assert score["low"] < score["value"] < score["high"]
    assert score["protocol"]["precision"] == "float32"
    assert answer["runner"]["name"] == "onnxruntime"
    assert {"onnxruntime", "python"} <= set(answer["runner"]["packages"])
    assert [file["name"] for file in answer["model"]["files"]] == ["config.json", "model.onnx"]
    assert [text.partition(":")[0] for text in answer["model"]["withheld"]] == ["modeling.py", "secret.pkl"]
    assert answer["latency"]["by"] == "runner"
    assert len(answer["spent"]) == 2
    assert str(folder) not in json.dumps(answer)


def test_what_it_writes_is_read_back_as_scores(flowers):
    _, answer, folder = flowers
    kept = msgspec.json.decode((folder / "out.json").read_bytes(), type=Measurement)
    (score,) = scores_of(kept, "out.json")
    assert (score.ref, score.metric, score.basis, score.samples) == ("model:ada/flowers", "accuracy", "measured", 6)
    assert score.value == answer["scores"][0]["value"]


def test_forms_of_a_model_are_asked_the_same(flowers):
    _, _, folder = flowers
    code, text = asked(portability, "ada/flowers", "--suite", folder / "suite.toml", "--files", folder / "model", "--json")
    answer = json.loads(text)
    jsonschema.validate(answer, msgspec.json.schema(Portability))
    forms = {form["form"]: form for form in answer["forms"]}
    assert code == 0
    assert list(forms) == ["as it is", "optimised", "int8"]
    for name in ("as it is", "optimised"):
        assert (forms[name]["outcome"], forms[name]["agreement"]) == ("finished", 1.0)
        assert forms[name]["scores"]["accuracy"] == pytest.approx(5 / 6)
    if find_spec("onnx") is None:
        assert forms["int8"]["reason"] == "onnx is not installed where it runs."
    else:
        assert forms["int8"]["outcome"] == "finished"


def test_agreement_is_of_vectors_labels_or_nothing():
    assert agreement({0: [1, 0], 1: [0, 1]}, {0: [2, 0], 1: [1, 0]}) == pytest.approx(0.5)
    assert agreement({0: "a", 1: "b"}, {0: "a", 1: "c"}) == 0.5
    assert agreement({0: 1.0}, {0: 1.0}) is None
    assert agreement({0: [1.0]}, {0: [1.0, 2.0]}) is None


@pytest.fixture
def fruit(tmp_path):
    """What measures a program of `ANSWERS`, as (exit code, answer)."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    (tmp_path / "secret").write_text("fruit")
    suite = fruit_suite(tmp_path / "suite.toml")

    def measured(kind, *more):
        words = ["ada/fruit", "--suite", suite, "--files", tmp_path / "model", "--command", plugin(tmp_path / "own.py", kind)]
        code, text = asked(command, *words, "--option", f"secret={tmp_path / 'secret'}", "--json", *more)
        return code, json.loads(text)

    return measured


def test_a_command_may_answer(fruit):
    code, answer = fruit("honest", "--repeat", 3)
    assert (code, answer["outcome"], answer["same"], answer["runs"]) == (0, "finished", True, 3)
    assert [score["value"] for score in answer["scores"]] == [1.0, 1.0]
    assert answer["runner"]["name"] == "command"
    assert answer["runner"]["command"][-1] == "own.py"


@pytest.mark.parametrize(
    ("kind", "more", "outcome", "says"),
    [
        ("slow", ["--seconds", "0.5"], "timed_out", "0.5 seconds"),
        ("eater", ["--memory", "100"], "out_of_memory", "100 MB"),
        ("crash", [], "crashed", "SIGABRT"),
        ("chatty", [], "broken_answers", "no JSON"),
        ("twice", [], "broken_answers", "twice"),
        ("other", [], "broken_answers", "was not asked"),
        ("silent", [], "broken_answers", "answered 0 of 4"),
        ("number", [], "broken_answers", "is no label"),
        ("online", [], "crashed", "not permitted"),
        ("reader", [], "crashed", "Permission denied"),
    ],
)
def test_a_command_that_fails_is_told(fruit, kind, more, outcome, says, lacking):
    if kind in ("online", "reader") and not (walls().network and walls().files):
        lacking("walls", f"this machine does not hold {'; '.join(walls().not_held)}")
    code, answer = fruit(kind, *more)
    assert (code, answer["outcome"], answer["scores"], answer["same"]) == (1, outcome, [], None)
    assert says in answer["reason"]


@pytest.mark.parametrize(
    ("kind", "code", "says"),
    [
        ("constant", 0, "one and the same answer"),
        ("foreign", 0, "none of the suite's"),
        ("by_place", 1, "answers differ from one run to another"),
        ("boastful", 0, "longer than it ran"),
    ],
)
def test_a_command_that_lies_is_told(fruit, kind, code, says):
    found, answer = fruit(kind)
    assert (found, answer["outcome"]) == (code, "finished")
    assert any(says in text for text in answer["notes"])
    if kind == "boastful":
        assert answer["scores"][0]["value"] == 0.5
        assert answer["runner"]["precision"] is None
        assert (answer["latency"]["by"], answer["latency"]["load_seconds"]) == ("process", None)


def test_a_model_that_cannot_be_loaded_is_told(tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install filiation[onnx]")
    (tmp_path / "model.onnx").write_bytes(b"\x08\x08\x3a\x02nothing")
    words = ["a/b", "--suite", flower_suite(tmp_path / "suite.toml"), "--files", tmp_path / "model.onnx", "--json"]
    code, text = asked(command, *words)
    answer = json.loads(text)
    assert (code, answer["outcome"], answer["scores"], answer["runs"]) == (1, "cannot_run", [], 1)
    assert answer["reason"].startswith("ONNX Runtime cannot load model.onnx")
    assert "filiation-model" not in answer["reason"]


def test_what_cannot_run_is_one_sentence(tmp_path):
    suite = fruit_suite(tmp_path / "suite.toml")
    empty = tmp_path / "empty"
    empty.mkdir()
    for words, says in (
        (["a/b"], "Which model and which suite"),
        (["a/b", "--suite", suite, "--files", empty], "0 files of a/b may be read"),
        (["a/b", "--suite", suite, "--files", tmp_path / "gone"], "is not there"),
        (["a/b", "--suite", suite, "--files", "package:json/../os.py"], "leads out of the package"),
        (["a/b", "--suite", suite, "--files", "package:no_such_package"], "no Python package"),
        (["a/b", "--suite", suite, "--files", suite], "Nothing here says how"),
        (["a/b", "--suite", suite, "--files", suite, "--runner", "other"], "No runner is called"),
        (["a/b", "--suite", suite, "--files", suite, "--command", "no-such-program x"], "no program"),
    ):
        with pytest.raises(FiliationError, match=says):
            asked(command, *words)


def test_hostile_files_are_not_run(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"auto_map": {"AutoModel": "modeling.Evil"}}')
    (folder / "chat_template.jinja").write_text("{{ cycler.__init__.__globals__.os.popen('id').read() }}")
    with pytest.raises(FiliationError, match="--despite-scan"):
        find_model("a/b", [str(folder)])
    assert find_model("a/b", [str(folder)], despite_scan=True).about.bytes
    (folder / "chat_template.jinja").unlink()
    (folder / "weights.bin").write_bytes(b"\x80\x04N.")
    (folder / "renamed.safetensors").write_bytes(b"\x80\x04\x95\x01\x00\x00\x00\x00\x00\x00\x00N.")
    (folder / "out").symlink_to("/etc/hostname")
    shown = find_model("a/b", [str(folder)])
    assert set(shown.files) == {"config.json"}
    assert len(shown.about.withheld) == 3


def test_magika_tells_files_apart():
    """The real classifier, where its package is installed; the bench installs it."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install filiation[onnx]")
    if find_spec("magika") is None:
        pytest.skip("magika is not installed: pip install magika")
    places = [f"package:magika/models/standard_v3_3/{name}" for name in ("model.onnx", "config.min.json")]
    words = ["google/magika", "--suite", "file-kinds", "--files", places[0], "--files", places[1], "--json"]
    code, text = asked(command, *words)
    assert code == 0
    assert json.loads(text)["scores"][0]["value"] > 0.85
