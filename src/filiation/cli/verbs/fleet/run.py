"""Do heavy work ahead, on many processes or machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, kind_option
from filiation.core.ref import Kind

if TYPE_CHECKING:
    from filiation.fleet.answers import FleetRan

ANSWER = "filiation.fleet.answers:FleetRan"
MOST_SKIPPED = 20


@click.command("run")
@click.argument("task", metavar="TASK")
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Where the parts go (default: ATLAS/fleet).")
@click.option(
    "--engine",
    "carrier",
    type=click.Choice(["processes", "ray"]),
    default="processes",
    show_default=True,
    help="Who does it: processes of this machine, or a Ray cluster (pip install 'filiation[ray]').",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Processes of this machine (default: one for each processor).")
@click.option("--address", metavar="HOST:PORT", help="Of a Ray cluster that runs, or 'auto' (default: one starts here).")
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="Of 'sketches': as for 'chart'.")
@click.option("--again", is_flag=True, help="Try what could not be looked at before once more.")
@kind_option
@atlas_option
@json_option
def command(
    task: str,
    sources: tuple[Path, ...],
    into: Path | None,
    carrier: str,
    workers: int | None,
    address: str | None,
    share: float,
    kind: str | None,
    atlas_path: Path,
    *,
    again: bool,
    as_json: bool,
) -> int:
    """Do heavy work ahead: TASK is cards, headers, scan or sketches.

    'cards' reads the cards of the atlas's records; the others read the files of the models in SOURCES, folders and Hugging
    Face caches. What is found is kept as Parquet, and 'filiation chart' or 'build' takes it over instead of doing it again.
    A run that was ended goes on where it stopped. Exits with 1 where something could not be looked at.
    """
    from filiation.cli.console import print_json, progress
    from filiation.fleet.answers import ran
    from filiation.fleet.cluster import Cluster
    from filiation.fleet.processes import Processes
    from filiation.fleet.tasks import Asked
    from filiation.store.parts import FOLDER

    if address and carrier != "ray":
        raise click.UsageError("--address is of a Ray cluster: add --engine ray.")
    engine = Cluster(address, workers) if carrier == "ray" else Processes(workers)
    asked = Asked(atlas_path.resolve(), sources, Kind(kind) if kind else None, share)
    with progress() as show:
        answer = ran(task, asked, engine, into or atlas_path / FOLDER, show, again=again)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return int(bool(answer.skipped or answer.ran.skipped))


def _print(answer: FleetRan) -> None:
    from filiation.cli.console import line, note

    found = answer.ran
    line(
        f"{found.keys:,} of {answer.task}: {found.done:,} done now, {found.known:,} known;"
        f" {found.skipped:,} of those done now could not be looked at."
    )
    line(
        f"{found.parts:,} parts, {found.bytes / 1e6:.1f} MB, in {answer.into};"
        f" {found.seconds:.1f} s by {answer.engine}, {found.processor_seconds:.1f} s of processors."
    )
    if found.lost:
        line(f"Workers were lost {found.lost:,} times, and what they had was done again.")
    for item in answer.skipped[:MOST_SKIPPED]:
        note(f"could not look at {item.file}: {item.reason}")
    if len(answer.skipped) > MOST_SKIPPED:
        note(f"... and {len(answer.skipped) - MOST_SKIPPED:,} more; --json names them.")
