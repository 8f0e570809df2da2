"""The answers of `policy list`, `policy show` and `policy check`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from filiation.policy.file import PolicyError, Words
from filiation.policy.load import load
from filiation.policy.rule import Policy
from filiation.policy.settings import presets


class PolicySummary(msgspec.Struct, frozen=True):
    """A policy that comes with the package: `use` is what it has in mind, null where it names none."""

    name: str
    title: Words
    use: str | None
    rules: int


class PolicyList(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/policy-list/v1"):
    """The policies that come with the package."""

    policies: list[PolicySummary]


class PolicyShown(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/policy-show/v1"):
    """A policy with all that it extends: every rule, as the engine asks it."""

    policy: Policy


class CheckedFile(msgspec.Struct, frozen=True):
    """A file, and why it cannot be used; null where it can."""

    file: str
    rules: int
    error: str | None


class PolicyChecked(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/policy-check/v1"):
    """Whether files are policies."""

    files: list[CheckedFile]


def listed() -> PolicyList:
    """Return the policies that come with the package."""
    policies = [load(name) for name in presets()]
    return PolicyList([PolicySummary(policy.name, policy.title, policy.use, len(policy.rules)) for policy in policies])


def shown(name: str) -> PolicyShown:
    """Return the policy of that name, or in that file.

    Raises:
        PolicyError: If it cannot be used.
    """
    return PolicyShown(load(name))


def checked_files(files: Sequence[Path]) -> PolicyChecked:
    """Return for each file whether it is a policy.

    Raises:
        PolicyError: If one of them is not there.
    """
    missing = [file for file in files if str(file) not in presets() and not file.is_file()]
    if missing:
        raise PolicyError(f"{missing[0]} is no file: name the policy file to check.")
    return PolicyChecked([_checked(file) for file in files])


def _checked(file: Path) -> CheckedFile:
    try:
        return CheckedFile(str(file), len(load(file).rules), None)
    except PolicyError as error:
        return CheckedFile(str(file), 0, str(error))
