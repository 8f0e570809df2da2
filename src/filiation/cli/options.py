"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.core.moment import moment  # noqa: F401  # verbs have it beside the options that it reads

DEFAULT_ATLAS = "filiation.atlas"

atlas_option = click.option(
    "--atlas",
    "atlas_path",
    type=click.Path(path_type=Path, file_okay=True),
    envvar="FILIATION_ATLAS",
    default=DEFAULT_ATLAS,
    show_default=True,
    show_envvar=True,
    help="The folder of the atlas.",
)
ledger_option = click.option(
    "--ledger",
    "ledger",
    metavar="URL",
    envvar="FILIATION_LEDGER",
    show_default="ATLAS/ledger.db",
    show_envvar=True,
    help="What people decided: a file, or postgresql://USER:PASSWORD@HOST/DATABASE with your token in FILIATION_TOKEN.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
lang_option = click.option(
    "--lang", type=click.Choice(["en", "ja"]), default="en", show_default=True, help="Language of what is written for people."
)
map_option = click.option("--map", "draw", is_flag=True, help="Draw the map as well; one that is there is kept up to date.")
map_size_option = click.option(
    "--map-size",
    "size",
    type=click.Choice(["downloads", "subtree", "count"]),
    help="What a circle's own width follows: its monthly downloads, with those of all below it, or nothing (default: as before,"
    " or else downloads). Draws the map.",
)
item_argument = click.argument("item", type=click.IntRange(1))
why_option = click.option("--why", required=True, help="The reason; it is kept for good.")
until_option = click.option("--until", metavar="DATE", help="When it ends (default: never).")
ref_argument = click.argument("ref")
sources_argument = click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
kind_option = click.option(
    "--kind",
    type=click.Choice(["model", "dataset"]),
    help="What the sources list, where they do not show it themselves.",
)
without_option = click.option(
    "--without",
    multiple=True,
    type=click.Choice(["names", "predict", "audit", "search"]),
    help="Leave this stage for the next 'filiation build'; may be repeated.",
)
hashes_option = click.option(
    "--hashes",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="FILIATION_HASHES",
    show_envvar=True,
    help="Keep hashes in this file, and read again only what changed since (default: read everything).",
)
whole_option = click.option(
    "--whole", is_flag=True, help="Each source names all that its registry holds: what it does not name any more is gone."
)
at_option = click.option("--at", "at", metavar="DATE", help="When the sources saw what they say (default: now).")
