"""Secrets in texts, by their shapes; of each only the beginning is ever shown."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache

from filiation.knowledge import load
from filiation.scan.look import Look

MIN_BITS = 2.8
"""Entropy of a character below which a secret is a placeholder: ``xxxx``, ``1234``."""
SHOWN_CHARS = 8
_PLACEHOLDER = re.compile(
    r"(?i)example|placeholder|your[_-]?|xxxx|changeme|dummy|fake|redacted|<|\*{3}|abcdefgh|12345678|user:pass|password@|:pass(?:word)?@|\$\{"
)


@cache
def _shapes() -> list[tuple[str, re.Pattern[str]]]:
    return [(row["name"], re.compile(row["pattern"], re.ASCII)) for row in load("scan_configs")["secret"]]


def read(text: str, place: str, look: Look) -> None:
    """Note each secret in a text, with its line; placeholders are none."""
    for name, pattern in _shapes():
        for match in pattern.finditer(text):
            if is_placeholder(match[0]):
                continue
            line = text.count("\n", 0, match.start()) + 1
            look.say("secret", f"{place}:{line}", shown(match[0]), name)


def is_placeholder(secret: str) -> bool:
    """Return whether nobody could use it: a word in it says so, or its characters hardly differ."""
    body = re.sub(r"^(?:-----BEGIN[^-]{1,40}-----|[a-z]{2,12}[_-])", "", secret, flags=re.IGNORECASE)
    return _PLACEHOLDER.search(secret) is not None or _bits(body) < MIN_BITS


def shown(secret: str) -> str:
    """Return the beginning of a secret, and how long it is."""
    return f"{secret[:SHOWN_CHARS]}... ({len(secret)} characters)"


def _bits(text: str) -> float:
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values()) if text else 0.0
