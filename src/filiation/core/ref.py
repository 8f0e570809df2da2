"""A name of a model or a dataset in a registry."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from filiation.core.errors import FiliationError

MAX_NAME_CHARS = 512
NAME_PATTERN = r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)?[A-Za-z0-9_.-]*[A-Za-z0-9_-]"
"""A repository name, with or without an owner; `is_name` says what else is asked of it."""
HUB = "hf"
_NAME = re.compile(NAME_PATTERN)


class Kind(StrEnum):
    """What a registry holds."""

    MODEL = "model"
    DATASET = "dataset"


class Ref(msgspec.Struct, frozen=True, order=True):
    """The name of a model or dataset, pinned when it carries a revision.

    Law: ``Ref.parse(str(ref)) == ref``.
    """

    kind: Kind
    name: str
    registry: str = HUB
    revision: str | None = None

    @classmethod
    def parse(cls, text: str) -> Ref:
        """Return the ref that `text` spells: ``[[registry:]kind:]owner/name[@revision]``.

        Raises:
            FiliationError: If the kind is unknown or the name is not a repository name.
        """
        body, at, revision = text.strip().partition("@")
        *prefixes, name = body.split(":")
        registry, kind = (HUB, Kind.MODEL.value, *prefixes)[-2:] if len(prefixes) != 1 else (HUB, prefixes[0])
        if kind not in tuple(Kind) or len(prefixes) > 2:
            raise FiliationError(f"{text!r} names no kind that we know: write model:owner/name or dataset:owner/name.")
        if not is_name(name) or (at and not revision):
            raise FiliationError(f"{text!r} is not a repository name: write owner/name, or owner/name@revision.")
        return cls(Kind(kind), name, registry, revision or None)

    def __str__(self) -> str:
        registry = "" if self.registry == HUB else f"{self.registry}:"
        pinned = f"@{self.revision}" if self.revision else ""
        return f"{registry}{self.kind}:{self.name}{pinned}"

    @property
    def purl(self) -> str:
        """The package URL, for example ``pkg:huggingface/google-bert/bert-base-uncased@<revision>``.

        Datasets are told apart by a qualifier, for the type has no room for them. The revision is in lower case, the name as
        the registry spells it.

        Source:
            https://github.com/package-url/purl-spec, types/huggingface-definition.json
        """
        from packageurl import PackageURL  # noqa: PLC0415  # most who name a repository need no package URL

        owner, _, name = self.name.rpartition("/")
        qualifiers = {"repository_type": "dataset"} if self.kind is Kind.DATASET else None
        return PackageURL("huggingface", owner or None, name, self.revision, qualifiers).to_string()


def is_name(text: str) -> bool:
    """Return whether `text` could name a repository: at most one slash, no space, no control character, no ``..``."""
    return 0 < len(text) <= MAX_NAME_CHARS and ".." not in text and _NAME.fullmatch(text) is not None
