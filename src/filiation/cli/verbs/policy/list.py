"""The policies that come with the package."""

from __future__ import annotations

import click

from filiation.cli.options import json_option

ANSWER = "filiation.policy.listing:PolicyList"


@click.command("list")
@json_option
def command(*, as_json: bool) -> None:
    """List the policies that come with the package: 'policy show NAME' prints one."""
    from filiation.cli.console import print_json, table
    from filiation.policy.listing import listed

    answer = listed()
    if as_json:
        print_json(answer)
    else:
        table(["policy", "rules", "what it is for"], [(item.name, item.rules, item.title.en) for item in answer.policies])
