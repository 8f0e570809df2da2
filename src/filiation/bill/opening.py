"""What a card says first, as a description of its model."""

from __future__ import annotations

from filiation.cards.blocks import plain, read
from filiation.cards.emptiness import is_placeholder
from filiation.cards.template import count_words

MIN_WORDS = 6
"""A paragraph of fewer is a caption, a badge or a greeting."""
MAX_BLOCKS = 60


def opening(card: str) -> str | None:
    """Return the first paragraph of `card` that says something, as plain text; None where there is none near the beginning."""
    for block in read(card).blocks[:MAX_BLOCKS]:
        if block.kind == "paragraph":
            text = plain(block.text)
            if count_words(text) >= MIN_WORDS and not is_placeholder(text):
                return text
    return None
