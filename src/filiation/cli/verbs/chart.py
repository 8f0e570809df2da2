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
    whole_option,
    without_option,
)
from filiation.core.ref import Kind

ANSWER = "filiation.cli.charting:Charted"


@click.command("chart")
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@atlas_option
@kind_option
@at_option
@whole_option
@without_option
@ledger_option
@map_option
@click.option(
    "--weights",
    is_flag=True,
    help="Look at the models' weights too, and chart who descends from whom by them. Reads the files that are new or changed,"
    " a gigabyte in some seconds; their sketches stay in the atlas.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    help="With --weights: read only about this part of the bytes; such sketches compare only with one another.",
)
@click.option(
    "--uses",
    "trees",
    multiple=True,
    metavar="[NAME=]TREE",
    help="The source tree of an application: what it uses stands at the end of the chain, in 'trace' and 'impact'.",
)
@click.option("--scan", "scanned", is_flag=True, help="Scan the models' files for hostile content too; the audit tells of it.")
@json_option
def command(
    sources: tuple[Path, ...],
    atlas_path: Path,
    kind: str | None,
    at: str | None,
    without: tuple[str, ...],
    ledger: str | None,
    trees: tuple[str, ...],
    *,
    scanned: bool,
    draw: bool,
    weights: bool,
    share: float | None,
    whole: bool,
    as_json: bool,
) -> None:
    """Chart a registry: ingest its dump, folder or cache and run every stage.

    SOURCES are Hub dumps (JSON Lines, JSON arrays, Parquet; plain, gzip or zstd; a tar of infos.json and README.md), CSV files
    of typed edges, model folders, a Hugging Face cache, folders of those, and the registries that Python packages publish.
    """
    from filiation.cli.charting import chart, print_charted
    from filiation.cli.console import print_json, progress

    if not sources and not trees:
        raise click.UsageError("Name a source to chart, or the source tree of an application with --uses.")
    if share is not None and not weights:
        raise click.UsageError("--share says how much of the weights to read: add --weights.")
    seen, only = moment(at), Kind(kind) if kind else None
    looked = (share or 1.0) if weights else None
    options = {"draw": draw, "ledger": ledger, "without": without, "share": looked, "trees": trees, "whole": whole}
    with progress() as show:
        charted = chart(atlas_path, list(sources), seen, only, show, scanned=scanned, **options)
    if as_json:
        print_json(charted)
    else:
        print_charted(charted)
