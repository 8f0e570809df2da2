"""Whom an advisory is about: models by name, files by digest, packages by version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from packageurl import PackageURL
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from filiation.advisories.severity import severity_of
from filiation.core.advisory import Advisory, Affected, Range
from filiation.core.finding import Severity
from filiation.core.ref import Kind

SURE, LIKELY, MAYBE = 0.95, 0.7, 0.5
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")
HUB_TYPE, PYPI = "huggingface", "pypi"
ZERO = "0"


class AboutModel(NamedTuple):
    """A model or dataset, with the revisions that are affected; none of these for all, or for what cannot be told apart."""

    kind: Kind
    name: str
    revisions: tuple[str, ...]
    fixed: tuple[str, ...]
    has_ranges: bool


class AboutFile(NamedTuple):
    """A file of this digest, under whatever name and in whatever repository."""

    sha256: str


class AboutPackage(NamedTuple):
    """A Python package, by its canonical name, with what of it is affected."""

    name: str
    affected: Affected


About = AboutModel | AboutFile | AboutPackage


def about(advisory: Advisory) -> Iterator[tuple[About, Severity]]:
    """Yield whom an advisory is about, and how severe it is for them; nobody where it was withdrawn.

    Package URLs say it: ``pkg:huggingface/owner/name`` for a model, with ``repository_type=dataset`` for a dataset; any with
    ``checksum=sha256:...`` for a file; ``pkg:pypi/name`` for a package.
    """
    if advisory.withdrawn is not None:
        return
    for affected in advisory.affected:
        for found in _about(affected):
            yield found, severity_of(advisory, affected)


def _about(affected: Affected) -> Iterator[About]:
    package = affected.package
    purl = _purl(package.purl)
    if purl is None:
        if package.ecosystem.partition(":")[0] == "PyPI" and package.name:
            yield AboutPackage(canonicalize_name(package.name), affected)
        return
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    digests = _SHA256.findall(qualifiers.get("checksum", "").lower())
    if digests:
        yield from map(AboutFile, digests)
    elif purl.type == HUB_TYPE:
        kind = Kind.DATASET if qualifiers.get("repository_type") == "dataset" else Kind.MODEL
        name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
        revisions = (*([purl.version] if purl.version else ()), *affected.versions)
        fixed = tuple(turn.fixed for one in affected.ranges for turn in one.events if turn.fixed)
        yield AboutModel(kind, name, revisions, fixed, bool(affected.ranges))
    elif purl.type == PYPI:
        yield AboutPackage(canonicalize_name(purl.name), affected)


def _purl(text: str) -> PackageURL | None:
    try:
        return PackageURL.from_string(text) if text else None
    except ValueError:
        return None


def model_confidence(item: AboutModel, revision: str | None) -> float:
    """Return how sure it is that a repository at a revision is affected, 0 where it is not; None is a revision not known."""
    if not item.revisions and not item.has_ranges:
        return SURE
    if revision is None:
        return MAYBE
    if revision in item.revisions:
        return SURE
    if revision in item.fixed or not item.has_ranges:
        return 0.0
    return MAYBE if item.fixed else LIKELY


def is_affected(affected: Affected, version: str) -> bool:
    """Return whether a version of a Python package is affected; one that cannot be read is not.

    Source:
        https://ossf.github.io/osv-schema/, "Evaluation".
    """
    if version in affected.versions:
        return True
    try:
        wanted = Version(version)
    except InvalidVersion:
        return False
    listed = [one for text in affected.versions if (one := _version(text)) is not None]
    if wanted in listed or (not affected.versions and not affected.ranges):
        return True
    return any(_lies_in(one, wanted) for one in affected.ranges if one.type in {"ECOSYSTEM", "SEMVER"})


def _lies_in(one: Range, wanted: Version) -> bool:
    turns: list[tuple[Version, int, bool]] = []
    for turn in one.events:
        for text, begins, inclusive in ((turn.introduced, True, 0), (turn.fixed, False, 0), (turn.last_affected, False, 1)):
            at = _version(ZERO if text == ZERO else text)
            if at is not None:
                turns.append((at, inclusive, begins))
    inside = False
    for at, after, begins in sorted(turns, key=lambda item: item[:2]):
        if wanted < at or (after and wanted == at):
            break
        inside = begins
    return inside


def _version(text: str | None) -> Version | None:
    try:
        return Version(text) if text else None
    except InvalidVersion:
        return None
