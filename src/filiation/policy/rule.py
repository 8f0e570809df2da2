"""Rules, and the policies that are made of them."""

from __future__ import annotations

import msgspec

from filiation.policy.decision import Verdict
from filiation.policy.file import Objection, Words


class Rule(msgspec.Struct, frozen=True):
    """One rule; those that stand in a policy's tables become rules as well.

    Attributes:
        id: By which a later file overrides or disables it, such as ``license.undeclared``.
        when: Where this CEL expression holds, the rule objects.
        verdict: What it then gives.
        unknown: What it gives where that hangs on something unknown.
        message: What is the matter; facts in braces are filled in.
        remedy: What to do.
        file: The file that holds it; the name of the preset where it comes with the package.
        line: Its line there, from 1 on.
        where: The table and key.
        asks: What it asks for, in words that end a sentence; empty where its author gave only a message.
    """

    id: str
    when: str
    verdict: Objection
    unknown: Verdict
    message: Words
    remedy: Words
    file: str
    line: int
    where: str
    asks: Words = Words()


class Policy(msgspec.Struct, frozen=True):
    """A composed policy, ready to be asked.

    Attributes:
        name: The preset's name, or the file.
        title: What it is for.
        files: All that it is composed of, the first that counts last.
        use: What the model is for, for the fact ``license.answer``; null where the policy does not say.
        rules: Every rule, those of the tables first.
        disabled: Ids of the rules that a file switched off.
    """

    name: str
    title: Words
    files: list[str]
    use: str | None
    rules: list[Rule]
    disabled: list[str]
