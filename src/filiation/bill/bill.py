"""The bill of materials that every format renders: components, relations between them, and who says what of each."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Subject = Literal["repositories", "application"]
Role = Literal["declared", "concluded", "inherited"]
USES = "uses"
"""What an application does with a model or a dataset; every other relation is one of `core.relation.Relation`."""
APPLICATION = "application"
"""Kind of the component that stands for a source tree; the others are of `core.ref.Kind`."""


class Said(msgspec.Struct, frozen=True):
    """Who says it and on what basis: `witness` is who speaks, `locator` the file or field and the place in it."""

    basis: str
    confidence: float
    witness: str
    locator: str


class License(msgspec.Struct, frozen=True):
    """A licence of a component.

    Attributes:
        role: What the publisher declares; what holds after all, as far as known; or what an ancestor's licence brings along.
        text: As written; for the others the expression.
        expression: In SPDX's spelling, ``LicenseRef-`` for what SPDX does not list; None where it is not understood.
        url: Where the text is, None where nobody says.
        said: Who says so.
        inherited_from: Refs of the ancestors that it comes from; empty where it is the component's own.
    """

    role: Role
    text: str
    expression: str | None
    url: str | None
    said: Said
    inherited_from: tuple[str, ...] = ()


class File(msgspec.Struct, frozen=True):
    """A file of a repository; `git_blob` is the SHA-1 by which git knows its content, null for a pointer to large content."""

    path: str
    size_bytes: int | None
    sha256: str | None
    git_blob: str | None
    said: Said


class Fact(msgspec.Struct, frozen=True):
    """Anything else that is said, by the names of ``knowledge/bill.toml``, such as ``task`` or ``limitation``."""

    name: str
    value: str
    said: Said


class Metric(msgspec.Struct, frozen=True):
    """A result as published: `value` as written, what it was measured on, and whether somebody else verified it."""

    type: str
    value: str
    task: str | None
    dataset: str | None
    config: str | None
    split: str | None
    verified: bool | None
    said: Said


class Energy(msgspec.Struct, frozen=True):
    """What an activity took, as published: `energy_kwh` only where somebody says it, or the carbon intensity beside the CO2.

    `text` is as written, with hardware and place where they are named.
    """

    activity: str
    energy_kwh: float | None
    co2_grams: float | None
    text: str
    said: Said


class Link(msgspec.Struct, frozen=True):
    """An address of the component; `type` is one of CycloneDX's types of external references."""

    type: str
    url: str
    comment: str | None
    said: Said


class Component(msgspec.Struct, frozen=True):
    """A model, a dataset or the application.

    Attributes:
        ref: ``model:owner/name``, ``dataset:owner/name`` or ``application:name``; unique in a bill.
        kind: Model, dataset or application.
        state: Present where the registry holds it, else why not; ``unlisted`` where the atlas does not know it at all.
        purl: The package URL, None where there is none for it.
        revision: The commit that is described, None where it is not known.
        publisher: Whose repository it is.
        created_at: When the repository was made, naive UTC.
        modified_at: When it was changed last, naive UTC.
        description: In the publisher's words.
        licenses: Declared first, then concluded, then inherited.
        files: In the order of the registry.
        files_left_out: How many more there are.
        facts: By name.
        metrics: In the order of the source.
        energies: Likewise.
        links: By type.
    """

    ref: str
    kind: str
    state: str
    purl: str | None = None
    revision: str | None = None
    publisher: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    description: str | None = None
    licenses: tuple[License, ...] = ()
    files: tuple[File, ...] = ()
    files_left_out: int = 0
    facts: tuple[Fact, ...] = ()
    metrics: tuple[Metric, ...] = ()
    energies: tuple[Energy, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def name(self) -> str:
        """The name without kind and registry."""
        return self.ref.rpartition(":")[2] if self.state != "malformed" else self.ref.partition(":")[2]

    def all(self, name: str) -> list[Fact]:
        """Return the facts of a name, in order."""
        return [fact for fact in self.facts if fact.name == name]

    def first(self, name: str) -> str | None:
        """Return the value of the first fact of a name, None where there is none."""
        return next((fact.value for fact in self.facts if fact.name == name), None)


class Evidence(msgspec.Struct, frozen=True):
    """One statement behind a relation: what was written where; `revision` is what an application asks for."""

    value: str
    said: Said
    revision: str | None = None


class Relation(msgspec.Struct, frozen=True):
    """How `child` comes from `parent`, or uses it.

    `basis` and `confidence` are that it does, `relation_basis` and `relation_confidence` that it is in this way; `because` is
    the rule that inferred it, `weight` a mixing weight of a merge.
    """

    child: str
    parent: str
    relation: str
    basis: str
    confidence: float
    relation_basis: str
    relation_confidence: float
    because: str | None = None
    weight: float | None = None
    evidence: tuple[Evidence, ...] = ()


class Gap(msgspec.Struct, frozen=True):
    """Something about `ref` that is known to be absent from the bill, with the reason."""

    ref: str
    reason: str


class Bill(msgspec.Struct, frozen=True):
    """What some repositories, or an application, are made of.

    Laws: every ref in `subjects`, `relations` and `gaps` is of a component; two components differ in their refs; reading a
    document that was written from a bill gives the same bill.

    Attributes:
        name: Of the bill: of its only subject, or as it was asked for.
        about: Repositories, or an application.
        subjects: Refs of what the bill is about; the other components are what they stand on.
        components: By ref, subjects first.
        relations: By child, relation and parent.
        gaps: What is known to be absent.
        made_at: When the bill was made, naive UTC, to the second.
    """

    name: str
    about: Subject
    subjects: tuple[str, ...]
    components: tuple[Component, ...]
    relations: tuple[Relation, ...]
    gaps: tuple[Gap, ...]
    made_at: datetime

    def component(self, ref: str) -> Component:
        """Return the component of that ref; KeyError where there is none."""
        for component in self.components:
            if component.ref == ref:
                return component
        raise KeyError(ref)

    def parents(self, ref: str) -> list[Relation]:
        """Return the relations of which the component is the child."""
        return [relation for relation in self.relations if relation.child == ref]
