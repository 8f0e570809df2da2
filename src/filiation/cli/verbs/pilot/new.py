"""A new project for a pilot."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import json_option, lang_option

ANSWER = "filiation.governance.pilot.template:NewProject"


@click.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--model", "model", required=True, metavar="REF", help="The model, as owner/name or owner/name@revision.")
@click.option("--files", type=click.Path(path_type=Path), help="The model's folder or file: its schema is read and kept.")
@lang_option
@json_option
def command(folder: Path, model: str, files: Path | None, lang: str, *, as_json: bool) -> None:
    """Write the project of a pilot into DIR: purpose, criteria, roles, contract and insurance notes, a policy, a suite.

    Every question stands where its answer goes; 'pilot check DIR' says which are open. Nothing is written over.
    """
    from filiation.cli.console import heading, line, print_json
    from filiation.cli.piloting import language
    from filiation.governance.pilot.template import new_project
    from filiation.interface.read import schema_of

    schema = schema_of(files) if files else None
    answer = new_project(folder, model, files, schema, language(lang))
    if as_json:
        print_json(answer)
        return
    heading(f"{answer.folder}: {', '.join(answer.files)}")
    for step in answer.next:
        line(f"  {step}")
