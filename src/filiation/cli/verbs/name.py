"""What names say."""

from __future__ import annotations

import click

from filiation.cli.options import json_option

ANSWER = "filiation.cli.naming:Named"
CONVENTIONS = {
    "I": "an implementation",
    "IA": "an implementation and its application",
    "IT": "an implementation and its task",
    "AT": "an application or a task",
    "O": "neither implementation nor task",
}


@click.command("name")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@json_option
def command(names: tuple[str, ...], as_json: bool) -> None:
    """Read what names of models say: architecture, size, data, version, adaptation, language, task, parameters and more."""
    from filiation.cli.console import heading, line, print_json, table
    from filiation.cli.naming import named

    answer = named(names)
    if as_json:
        print_json(answer)
        return
    for i, name in enumerate(answer.names or [answer]):
        if i:
            line()
        heading(str(name.name))
        rows = [(item.text, item.element, item.value, item.confidence) for item in name.elements or []]
        if rows:
            table(["text", "element", "value", "confidence"], rows)
        line(f"It names {CONVENTIONS[str(name.convention)]} ({name.convention}, {name.confidence:.2f}).")
