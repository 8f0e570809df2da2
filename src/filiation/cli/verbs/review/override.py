"""To settle a claim."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option, moment, until_option, why_option

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("override")
@click.argument("ref")
@click.argument("predicate")
@click.argument("value")
@why_option
@until_option
@atlas_option
@ledger_option
@json_option
def command(
    ref: str,
    predicate: str,
    value: str,
    why: str,
    until: str | None,
    atlas_path: Path,
    ledger: str | None,
    *,
    as_json: bool,
) -> None:
    """Settle what is true of REF, whatever its sources say: 'review override owner/name license apache-2.0 --why ...'.

    REF may be the number of a review item instead. PREDICATE is license, with a license expression, or license-use, with an
    answer such as 'yes: commercial product, hosted'.
    """
    from filiation.cli.reviewing import changed
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger, create=True)
    end = moment(until) if until else None
    if ref.isdecimal():
        item = book.decide(int(ref), "override", me.name, me.role, why, end, predicate, value, via=me.via)
    else:
        item = book.override(ref, predicate, value, me.name, me.role, why, end, via=me.via)
    changed(item, as_json=as_json)
