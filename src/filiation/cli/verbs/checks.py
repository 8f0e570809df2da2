"""What is checked."""

from __future__ import annotations

import click

from filiation.cli.options import json_option

ANSWER = "filiation.cli.checking:CheckList"


@click.command("checks")
@click.argument("name", required=False)
@json_option
def command(name: str | None, *, as_json: bool) -> None:
    """List the checks that an audit makes, or print the page of the one called NAME."""
    from filiation.cli.checking import listed
    from filiation.cli.console import heading, line, print_json, table

    answer = listed(name)
    if as_json:
        print_json(answer)
    elif name is None:
        table(
            ["check", "topic", "severity", "finds"],
            [(check.name, check.topic, check.severity, check.en.title) for check in answer.checks],
        )
    else:
        [check] = answer.checks
        heading(f"{check.name} ({check.topic}, {check.severity})")
        for text in check.page.replace("**", "").splitlines():
            line(text)
