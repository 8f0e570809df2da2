"""Run the server until it is stopped."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import sys
import webbrowser
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette

from filiation.cli.console import line, note
from filiation.cli.workers import run_workers
from filiation.core.errors import FiliationError, LockedError
from filiation.server.app import create_app
from filiation.server.entry import Entry, read_entry
from filiation.server.operating import Operated, Operating
from filiation.server.request_log import STANDARD_OUTPUT, require_writable
from filiation.server.session import KEY_FILE
from filiation.server.wire import BoundedProtocol
from filiation.store.atlas import Atlas

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
MAX_CONNECTIONS = 2000
STOP_SECONDS = 3
WORKER_SECONDS = 60
"""How long a worker may keep quiet: one that finds what is expensive answers late and is well."""
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

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


def _tell(address: str, *, aside: bool, open_page: bool) -> None:
    (note if aside else line)(f"The map is at {address} (Ctrl-C ends it).")
    if open_page:
        webbrowser.open(address)


def serve(
    atlas: Path, host: str, port: int, offered: Offered, operating: Operating, *, workers: int = 1, open_page: bool
) -> None:
    """Serve the atlas until Ctrl-C.

    Several workers take requests from one socket. One that ends, or does not answer for `WORKER_SECONDS`, is replaced; of what
    it was answering nobody hears again, and what waits goes to the others.

    Raises:
        FiliationError: If there is no lineage, or nothing can listen there.
    """
    listening = _listen(host, port)
    with listening:
        _require_readable(atlas)
        make = partial(_operated, atlas, host, offered, operating)
        # Whatever is wrong is said before anyone is told where to look
        app = make() if workers == 1 else _require_startable(atlas, host, offered, operating)
        if not _is_loopback(host):
            note(_PRIVATE if offered.private else (_VIEW if offered.access else _OPEN).format(host=host))
        address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"
        tell = partial(_tell, address, aside=operating.log == STANDARD_OUTPUT, open_page=open_page)
        try:
            if app is not None:
                _Server(_config(app, operating), tell).run(sockets=[listening])
            else:
                tell()
                config = _config(make, operating, factory=True, workers=workers)
                run_workers(config, listening, metrics=operating.metrics)
        except KeyboardInterrupt:
            note("Stopped.")


def _require_readable(atlas: Path) -> None:
    """Refuse an atlas of another version, of which only half could be answered; one that is being written is well."""
    with suppress(LockedError), Atlas.open(atlas):
        pass


def _require_startable(atlas: Path, host: str, offered: Offered, operating: Operating) -> None:
    """Refuse what no worker could start with."""
    _app(atlas, host, offered, operating.names)
    if operating.log is not None:
        require_writable(operating.log)


def _operated(atlas: Path, host: str, offered: Offered, operating: Operating) -> Operated:
    """Return the application as it is run; each worker makes its own."""
    return Operated(_app(atlas, host, offered, operating.names), operating)


def _app(atlas: Path, host: str, offered: Offered, names: tuple[str, ...]) -> Starlette:
    sys.setswitchinterval(SWITCH_SECONDS)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    entry = read_entry(offered.access, atlas / KEY_FILE) if offered.access else Entry()
    return create_app(
        atlas,
        offered.portfolios,
        _hosts(host, names, entry),
        ledger=offered.ledger,
        policies=offered.policies,
        private=offered.private,
        warm=True,
        entry=entry,
    )


def _hosts(host: str, names: tuple[str, ...], entry: Entry) -> Collection[str] | None:
    """Return the names that the server goes by; None for any, where others are let in and none is named."""
    openid = entry.access.openid if entry.access else None
    public = urlsplit(openid.public_url).hostname if openid else None
    if not _is_loopback(host) and not names:
        return None
    return {*LOOPBACK, host, *names, *([public] if public else ())}


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether a message says more than that a request was left unanswered because the server was stopped."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _config(app: Callable[..., Any], operating: Operating, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        forwarded_allow_ips=list(operating.proxies),
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_worker_healthcheck=WORKER_SECONDS,
        **more,
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
