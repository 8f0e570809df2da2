"""What a policy says, rule by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option

if TYPE_CHECKING:
    from filiation.policy.listing import PolicyShown

ANSWER = "filiation.policy.listing:PolicyShown"


@click.command("show")
@click.argument("name")
@json_option
def command(name: str, *, as_json: bool) -> None:
    """Print the rules of a policy together with all that it extends, as the engine asks them; NAME is a preset or a file."""
    from filiation.cli.console import print_json
    from filiation.policy.listing import shown

    answer = shown(name)
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def _print(answer: PolicyShown) -> None:
    from filiation.cli.console import heading, line

    policy = answer.policy
    heading(f"{policy.name}: {policy.title.en}" if policy.title.en else policy.name)
    line(f"composed of {', '.join(policy.files)}; {len(policy.rules)} rules; the verdict is the worst that any gives")
    if policy.use:
        line(f"for {policy.use!r}")
    for rule in policy.rules:
        line()
        heading(f"{rule.id}  [{rule.verdict}]")
        line(f"  {rule.where}, {rule.file} line {rule.line}")
        line(f"  where  {rule.when}")
        line(f"  says   {rule.message.en}")
        if rule.unknown != "review":
            line(f"  gives {rule.unknown} where that hangs on something unknown")
    if policy.disabled:
        line()
        line(f"disabled: {', '.join(policy.disabled)}")
