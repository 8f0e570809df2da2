"""Build what those are shown who may not see everything."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.accessing import access_option
from filiation.cli.options import atlas_option, json_option, ledger_option

ANSWER = "filiation.cli.accessing:ViewsAnswer"


@click.command("views")
@atlas_option
@ledger_option
@access_option
@click.option("--afresh", is_flag=True, help="Build all of them anew, also what did not change.")
@json_option
def command(atlas_path: Path, ledger: str | None, access: Path | None, *, afresh: bool, as_json: bool) -> None:
    """Build what those are shown who may not see everything: an atlas for each, of the records that they may see.

    Run it after each 'filiation chart', 'filiation build' and 'filiation sync', and when the file of access changes; what did
    not change is taken over. 'filiation serve' answers everybody from the one that is theirs.
    """
    from filiation.access.rules import load
    from filiation.access.views import Making, build_views, folder_of
    from filiation.cli.accessing import FILE, ViewMade, ViewsAnswer, access_of
    from filiation.cli.console import line, print_json, progress, table
    from filiation.cli.deciding import decisions
    from filiation.core.errors import FiliationError

    path = access_of(atlas_path, access)
    if path is None:
        raise FiliationError(f"Nothing says who may see what: write {atlas_path / FILE}, or name a file by --access.")
    rules = load(path)
    overrides = decisions(atlas_path, ledger).overrides
    with progress() as show:
        made = build_views(atlas_path, rules, Making(show, overrides, afresh=afresh))
    told = [
        ViewMade(one.digest, one.groups, str(folder_of(atlas_path, one.digest)), one.records, one.hidden, one.mentions)
        for one in made
    ]
    if as_json:
        print_json(ViewsAnswer(told))
    elif told:
        rows = [
            (one.view, ", ".join(one.groups) or "nobody known", one.records, one.hidden, sum(one.mentions.values()))
            for one in told
        ]
        table(["view", "for", "records", "hidden", "naming what is hidden"], rows)
    else:
        line("Everybody may see everything: there is no view to build.")
