"""The register of successes and failures."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, lang_option, ledger_option

ANSWER = "filiation.governance.pilot.way:Register"


@click.command("register")
@click.argument("ref", required=False)
@click.option("--success", metavar="TEXT", help="Write down what went well.")
@click.option("--failure", metavar="TEXT", help="Write down what failed.")
@click.option("--where", default="", metavar="PLACE", help="What shows it: a file, a link, a figure.")
@click.option(
    "--answer", "number", type=click.IntRange(1), metavar="NUMBER", help="The failure about which something was done."
)
@click.option("--with", "done", metavar="TEXT", help="With --answer: what was done.")
@lang_option
@atlas_option
@ledger_option
@json_option
def command(
    ref: str | None, success: str | None, failure: str | None, where: str, number: int | None, done: str | None, lang: str,
    atlas_path: Path, ledger: str | None, *, as_json: bool,
) -> None:  # fmt: skip
    """List what was learnt with REF, or with all models; or write down a success, a failure, or what was done about one.

    The next assessment of the model, of any kind, quotes it; so do those of models that are made from it.
    """
    from filiation.cli.adopting import full, opened_atlas, print_register
    from filiation.cli.console import print_json
    from filiation.cli.piloting import language
    from filiation.core.errors import FiliationError
    from filiation.governance.pilot.way import Register
    from filiation.ledger.opening import opened

    writes = [said for said in (success, failure, number) if said is not None]
    if len(writes) > 1 or (number is None) is not (done is None):
        raise FiliationError("Say one thing at a time: --success TEXT, --failure TEXT, or --answer NUMBER --with TEXT.")
    if ref is None and (success or failure):
        raise FiliationError("With which model? Give its name before --success or --failure.")
    with opened_atlas(atlas_path) as (_, lineage):
        named = full(ref, lineage) if ref else None
    book, me = opened(atlas_path, ledger, create=bool(writes))
    if number is not None and done is not None:
        book.answer_failure(number, done, me.name, me.role, via=me.via)
    elif named and success is not None:
        book.learn(named, "success", success, me.name, me.role, where=where, via=me.via)
    elif named and failure is not None:
        book.learn(named, "failure", failure, me.name, me.role, where=where, via=me.via)
    answer = Register(tuple(book.lessons([named] if named else None)))
    print_json(answer) if as_json else print_register(answer.lessons, language(lang))
