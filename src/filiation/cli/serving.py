"""Run the server until it is stopped."""

from __future__ import annotations

import ipaddress
import socket
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.applications import Starlette

from filiation.cli.console import line, note
from filiation.core.errors import FiliationError
from filiation.server.app import create_app
from filiation.server.entry import read_entry
from filiation.server.session import KEY_FILE
from filiation.server.wire import BoundedProtocol

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
MAX_CONNECTIONS = 2000
STOP_SECONDS = 3
MAX_PORTFOLIO_BYTES = 10_000_000
_OPEN = (
    "Everyone who reaches {host} can read this atlas: there is no password. Leave --host out to serve only this machine, ask"
    " for tokens with --private, or put a proxy with a login before it."
)
_VIEW = (
    "Everyone who reaches {host} can read what the file of access keeps for nobody. Tokens and logins travel as they are: put a"
    " proxy that encrypts before it."
)
_PRIVATE = "Tokens travel as they are: put a proxy that encrypts before it, or others on the way can read them."
SWITCH_SECONDS = 0.001
"""How long a thread that computes may keep the one that answers waiting, instead of 5 ms."""


class Offered(NamedTuple):
    """What is served beside the atlas.

    Attributes:
        portfolios: Names with the refs that belong to them.
        ledger: Where the ledger is; None for the one in the atlas's folder.
        policies: Files of policies.
        private: Whether reading takes a token.
        access: The file of access; None where everybody sees everything.
    """

    portfolios: Mapping[str, tuple[str, ...]]
    ledger: str | None = None
    policies: tuple[str, ...] = ()
    private: bool = False
    access: Path | None = None


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, address: str, *, open_page: bool) -> None:
        super().__init__(config)
        self._address, self._open_page = address, open_page

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            line(f"The map is at {self._address} (Ctrl-C ends it).")
            if self._open_page:
                webbrowser.open(self._address)


def serve(atlas: Path, host: str, port: int, offered: Offered, *, open_page: bool) -> None:
    """Serve the atlas until Ctrl-C.

    Raises:
        FiliationError: If there is no lineage, or nothing can listen there.
    """
    listening = _listen(host, port)
    with listening:
        number = listening.getsockname()[1]
        app = create_app(
            atlas,
            offered.portfolios,
            {*LOOPBACK, host} if _is_loopback(host) else None,
            ledger=offered.ledger,
            policies=offered.policies,
            private=offered.private,
            warm=True,
            entry=read_entry(offered.access, atlas / KEY_FILE) if offered.access else None,
        )
        if not _is_loopback(host):
            note(_PRIVATE if offered.private else (_VIEW if offered.access else _OPEN).format(host=host))
        sys.setswitchinterval(SWITCH_SECONDS)
        address = f"http://{f'[{host}]' if ':' in host else host}:{number}/"
        try:
            _Server(_config(app), address, open_page=open_page).run(sockets=[listening])
        except KeyboardInterrupt:
            note("Stopped.")


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=MAX_CONNECTIONS)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FiliationError(f"Nothing can listen at {host}:{port} ({reason}): name another --port, or 0 for any.") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_portfolio(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the refs of a portfolio given as ``NAME=FILE``.

    Raises:
        FiliationError: If it is not written so, or the file cannot be read.
    """
    name, equals, file = text.partition("=")
    if not name or not equals or not file:
        raise FiliationError(f"{text!r} names no portfolio: write --portfolio NAME=FILE.")
    try:
        if Path(file).stat().st_size > MAX_PORTFOLIO_BYTES:
            raise FiliationError(f"The portfolio {file} is over {MAX_PORTFOLIO_BYTES // 1_000_000} MB: is it a list of names?")
        words = (row.partition("#")[0].strip() for row in Path(file).read_text(encoding="utf-8").splitlines())
    except OSError as error:
        raise FiliationError(f"The portfolio {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise FiliationError(f"The portfolio {file} is no text in UTF-8.") from error
    return name, tuple(dict.fromkeys(word for word in words if word))
