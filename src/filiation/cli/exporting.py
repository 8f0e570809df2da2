"""What the verbs of ``export`` share: which part of an atlas, and where to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.core.errors import FiliationError

if TYPE_CHECKING:
    from filiation.export.sink import Written
    from filiation.lineage.arrays import Lineage

refs_argument = click.argument("refs", nargs=-1, metavar="[REF]...")
around_option = click.option(
    "--around",
    type=click.Choice(["up", "down", "both", "none"]),
    default="up",
    show_default=True,
    help="With a REF: also what it stands on, what stands on it, both or neither.",
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; one that ends in .gz is packed (default: standard output).",
)


def chosen(lineage: Lineage, refs: Sequence[str], atlas: Path) -> list[int]:
    """Return the nodes that `refs` name.

    Raises:
        UnknownRefError: If there is none of a name.
    """
    from filiation.cli.lookup import find_node

    return [find_node(lineage, ref, atlas) for ref in refs]


def check_out(out: Path | None, *, as_json: bool) -> None:
    """Refuse to print two documents on standard output.

    Raises:
        FiliationError: If so asked.
    """
    if as_json and out is None:
        raise FiliationError("The file itself goes to standard output: name it with --out to have --json tell of it.")


def tell(answer: Written, *, as_json: bool) -> None:
    """Say what was written, if that went to a file."""
    from filiation.cli.console import line, print_json

    if as_json:
        print_json(answer)
    elif answer.path:
        line(f"{answer.path}: {answer.nodes:,} nodes, {answer.edges:,} edges, {answer.bytes / 1e6:.1f} MB.")
