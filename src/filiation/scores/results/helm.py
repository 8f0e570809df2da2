"""Runs of HELM: ``run_spec.json`` and ``stats.json`` of one folder.

Source:
    crfm-helm 0.5.16, benchmark/runner.py, benchmark/run_spec.py, benchmark/metrics/statistic.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from filiation.core.score import Protocol, Score
from filiation.formats.score_files import ScoreFile, text_at
from filiation.scores.canonical import canonical_metric
from filiation.scores.results.figure import Taken, count, figure

HARNESS = "helm"
_SPLITS = {"valid": "validation", "test": "test", "train": "train"}
_ARGUMENT = re.compile(r"(?P<key>[A-Za-z_]{1,40})=(?P<value>[^,]{0,200})")
_NOT_OF_DATA = frozenset(
    {"model", "model_deployment", "method", "data_augmentation", "groups", "max_train_instances", "prompt"}
)


def read(file: ScoreFile) -> Iterator[Score]:
    """Yield the metrics that we know, on what was neither perturbed nor picked out; the rest are counts and times.

    A statistic is the mean over trials with other examples in the prompt. Its spread says nothing of how few were asked, so
    that no standard error is taken from it.
    """
    spec = _table(file.document, "run_spec")
    for number, stat in enumerate(file.document["stats"] if isinstance(file.document.get("stats"), list) else []):
        name = _table(stat, "name")
        metric, split = text_at(name, "name"), text_at(name, "split")
        if not metric or not split or name.get("sub_split") or name.get("perturbation") or canonical_metric(metric) is None:
            continue
        taken = _taken(file, spec, split)
        found = figure(file, taken, metric, stat.get("mean"), f"/stats/{number}/mean", ratio=True)
        if found:
            yield found


def _taken(file: ScoreFile, spec: dict[str, Any], split: str) -> Taken:
    adapter = _table(spec, "adapter_spec")
    shots = _stat(file.document, "num_train_instances", split)
    asked = _stat(file.document, "num_instances", split)
    method = text_at(adapter, "method")
    protocol = Protocol(
        split=_SPLITS.get(split, split),
        shots=count(adapter.get("max_train_instances")) if shots is None else round(shots),
        prompt="chain of thought" if text_at(adapter, "chain_of_thought_prefix") else "plain",
        harness=HARNESS,
        variant=method if method and method not in {"generation", "multiple_choice_joint"} else None,
    )
    return Taken(_datasets(spec), protocol, None if asked is None else round(asked), None, "HELM")


def _datasets(spec: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return the scenario and which part of it: ``mmlu:subject=anatomy,method=...`` is MMLU, anatomy."""
    name, _, rest = (text_at(spec, "name") or "")[:1000].partition(":")
    said = {match["key"]: match["value"] for match in _ARGUMENT.finditer(rest)}
    part = next((value for key, value in said.items() if key not in _NOT_OF_DATA), None)
    scenario = (text_at(spec, "scenario_spec", "class_name") or "").rpartition(".")[2].removesuffix("Scenario")
    return [(name, part), *([(scenario, part)] if scenario else [])]


def _stat(document: dict[str, Any], wanted: str, split: str) -> float | None:
    for stat in document["stats"] if isinstance(document.get("stats"), list) else []:
        name = _table(stat, "name")
        plain = not name.get("perturbation") and not name.get("sub_split")
        if name.get("name") == wanted and plain and name.get("split") in (split, None):
            mean = stat.get("mean")
            return float(mean) if isinstance(mean, (int, float)) and 0 <= mean < 1e9 else None
    return None


def _table(found: object, key: str) -> dict[str, Any]:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, dict) else {}
