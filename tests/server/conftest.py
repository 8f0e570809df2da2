"""A small charted and drawn atlas, and ways to ask a server over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from served_registry import datasets, models
from starlette.testclient import TestClient

from filiation.ledger.person import Role
from filiation.ledger.store import Ledger, open_ledger
from filiation.server.app import create_app

MORNING = datetime(2024, 7, 12, 9)  # noqa: DTZ001  # the ledger keeps naive UTC


@pytest.fixture(scope="session")
def charted(tmp_path_factory, dump, chart) -> Path:
    """An atlas with a map; not to be changed."""
    folder = tmp_path_factory.mktemp("served")
    return chart(
        folder / "a",
        dump(folder / "models.jsonl", models()),
        dump(folder / "datasets.jsonl", datasets()),
        audited=True,
        draw=True,
    )


@pytest.fixture
def own(charted, tmp_path) -> Path:
    """A copy of the atlas that the test may change."""
    return Path(shutil.copytree(charted, tmp_path / "own"))


class Clock:
    """A clock that is set by hand."""

    def __init__(self, at: datetime = MORNING) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_days(self, days: int) -> None:
        self.at += timedelta(days=days)


class Desk(NamedTuple):
    """A ledger with a token for each role, by a clock that stands."""

    path: Path
    ledger: Ledger
    clock: Clock
    tokens: dict[str, str]

    def headers(self, role: str | None) -> dict[str, str]:
        return {} if role is None else {"authorization": f"Bearer {self.tokens[role]}"}


def make_desk(path: Path) -> Desk:
    clock = Clock()
    ledger = open_ledger(path, create=True, clock=clock)
    tokens = {str(role): ledger.add_token(f"the {role}", role, "root", Role.ADMINISTRATOR) for role in Role}
    ledger.open_item("model:o/orphan", "namespace-vacant", "root", Role.REVIEWER, message="Nobody is there.", severity="high")
    return Desk(path, ledger, clock, tokens)


@pytest.fixture
def desk(tmp_path) -> Desk:
    """A ledger of the test's own, with one open item."""
    return make_desk(tmp_path / "ledger.db")


@pytest.fixture
def at_desk(charted, desk) -> Callable[..., TestClient]:
    """Ask the application over the charted atlas and the test's own ledger, as somebody: `at_desk("reviewer")`."""

    def at_desk(role: str | None = None, **options: bool) -> TestClient:
        app = create_app(charted, ledger=desk.path, clock=desk.clock, **options)
        return TestClient(app, raise_server_exceptions=False, headers=desk.headers(role))

    return at_desk


@pytest.fixture(scope="session")
def office(tmp_path_factory) -> Desk:
    """A ledger that nobody changes."""
    return make_desk(tmp_path_factory.mktemp("office") / "ledger.db")


@pytest.fixture(scope="session")
def client(charted, office) -> TestClient:
    """Asks the application over the charted atlas, as an administrator of its ledger."""
    portfolios = {"ours": ("o/chat", "dataset:o/data", "not/there", "..")}
    app = create_app(charted, portfolios, ledger=office.path, clock=office.clock)
    return TestClient(app, raise_server_exceptions=False, headers=office.headers("administrator"))
