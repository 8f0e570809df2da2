"""Models on their way into use."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, lang_option, ledger_option

ANSWER = "filiation.governance.pilot.way:Ways"


@click.command("list")
@lang_option
@atlas_option
@ledger_option
@json_option
def command(lang: str, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """List the models that somebody adopted: where each stands, who carries it, and how much it needs next."""
    from filiation.cli.adopting import opened_atlas, print_ways
    from filiation.cli.console import print_json
    from filiation.cli.deciding import book_of
    from filiation.cli.piloting import language
    from filiation.governance.pilot.way import all_ways
    from filiation.ledger.store import now

    book = book_of(atlas_path, ledger)
    with opened_atlas(atlas_path) as (con, lineage):
        answer = all_ways(book, con, lineage, now(), language(lang))
    print_json(answer) if as_json else print_ways(answer)
