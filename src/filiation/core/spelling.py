"""How a name is looked up, however it is written."""

from __future__ import annotations

import re

_OTHER = re.compile(r"[^\w+@]+|_+")


def key(name: str) -> str:
    """Return a name as it is looked up: lower case, and one space for what is no letter, digit, "+" or "@"."""
    return _OTHER.sub(" ", name.lower().replace("-@", "@")).strip()
