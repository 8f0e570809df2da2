"""Results of lighteval: ``results_*.json``.

Source:
    lighteval 0.13.0, logging/evaluation_tracker.py and logging/info_loggers.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from filiation.core.score import Protocol, Score
from filiation.formats.score_files import ScoreFile, text_at
from filiation.scores.results.figure import Taken, count, figure, moment

HARNESS = "lighteval"
AVERAGE = ":_average"


def read(file: ScoreFile) -> Iterator[Score]:
    """Yield the scores of each task; ``all``, the mean of unlike metrics, is left out.

    The error of an average over subtasks is theirs, added in squares: lighteval writes their mean, which is no standard error.
    """
    results = _table(file.document, "results")
    for name, row in results.items():
        if name == "all" or not isinstance(row, dict):
            continue
        taken = _taken(file, str(name))
        for metric, value in row.items():
            if str(metric).endswith("_stderr"):
                continue
            error = _error(results, str(name), str(metric)) if AVERAGE in name else row.get(f"{metric}_stderr")
            found = figure(file, taken, str(metric), value, f"/results/{name}/{metric}", stderr=error)
            if found:
                yield found


def _taken(file: ScoreFile, name: str) -> Taken:
    """Return how a task was asked; it is called ``mmlu:anatomy|5``, before 0.11 ``leaderboard|mmlu:anatomy|5|0``."""
    parts = name.split("|")
    suite, task = (parts[0], parts[1]) if len(parts) > 2 else ("", parts[0])
    shots = count(parts[2] if len(parts) > 2 else parts[-1]) if len(parts) > 1 else None
    document = file.document
    general, about = _table(document, "config_general"), _config(document, name)
    model = _table(general, "model_config")
    path, part = text_at(about, "hf_repo"), text_at(about, "hf_subset")
    bare, _, sub = task.removesuffix(AVERAGE).partition(":")
    named = [(bare, sub or None), *([(path, part)] if path else [])]
    splits = about.get("evaluation_splits")
    version = text_at(general, "lighteval_sha")
    edition = _table(document, "versions").get(name)
    protocol = Protocol(
        split=str(splits[0]) if isinstance(splits, list) and len(splits) == 1 else None,
        dataset_revision=text_at(about, "hf_revision"),
        shots=shots,
        prompt="chat template" if model.get("use_chat_template") is True or text_at(model, "chat_template") else None,
        precision=text_at(general, "model_dtype") or text_at(model, "dtype"),
        harness=HARNESS,
        harness_version=", ".join(
            word for word in (None if version == "?" else version, f"task {edition}" if edition is not None else None) if word
        )
        or None,
        variant=suite if suite not in ("", "lighteval", "leaderboard", "community", "extended", "custom") else None,
    )
    at = moment(general.get("start_time")) or moment(file.file.removeprefix("results_").removesuffix(".json")[:10])
    return Taken(named, protocol, _samples(document, name, about), at)


def _config(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the configuration of a task, which older versions keep under the name without the shots."""
    held = _table(document, "config_tasks")
    parts = name.split("|")
    for key in (name, "|".join(parts[:2]), parts[0]):
        if isinstance(held.get(key), dict):
            return held[key]
    return {}


def _samples(document: dict[str, Any], name: str, about: dict[str, Any]) -> int | None:
    if AVERAGE not in name:
        return count(about.get("effective_num_docs"))
    counts = [count(_config(document, one).get("effective_num_docs")) for one in _subtasks(document, name)]
    return sum(one or 0 for one in counts) if counts and all(counts) else None


def _subtasks(document: dict[str, Any], name: str) -> list[str]:
    head, _, tail = name.partition(AVERAGE)
    return [one for one in _table(document, "results") if one.startswith(f"{head}:") and one.endswith(tail) and one != name]


def _error(results: dict[str, Any], name: str, metric: str) -> float | None:
    head, _, tail = name.partition(AVERAGE)
    rows = [
        row for one, row in results.items()
        if isinstance(row, dict) and one.startswith(f"{head}:") and one.endswith(tail) and one != name
    ]  # fmt: skip
    errors = [row.get(f"{metric}_stderr") for row in rows]
    known = [error for error in errors if isinstance(error, (int, float)) and abs(error) < 1e6]
    return sum(error**2 for error in known) ** 0.5 / len(known) if known and len(known) == len(errors) else None


def _table(found: object, key: str) -> dict[str, Any]:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, dict) else {}
