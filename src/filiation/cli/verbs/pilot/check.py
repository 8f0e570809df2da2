"""What the project of a pilot does not say yet."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, lang_option, ledger_option

ANSWER = "filiation.governance.pilot.project:ProjectCheck"


@click.command("check")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--keep", is_flag=True, help="Keep in the ledger which needs of the model it answers.")
@lang_option
@atlas_option
@ledger_option
@json_option
def command(folder: Path, lang: str, atlas_path: Path, ledger: str | None, *, keep: bool, as_json: bool) -> int:
    """Say what the project in DIR leaves open: exits with 1 where something that is needed is.

    With --keep, purpose, criteria, roles, contract and insurance notes count as answered for its model where they are complete.
    """
    from filiation.cli.console import heading, line, print_json
    from filiation.cli.piloting import keep_project, language
    from filiation.governance.pilot.project import check_project, read_project
    from filiation.interface.fit import words

    answer = check_project(read_project(folder), folder, language(lang))
    if keep:
        keep_project(answer, atlas_path, ledger, language(lang))
    if as_json:
        print_json(answer)
        return int(not answer.complete)
    told = words(language(lang))["project"]
    form = told["complete" if answer.complete else "incomplete"]
    heading(form.format(project=answer.project, said=answer.said, count=len(answer.open)))
    for item in answer.open:
        line(f"  {item.place}: {item.asked}")
    if answer.optional:
        line(told["optional"])
    for item in answer.optional:
        line(f"  {item.place}: {item.asked}")
    return int(not answer.complete)
