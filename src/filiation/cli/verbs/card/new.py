"""Write a card."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.cli.carding:CardNew"


@click.command("new")
@click.argument("target", metavar="REF|FOLDER")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of printing.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@atlas_option
@json_option
def command(target: str, output: Path | None, atlas_path: Path, *, force: bool, as_json: bool) -> None:
    """Write the standard card from what the atlas or the folder knows; what is not known stays an honest blank."""
    from filiation.cli.carding import write_card
    from filiation.cli.console import note, print_json

    answer = write_card(target, atlas_path, output, force=force)
    if as_json:
        print_json(answer)
    elif output is None:
        click.echo(answer.card, nl=False)
    blank = sum(item.state == "placeholder" and item.weight > 0 for item in answer.sections)
    filled = sum(item.state in ("thin", "present") and item.weight > 0 for item in answer.sections)
    if not as_json:
        where = f"{output}: " if output else ""
        note(f"{where}{filled} of {filled + blank} sections could be filled; '[More Information Needed]' marks the others.")
