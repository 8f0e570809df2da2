"""The words of an audit in each language that it comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from filiation.audit.answer import Language
from filiation.core.decision import Override
from filiation.core.ref import Kind
from filiation.knowledge import load
from filiation.licenses.vocabulary import vocabularies

NAMES = 8
"""So many names stand in a sentence; how many more there are is said."""


class Words(dict[str, str]):
    """The words of a report; what sections of a card are called takes longest to read, and is only once one is asked for."""

    def __init__(self, lang: Language) -> None:
        spoken = {
            f"{kind}.{name}": getattr(title, lang) for kind, names in vocabularies().items() for name, title in names.items()
        }
        super().__init__(spoken | load("audit_words")[lang])
        self._lang = lang

    def title(self, section: str) -> str:
        """Return what a section of a card is called, its id where no template has it."""
        return _titles(self._lang).get(section, section)


@cache
def words_of(lang: Language) -> Words:
    """Return the words of a report in a language: its own, and those in findings by ``vocabulary.id``."""
    return Words(lang)


@cache
def _titles(lang: Language) -> dict[str, str]:
    sections = [section for kind in reversed(Kind) for section in load("card_sections")[str(kind)]]
    return {section["id"]: section["title_ja" if lang == "ja" else "title"] for section in sections}


def named(names: Sequence[str], words: Mapping[str, str]) -> str:
    """Return the first `NAMES` of `names` in a row, each once, and how many more there are."""
    told = list(dict.fromkeys(names))
    rest = [words["more"].format(count=len(told) - NAMES)] if len(told) > NAMES else []
    return words["comma"].join([*told[:NAMES], *rest]) or "-"


def decided(item: Override, words: Mapping[str, str]) -> str:
    """Return what a reviewer decided, who, when and why."""
    told = words["decided_by"].format(who=item.who, at=f"{item.decided_at:%Y-%m-%d}", why=item.why)
    return f"{item.predicate} = {item.value}. {told}"
