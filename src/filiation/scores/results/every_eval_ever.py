"""Records in the schema of Every Eval Ever, 0.1 to 0.3: results of many harnesses and leaderboards in one shape.

Source:
    every_eval_ever 0.3.0, schemas/eval.schema.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from filiation.core.claim import Basis
from filiation.core.score import Protocol, Score
from filiation.formats.score_files import ScoreFile, text_at
from filiation.scores.canonical import canonical_metric
from filiation.scores.results.figure import Taken, count, figure, moment

_SHOTS = ("num_fewshot", "n_shot", "num_shots", "shots", "fewshot")
_PERCENT = frozenset({"percent", "percentage", "%"})
MAX_RESULTS = 100_000
_FILTER = re.compile(r"\(filter: (?P<name>[^)]{1,80})\)")


def read(file: ScoreFile) -> Iterator[Score]:
    """Yield each result; what the publisher of the model only documents of it is stated, and not measured."""
    document = file.document
    results = document.get("evaluation_results")
    for number, result in enumerate((results if isinstance(results, list) else [])[:MAX_RESULTS]):
        if not isinstance(result, dict):
            continue
        about, details = _table(result, "metric_config"), _table(result, "score_details")
        metric = _metric(about, text_at(result, "evaluation_name"))
        error = _table(_table(details, "uncertainty"), "standard_error").get("value")
        value = details.get("score")
        percent = text_at(about, "metric_unit") in _PERCENT or about.get("max_score") == 100
        if percent and isinstance(value, (int, float)):
            value, error = value / 100, error / 100 if isinstance(error, (int, float)) else None
        taken = _taken(file, result)
        pointer = f"/evaluation_results/{number}/score_details/score"
        found = figure(file, taken, metric, value, pointer, stderr=error, ratio=percent or about.get("max_score") == 1)
        if found:
            yield found


def _metric(about: dict[str, Any], evaluation: str | None) -> str:
    """Return the first of the names that we know, else the first; a filter of the harness stands in the description alone."""
    named = [text_at(about, key) for key in ("metric_id", "metric_name", "evaluation_description")]
    names = [name for name in (*named, evaluation) if name]
    found = next((name for name in names if canonical_metric(name)), names[0] if names else "")
    filtered = _FILTER.search(named[2] or "")
    return f"{found},{filtered['name']}" if filtered else found


def _taken(file: ScoreFile, result: dict[str, Any]) -> Taken:
    document = file.document
    data, uncertainty = _table(result, "source_data"), _table(_table(result, "score_details"), "uncertainty")
    generation = _table(result, "generation_config")
    more = {**_table(data, "additional_details"), **_table(generation, "additional_details")}
    library, source = _table(document, "eval_library"), _table(document, "source_metadata")
    version = text_at(library, "version")
    template = text_at(generation, "generation_args", "prompt_template")
    details = _table(_table(document, "model_info"), "additional_details")
    split = text_at(data, "hf_split") or text_at(more, "split")
    harness = text_at(library, "name")
    protocol = Protocol(
        config=text_at(more, "config") or text_at(more, "subset"),
        split={"val": "validation"}.get(split, split) if split else None,
        shots=next((n for n in (count(more.get(key)) for key in _SHOTS) if n is not None), None),
        prompt="chain of thought" if _table(generation, "generation_args").get("reasoning") is True else template,
        precision=text_at(details, "dtype") or text_at(details, "precision"),
        harness=_HARNESSES.get(harness.lower(), harness) if harness and harness != "unknown" else None,
        harness_version=None if version in (None, "unknown") else version,
    )
    samples = count(uncertainty.get("num_samples")) or count(data.get("samples_number"))
    at = moment(result.get("evaluation_timestamp")) or moment(document.get("evaluation_timestamp"))
    own = source.get("source_type") == "documentation" and source.get("evaluator_relationship") == "first_party"
    named = [(name, None) for key in ("dataset_name", "hf_repo") if (name := text_at(data, key))]
    evaluation = text_at(result, "evaluation_name")
    named += [(evaluation, None)] if evaluation else []
    by = text_at(source, "source_organization_name") or ""
    return Taken(named, protocol, samples, at, by, Basis.STATED if own else Basis.MEASURED)


_HARNESSES = {"lm_eval": "lm-evaluation-harness", "inspect_ai": "inspect_ai", "helm": "helm", "crfm-helm": "helm"}


def _table(found: object, key: str) -> dict[str, Any]:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, dict) else {}
