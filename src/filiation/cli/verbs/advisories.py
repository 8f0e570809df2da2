"""The advisories in an atlas, and whom they are about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option

if TYPE_CHECKING:
    from filiation.watch.advisory_list import AdvisoriesAnswer

ANSWER = "filiation.watch.advisory_list:AdvisoriesAnswer"
SHOWN = 10


@click.command("advisories")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--all", "everything", is_flag=True, help="Also those that are about nothing in this atlas.")
@atlas_option
@json_option
def command(ids: tuple[str, ...], atlas_path: Path, *, everything: bool, as_json: bool) -> int:
    """The advisories in an atlas: which models, files and packages they are about, and what stands on these.

    'filiation chart FOLDER' takes them over from files in the OSV format. Exits with 1 where one is about something here.
    """
    from filiation.cli.console import print_json
    from filiation.store.atlas import Atlas
    from filiation.watch.advisory_list import listed

    with Atlas.open(atlas_path) as atlas:
        answer = listed(atlas, ids, everything=everything)
    print_json(answer) if as_json else _print(answer)
    return int(any(item.matches or item.applications for item in answer.advisories))


def _print(answer: AdvisoriesAnswer) -> None:
    from filiation.cli.console import heading, line

    line(f"{answer.known:,} advisories, {answer.withdrawn:,} of them withdrawn.")
    for item in answer.advisories:
        line()
        heading(f"{item.id}: {item.summary}")
        for match in item.matches[:SHOWN]:
            below = f", {match.descendants:,} stand on it" if match.descendants else ""
            line(f"  {match.severity}: {match.ref} by {match.how} {match.confidence:.2f}{below}")
        if len(item.matches) > SHOWN:
            line(f"  ... and {len(item.matches) - SHOWN:,} more: --json names them.")
        for use in item.applications:
            line(f"  {use.severity}: application:{use.application} fixes {use.package} in {use.file}")
