"""The SHA-256 of each file of weights, as the registry tells it of large files when asked with ``blobs=true``.

Source:
    https://huggingface.co/docs/hub/api (``GET /api/models/{repo_id}?blobs=true``: ``siblings[].lfs.sha256``)
"""

from __future__ import annotations

from filiation.core.extractor import SetExtractor
from filiation.knowledge import load

MAX_FILES = 2_000
"""Of one record; of more the digests are not looked at."""
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""Of no bytes at all: says nothing of whose they are."""


ENTIRE = ("safetensors", "gguf", "pickle", "keras", "flax", "tflite")
"""Kinds of files in ``knowledge/weight_formats.toml`` that hold their weights themselves: others may be a graph over files
beside them, which two models share that differ in their weights."""


def is_weights(file: str) -> str:
    """Return the SQL condition that the path `file`, a SQL expression, is of a file that holds weights by itself."""
    kinds = [load("weight_formats")[name] for name in ENTIRE]
    return "(" + " OR ".join(_matches(file, kind) for kind in kinds) + ")"


def _matches(file: str, kind: dict[str, str]) -> str:
    unless = f" AND NOT regexp_matches(lower({file}), '{kind['unless']}')" if "unless" in kind else ""
    return f"(regexp_matches(lower({file}), '{kind['files']}'){unless})"


EXTRACTOR = SetExtractor(
    "weights digest",
    f"""
    SELECT record_id, 'weights_sha256' AS predicate, digests[place] AS value, NULL AS relation, NULL AS weight,
        'siblings' AS source, '/' || (place - 1) || '/lfs/sha256' AS pointer
    FROM (
        SELECT record_id, digests, unnest(list_filter(range(1, len(digests) + 1),
            lambda place: regexp_full_match(digests[place], '[0-9a-f]{{64}}') AND digests[place] <> '{EMPTY}'
                AND {is_weights("file_names[place]")})) AS place
        FROM observation WHERE kind = 'model' AND len(digests) <= {MAX_FILES}
    )
    """,
)
