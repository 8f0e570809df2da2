"""The models that the package ``llmfit`` knows, exported as JSON Lines, with their shapes and GGUF conversions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filiation.core.hub_shape import license_fields, timestamp, trimmed, without_blanks
from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind, is_name
from filiation.formats.compressed import damaged, inner_suffix, peek
from filiation.formats.json_rows import lines

KEYS = (b'"name"', b'"hf_downloads"', b'"min_vram_gb"')
SHAPES = (
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "hidden_size",
    "vocab_size",
    "moe_intermediate_size",
    "num_experts",
)
ORIGIN = (
    "parameter_count",
    "quantization",
    "format",
    "context_length",
    "use_case",
    "capabilities",
    "is_moe",
    "active_parameters",
)
"""What llmfit concludes by itself: kept, but not as the publisher's word."""
MAX_NAMES = 1_000_000

Conversions = dict[str, list[str]]
"""A GGUF repository, and the models that llmfit offers it for, in order of the file."""


class LlmfitPackage:
    """llmfit finds GGUF repositories by the model's name alone, so one may be offered for several models of that name.

    Then its parent is the one of its own owner; without such a one it is not told: the candidates stand in ``origin``.
    """

    name = "llmfit package"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the first row has the fields of llmfit's list."""
        head = peek(path) if inner_suffix(path) == ".jsonl" else b""
        return all(key in head for key in KEYS)

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield a record for each row, then one for each GGUF repository that has no row; the file is read twice."""
        yield from batches_of(_sightings(path, options.kind or Kind.MODEL), str(path))


SOURCE = LlmfitPackage()


def _sightings(path: Path, kind: Kind) -> Iterator[Sighting | Skipped]:
    conversions = _conversions(path)
    first_lines: dict[str, int] = {}
    for item in lines(path):
        if isinstance(item, Skipped):
            yield item
            continue
        number, row = item
        if number > MAX_NAMES:
            yield damaged(path, number, ValueError(f"more than {MAX_NAMES:,} rows"))
            break
        name = str(row.get("name"))
        for repo in _repos(row):
            first_lines.setdefault(repo, number)
        yield Sighting(number, Record(kind, name, _body(name, row, conversions.pop(name, []))), "llmfit")
    for repo, models in conversions.items():
        card, origin = _parent(repo, models)
        body = without_blanks({"id": repo, "tags": ["gguf"], "cardData": card, "origin": origin})
        yield Sighting(first_lines.get(repo, 0), Record(kind, repo, body), "llmfit")


def _conversions(path: Path) -> Conversions:
    found: Conversions = defaultdict(list)
    for item in lines(path):
        if not isinstance(item, Skipped) and item[0] <= MAX_NAMES:
            for repo in _repos(item[1]):
                found[repo].append(str(item[1].get("name")))
    return found


def _repos(row: dict[str, Any]) -> list[str]:
    sources = row.get("gguf_sources")
    repos = [source.get("repo") for source in sources if isinstance(source, dict)] if isinstance(sources, list) else []
    return [repo for repo in repos if isinstance(repo, str) and is_name(repo)]


def _parent(repo: str, models: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a card would say of the parent of `repo`, and the candidates where that is open."""
    candidates = list(dict.fromkeys(name for name in models if name != repo))
    own = [name for name in candidates if name.partition("/")[0] == repo.partition("/")[0]]
    chosen = own if len(own) == 1 else candidates
    if len(chosen) == 1:
        return {"base_model": chosen, "base_model_relation": "quantized"}, {}
    return {}, {"gguf_of": candidates} if candidates else {}


def _body(name: str, row: dict[str, Any], models: list[str]) -> dict[str, Any]:
    """Return the row in the shape of the Hub's API; `models` are those that it is a GGUF conversion of."""
    parent, candidates = _parent(name, models)
    parameters = row.get("parameters_raw")
    card = license_fields(row.get("license")) | without_blanks({"language": row.get("languages")}) | parent
    return without_blanks(
        {
            "id": name,
            "createdAt": timestamp(row.get("release_date")),
            "downloads": row.get("hf_downloads"),
            "likes": row.get("hf_likes"),
            "pipeline_tag": row.get("pipeline_tag"),
            "tags": ["gguf"] if parent else [],
            "cardData": card,
            "config": without_blanks({"model_type": row.get("architecture")} | {key: row.get(key) for key in SHAPES}),
            "safetensors": {"total": parameters} if isinstance(parameters, int) else None,
            "origin": trimmed({key: row.get(key) for key in ORIGIN}) | candidates,
        }
    )
