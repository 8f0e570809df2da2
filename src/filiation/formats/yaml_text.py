"""YAML that a stranger wrote: bounded in size, and in what its anchors can expand to."""

from __future__ import annotations

import re
from typing import Any

import yaml

MAX_CHARS = 1 << 20
MAX_ALIASES = 32
_ALIAS = re.compile(r"(?m)(?:^|[\s\[{,:-])\*[\w-]+")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(ValueError):
    """The text is not YAML that can be read; the message says why."""


def load_yaml(text: str) -> Any:  # noqa: ANN401  # a document may be anything
    """Return the document in `text`.

    Raises:
        YamlError: If it is no YAML, longer than `MAX_CHARS`, or repeats itself by more than `MAX_ALIASES` aliases.
    """
    if len(text) > MAX_CHARS:
        raise YamlError(f"longer than {MAX_CHARS >> 20} MB")
    if len(_ALIAS.findall(text)) > MAX_ALIASES and "&" in text:
        raise YamlError(f"more than {MAX_ALIASES} aliases")
    try:
        return yaml.load(text, _Loader)  # noqa: S506  # the safe loader in C
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlError(f"not YAML ({str(error).splitlines()[0]})") from error
