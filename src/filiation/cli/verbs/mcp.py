"""The atlas for assistants."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, ledger_option


@click.command("mcp")
@atlas_option
@ledger_option
@click.option(
    "--policy",
    "policies",
    metavar="FILE",
    multiple=True,
    help="A policy that audits may follow besides ours; the first is taken where none is named. May be given several times.",
)
def command(atlas_path: Path, ledger: str | None, policies: tuple[str, ...]) -> None:
    """Answer assistants over the Model Context Protocol, on standard input and output: find, trace, impact, audit.

    Nothing can be changed. An assistant starts this verb itself: name it in the assistant's settings.
    """
    from filiation.core.errors import FiliationError

    try:
        from filiation.mcp.server import create_server
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in {"mcp", "mcp_types", "pydantic"}:
            raise
        raise FiliationError("The Model Context Protocol is an extra: install it with 'pip install filiation[mcp]'.") from error
    create_server(atlas_path, ledger, policies).run("stdio")
