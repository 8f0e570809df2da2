"""Read a name: pieces, then what they mean beside one another and beside what else is known, then its convention."""

from __future__ import annotations

from filiation.names.convention import convention
from filiation.names.grammar import read
from filiation.names.name import Context, Element, Name
from filiation.names.segments import pieces


def parse(name: str, context: Context | None = None) -> Name:
    """Return what `name` says.

    Args:
        name: With its owner (``owner/name``) or without. Only the first 200 characters after the owner are read.
        context: What else is known of the model, to decide between readings of a word that has several.

    Returns:
        The elements in order; they do not overlap. Of a name without a letter or digit there are none.
    """
    owner, slash, text = name.partition("/")
    if not slash:
        owner, text = "", name
    chosen = read(pieces(text), text, context)
    elements = tuple(
        [
            Element(reading.kind, text[piece.start : piece.end], piece.start, reading.value, confidence, told)
            for piece, reading, confidence, told in chosen
        ]
    )
    letter, confidence = convention(chosen)
    return Name(owner, text, elements, letter, confidence)
