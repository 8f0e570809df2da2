"""A model that is put on its way into use."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, lang_option, ledger_option, moment, ref_argument
from filiation.cli.options_of_ways import due_option, owner_option

ANSWER = "filiation.governance.pilot.way:Ways"
STAGES = ("select", "evaluate", "pilot", "deploy", "watch")


@click.command("adopt")
@ref_argument
@click.option("--why", default="Looked at for use.", show_default=True, help="The reason; it is kept for good.")
@owner_option
@click.option(
    "--stage", type=click.Choice(STAGES), default="select", show_default=True, help="Where it begins, if in use already."
)
@due_option
@lang_option
@atlas_option
@ledger_option
@json_option
def command(
    ref: str,
    why: str,
    owner: str,
    stage: str,
    due: str | None,
    lang: str,
    atlas_path: Path,
    ledger: str | None,
    *,
    as_json: bool,
) -> None:
    """Put a model on its way: select, evaluate, pilot, deploy, watch. The ledger keeps who did it, when and why.

    A revision behind the name (owner/name@revision) is kept as the one that is used.
    """
    from filiation.cli.adopting import full, opened_atlas, print_ways, standing
    from filiation.cli.console import print_json
    from filiation.cli.piloting import language
    from filiation.core.adoption import Stage
    from filiation.ledger.opening import opened

    until = moment(due) if due else None
    with opened_atlas(atlas_path) as atlas:
        named = full(ref, atlas[1])
        book, me = opened(atlas_path, ledger, create=True)
        book.adopt(named, me.name, me.role, why, owner=owner, stage=Stage(stage), due=until, via=me.via)
        answer = standing(book, named, atlas, language(lang))
    print_json(answer) if as_json else print_ways(answer)
