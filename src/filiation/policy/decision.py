"""What a policy says of a model: a verdict, and why."""

from __future__ import annotations

from typing import Literal

import msgspec

Verdict = Literal["pass", "review", "block"]
VERDICTS: tuple[Verdict, ...] = ("pass", "review", "block")
"""From the best to the worst."""


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the worst verdict, pass where there is none."""
    return max(verdicts, key=VERDICTS.index, default="pass")


class Reason(msgspec.Struct, frozen=True):
    """A rule that objects.

    Attributes:
        rule: Id of the rule.
        verdict: What it gives by itself.
        message_en: What is the matter, in English.
        message_ja: The same in Japanese.
        because: The facts that it looked at, as ``name = value``; a finding or parent that it objects to stands by itself.
        remedy_en: What to do; empty where the policy says nothing.
        remedy_ja: The same in Japanese.
        file: The policy file that holds the rule; the name of the preset where it comes with the package.
        line: The rule's line there, from 1 on.
        where: The table and key, such as ``[license] undeclared``.
        is_unknown: Whether it objects only because something that it needs is not known.
    """

    rule: str
    verdict: Verdict
    message_en: str
    message_ja: str
    because: list[str]
    remedy_en: str
    remedy_ja: str
    file: str
    line: int
    where: str
    is_unknown: bool = False


class Decision(msgspec.Struct, frozen=True):
    """The worst verdict of all rules; `reasons` are those that object, the worst first, and none where it passes."""

    verdict: Verdict
    reasons: list[Reason]
