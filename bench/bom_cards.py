"""Models of the shared lineage trees with their cards, as an archive that the atlas reads."""

from __future__ import annotations

import ast
import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

FIELDS = ("id", "author", "sha", "tags", "pipeline_tag", "library_name", "downloads", "likes")


def cards(source: Path, how_many: int) -> dict[str, dict[str, Any]]:
    """Return records with ``card`` and ``config`` by name: of those that name a base model and datasets, the most downloaded.

    No two are of one owner.
    """
    rich = []
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            info = row.get("info") or {}
            tags = [tag.partition(":")[0] for tag in info.get("tags") or []]
            if row.get("card") and {"base_model", "dataset"} <= set(tags):
                rich.append(
                    {name: info.get(name) for name in FIELDS} | {"id": row["id"], "card": row["card"], "config": _config(info)}
                )
    found: dict[str, dict[str, Any]] = {}
    for record in sorted(rich, key=lambda item: (-(item["downloads"] or 0), item["id"])):
        owner = record["id"].partition("/")[0]
        if len(found) < how_many and owner not in {name.partition("/")[0] for name in found}:
            found[record["id"]] = record
    return found


def _config(info: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration, which the crawl kept as Python writes it."""
    told = info.get("config")
    try:
        found = ast.literal_eval(told) if isinstance(told, str) else told
    except (ValueError, SyntaxError):
        return {}
    return found if isinstance(found, dict) else {}


def archive(records: dict[str, dict[str, Any]], folder: Path) -> Path:
    """Write the records into an archive of repositories; return its path."""
    path = folder / "cards.tar"
    with tarfile.open(path, "w") as tar:
        for name, record in records.items():
            body = {key: value for key, value in record.items() if key != "card"}
            for file, text in (("infos.json", json.dumps(body)), ("README.md", record["card"])):
                member = tarfile.TarInfo(f"crawl/models/{name}/{file}")
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
    return path
