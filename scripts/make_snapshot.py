"""Make the snapshot that `filiation demo` charts, out of the model lists that Python packages publish.

    python scripts/make_snapshot.py ../shared/data

The folder holds the exports, ``pypi/`` and ``hub-2026-10/``. Fields that no reader uses are dropped; what is left is
written so that the same input gives the same bytes. The notices are written anew; the licence texts beside them are
kept by hand.
"""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filiation.core.record import ReadOptions, Skipped
from filiation.registry import read

SNAPSHOT = Path(__file__).parent.parent / "src" / "filiation" / "snapshot"


@dataclass(frozen=True)
class Export:
    """A list that a package publishes; `copyright` as the package's own licence file or source file states it."""

    package: str
    version: str
    file: str
    license: str
    copyright: str
    text: str
    dropped: frozenset[str] = frozenset()


EXPORTS = (
    Export(
        "llmfit",
        "1.1.17",
        "hub-2026-10/llmfit_models.jsonl.gz",
        "MIT",
        "Copyright (c) 2026 Alex Jones",
        "licenses/llmfit.txt",
        frozenset({"provider", "min_ram_gb", "recommended_ram_gb", "shared_expert_intermediate_size", "active_experts"}),
    ),
    Export(
        "mteb",
        "2.26.24",
        "pypi/mteb-2.26.24_modelmeta.jsonl.gz",
        "Apache-2.0",
        "MTEB Contributors (the licence file names no other holder)",
        "licenses/Apache-2.0.txt",
        frozenset({"citation", "loader_kwargs", "experiment_kwargs", "contacts", "extra_requirements_groups"}),
    ),
    Export(
        "open_clip_torch",
        "3.3.0",
        "pypi/open_clip-3.3.0_pretrained.json.gz",
        "MIT",
        "Copyright (c) 2012-2021 Gabriel Ilharco, Mitchell Wortsman, Nicholas Carlini, Rohan Taori, Achal Dave, "
        "Vaishaal Shankar, John Miller, Hongseok Namkoong, Hannaneh Hajishirzi, Ali Farhadi, Ludwig Schmidt",
        "licenses/open_clip.txt",
    ),
    Export(
        "timm",
        "1.0.31",
        "pypi/timm-1.0.31_pretrained_cfgs.jsonl.gz",
        "Apache-2.0",
        "Copyright 2019 Ross Wightman",
        "licenses/Apache-2.0.txt",
        frozenset({"mean", "std", "interpolation", "crop_pct", "crop_mode", "first_conv", "classifier", "pool_size"}),
    ),
    Export(
        "unsloth",
        "2026.10.9",
        "pypi/unsloth-2026.10.9_mapper.json.gz",
        "Apache-2.0 (unsloth/models/mapper.py; other parts of the package are AGPL-3.0 and are not used)",
        "Copyright 2023-present Daniel Han-Chen & the Unsloth team. All rights reserved.",
        "licenses/Apache-2.0.txt",
    ),
)

NOTICE = """# Notices

The files in this folder are data that Python packages publish: lists of models, read from the packages' source without
running it, and written here as JSON with the fields left out that filiation does not use. They are not the packages
themselves. Each stays under the licence of the package that it comes from; the texts are in `licenses/`.

Written by `scripts/make_snapshot.py`.
"""


def main(data: Path) -> None:
    """Write the snapshot and say what it holds."""
    notice = [NOTICE]
    for export in EXPORTS:
        name = Path(export.file).name
        if export.version not in name:
            name = name.replace("_", f"-{export.version}_", 1)
        target = SNAPSHOT / name
        target.write_bytes(packed(trimmed(gzip.decompress((data / export.file).read_bytes()).decode(), export)))
        notice.append(
            f"## {name}\n\n{export.package} {export.version}, from the Python Package Index\n\n"
            f"Licence: {export.license}; see `{export.text}`.\n\n{export.copyright}\n"
        )
    (SNAPSHOT / "NOTICE.md").write_text("\n".join(notice), encoding="utf-8")
    report()


def trimmed(text: str, export: Export) -> str:
    """Return the export less the fields to drop and those that are null, one JSON object a line where it was so."""
    if text.startswith("{") and "\n{" in text:
        rows = [kept(json.loads(line), export.dropped) for line in text.splitlines() if line.strip()]
        return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")) + "\n"


def kept(row: dict[str, Any], dropped: frozenset[str]) -> dict[str, Any]:
    """Return the fields of `row` that say something and are not to be dropped; none of llmfit's own bookkeeping."""
    return {
        name: value for name, value in row.items() if value is not None and name not in dropped and not name.startswith("_")
    }


def packed(text: str) -> bytes:
    """Return `text` compressed, without the time and name that gzip would add."""
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def report() -> None:
    """Print what the sources make of the snapshot."""
    models, edges, skipped, sources = set(), set(), [], {}
    for batch in read(SNAPSHOT, ReadOptions()):
        if isinstance(batch, Skipped):
            skipped.append(batch)
            continue
        sources[batch.source] = sources.get(batch.source, 0) + len(batch.table)
        for body in map(json.loads, batch.table["body"].to_pylist()):
            models.add((batch.registry, body["id"]))
            parents = body.get("cardData", {}).get("base_model", [])
            edges |= {(body["id"], parent) for parent in ([parents] if isinstance(parents, str) else parents)}
    size = sum(path.stat().st_size for path in SNAPSHOT.rglob("*") if path.is_file())
    print(f"{sum(sources.values()):,} records {sources}")
    print(f"{len(models):,} models, {len(edges):,} edges that name a base model, {size / 1e6:.2f} MB")
    print(*skipped, sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
