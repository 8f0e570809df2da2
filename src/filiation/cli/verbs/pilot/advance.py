"""A model that goes on, goes back, or leaves the way."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, lang_option, ledger_option, moment, ref_argument, why_option
from filiation.cli.options_of_ways import due_option, owner_option

ANSWER = "filiation.governance.pilot.way:Ways"
STAGES = ("select", "evaluate", "pilot", "deploy", "watch", "stopped")


@click.command("advance")
@ref_argument
@click.argument("stage", type=click.Choice(STAGES))
@why_option
@click.option("--despite", is_flag=True, help="Go on though needs are open (takes an administrator); the ledger keeps which.")
@owner_option
@due_option
@lang_option
@atlas_option
@ledger_option
@json_option
def command(
    ref: str, stage: str, why: str, owner: str, due: str | None, lang: str, atlas_path: Path, ledger: str | None, *,
    despite: bool, as_json: bool,
) -> int:  # fmt: skip
    """Move a model to STAGE: the next one, or back to any before, or off the way (stopped).

    To go on, everything that its stage needs must be answered: what is open is listed, and the exit code is 1. Back one may
    go at any time. A model in 'watch' goes there again to say that somebody looked, and when they will the next time.
    """
    from filiation.cli.adopting import full, opened_atlas, print_ways, standing
    from filiation.cli.console import note, print_json
    from filiation.cli.piloting import language
    from filiation.core.adoption import Stage, is_ahead
    from filiation.ledger.opening import opened

    after, until = Stage(stage), moment(due) if due else None
    with opened_atlas(atlas_path) as atlas:
        named = full(ref, atlas[1])
        book, me = opened(atlas_path, ledger)
        answer = standing(book, named, atlas, language(lang))
        open_ = [need.id for way in answer.models for need in way.next if is_ahead(way.stage, after)]
        is_moved = despite or not open_
        if is_moved:
            revision = named.partition("@")[2]
            book.advance(
                named, after, me.name, me.role, why, missing=open_, owner=owner, revision=revision, due=until, via=me.via
            )  # fmt: skip
            answer = standing(book, named, atlas, language(lang))
    if not is_moved:
        note(f"Not moved: {len(open_)} needs are open. Settle them, or say --despite with a reason.")
    print_json(answer) if as_json else print_ways(answer)
    return int(not is_moved)
