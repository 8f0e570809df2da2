"""The map and the questions over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.accessing import access_of, access_option
from filiation.cli.operating import operating_options
from filiation.cli.options import atlas_option, ledger_option

if TYPE_CHECKING:
    from filiation.server.operating import Operating


@click.command("serve")
@atlas_option
@ledger_option
@access_option
@click.option("--private", is_flag=True, help="Show nothing without a token of the ledger, not even to readers.")
@click.option(
    "--policy",
    "policies",
    metavar="FILE",
    multiple=True,
    help="A policy that audits may follow besides ours; the first is taken where none is named. May be given several times.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen at; 0.0.0.0 for all of this machine's."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8808, show_default=True, help="The port; 0 takes a free one.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that answer; each has what it finds in memory, and all share the atlas's files.",
)
@operating_options
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--portfolio",
    "portfolios",
    metavar="NAME=FILE",
    multiple=True,
    help="Models for the overview page: a file with one name a line, # begins a remark. May be given several times.",
)
def command(
    atlas_path: Path,
    ledger: str | None,
    access: Path | None,
    host: str,
    port: int,
    *,
    private: bool,
    policies: tuple[str, ...],
    workers: int,
    open_page: bool,
    portfolios: tuple[str, ...],
    operating: Operating,
) -> None:
    """Serve the map, its pages, audits and reviews on one port; only this machine reaches it unless --host says more.

    Whoever reaches it may read. Only a token of the ledger's lets somebody write, and with --private also read.
    """
    from filiation.cli.serving import Offered, read_portfolio, serve

    offered = Offered(
        dict(read_portfolio(text) for text in portfolios), ledger, policies, private, access_of(atlas_path, access)
    )
    serve(atlas_path, host, port, offered, operating, workers=workers, open_page=open_page)
