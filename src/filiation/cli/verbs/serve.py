"""The map and the questions over HTTP."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option


@click.command("serve")
@atlas_option
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen at; 0.0.0.0 for all of this machine's."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8808, show_default=True, help="The port; 0 takes a free one.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--portfolio",
    "portfolios",
    metavar="NAME=FILE",
    multiple=True,
    help="Models for the overview page: a file with one name a line, # begins a remark. May be given several times.",
)
def command(atlas_path: Path, host: str, port: int, *, open_page: bool, portfolios: tuple[str, ...]) -> None:
    """Serve the map, its pages and the questions on one port; only this machine reaches it unless --host says more."""
    from filiation.cli.serving import read_portfolio, serve

    serve(atlas_path, host, port, dict(read_portfolio(text) for text in portfolios), open_page=open_page)
