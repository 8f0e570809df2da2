"""What a source tree loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option

if TYPE_CHECKING:
    from filiation.uses.tree import Found

ANSWER = "filiation.uses.tree:Found"


@click.command("uses")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--least", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Leave out what is less sure than this."
)
@click.option("--require-pinned", is_flag=True, help="Exit with 1 where something is loaded without naming its commit.")
@json_option
def command(path: Path, least: float, *, require_pinned: bool, as_json: bool) -> int:
    """List the models and datasets that source text loads: Python, notebooks, configuration files and commands.

    Nothing is imported or run; what only shows when the program runs is listed as not resolved.
    """
    from filiation.cli.console import print_json
    from filiation.uses import find
    from filiation.uses.tree import surer

    answer = surer(find(path), least)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return int(require_pinned and any(not item.is_pinned for item in answer.uses))


def _print(answer: Found) -> None:
    from filiation.cli.console import line, note, table

    if answer.uses:
        rows = [
            (item.ref or f"not resolved: {item.written}", _revision(item.revision, item.is_pinned), f"{item.file}:{item.line}",
             item.how, item.confidence)
            for item in answer.uses
        ]  # fmt: skip
        table(["loads", "revision", "at", "by", "sure"], rows)
    names = {item.ref for item in answer.uses if item.ref}
    pinned = sum(item.is_pinned for item in answer.uses)
    line(
        f"{len(names):,} models and datasets in {answer.files:,} files; {pinned:,} of {len(answer.uses):,} places pin a commit."
    )
    for item in answer.skipped:
        note(f"could not look at {item.file}: {item.reason}")


def _revision(revision: str | None, is_pinned: bool) -> str:
    if revision is None:
        return "whatever is current"
    return f"{revision[:12]} (a commit)" if is_pinned else revision
