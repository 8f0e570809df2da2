"""Logs of Inspect: an ``.eval`` archive, or the same as JSON.

Source:
    inspect_ai 0.3.285, log/_log.py (`EvalLog`, `EvalSpec`, `EvalScore`) and log/_recorders/eval.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from filiation.core.score import Protocol, Score
from filiation.formats.score_files import ScoreFile, text_at
from filiation.scores.results.figure import Taken, count, figure, moment

HARNESS = "inspect_ai"
_ERRORS = ("stderr", "bootstrap_stderr", "hierarchical_bootstrap")
_NOT_METRICS = frozenset({*_ERRORS, "std", "var", "bootstrap_std"})
_MEANS = frozenset({"mean", "accuracy"})
_SHOTS = ("fewshot", "num_fewshot", "n_shots", "shots", "num_shots")


def read(file: ScoreFile) -> Iterator[Score]:
    """Yield each metric of each scorer; nothing of a run that did not end well.

    A metric called ``mean`` is that of its scorer, and bears the scorer's name.
    """
    if file.document.get("status") not in (None, "success"):
        return
    results = _table(file.document, "results")
    for number, score in enumerate(results["scores"] if isinstance(results.get("scores"), list) else []):
        if not isinstance(score, dict):
            continue
        taken = _taken(file, score)
        metrics = _table(score, "metrics")
        error = next((_value(metrics, name) for name in _ERRORS if name in metrics), None)
        for name in metrics:
            if name in _NOT_METRICS:
                continue
            written = text_at(score, "name") or name if name == "mean" else name
            found = figure(
                file, taken, written, _value(metrics, name), f"/results/scores/{number}/metrics/{name}",
                stderr=error if name in _MEANS else None,
            )  # fmt: skip
            if found:
                yield found


def _taken(file: ScoreFile, score: dict[str, Any]) -> Taken:
    about = _table(file.document, "eval")
    held, config, packages = _table(about, "dataset"), _table(about, "config"), _table(about, "packages")
    arguments = {**_table(about, "task_args"), **_table(about, "task_args_passed")}
    task = (text_at(about, "task") or "").rpartition("/")[2]
    results = _table(file.document, "results")
    asked = next((n for n in (count(score.get("scored_samples")), count(results.get("completed_samples"))) if n), None)
    epochs = count(config.get("epochs")) or 1
    scorer, reducer = text_at(score, "scorer"), text_at(score, "reducer")
    steps = _table(file.document, "plan").get("steps")
    solvers = {text_at(step, "solver") for step in steps if isinstance(step, dict)} if isinstance(steps, list) else set()
    location, name = text_at(held, "location"), text_at(held, "name")
    named = [(task, text_at(arguments, "subject") or text_at(arguments, "subset"))]
    named += [(one, None) for one in (location, name) if one and "://" not in one and one != task]
    protocol = Protocol(
        split=text_at(arguments, "split"),
        shots=next((n for n in (count(arguments.get(key)) for key in _SHOTS) if n is not None), None),
        prompt="chain of thought" if any("chain_of_thought" in (one or "") for one in solvers) else None,
        harness=HARNESS,
        harness_version=text_at(packages, "inspect_ai"),
        variant=f"{reducer} of {epochs}, {scorer}"
        if reducer and epochs > 1
        else scorer
        if scorer == "model_graded_qa"
        else None,
    )
    return Taken(named, protocol, asked, moment(about.get("created")))


def _value(metrics: dict[str, Any], name: str) -> object:
    return _table(metrics, name).get("value")


def _table(found: object, key: str) -> dict[str, Any]:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, dict) else {}
