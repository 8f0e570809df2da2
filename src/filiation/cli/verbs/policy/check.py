"""Whether a file is a policy."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import json_option

ANSWER = "filiation.policy.listing:PolicyChecked"


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def command(files: tuple[Path, ...], *, as_json: bool) -> int:
    """Check policy files: exits with 1 where one cannot be used, and names its table and key."""
    from filiation.cli.console import line, print_json
    from filiation.policy.listing import checked_files

    answer = checked_files(files)
    if as_json:
        print_json(answer)
    else:
        for item in answer.files:
            line(item.error or f"{item.file}: a policy of {item.rules} rules.")
    return int(any(item.error for item in answer.files))
