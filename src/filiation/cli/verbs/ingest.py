"""Only observe."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import at_option, atlas_option, json_option, kind_option, moment, sources_argument, whole_option
from filiation.core.ref import Kind

ANSWER = "filiation.cli.observing:IngestAnswer"


@click.command("ingest")
@sources_argument
@atlas_option
@kind_option
@at_option
@whole_option
@json_option
def command(
    sources: tuple[Path, ...], atlas_path: Path, kind: str | None, at: str | None, *, whole: bool, as_json: bool
) -> None:
    """Only observe: add what SOURCES say; 'filiation build' derives the rest.

    SOURCES are as for 'filiation chart'.
    """
    from filiation import registry
    from filiation.cli.charting import print_skipped
    from filiation.cli.console import line, print_json, progress
    from filiation.cli.observing import IngestAnswer
    from filiation.pipeline import observe
    from filiation.store.atlas import Atlas

    registry.require(sources)
    with progress() as show, Atlas.open(atlas_path, "create") as atlas:
        ingested, _ = observe(atlas, list(sources), moment(at), Kind(kind) if kind else None, show, whole=whole)
    answer = IngestAnswer.of(ingested)
    if as_json:
        print_json(answer)
        return
    count = sum(item.gone for item in ingested)
    gone = f", {count:,} gone" if whole else ""
    line(f"{answer.seen:,} seen: {answer.added:,} new, {answer.unchanged:,} known, {answer.skipped:,} skipped{gone}.")
    for source in ingested:
        print_skipped(source)
