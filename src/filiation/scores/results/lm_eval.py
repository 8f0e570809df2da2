"""Results of lm-evaluation-harness: ``results_*.json``, of 0.3 as of 0.4.

Source:
    lm_eval 0.4.13, loggers/evaluation_tracker.py and evaluator_utils.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from filiation.core.score import Protocol, Score
from filiation.formats.score_files import ScoreFile, arguments, text_at
from filiation.scores.results.figure import Taken, count, figure, moment

HARNESS = "lm-evaluation-harness"
_NOT_METRICS = frozenset({"alias", "name", "samples", "sample_len", "sample_count", " "})
_PREFIXES = ("leaderboard_", "tinyBenchmarks_")
MAX_DEPTH = 8


def read(file: ScoreFile) -> Iterator[Score]:
    """Yield the scores of each task and of each group that has some of its own."""
    results = _table(file.document, "results")
    for task, row in results.items():
        if isinstance(row, dict):
            taken = _taken(file, str(task), row)
            for key, value in row.items():
                metric, _, filtered = str(key).partition(",")
                if metric in _NOT_METRICS or metric.endswith("_stderr"):
                    continue
                error = row.get(f"{metric}_stderr,{filtered}" if filtered else f"{metric}_stderr")
                found = figure(file, taken, str(key), value, f"/results/{task}/{key}", stderr=error)
                if found:
                    yield found


def _taken(file: ScoreFile, task: str, row: dict[str, Any]) -> Taken:
    document = file.document
    config, about = _table(document, "config"), _table(_table(document, "configs"), task)
    given = arguments(config.get("model_args"))
    version = text_at(document, "lm_eval_version") or text_at(document, "git_hash")
    edition = _table(document, "versions").get(task)
    shots = count(_table(document, "n-shot").get(task))
    protocol = Protocol(
        split=text_at(about, "test_split") or text_at(about, "validation_split"),
        dataset_revision=text_at(about, "dataset_kwargs", "revision"),
        shots=count(config.get("num_fewshot")) if shots is None else shots,
        prompt=_prompt(document, task),
        precision=_precision(config, given),
        harness=HARNESS,
        harness_version=", ".join(
            part for part in (version, f"task {edition}" if isinstance(edition, (int, float, str)) else None) if part
        )
        or None,
    )
    return Taken(_datasets(document, task, about), protocol, _samples(document, task, row), moment(document.get("date")))


def _datasets(document: dict[str, Any], task: str, about: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return the names of the dataset: the task's, and the repository's with its configuration."""
    bare = task
    for prefix in _PREFIXES:
        bare = bare.removeprefix(prefix)
    part, path = text_at(about, "dataset_name"), text_at(about, "dataset_path")
    names: list[tuple[str, str | None]] = [(bare, None)]
    if path and "/" in path:
        names.append((path, part))
    parts = _table(document, "group_subtasks").get(task)
    paths = {text_at(_table(_table(document, "configs"), str(one)), "dataset_path") for one in _leaves(document, task)}
    if isinstance(parts, list) and parts and len(paths) == 1 and (common := paths.pop()):
        names.append((common, None))
    return names


def _prompt(document: dict[str, Any], task: str) -> str:
    words = ["chat template"] if text_at(document, "chat_template_sha") else []
    if document.get("fewshot_as_multiturn") is True and words:
        words.append("multiturn")
    if text_at(document, "system_instruction_sha"):
        words.append("system instruction")
    if "cot" in task.lower().replace("-", "_").split("_"):
        words.append("chain of thought")
    return ", ".join(words) or "plain"


def _precision(config: dict[str, Any], given: dict[str, str]) -> str | None:
    for key in ("load_in_4bit", "load_in_8bit"):
        if given.get(key) == "True":
            return key.removeprefix("load_in_")
    said = text_at(config, "model_dtype") or given.get("dtype")
    return None if said in (None, "auto") else said.removeprefix("torch.")


def _samples(document: dict[str, Any], task: str, row: dict[str, Any]) -> int | None:
    """Return how many were asked: of a group, by all its tasks together where each of them says it."""
    told = _table(document, "n-samples")
    counts = [count(_table(told, one).get("effective")) for one in (_leaves(document, task) or [task])]
    if counts and all(one is not None for one in counts):
        return sum(one for one in counts if one is not None)
    return count(row.get("sample_len"))


def _leaves(document: dict[str, Any], task: str, depth: int = 0) -> list[str]:
    """Return the tasks of a group, those of groups in it among them; none of a task."""
    parts = _table(document, "group_subtasks").get(task)
    if not isinstance(parts, list) or depth > MAX_DEPTH:
        return []
    return [leaf for part in map(str, parts[:2000]) for leaf in (_leaves(document, part, depth + 1) or [part])][:5000]


def _table(found: object, key: str) -> dict[str, Any]:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, dict) else {}
