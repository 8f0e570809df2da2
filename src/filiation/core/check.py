"""What a check is: a question put to every node, with an example of each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from filiation.core.finding import Severity
from filiation.core.record import Record
from filiation.core.ref import Kind

Topic = Literal["documentation", "dependencies", "datasets", "license", "attributes", "metrics", "files", "names"]
Vocabulary = Literal["term", "license", "relation"]
"""Whose ids a detail has, to be told in the reader's language: terms of licences, licences, relations."""


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
        query: Over the atlas's tables and those of ``checks/subject.sql`` (see ``docs/checks.md``): ``node_id``, ``details``
            (VARCHAR[]), ``locations`` (VARCHAR[]), ``confidence``, and optionally ``... AS severity``. Empty where `made_by` is
            another stage than ``checks``.
        made_by: The stage whose findings bear this name.
        needs: What an atlas must hold, as ``checks/held.sql`` names it, for the query to find anything; where one of these is
            not there, the check is not put, which saves the time to plan it.
        vocabulary: By a detail's place, whose ids stand there; other details are words as they were read.
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
    needs: tuple[str, ...] = ()
    vocabulary: Mapping[int, Vocabulary] = {}


def model(name: str, *, files: Sequence[str] | None = None, beside: Mapping[str, str] | None = None, **fields: Any) -> Record:
    """Return a model for an example, as the Hub serves it.

    Args:
        name: ``owner/name``.
        files: Names of all its files; None where the registry does not list them.
        beside: Text of some of these files, such as ``README.md``.
        fields: More of the Hub's fields; ``tags`` is empty where it is not among them.
    """
    listed = {} if files is None else {"siblings": [{"rfilename": file} for file in files]}
    return Record(Kind.MODEL, name, {"id": name, "tags": []} | listed | fields, dict(beside or {}))


def dataset(name: str, **fields: Any) -> Record:
    """Return a dataset for an example, as the Hub serves it."""
    return Record(Kind.DATASET, name, {"id": name, "tags": []} | fields)


def advisory(purl: str, **fields: Any) -> Record:
    """Return an advisory for an example, in the Open Source Vulnerability format, about what a package URL names.

    Args:
        purl: Such as ``pkg:huggingface/owner/name``.
        fields: More of what it says of the package, such as ``ranges``.
    """
    body = {
        "id": "EX-2024-1",
        "modified": "2024-07-01T00:00:00Z",
        "summary": "It sends what it reads to a stranger.",
        "affected": [{"package": {"purl": purl}} | fields],
    }
    return Record(Kind.MODEL, "EX-2024-1", body)


def among(*records: Record) -> Example:
    """Return an example that asks about the first of `records`."""
    return Example(f"{records[0].kind}:{records[0].id}", records)
