"""Results of MTEB: one file a task, of 1.x as of 2.x.

Source:
    mteb 2.26.24, results/task_result.py (`TaskResult`, and how it reads what versions before 1.11 wrote).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from filiation.core.score import Protocol, Score
from filiation.formats.score_files import ScoreFile, text_at
from filiation.knowledge import load
from filiation.scores.results.figure import Taken, figure, moment

HARNESS = "mteb"
MAIN = "main_score"
_NOT_METRICS = frozenset({"hf_subset", "languages", "mteb_version", "evaluation_time", MAIN})
_FAMILIES = ("cos_sim", "manhattan", "euclidean", "dot", "max", "similarity")
"""Under these, versions before 1.11 kept the metrics of a way to compare two vectors."""
MAX_METRICS = 500


def read(file: ScoreFile) -> Iterator[Score]:
    """Yield the scores of the task, by split, subset and metric.

    ``main_score`` repeats one of the others; where it repeats none, it is kept under the metric that the task names.
    """
    for split, subset, row, pointer in _rows(file.document):
        taken = _taken(file, split, subset, row)
        found = [
            figure(file, taken, metric, value, f"{pointer}/{metric}")
            for metric, value in _flat(row)[:MAX_METRICS]
            if metric not in _NOT_METRICS
        ]
        yield from filter(None, found)
        main = _main(_task(file.document))
        if main and not any(score is not None and score.metric_written == main for score in found):
            repeated = figure(file, taken, main, row.get(MAIN), f"{pointer}/{MAIN}")
            if repeated:
                yield repeated


def _rows(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Yield split, subset, figures and where they stand."""
    scores = document.get("scores")
    if isinstance(scores, dict):
        for split, rows in scores.items():
            for number, row in enumerate(rows if isinstance(rows, list) else []):
                if isinstance(row, dict):
                    yield str(split), text_at(row, "hf_subset") or "default", row, f"/scores/{split}/{number}"
        return
    for split, row in document.items():  # before 1.11 each split stood by itself, with or without subsets
        if not isinstance(row, dict):
            continue
        subsets = {key: part for key, part in row.items() if isinstance(part, dict) and key not in _FAMILIES}
        if subsets:
            for subset, part in subsets.items():
                yield str(split), str(subset), part, f"/{split}/{subset}"
        else:
            yield str(split), "default", row, f"/{split}"


def _flat(row: dict[str, Any]) -> list[tuple[str, object]]:
    """Return metrics and values; ``cos_sim`` with ``spearman`` in it is ``cosine_spearman``."""
    found: list[tuple[str, object]] = []
    for metric, value in row.items():
        if isinstance(value, dict) and metric in _FAMILIES:
            head = "cosine" if metric == "cos_sim" else metric
            found += [(f"{head}_{inner}", number) for inner, number in value.items()]
        else:
            found.append((str(metric), value))
    return found


def _taken(file: ScoreFile, split: str, subset: str, row: dict[str, Any]) -> Taken:
    document = file.document
    task = _task(document)
    config = None if subset == "default" else subset
    path = load("mteb_tasks")["tasks"].get(task)
    names = [*([(path, config)] if path else []), (task, config)]
    protocol = Protocol(
        config=config,
        split=split,
        dataset_revision=text_at(document, "dataset_revision"),
        harness=HARNESS,
        harness_version=text_at(row, "mteb_version") or text_at(document, "mteb_version"),
    )
    return Taken(names, protocol, None, moment(document.get("date")))


def _task(document: dict[str, Any]) -> str:
    return text_at(document, "task_name") or text_at(document, "mteb_dataset_name") or ""


def _main(task: str) -> str | None:
    tables = load("mteb_tasks")["main"]
    return next((metric for metric, tasks in tables.items() if task in tasks), None)
