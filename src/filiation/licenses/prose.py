"""Which licences a model card speaks of in its own sentences, and of what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

import msgspec

from filiation.cards.stems import Stems
from filiation.knowledge import load
from filiation.licenses.catalog import catalog
from filiation.licenses.link import address
from filiation.licenses.name import Word, words
from filiation.licenses.visible import Sentence, sentences, visible

MAX_WORDS = 12
"""Most words of a name, such as "license" not counted."""
MAX_SPREAD = 120
"""Most characters from the beginning of a name to its end."""
_NO_NAMES = frozenset({"other", "unknown", "cc"})
_URL = re.compile(r"https?://[^\s)\]>\"']{4,500}")
_LICENSE_WORD = re.compile(r"licen[cs]e|lizenz|terms|agreement", re.IGNORECASE)

Subject = Literal["model", "unstated", "data", "code", "upstream"]


class Statement(msgspec.Struct, frozen=True):
    """A licence that a card names: which, of what, where (characters), and how sure we are that it is the model's."""

    license: str
    subject: Subject
    start: int
    end: int
    confidence: float


def statements(card: str) -> tuple[Statement, ...]:
    """Return what the card states, in the order of the text; each licence once for each subject, the surest place."""
    best: dict[tuple[str, str], Statement] = {}
    rules = _rules()
    for sentence in sentences(visible(card), rules["words"], rules["section"]):
        for found in _in_sentence(sentence):
            key = (found.license, found.subject)
            if key not in best or best[key].confidence < found.confidence:
                best[key] = found
    return tuple(sorted(best.values(), key=lambda found: (found.start, found.end)))


def _in_sentence(sentence: Sentence) -> Iterator[Statement]:
    rules = _rules()
    in_section = bool(rules["section"].search(sentence.heading))
    named = list(_names(sentence.text, in_section)) if in_section or rules["trigger"].search(sentence.text) else []
    for license_, start, end in named:
        before = sentence.text[:start]
        if not rules["denied"].search(before):
            subject = _subject(sentence.text, before)
            sure = rules["confidence"][f"{'section' if in_section else 'text'}_{subject}"]
            yield Statement(license_, subject, sentence.start + start, sentence.start + end, sure)
    if not any(catalog().licenses[license_].kind == "non-commercial" for license_, _, _ in named):
        yield from _restrictions(sentence)


def _restrictions(sentence: Sentence) -> Iterator[Statement]:
    rules = _rules()
    if any(unless.search(sentence.text) for unless in rules["unless"]):
        return
    for license_, pattern in rules["statements"]:
        binding = (
            found for found in pattern.finditer(sentence.text) if not rules["advised"].search(sentence.text[: found.start()])
        )
        if found := next(binding, None):
            subject = _subject(sentence.text, sentence.text[: found.start()])
            sure = rules["confidence"]["statement"] * (1.0 if subject in {"model", "unstated"} else 0.5)
            yield Statement(license_, subject, sentence.start + found.start(), sentence.start + found.end(), sure)
            return


def _subject(text: str, before: str) -> Subject:
    if _rules()["subject"]["upstream"].search(before):
        return "upstream"
    for subject in ("model", "data", "code"):
        if _rules()["subject"][subject].search(text):
            return subject
    return "unstated"


def _names(text: str, in_section: bool) -> Iterator[tuple[str, int, int]]:
    """Yield (licence, start, end) of each name and address in a sentence; a name inside a longer one does not count."""
    for found in _URL.finditer(text):
        at = catalog().links.get(address(found[0].rstrip(".,;")))
        if at:
            opening = text.rfind("[", 0, found.start()) if text[: found.start()].endswith("](") else -1
            yield at, found.start() if opening < 0 else opening, found.end()
    said = words(_URL.sub(lambda found: " " * len(found[0]), text))
    place = 0
    while place < len(said):
        length, license_ = _longest(said, place)
        start, end = said[place].start, said[place + length - 1].end
        if license_ and _meant(license_, text[max(0, start - 25) : end + 25], length, in_section):
            yield license_, start, end
        place += length


def _longest(said: list[Word], place: int) -> tuple[int, str | None]:
    """Return the licence of the longest name that begins at `place`, and how many words it has; 1 where there is none."""
    for length in range(min(MAX_WORDS, len(said) - place), 0, -1):
        run = said[place : place + length]
        license_ = catalog().names.get("-".join(word.text for word in run))
        if license_ and run[-1].end - run[0].start <= MAX_SPREAD:
            return length, license_
    return 1, None


def _meant(license_: str, around: str, length: int, in_section: bool) -> bool:
    """Return whether these words name the licence, and not a model or a thing of the same name."""
    item = catalog().licenses[license_]
    if item.family == "statement" or license_ in _NO_NAMES:
        return False
    plain = length == 1 or not (item.scancode or item.hub) or item.kind in {"community", "proprietary"}
    return not plain or (in_section and item.spdx is not None) or _LICENSE_WORD.search(around) is not None


@cache
def _rules() -> dict[str, Any]:
    table = load("license_prose")
    flags = re.IGNORECASE
    return {
        "section": re.compile(table["section"], flags),
        "trigger": re.compile(table["trigger"], flags),
        "denied": re.compile(table["denied"], flags),
        "advised": re.compile(table["advised"], flags),
        "words": Stems({"any": table["words"]}),
        "subject": {name: re.compile(pattern, flags) for name, pattern in table["subject"].items()},
        "statements": [(row["license"], re.compile(row["pattern"], flags)) for row in table["statement"]],
        "unless": [re.compile(row["pattern"], flags) for row in table["unless"]],
        "confidence": table["confidence"],
    }
