"""The repositories from which timm and open_clip load weights by names of their own, by the lists that they publish."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

TIMM = "timm-1.0.31_pretrained_cfgs.jsonl.gz"
OPEN_CLIP = "open_clip-3.3.0_pretrained.json.gz"
_FOLDER = Path(__file__).parent.parent / "snapshot"
"""Its `NOTICE.md` says where the lists come from."""


def repository(package: str, model: str, tag: str | None = None) -> str | None:
    """Return the repository that a package loads a model of its own from.

    Args:
        package: ``timm`` or ``open_clip``.
        model: As the package calls it; timm's with a tag behind a dot, or without, which means the package's choice.
        tag: Of open_clip, as `pretrained` is given.

    Returns:
        ``owner/name``; the empty string where the package has these weights, but from no repository; None where the list that
        comes with us does not know them, as it does not those of a later version.
    """
    if package == "timm":
        return _timm().get(model)
    return _open_clip().get((model.replace("/", "-"), tag.lower().replace("-", "_"))) if tag else None


@cache
def _timm() -> dict[str, str]:
    """Return repositories by ``name.tag``, and by ``name`` that of its first tag with weights, which timm takes by itself."""
    found: dict[str, str] = {}
    with gzip.open(_FOLDER / TIMM, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    for row in rows:
        name, hub = row["name"], row.get("hf_hub_id")
        if not hub and not row.get("url"):
            continue
        found[name] = f"{hub}{name}" if hub and hub.endswith("/") else hub or ""
        found.setdefault(name.partition(".")[0], found[name])
    return found


@cache
def _open_clip() -> dict[tuple[str, str], str]:
    """Return repositories by model and tag; what is listed may name a file in one."""
    with gzip.open(_FOLDER / OPEN_CLIP, "rt", encoding="utf-8") as file:
        rows = json.load(file)
    return {(row["model"], row["tag"]): "/".join(row["hf_hub"].split("/")[:2]) for row in rows}
