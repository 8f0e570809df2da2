"""The answer of `card lint`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from filiation.assess.card_rules import Language
from filiation.assess.documentation import SectionScore
from filiation.assess.lint import Linted, lint
from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.core.ref import Kind

CARD = "README.md"
MAX_BYTES = 1 << 20


class LintedCard(msgspec.Struct, frozen=True):
    """A card that was looked at: `score` in [0, 1] is what its sections are worth; `sections` in the order of the template."""

    path: str
    kind: Kind
    score: float
    sections: list[SectionScore]


class CardLint(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/card-lint/v1"):
    """What to mend in cards.

    Attributes:
        lang: Language of the messages.
        failed: Whether a finding is as bad as was asked for.
        cards: Those that were looked at, in the order in which they were named.
        sections: Those of the first card.
        findings: Of all cards; `subject` is the path.
    """

    lang: Language
    failed: bool
    cards: list[LintedCard]
    sections: list[SectionScore]
    findings: list[Finding]


def lint_paths(
    paths: Sequence[Path], kind: Kind | None, required: Sequence[str], fail_on: Severity | None, lang: Language
) -> tuple[CardLint, dict[str, str]]:
    """Return what to mend in the cards at `paths`, files or folders that hold one; and their texts by path.

    Raises:
        FiliationError: If there is nothing at a path, or what is there is no text.
    """
    linted: list[Linted] = []
    texts: dict[str, str] = {}
    for path in paths:
        text, name = _text(path)
        if text is not None:
            texts[name] = text
        linted.append(lint(text, name, kind, required, lang))
    findings = [item for card in linted for item in card.findings]
    order = list(Severity)
    failed = fail_on is not None and any(order.index(item.severity) >= order.index(fail_on) for item in findings)
    cards = [LintedCard(card.path, card.kind, round(card.score, 4), card.sections) for card in linted]
    return CardLint(lang, failed, cards, cards[0].sections, findings), texts


def _text(path: Path) -> tuple[str | None, str]:
    """Return the card at `path`, None where a folder has none, and how to name it."""
    if path.is_dir():
        inside = path / CARD
        return (_read(inside), inside.as_posix()) if inside.is_file() else (None, path.as_posix())
    if not path.is_file():
        raise FiliationError(f"There is no file or folder {path}: name a README.md, or a folder that holds one.")
    return _read(path), path.as_posix()


def _read(path: Path) -> str:
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise FiliationError(f"{path} is longer than {MAX_BYTES >> 20} MB, more than any card: shorten it.")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise FiliationError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}): save it as UTF-8.") from error
