"""The embedding models that the package ``mteb`` describes, exported as JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filiation.core.hub_shape import hub_name, is_expression, license_fields, timestamp, trimmed, without_blanks
from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import HUB, Kind, is_name
from filiation.formats.compressed import inner_suffix, peek
from filiation.formats.json_rows import lines

KEYS = (b'"n_embedding_parameters"', b'"embed_dim"', b'"revision"')
LIBRARIES = {
    "Sentence Transformers": "sentence-transformers",
    "PyLate": "PyLate",
    "ColPali": "colpali",
    "Transformers": "transformers",
}
"""Frameworks as mteb spells them and libraries as the Hub does, the more particular first."""

ELSEWHERE = ("training_datasets", "languages", "citation")
"""Long fields that the record has in another place, or that say nothing of the model."""


class MtebPackage:
    """A model without open weights, not described on the Hub, is of the registry ``mteb``: the Hub does not hold it."""

    name = "mteb package"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the first row has the fields of mteb's ``ModelMeta``."""
        head = peek(path) if inner_suffix(path) == ".jsonl" else b""
        return all(key in head for key in KEYS)

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield a record for each row."""
        yield from batches_of((_sighting(row, options) for row in lines(path)), str(path))


SOURCE = MtebPackage()


def _sighting(row: tuple[int, dict[str, Any]] | Skipped, options: ReadOptions) -> Sighting | Skipped:
    if isinstance(row, Skipped):
        return row
    number, fields = row
    body = _body(fields)
    registry = HUB if fields.get("open_weights") is not False or hub_name(fields.get("reference")) else "mteb"
    return Sighting(number, Record(options.kind or Kind.MODEL, body["id"], body), "mteb", registry)


def _body(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row in the shape of the Hub's API."""
    card = license_fields(row.get("license")) | {
        "language": _languages(row.get("languages")),
        "base_model": row.get("adapted_from"),
        "datasets": _datasets(row),
        "new_version": row.get("superseded_by"),
    }
    parameters = row.get("n_parameters")
    origin = {name: value for name, value in row.items() if name not in ELSEWHERE}
    frameworks = row.get("framework") or []
    body = {
        "id": str(row.get("name")),
        "createdAt": timestamp(row.get("release_date")),
        "library_name": next((name for framework, name in LIBRARIES.items() if framework in frameworks), None),
        "cardData": without_blanks(card),
        "safetensors": {"total": int(parameters)} if isinstance(parameters, (int, float)) else None,
        "origin": trimmed(origin),
    }
    return without_blanks(body)


def _languages(codes: object) -> list[str]:
    """Return the languages of ``eng-Latn`` codes, each once."""
    texts = codes if isinstance(codes, list) else []
    return list(dict.fromkeys(code.split("-")[0] for code in texts if isinstance(code, str)))


def _datasets(row: dict[str, Any]) -> list[str]:
    """Return what the model was trained on: mteb's own task names, and the Hub's dataset where the row links to one."""
    tasks = row.get("training_datasets")
    names = tasks if isinstance(tasks, list) and not is_expression(tasks) else []
    linked = hub_name(row.get("public_training_data"), dataset=True)
    return [name for name in [*names, linked] if isinstance(name, str) and is_name(name)]
