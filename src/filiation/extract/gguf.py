"""What the header of a GGUF file says of where the model comes from.

The converter copies it from the card of the model that it converts. So ``general.base_model`` is what that card gave as
its base: for the conversion of a fine-tuned model this may be the grandparent. Where ``general.source`` names the
converted model itself, that is the parent, and the card's base is left to the parent's own record.

Source:
    https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#source-metadata
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.hub_shape import hub_name
from filiation.core.record import Record
from filiation.core.ref import is_name
from filiation.core.relation import Relation

FILE = "gguf-metadata.json"
"""Made by whoever reads the files: a JSON object, from the name of each GGUF file to the keys of its header."""
SOURCE_CONFIDENCE, BASE_CONFIDENCE, NAME_CONFIDENCE = 0.95, 0.8, 0.4
MAX_PARENTS = 64
FULL_PRECISION = (0, 1, 32)
"""``general.file_type`` of float32, float16 and bfloat16."""
SOURCE_KEYS = ("general.source.repo_url", "general.source.url", "general.source.huggingface.repository")
LICENSE_KEYS = {
    "general.license": Predicate.LICENSE,
    "general.license.name": Predicate.LICENSE_NAME,
    "general.license.link": Predicate.LICENSE_LINK,
}


def extract(record: Record) -> Iterator[Claim]:
    """Yield parents, licence and datasets, each once though every file repeats it."""
    if FILE not in record.files:
        return
    try:
        headers = msgspec.json.decode(record.files[FILE], type=dict[str, dict[str, Any]])
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{FILE} cannot be read ({error})") from error
    seen: set[tuple[Predicate, str]] = set()
    for file, header in headers.items():
        for claim in (*_parents(file, header), *_licenses(file, header), *_datasets(file, header)):
            if (claim.predicate, claim.value) not in seen:
                seen.add((claim.predicate, claim.value))
                yield claim


EXTRACTOR = RecordExtractor("gguf", (FILE,), extract)


def _parents(file: str, header: dict[str, Any]) -> Iterator[Claim]:
    whole = header.get("general.file_type") in FULL_PRECISION
    relation = str(Relation.CONVERTED if whole else Relation.QUANTIZED)
    for key in SOURCE_KEYS:
        if name := _repository(header.get(key)):
            yield Claim(Predicate.BASE_MODEL, name, Basis.STATED, SOURCE_CONFIDENCE, Locator(file, key), relation)
            return
    for key, name, confidence in _numbered(header, "general.base_model", dataset=False):
        basis = Basis.STATED if confidence == BASE_CONFIDENCE else Basis.INFERRED
        yield Claim(Predicate.BASE_MODEL, name, basis, confidence, Locator(file, key), relation)


def _licenses(file: str, header: dict[str, Any]) -> Iterator[Claim]:
    for key, predicate in LICENSE_KEYS.items():
        value = header.get(key)
        if isinstance(value, str) and value.strip():
            yield Claim(predicate, value.strip(), Basis.STATED, BASE_CONFIDENCE, Locator(file, key))


def _datasets(file: str, header: dict[str, Any]) -> Iterator[Claim]:
    for key, name, confidence in _numbered(header, "general.dataset", dataset=True):
        basis = Basis.STATED if confidence == BASE_CONFIDENCE else Basis.INFERRED
        yield Claim(Predicate.DATASET, name, basis, confidence, Locator(file, key))
    older = header.get("general.datasets")
    for name in older if isinstance(older, list) else []:
        if isinstance(name, str) and is_name(name):
            locator = Locator(file, "general.datasets")
            yield Claim(Predicate.DATASET, name, Basis.STATED, BASE_CONFIDENCE, locator)


def _numbered(header: dict[str, Any], prefix: str, *, dataset: bool) -> Iterator[tuple[str, str, float]]:
    """Yield key, repository and confidence of ``<prefix>.0``, ``.1``, ... as many as ``<prefix>.count`` says."""
    count = header.get(f"{prefix}.count")
    for index in range(min(count, MAX_PARENTS) if isinstance(count, int) else 0):
        key = f"{prefix}.{index}.repo_url"
        if name := _repository(header.get(key), dataset=dataset):
            yield key, name, BASE_CONFIDENCE
        elif name := _spelled(header.get(f"{prefix}.{index}.organization"), header.get(f"{prefix}.{index}.name")):
            yield f"{prefix}.{index}.name", name, NAME_CONFIDENCE


def _repository(value: object, *, dataset: bool = False) -> str | None:
    """Return the repository that a link to the Hub, or a bare ``owner/name``, stands for."""
    if isinstance(value, str) and "/" in value and is_name(value):
        return value
    name = hub_name(value, dataset=dataset)
    return name if name and is_name(name) else None


def _spelled(organization: object, name: object) -> str | None:
    """Return ``owner/name`` from titles: the converter made "Llama 3.1 8B" of ``Llama-3.1-8B``, we undo it."""
    if not isinstance(organization, str) or not isinstance(name, str):
        return None
    guess = f"{organization.strip().replace(' ', '-')}/{name.strip().replace(' ', '-')}"
    return guess if is_name(guess) and "/" in guess else None
