"""What a source tree loads."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option

if TYPE_CHECKING:
    from filiation.uses.use import Found, Use

ANSWER = "filiation.uses.use:Found"


@click.command("uses", context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar="PATH | --run -- CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--run", "running", is_flag=True, help="Run the program that is named instead, and list what it really loads.")
@click.option(
    "--least", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Leave out what is less sure than this."
)
@click.option("--require-pinned", is_flag=True, help="Exit with 1 where something is loaded without naming its commit.")
@json_option
def command(words: tuple[str, ...], least: float, *, running: bool, require_pinned: bool, as_json: bool) -> int:
    """List the models and datasets that source text loads: Python, notebooks, configuration files and commands.

    Nothing is imported or run; what only shows when the program runs is listed as not resolved. With --run the program is run
    as it is, watched through Python's audit hooks, and its exit code is passed on: filiation uses --run -- python app.py
    """
    from filiation.cli.console import print_json
    from filiation.uses import find, run
    from filiation.uses.tree import surer

    if running:
        found = run(words, stdout=sys.stderr if as_json else None)
    elif len(words) > 1:
        raise click.UsageError(f"Name one file or folder, not {len(words)}; to watch a program: filiation uses --run -- CMD...")
    else:
        found = find(Path(words[0]))
    answer = surer(found, least)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    ended = answer.run.exit_code if answer.run else 0
    return ended or int(require_pinned and any(not item.is_pinned for item in answer.uses))


def _print(answer: Found) -> None:
    from filiation.cli.console import line, note, table

    if answer.uses:
        rows = [
            (item.ref or f"not resolved: {item.written}", _revision(item), f"{item.file}:{item.line}" if item.file else "",
             item.how, item.confidence)
            for item in answer.uses
        ]  # fmt: skip
        table(["loads", "revision", "at", "by", "sure"], rows)
    names = {item.ref for item in answer.uses if item.ref}
    pinned = sum(item.is_pinned for item in answer.uses)
    where = _many(answer.run.processes, "process", "processes") if answer.run else _many(answer.files, "file", "files")
    line(f"{len(names):,} models and datasets in {where}; {pinned:,} of {len(answer.uses):,} places pin a commit.")
    if answer.run and answer.run.exit_code:
        note(f"the program ended with exit code {answer.run.exit_code}")
    for item in answer.skipped:
        note(f"could not look at {item.file}: {item.reason}")


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def _revision(item: Use) -> str:
    if item.revision is None:
        return "whatever is current"
    if item.is_pinned:
        return f"{item.revision[:12]} (a commit)"
    return f"{item.revision} (now {item.commit[:12]})" if item.commit else item.revision
