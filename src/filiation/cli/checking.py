"""The answer of `checks`."""

from __future__ import annotations

from difflib import get_close_matches

import msgspec

from filiation.checks import named, pages
from filiation.core.check import Check, Topic, Wording
from filiation.core.errors import FiliationError
from filiation.core.finding import Severity


class CheckPage(msgspec.Struct, frozen=True):
    """A check, its words in English and Japanese, and its page; a row may be more or less severe than `severity`."""

    name: str
    topic: Topic
    severity: Severity
    en: Wording
    ja: Wording
    page: str


class CheckList(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/checks/v1"):
    """The checks, by name: all, or the one that was asked for."""

    checks: list[CheckPage]


def listed(name: str | None) -> CheckList:
    """Return every check, or the one of that name.

    Raises:
        FiliationError: If there is none; it suggests the nearest.
    """
    known = named()
    if name is not None and name not in known:
        close = get_close_matches(name, known, 3)
        hint = f"did you mean {', '.join(close)}?" if close else "'filiation checks' lists them."
        raise FiliationError(f"There is no check {name}: {hint}")
    texts = pages()
    return CheckList([_page(check, texts[check.name]) for check in known.values() if name in {None, check.name}])


def _page(check: Check, text: str) -> CheckPage:
    return CheckPage(check.name, check.topic, check.severity, check.en, check.ja, text)
