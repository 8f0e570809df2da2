"""A model or a dataset as somebody's bill of materials describes it, whatever the format."""

from __future__ import annotations

from typing import Any

import msgspec

from filiation.core.ref import HUB, Kind

MAX_THINGS = 100_000
MAX_TEXT_CHARS = 2_000


class BillMetric(msgspec.Struct, frozen=True):
    """A result, the value as written."""

    type: str
    value: str | float
    dataset: str | None = None


class BillFile(msgspec.Struct, frozen=True):
    """A file with the digest of its content, None where the bill does not say."""

    path: str
    sha256: str | None = None


class Thing(msgspec.Struct):
    """A model or dataset of a bill.

    Attributes:
        kind: Which of the two.
        name: ``owner/name`` as in a registry.
        registry: The Hub's, else the type of its package URL.
        revision: The version that a package URL or the bill names.
        licenses: As declared, expressions or identifiers.
        parents: What it descends from, with the relation: one of `core.relation.Relation`.
        datasets: What it was trained on.
        evaluated_on: What it was only evaluated on, where the bill tells the two apart.
        languages: By code.
        task: The Hub's name of it, or the bill's own.
        library: What loads it.
        metrics: In the order of the bill.
        files: Likewise.
    """

    kind: Kind
    name: str
    registry: str = HUB
    revision: str | None = None
    licenses: list[str] = []
    parents: list[tuple[str, str]] = []
    datasets: list[str] = []
    evaluated_on: frozenset[str] = frozenset()
    languages: list[str] = []
    task: str | None = None
    library: str | None = None
    metrics: list[BillMetric] = []
    files: list[BillFile] = []

    @property
    def says_something(self) -> bool:
        """Whether more is told of it than its name."""
        told = (self.licenses, self.parents, self.datasets, self.languages, self.task, self.library, self.metrics, self.files)
        return any(told)


def from_purl(purl: str) -> Thing | None:
    """Return the model or dataset that a package URL names: of type ``huggingface`` or ``mlflow``; None for any other.

    Source:
        The package URL specification; datasets are told by a qualifier, as `core.ref.Ref.purl` does, or by ``datasets/``.
    """
    from packageurl import PackageURL  # noqa: PLC0415  # only bills ask for it

    try:
        url = PackageURL.from_string(purl)
    except ValueError:
        return None
    if url.type not in {"huggingface", "mlflow"}:
        return None
    path = f"{url.namespace}/{url.name}" if url.namespace else url.name
    asked = url.qualifiers if isinstance(url.qualifiers, dict) else {}
    is_dataset = "dataset" in {asked.get("repository_type"), asked.get("type")} or path.startswith("datasets/")
    registry = HUB if url.type == "huggingface" else url.type
    return Thing(Kind.DATASET if is_dataset else Kind.MODEL, path.removeprefix("datasets/"), registry, url.version or None)


def text_of(value: Any) -> str | None:
    """Return a text that says something, cut at `MAX_TEXT_CHARS`; None for anything else."""
    return value.strip()[:MAX_TEXT_CHARS] if isinstance(value, str) and value.strip() else None


def dicts(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, at most `MAX_THINGS`; none of anything else."""
    return [item for item in value[:MAX_THINGS] if isinstance(item, dict)] if isinstance(value, list) else []
