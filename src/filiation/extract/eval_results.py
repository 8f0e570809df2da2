"""Files of results of evaluations that the Hub reads: ``.eval_results/*.yaml``.

Source:
    https://huggingface.co/docs/hub/eval-results, and `huggingface_hub`'s `EvalResultEntry`
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.formats.yaml_text import YamlError, load_yaml
from filiation.knowledge import load

FOLDER = ".eval_results/"
MAX_ENTRIES = 1000
"""Of one file."""
_JSON = json.JSONEncoder(ensure_ascii=False, default=str).encode


def extract(record: Record) -> Iterator[Claim]:
    """Yield a claim for each result, the files in the order of their names; the publisher declares them.

    The format names no metric, since each benchmark has one: what is said is the dataset's own, whatever that is.
    """
    if record.kind != Kind.MODEL:
        return
    bad = []
    for name in sorted(record.files):
        if name.startswith(FOLDER):
            try:
                document = load_yaml(record.files[name])
            except YamlError as error:
                bad.append(f"{name}: {error}")
                continue
            yield from _claims(name, document if isinstance(document, list) else [document])
    if bad:
        raise UnreadableError("; ".join(bad)[:500])


EXTRACTOR = RecordExtractor("eval results", (), extract, FOLDER)


def _claims(name: str, entries: list[Any]) -> Iterator[Claim]:
    sure = load("witnesses")["hub"]["confidence"]
    for number, entry in enumerate(entries[:MAX_ENTRIES]):
        data = entry.get("dataset") if isinstance(entry, dict) else None
        if not isinstance(data, dict) or entry.get("value") is None:
            continue
        by = entry.get("source") if isinstance(entry.get("source"), dict) else {}
        told = {
            "task": None, "dataset": data.get("id"), "config": data.get("task_id"), "revision": data.get("revision"),
            "metric": None, "otherwise": "main_score", "value": entry["value"], "variant": entry.get("notes"),
            "at": entry.get("date"), "by": by.get("name") or by.get("org") or by.get("user"), "url": by.get("url"),
        }  # fmt: skip
        yield Claim(Predicate.METRIC, _JSON(told), Basis.DECLARED, sure, Locator(name, f"/{number}"))
