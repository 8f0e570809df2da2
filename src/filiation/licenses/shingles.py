"""A text as the set of its runs of words, so that two printings of one licence look alike."""

from __future__ import annotations

import re
from hashlib import blake2b

import numpy as np

WORDS = 4
"""Words in a run."""
NAME = f"words{WORDS}-blake2b32"
"""What decides the value of a hash; two sets compare only if their names are equal."""
MAX_TEXT = 1 << 20
"""Longest text that is looked at, in characters; the rest is not read."""
_WORD = re.compile(r"[^\W_]+(?:[.'\u2019][^\W_]+)*")
_NOT_TEXT = re.compile(r"^[ \t/*#;]*(?:copyright\b|\(c\)|\u00a9)[^\n]{0,200}$|<[^<>\n]{1,80}>", re.IGNORECASE | re.MULTILINE)


class Shingles:
    """The runs of words of one text.

    Attributes:
        hashes: uint32[k], in the order of the text.
        starts: int64[k]; the character where each run begins.
        ends: int64[k]; the character after its end.
    """

    def __init__(self, text: str) -> None:
        text = _NOT_TEXT.sub(lambda found: " " * len(found[0]), text[:MAX_TEXT])
        spans = [(found.start(), found.end()) for found in _WORD.finditer(text)]
        words = [text[start:end].casefold().replace("\u2019", "").replace("'", "").encode() for start, end in spans]
        runs = range(len(words) - WORDS + 1)
        digests = b"".join(blake2b(b" ".join(words[i : i + WORDS]), digest_size=4).digest() for i in runs)
        self.hashes = np.frombuffer(digests, "<u4")
        self.starts = np.array([spans[i][0] for i in runs], np.int64)
        self.ends = np.array([spans[i + WORDS - 1][1] for i in runs], np.int64)
