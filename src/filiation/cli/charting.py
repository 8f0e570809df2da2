"""Run the main job and tell what it came to; `chart` and `demo` share it."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from filiation import registry
from filiation.cli.applying import observe_applications
from filiation.cli.console import heading, line, note, table
from filiation.cli.deciding import decisions
from filiation.core.ref import Kind
from filiation.lineage.arrays import Lineage
from filiation.lineage.weighing import Weighed
from filiation.pipeline import Progress, Stage, build, observe
from filiation.store.atlas import Atlas
from filiation.store.ingest import Ingested

MOST_SKIPPED = 20
"""So many are named of what could not be looked at."""


class Charted(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/chart/v1"):
    """What a chart came to: `records` were read, the rest describes the atlas after it.

    `named_only` counts models and datasets that somebody names and no source describes; `weights` is null where they were
    not looked at.
    """

    atlas: str
    records: int
    added: int
    unchanged: int
    skipped: int
    models: int
    datasets: int
    named_only: int
    edges: int
    components: int
    cycles: int
    self_references: int
    findings: int
    seconds: float
    peak_rss_bytes: int
    stages: list[Stage]
    sources: list[Ingested]
    weights: Weighed | None = None


def chart(
    atlas_path: Path,
    sources: list[Path],
    at: datetime,
    kind: Kind | None,
    progress: Progress,
    *,
    draw: bool = False,
    scanned: bool = False,
    ledger: str | None = None,
    without: Collection[str] = (),
    share: float | None = None,
    trees: Sequence[str] = (),
    whole: bool = False,
) -> Charted:
    """Ingest `sources` into the atlas, made if it is not there, and run the stages that are out of date.

    Where `scanned`, the files of the models that sources hold are scanned for hostile content.

    With `share` the models' weights are looked at too: it is what part of their bytes to read, 1 for all. `trees` are source
    trees of applications; `whole` as `observe` has it.
    """
    clock = time.perf_counter()
    registry.require(sources)
    overrides = decisions(atlas_path, ledger).overrides
    with Atlas.open(atlas_path, "create") as atlas:
        ingested, ingest_stage = observe(atlas, sources, at, kind, progress, whole=whole)
        used, uses_stage = observe_applications(atlas, trees, at, progress)
        ingested += used
        stages, weighed = [ingest_stage, *uses_stage], None
        if share is not None:
            from filiation.lineage.weighing import weigh

            began = time.perf_counter()
            weighed = weigh(atlas, sources, kind, share, progress)
            stages.append(Stage("weights", weighed.asked, time.perf_counter() - began))
        if scanned:
            stages.append(_scan(atlas, sources, at, kind, progress))
        stages += build(atlas, progress, draw=draw, overrides=overrides, without=without)
        findings = atlas.con.execute("SELECT count(*) FROM finding").fetchall()[0][0]
    summary = Lineage.load(atlas_path).summary
    return Charted(
        str(atlas_path),
        sum(item.seen for item in ingested),
        sum(item.added for item in ingested),
        sum(item.unchanged for item in ingested),
        sum(item.skipped for item in ingested),
        summary.models,
        summary.datasets,
        summary.named_only,
        summary.edges,
        summary.components,
        summary.cycles,
        summary.self_references,
        findings,
        round(time.perf_counter() - clock, 3),
        _peak_rss_bytes(),
        stages,
        ingested,
        weighed,
    )


def _scan(atlas: Atlas, sources: list[Path], at: datetime, kind: Kind | None, progress: Progress) -> Stage:
    from filiation.lineage.reading_scans import observe_scans

    began = time.perf_counter()
    done = [observe_scans(atlas, path, at, kind, lambda models: progress("scan", models)) for path in sources]
    return Stage("scan", sum(item.seen for item in done if item), time.perf_counter() - began)


def _peak_rss_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def print_charted(charted: Charted) -> None:
    """Print the result for a person; what was skipped goes to standard error."""
    heading(
        f"{charted.atlas}: {charted.models:,} models and {charted.datasets:,} datasets, and {charted.named_only:,} only named"
    )
    line(f"{charted.records:,} records read: {charted.added:,} new, {charted.unchanged:,} known, {charted.skipped:,} skipped.")
    line(
        f"{charted.edges:,} edges of descent in {charted.components:,} families; {charted.self_references:,} self-references"
        f" and {charted.cycles:,} cycles set aside."
    )
    if charted.weights:
        _print_weighed(charted.weights)
    line()
    table(["stage", "rows", "seconds"], [(stage.name, stage.rows, stage.seconds) for stage in charted.stages])
    line(f"{charted.seconds:.1f} s in all, at most {charted.peak_rss_bytes / 1e9:.2f} GB of memory.")
    for source in charted.sources:
        print_skipped(source)


def _print_weighed(weighed: Weighed) -> None:
    line(
        f"{weighed.models:,} models with weights: {weighed.sketched:,} sketched now, {weighed.known:,} known;"
        f" {weighed.edges:,} parents measured for {weighed.asked:,}, and none told of {weighed.abstained:,}."
    )
    for item in weighed.skipped[:MOST_SKIPPED]:
        note(f"could not look at {item.file}: {item.reason}")
    if len(weighed.skipped) > MOST_SKIPPED:
        note(f"... and {len(weighed.skipped) - MOST_SKIPPED:,} more; --json names them.")


def print_skipped(source: Ingested) -> None:
    """Name what was skipped, the first ones one by one."""
    for item in source.skipped_examples:
        note(f"skipped {item.file}{f':{item.line}' if item.line else ''}: {item.reason}")
    if source.skipped > len(source.skipped_examples):
        note(f"... and {source.skipped - len(source.skipped_examples):,} more; 'filiation info' counts them.")
