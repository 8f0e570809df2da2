"""The file of access: where it is, and the answer of `views`."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from filiation.core.errors import FiliationError

FILE = "access.toml"
VIEWS = "views"

access_option = click.option(
    "--access",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="FILIATION_ACCESS",
    show_default=f"ATLAS/{FILE}, where it is there",
    show_envvar=True,
    help="Who may see what: groups, private models, portfolios, and who knows people.",
)


class ViewMade(msgspec.Struct, frozen=True):
    """A view.

    Attributes:
        view: Its name; the folder in the atlas's `views`.
        groups: One set of groups that sees it; empty for those whom nobody knows.
        folder: Where it is: an atlas.
        records: How many it has.
        hidden: How many it has not because a rule hides them.
        mentions: How many it has not because they name something hidden, by source.
    """

    view: str
    groups: tuple[str, ...]
    folder: str
    records: int
    hidden: int
    mentions: dict[str, int]


class ViewsAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/views/v1"):
    """The views that are there now, nobody's first."""

    views: list[ViewMade]


def access_of(atlas: Path, given: Path | None) -> Path | None:
    """Return the file of access: the one that is given, else the atlas's own; None where everybody sees everything.

    Raises:
        FiliationError: If there is none, and the atlas has views: somebody wanted something hidden.
    """
    if given is not None:
        return given
    if (atlas / FILE).exists():
        return atlas / FILE
    if (atlas / VIEWS).is_dir():
        raise FiliationError(
            f"{atlas} has views for people who may not see everything: name the file that says who they are by --access,"
            f" or remove {atlas / VIEWS} to show everything to everybody."
        )
    return None
