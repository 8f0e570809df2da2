"""The recipe of a merge, as mergekit writes it beside the result.

Source:
    https://github.com/arcee-ai/mergekit#merge-configuration
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.record import Record
from filiation.core.ref import is_name
from filiation.core.relation import Relation
from filiation.formats.yaml_text import YamlError, load_yaml

FILES = ("mergekit_config.yml", "mergekit_config.yaml")
CONFIDENCE = 0.95

Mention = tuple[str, Any, float | None]
"""Pointer, the model as the recipe spells it, and its mixing weight where that is one number."""


def extract(record: Record) -> Iterator[Claim]:
    """Yield each model of the recipe once as a parent, where it first stands (with a weight, if any); then the method.

    The base that the others are compared with (``base_model``) goes into the result too: it is a parent like them. So
    is a LoRA that is applied first (``model+lora``). Paths on the maker's machine are no names and yield nothing.
    """
    file = next((name for name in FILES if name in record.files), None)
    if file is None:
        return
    try:
        recipe = load_yaml(record.files[file])
    except YamlError as error:
        raise UnreadableError(f"{file}: {error}") from error
    if not isinstance(recipe, dict):
        raise UnreadableError(f"{file} is not a mapping")
    parents: dict[str, tuple[str, float | None]] = {}
    for pointer, model, weight in _mentions(recipe):
        for name in _names(model):
            if name not in parents or (parents[name][1] is None and weight is not None):
                parents[name] = pointer, weight
    for name, (pointer, weight) in parents.items():
        yield _parent(name, Locator(file, pointer), weight)
    method = recipe.get("merge_method")
    if isinstance(method, str):
        locator = Locator(file, "/merge_method")
        yield Claim(Predicate.MERGE_METHOD, method, Basis.STATED, CONFIDENCE, locator)


EXTRACTOR = RecordExtractor("mergekit", FILES, extract)


def _parent(name: str, locator: Locator, weight: float | None) -> Claim:
    return Claim(Predicate.BASE_MODEL, name, Basis.STATED, CONFIDENCE, locator, str(Relation.MERGE), weight)


def _mentions(recipe: dict[Any, Any]) -> Iterator[Mention]:
    """Yield the models in the order of the text."""
    for key, value in recipe.items():
        if key == "base_model":
            yield "/base_model", value, None
        elif key in ("models", "experts"):
            yield from _entries(f"/{key}", value)
        elif key == "slices":
            for index, part in enumerate(_list(value)):
                if isinstance(part, dict):
                    yield from _entries(f"/slices/{index}/sources", part.get("sources"))


def _entries(pointer: str, entries: Any) -> Iterator[Mention]:
    for index, entry in enumerate(_list(entries)):
        if isinstance(entry, dict):
            key = "source_model" if "source_model" in entry else "model"
            yield f"{pointer}/{index}/{key}", entry.get(key), _weight(entry.get("parameters"))


def _weight(parameters: Any) -> float | None:
    """Return the weight where it is one number: a gradient over the layers, or one per kind of tensor, is not."""
    weight = parameters.get("weight") if isinstance(parameters, dict) else None
    return float(weight) if isinstance(weight, (int, float)) and not isinstance(weight, bool) else None


def _names(model: Any) -> Iterator[str]:
    """Yield the repositories in ``name``, ``name@revision``, ``model+lora`` or ``{"model": {"path": ...}}``."""
    if isinstance(model, dict):
        for part in ("model", "lora"):
            inner = model.get(part)
            yield from _names(inner.get("path") if isinstance(inner, dict) else inner)
    elif isinstance(model, str):
        for part in model.split("+"):
            name = part.strip().partition("@")[0]
            if is_name(name):
                yield name


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
