"""The policies that an audit may follow: ours, and files that whoever serves has named; never a path that a request names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from filiation.core.errors import FiliationError

if TYPE_CHECKING:
    from filiation.policy import Policy

DEFAULT = "internal"


class PolicyWords(msgspec.Struct, frozen=True):
    """A policy that an audit can follow.

    Attributes:
        name: As `policy` of an audit names it.
        en: What it is for, in English.
        ja: The same in Japanese.
        use: What a model is for that it judges; null where it names nothing.
    """

    name: str
    en: str
    ja: str
    use: str | None


class PolicyNames(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/policies/v1"):
    """The policies by name, and the one that is taken where none is named."""

    default: str
    policies: list[PolicyWords]


class Policies:
    """Policies by name, each read once.

    Args:
        paths: Files of policies besides ours; the first is taken where none is named.

    Raises:
        FiliationError: If one of them cannot be read.
    """

    def __init__(self, paths: Sequence[str] = ()) -> None:
        self._paths = {Path(path).stem: path for path in paths}
        for name in self._paths:
            self.of(name)

    @property
    def default(self) -> str:
        """The name of the one that is taken where none is named."""
        return next(iter(self._paths), DEFAULT)

    def of(self, name: str | None) -> Policy:
        """Return a policy.

        Raises:
            FiliationError: If there is none of that name here.
        """
        from filiation.policy import load  # noqa: PLC0415  # reads the library that runs expressions

        wanted = name or self.default
        if wanted not in self.names:
            raise FiliationError(f"There is no policy {wanted!r} here: name one of {', '.join(self.names)}.")
        if wanted not in self._loaded:
            self._loaded[wanted] = load(self._paths.get(wanted, wanted))
        return self._loaded[wanted]

    def told(self) -> PolicyNames:
        """Return what there is to choose from."""
        return PolicyNames(self.default, [_words(name, self.of(name)) for name in self.names])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Those who serve named first, then ours."""
        from filiation.policy import presets  # noqa: PLC0415  # see of

        return tuple(dict.fromkeys((*self._paths, *presets())))

    @cached_property
    def _loaded(self) -> dict[str, Policy]:
        return {}


def _words(name: str, policy: Policy) -> PolicyWords:
    return PolicyWords(name, policy.title.en, policy.title.ja, policy.use)
