"""Options of the verbs that write bills of materials."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("refs", nargs=-1, metavar="[REF]..."),
    click.option(
        "--list", "lists", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
        help="A file with a name on each line; may be repeated.",
    ),
    click.option(
        "--uses", "tree", type=click.Path(path_type=Path),
        help="Source text: the bill of the application, with what it loads and what that stands on.",
    ),
    click.option("--top", type=click.IntRange(min=1), help="The so many models that are downloaded most."),
    click.option("--name", help="What the bill is called, where it is of several or of an application."),
    click.option("--at", metavar="DATE", help="When the bill says it was made (default: SOURCE_DATE_EPOCH, else now)."),
    click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write (default: print it)."),
    click.option(
        "--into", type=click.Path(path_type=Path, file_okay=False),
        help="A folder to write one bill of each into, as OWNER/NAME.",
    ),
    click.option("--score", "scored", is_flag=True, help="Print how complete the bill is, with all parts, instead of it."),
)  # fmt: skip


def bill_options(command: Command) -> Command:
    """Give a command the options that say whose bill, of when, and where it goes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
