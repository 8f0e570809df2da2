"""What somebody wants to do with a model, in words: "commercial product, hosted, fine-tuned"."""

from __future__ import annotations

import re
from typing import get_args

import msgspec

from filiation.core.errors import FiliationError
from filiation.knowledge import load
from filiation.licenses.terms import Term, Use


class Purpose(msgspec.Struct, frozen=True):
    """Acts, and whether they are commercial."""

    uses: frozenset[Use]
    commercial: bool

    def touched_by(self, term: Term) -> bool:
        """Return whether the term matters here."""
        if term.commercial and not self.commercial:
            return False
        return not term.uses or bool(term.uses & self.uses)


def purpose(text: str) -> Purpose:
    """Return what `text` says, word by word between commas; whatever is done with a model, it is used.

    Raises:
        FiliationError: If a part means nothing to us; the message names the words that do.
    """
    meanings = load("license_purposes")
    if not text.strip(" ,;"):
        raise FiliationError("Nothing is asked: say what it is for, such as 'commercial product, hosted'.")
    uses: set[Use] = {"use"}
    commercial = False
    for part in filter(None, (part.strip().lower() for part in re.split(r"[,;]|\band\b", text))):
        known = [word for word in meanings if re.search(rf"\b{re.escape(word)}\b", part)]
        if not known:
            raise FiliationError(f"{part!r} says nothing about a use: choose among {', '.join(meanings)}.")
        for word in known:
            commercial |= word == "commercial" or "commercial" in meanings[word]
            uses |= {use for use in get_args(Use) if use in meanings[word]}
    return Purpose(frozenset(uses), commercial)
