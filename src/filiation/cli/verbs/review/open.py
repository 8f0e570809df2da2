"""A review that a person asks for."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option, moment

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("open")
@click.argument("ref")
@click.argument("check")
@click.option("--message", default="", help="What was found.")
@click.option("--evidence", multiple=True, metavar="PLACE", help="Where it was read; may be repeated.")
@click.option("--severity", type=click.Choice(["info", "low", "medium", "high", "critical"]), help="How bad it is if true.")
@click.option("--owner", metavar="NAME", help="Who is to decide.")
@click.option("--due", metavar="DATE", help="By when.")
@atlas_option
@ledger_option
@json_option
def command(
    ref: str,
    check: str,
    message: str,
    evidence: tuple[str, ...],
    severity: str | None,
    owner: str | None,
    due: str | None,
    atlas_path: Path,
    ledger: str | None,
    *,
    as_json: bool,
) -> None:
    """Ask a person to look at CHECK at REF; the same question on the same evidence is asked once.

    Where the atlas has found CHECK at REF, its findings are taken, with --message only the one of those words. Otherwise the
    item stands on --message, --evidence and --severity.
    """
    from filiation.cli.console import note
    from filiation.cli.evidence import found_at
    from filiation.cli.reviewing import changed
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger, create=True)
    said = {"who": me.name, "role": me.role, "via": me.via, "owner": owner, "due": moment(due) if due else None}
    known = found_at(atlas_path, ref, check)
    chosen = [item for item in known if message in ("", item.message)]
    if chosen:
        book.sync(chosen, **said, beside=known)
        changed(*book.on(chosen), as_json=as_json)
        return
    item = book.open_item(ref, check, **said, message=message, evidence=evidence, severity=severity)
    note("No such finding is in the atlas: the item stands on what you said.")
    changed(item, as_json=as_json)
