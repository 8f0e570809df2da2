"""The answer of `sync`."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from pathlib import Path

import msgspec

from filiation.cli.charting import print_skipped
from filiation.cli.console import line, note
from filiation.cli.deciding import decisions
from filiation.core.errors import FiliationError
from filiation.live.sync import Wish, sync, sync_listed
from filiation.pipeline import Progress, Stage
from filiation.store.ingest import Ingested

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
TAKEN = frozenset({"application", "local"})
"""What stands for folders and applications."""


class SyncAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/sync/v1"):
    """What the registry told, and what it cost to ask.

    `finished` is false where the time was up, or where `stopped` says why; the same command goes on from there. `listed`
    counts records out of listings, `looked` single repositories that were asked for; `gone` counts by how, `unseen_left` those
    that the last full listing lacked and nobody has asked for yet. `throttled` and `failed` are among `requests`.
    """

    atlas: str
    registry: str
    endpoint: str
    finished: bool
    stopped: str
    listed: int
    added: int
    unchanged: int
    skipped: int
    looked: int
    gone: dict[str, int]
    unseen_left: int
    requests: int
    throttled: int
    failed: int
    bytes: int
    waited_seconds: float
    seconds: float
    stages: list[Stage]
    sources: list[Ingested]


def print_synced(answer: SyncAnswer) -> None:
    """Print the answer for a person; what was skipped goes to standard error."""
    line(
        f"{answer.endpoint}: {answer.listed:,} records listed and {answer.looked:,} repositories looked into;"
        f" {answer.added:,} new observations, {answer.unchanged:,} known."
    )
    if answer.gone:
        line("Gone: " + ", ".join(f"{count:,} {how}" for how, count in answer.gone.items()) + ".")
    if answer.unseen_left:
        line(f"{answer.unseen_left:,} that the last full listing lacked are still to be asked for: run this again.")
    line(
        f"{answer.requests:,} requests, {answer.throttled:,} put off, {answer.failed:,} failed; {answer.bytes / 1e6:.1f} MB;"
        f" {answer.waited_seconds:.1f} s of waiting in {answer.seconds:.1f} s."
    )
    if answer.stopped:
        note(answer.stopped)
    elif not answer.finished:
        line("The time was up: the same command goes on from here.")
    for source in answer.sources:
        print_skipped(source)


def synced(
    atlas: Path,
    what: str,
    endpoint: str,
    wish: Wish,
    progress: Progress,
    *,
    draw: bool,
    ledger: str | None,
    without: Collection[str],
) -> SyncAnswer:
    """Ask the registry of kind `what`, and run the stages; see `live.sync.sync`."""
    if not NAME.fullmatch(wish.registry) or wish.registry in TAKEN:
        raise FiliationError(
            f"{wish.registry[:50]!r} cannot name a registry: write letters, digits, '_' and '-', such as ours."
        )
    clock = time.perf_counter()
    overrides = decisions(atlas, ledger).overrides
    way = {"draw": draw, "overrides": overrides, "without": without}
    if what == "hub":
        from filiation.registry.live.hub import Hub

        source = Hub(endpoint)
        came = sync(atlas, source, wish, progress, **way)
    else:
        from filiation.registry.live.mlflow import Mlflow
        from filiation.registry.live.ollama import Ollama

        source = (Mlflow if what == "mlflow" else Ollama)(endpoint)
        came = sync_listed(atlas, source, wish, progress, **way)
    return SyncAnswer(
        str(atlas),
        wish.registry,
        source.endpoint,
        came.finished,
        came.stopped,
        came.listed,
        sum(item.added for item in came.ingested),
        sum(item.unchanged for item in came.ingested),
        sum(item.skipped for item in came.ingested),
        came.looked,
        came.gone,
        came.unseen_left,
        came.requests,
        came.throttled,
        came.failed,
        came.bytes,
        came.waited_seconds,
        round(time.perf_counter() - clock, 3),
        came.stages,
        came.ingested,
    )
