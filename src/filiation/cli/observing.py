"""The answers of `ingest` and `build`."""

from __future__ import annotations

import msgspec

from filiation.pipeline import Stage
from filiation.store.ingest import Ingested


class IngestAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/ingest/v1"):
    """What was observed, in all and by source."""

    seen: int
    added: int
    unchanged: int
    skipped: int
    sources: list[Ingested]

    @classmethod
    def of(cls, ingested: list[Ingested]) -> IngestAnswer:
        """Return the sum of `ingested`."""
        return cls(
            sum(item.seen for item in ingested),
            sum(item.added for item in ingested),
            sum(item.unchanged for item in ingested),
            sum(item.skipped for item in ingested),
            ingested,
        )


class BuildAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/build/v1"):
    """The stages that ran; empty when all were up to date."""

    stages: list[Stage]
