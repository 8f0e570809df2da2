"""Words of ours that a finding names by their ids, as people read them in each language."""

from __future__ import annotations

from functools import cache

import msgspec

from filiation.core.check import Vocabulary
from filiation.core.language import Language
from filiation.core.relation import Relation
from filiation.knowledge import load

SEPARATOR = ", "
"""Stands between the ids of one detail."""


class Title(msgspec.Struct, frozen=True):
    """A few words in each language."""

    en: str
    ja: str


@cache
def vocabularies() -> dict[Vocabulary, dict[str, Title]]:
    """Return every vocabulary, its words by their ids: terms of licences, licences that are a mere statement, relations."""
    told = load("audit_words")
    relations = {str(item): Title(*(told[lang][f"relation.{item}"] for lang in ("en", "ja"))) for item in Relation}
    licenses = msgspec.convert(load("license_words"), dict[Vocabulary, dict[str, Title]])
    return licenses | {"relation": relations}


def spoken(text: str, vocabulary: Vocabulary, lang: Language) -> str:
    """Return the ids in `text`, one or several in a row, as words; an id that has none stands for itself.

    Law: of a text without an id of the vocabulary it returns the text, but for the separators of the language.
    """
    words = vocabularies()[vocabulary]
    told = [getattr(words[name], lang) if name in words else name for name in text.split(SEPARATOR)]
    return load("audit_words")[lang]["comma"].join(told)
