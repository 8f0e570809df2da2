"""The items of law and frameworks, as ``knowledge/regulation.toml`` and ``regulation_nist.toml`` have them."""

from __future__ import annotations

import re
from functools import cache, reduce

import msgspec

from filiation.governance.assessment import Language
from filiation.governance.subject import Signs
from filiation.knowledge import load

NOTHING = Signs()
_JAPANESE = (
    (r"\bAnnex ", "附属書 "), (r", section (\d)", r" 第\1節"), (r", point (\d)", r" \1"), (r"\bArticles? ", "Article "),
    (r"\bRecital ", "前文 "), (r" and the Commission's guidelines", "、欧州委員会の指針"), (r" and (?=\d)", "、Article "),
)  # fmt: skip
_POINT = ", point "
_ARTICLE = re.compile(r"Article (\d+)(?:\((\d+)\))?")
NIST = "nist"


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an item asks for, in one of its parts.

    Attributes:
        id: Stable within the item.
        en: In a word or two; empty where the item has but one part.
        ja: The same in Japanese.
        signs: Show it.
        weak: Show it in part.
        hints: Stand beside it, and show nothing.
        words: Of the card; a line that has one shows it in part.
        finder: Name of the function that answers it instead.
        is_open: Absence answers nothing: what is not shown may stand elsewhere, and much hangs on it.
    """

    id: str
    en: str = ""
    ja: str = ""
    signs: Signs = NOTHING
    weak: Signs = NOTHING
    hints: Signs = NOTHING
    words: tuple[str, ...] = ()
    finder: str = ""
    is_open: bool = False

    @property
    def is_looked_for(self) -> bool:
        """Whether an atlas could show it at all."""
        return bool(self.words or self.finder or self.signs != NOTHING or self.weak != NOTHING)


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is asked for: `place` in the law, `read` where that was read."""

    id: str
    place: str
    read: str
    same: str = ""
    en: str = ""
    ja: str = ""
    gap_en: str = ""
    gap_ja: str = ""
    part: tuple[Part, ...] = ()

    def gap(self, lang: Language) -> str:
        """Return what to do where it is missing."""
        return self.gap_ja if lang == "ja" else self.gap_en

    def asks(self, lang: Language) -> str:
        """Return the question, after the point of an annex that it stands in."""
        text = self.ja if lang == "ja" else self.en
        return f"{point}. {text}" if (point := self.place.partition(_POINT)[2]) else text

    def where(self, lang: Language) -> str:
        """Return the place in the law, as the language names it."""
        return _place(self.place, lang)

    def source(self, lang: Language) -> str:
        """Return where the item stands, an annex without its point, and where that was read; what is from memory says so."""
        told = load("regulation")["source"]
        return f"{told['act'][lang]}, {_place(self.place.partition(_POINT)[0], lang)} ({told[self.read][lang]})"


class ItemGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Items that belong together; `systemic` where they are for models with systemic risk only."""

    id: str
    en: str
    ja: str
    about_en: str
    about_ja: str
    item: tuple[Item, ...]
    systemic: bool = False


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A risk of the profile: what shows that something is said of it, what stands beside, the checks that speak against it."""

    id: str
    en: str
    ja: str
    words: tuple[str, ...]
    gap_en: str
    gap_ja: str
    signs: Signs = NOTHING
    hints: Signs = NOTHING
    checks: tuple[str, ...] = ()


@cache
def groups() -> tuple[ItemGroup, ...]:
    """Return the groups of the Act; an item that is the same as another has that one's words and parts."""
    found = msgspec.convert(load("regulation")["group"], tuple[ItemGroup, ...])
    known = {f"{group.id}.{item.id}": item for group in found for item in group.item}
    return tuple(msgspec.structs.replace(group, item=tuple(_resolved(item, known) for item in group.item)) for group in found)


@cache
def risks() -> tuple[Risk, ...]:
    """Return the twelve risks."""
    return msgspec.convert(load("regulation_nist")["risk"], tuple[Risk, ...])


@cache
def questions() -> tuple[str, ...]:
    """Return the ids of all questions."""
    return (
        *(f"{group.id}.{item.id}" for group in groups() for item in group.item),
        *(f"{NIST}.{risk.id}" for risk in risks()),
    )


def _place(place: str, lang: Language) -> str:
    if lang == "en":
        return place
    return _ARTICLE.sub(_article, reduce(lambda text, pair: re.sub(*pair, text), _JAPANESE, place))


def _article(match: re.Match[str]) -> str:
    article, paragraph = match.groups()
    return f"第{article}条第{paragraph}項" if paragraph else f"第{article}条"


def _resolved(item: Item, known: dict[str, Item]) -> Item:
    if not item.same:
        return item
    return msgspec.structs.replace(known[item.same], id=item.id, place=item.place, read=item.read, same=item.same)
