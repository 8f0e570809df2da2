"""What a check is: a question put to every node, with an example of each answer."""

from __future__ import annotations

from typing import Literal

import msgspec

from filiation.core.finding import Severity
from filiation.core.record import Record

Topic = Literal["documentation", "dependencies", "datasets", "license", "attributes", "metrics", "files"]


class Wording(msgspec.Struct, frozen=True):
    """A check in one language: `message` has a place ``{0}``, ``{1}``, ... for each of the finding's details."""

    title: str
    message: str
    remedy: str


class Example(msgspec.Struct, frozen=True):
    """A small registry, and the repository in it that the check is asked about, such as ``model:o/a``."""

    subject: str
    records: tuple[Record, ...]


class Check(msgspec.Struct, frozen=True):
    """A question put to every node.

    Attributes:
        name: Kebab-case noun phrase of the defect; the module has the same name with underscores.
        topic: Where it belongs in a report.
        severity: How bad it is if true, where a row does not say otherwise.
        en: In English.
        ja: In Japanese.
        bad: Where it finds something of the subject.
        good: Where it does not.
        query: Over the atlas's tables and the view ``subject`` (see ``docs/data-model.md``): ``node_id``, ``details``
            (VARCHAR[]), ``locations`` (VARCHAR[]), ``confidence``, and optionally ``severity``. Empty where `made_by` is
            another stage than ``checks``.
        made_by: The stage whose findings bear this name.
    """

    name: str
    topic: Topic
    severity: Severity
    en: Wording
    ja: Wording
    bad: Example
    good: Example
    query: str = ""
    made_by: Literal["checks", "lineage", "licenses"] = "checks"
