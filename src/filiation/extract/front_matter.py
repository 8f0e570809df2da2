"""The YAML between the two ``---`` lines at the head of a model card."""

from __future__ import annotations

import json
import re

from filiation.core.extractor import UnreadableError
from filiation.formats.yaml_text import YamlError, load_yaml

_BLOCK = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def front_matter(card: str) -> str | None:
    """Return the front matter of `card` as a JSON object; None where it has none.

    Dates become ISO text, keys that are no text are dropped.

    Raises:
        UnreadableError: If there is a block, but it is no YAML mapping.
    """
    block = _BLOCK.match(card)
    if block is None:
        return None
    try:
        matter = load_yaml(block[1])
    except YamlError as error:
        raise UnreadableError(f"README.md front matter: {error}") from error
    if matter is None:
        return None
    if not isinstance(matter, dict):
        raise UnreadableError("README.md front matter: not a mapping")
    try:
        return json.dumps(matter, default=str, skipkeys=True, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"README.md front matter: {error}") from error
