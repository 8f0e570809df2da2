"""The rules of `card lint`, as ``knowledge/card_rules.toml`` has them."""

from __future__ import annotations

from functools import cache

import msgspec

from filiation.core.check import Check, Example, Topic, Wording, among, model
from filiation.core.finding import Finding, Severity
from filiation.core.language import Language
from filiation.knowledge import load


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as the file has it; `bad` is a card with the defect, `good` one without."""

    topic: Topic
    severity: Severity
    en: Wording
    ja: Wording
    bad: str = ""
    good: str = ""


@cache
def rules() -> dict[str, Rule]:
    """Return the rules by name."""
    return msgspec.convert(load("card_rules")["rule"], dict[str, Rule])


@cache
def checks() -> tuple[Check, ...]:
    """Return the rules as checks, for whoever reports findings with their pages."""
    return tuple(
        Check(name, rule.topic, rule.severity, rule.en, rule.ja, _example(rule.bad), _example(rule.good))
        for name, rule in rules().items()
    )


def finding(
    name: str, subject: str, lang: Language, details: tuple[str, ...], location: str, severity: Severity | None = None
) -> Finding:
    """Return what the rule `name` found, in one language; `severity` where it is another than the rule's."""
    rule = rules()[name]
    wording = rule.ja if lang == "ja" else rule.en
    message = wording.message.format(*details)
    return Finding(name, subject, message, severity or rule.severity, 1.0, (location,), wording.remedy, details)


def _example(card: str) -> Example:
    return among(model("o/m", beside={"README.md": card}))
