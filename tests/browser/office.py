"""A server in this process, over an atlas and a ledger of its own, by a clock that is set by hand."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import uvicorn

from filiation.ledger.person import Role
from filiation.ledger.store import Ledger, open_ledger
from filiation.server.app import create_app
from filiation.server.wire import BoundedProtocol

MORNING = datetime(2024, 7, 12, 9)  # noqa: DTZ001  # the ledger keeps naive UTC
POLICY = """
extends = ["pilot"]
title.en = "No odd licenses."
title.ja = "変わったライセンスは不可。"
[findings.check]
{check} = "block"
"""
CHECK = "license-other-unexplained"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = MORNING

    def __call__(self) -> datetime:
        return self.at

    def pass_days(self, days: int) -> None:
        self.at += timedelta(days=days)


class Office(NamedTuple):
    """Where it is, what time it is there, its ledger, and a token for each role."""

    base: str
    clock: Clock
    ledger: Ledger
    tokens: dict[str, str]


@contextmanager
def office(atlas: Path, folder: Path, *, private: bool = False) -> Iterator[Office]:
    """Serve the atlas on a free port, with a policy under which `CHECK` alone blocks."""
    clock = Clock()
    ledger = open_ledger(folder / "ledger.db", create=True, clock=clock)
    tokens = {str(role): ledger.add_token(str(role), role, "root", Role.ADMINISTRATOR) for role in Role}
    policy = folder / "ours.toml"
    policy.write_text(POLICY.format(check=CHECK), encoding="utf-8")
    app = create_app(atlas, ledger=folder / "ledger.db", policies=[str(policy)], clock=clock, private=private, warm=True)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, http=BoundedProtocol, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield Office(f"http://127.0.0.1:{listening.getsockname()[1]}", clock, ledger, tokens)
        finally:
            server.should_exit = True
            thread.join()
