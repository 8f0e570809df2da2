"""YAML that a stranger wrote: bounded in size, in depth, and in what its anchors can expand to."""

from __future__ import annotations

from typing import Any

import yaml

MAX_CHARS = 1 << 20
MAX_ALIASES = 32
MAX_DEPTH = 64
"""The loader in C recurses: a document nested some thousands deep would end the process."""
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(ValueError):
    """The text is not YAML that can be read; the message says why."""


def load_yaml(text: str) -> Any:
    """Return the document in `text`.

    Raises:
        YamlError: If it is no YAML, longer than `MAX_CHARS`, nested deeper than `MAX_DEPTH`, or repeats itself by more
            than `MAX_ALIASES` aliases.
    """
    if len(text) > MAX_CHARS:
        raise YamlError(f"longer than {MAX_CHARS >> 20} MB")
    try:
        _check_bounds(text)
        return yaml.load(text, _Loader)  # noqa: S506  # the safe loader in C
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, YamlError):
            raise
        raise YamlError(f"not YAML ({str(error).splitlines()[0]})") from error


def _check_bounds(text: str) -> None:
    """Go through the events of the document, which needs no recursion."""
    depth = aliases = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > MAX_DEPTH:
            raise YamlError(f"nested more than {MAX_DEPTH} deep")
        if aliases > MAX_ALIASES:
            raise YamlError(f"more than {MAX_ALIASES} aliases")
