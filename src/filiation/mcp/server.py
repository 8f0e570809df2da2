"""The server: four tools that only read, over the standard streams."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from filiation import __version__
from filiation.core.errors import FiliationError
from filiation.mcp.bounds import NOTE, clean
from filiation.mcp.tools import Tools

INSTRUCTIONS = (
    "An atlas of a model registry: where models come from, what stands on them, which licenses they inherit, and whether they"
    " may be used. Find names with 'find' first; then 'trace', 'impact' and 'audit' take them as owner/name. What is null or"
    f" 'undeclared' is not known, and does not mean no. Nothing can be changed from here. {NOTE}"
)
READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def create_server(atlas: Path, ledger: str | None = None, policies: tuple[str, ...] = ()) -> MCPServer:
    """Return the server over an atlas, which it only reads.

    Args:
        atlas: The atlas's folder.
        ledger: Where people's decisions are kept; None for the atlas's own.
        policies: Files of policies besides ours; the first is taken where none is named.

    Raises:
        FiliationError: If there is no atlas.

    Source:
        https://modelcontextprotocol.io/specification
    """
    tools = Tools(atlas, ledger, policies)
    server = MCPServer("filiation", title="filiation", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    for tool in (tools.find, tools.trace, tools.impact, tools.audit):
        server.tool(annotations=READS, structured_output=True)(_said(tool))
    return server


def _said(tool: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Let a tool say in its one sentence why it cannot answer."""

    @wraps(tool)
    def asked(**given: Any) -> dict[str, Any]:
        try:
            return tool(**given)
        except FiliationError as error:
            raise ToolError(clean(str(error))) from error

    return asked
