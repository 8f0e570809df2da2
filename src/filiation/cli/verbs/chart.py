"""Ingest sources and run every stage: the main job."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import (
    at_option,
    atlas_option,
    json_option,
    kind_option,
    ledger_option,
    map_option,
    moment,
    sources_argument,
    without_option,
)
from filiation.core.ref import Kind

ANSWER = "filiation.cli.charting:Charted"


@click.command("chart")
@sources_argument
@atlas_option
@kind_option
@at_option
@without_option
@ledger_option
@map_option
@json_option
def command(
    sources: tuple[Path, ...],
    atlas_path: Path,
    kind: str | None,
    at: str | None,
    without: tuple[str, ...],
    ledger: str | None,
    *,
    draw: bool,
    as_json: bool,
) -> None:
    """Chart a registry: ingest its dump, folder or cache and run every stage.

    SOURCES are Hub dumps (JSON Lines, JSON arrays, Parquet; plain, gzip or zstd; a tar of infos.json and README.md), CSV files
    of typed edges, model folders, a Hugging Face cache, folders of those, and the registries that Python packages publish.
    """
    from filiation.cli.charting import chart, print_charted
    from filiation.cli.console import print_json, progress

    with progress() as show:
        charted = chart(
            atlas_path, list(sources), moment(at), Kind(kind) if kind else None, show, draw=draw, ledger=ledger, without=without
        )
    if as_json:
        print_json(charted)
    else:
        print_charted(charted)
