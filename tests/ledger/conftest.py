"""Ledgers to test: a SQLite file, and a database in a real PostgreSQL; a clock that goes when it is told to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from cluster import Server, binaries, server
from forger import filled
from stopped import Clock

from filiation.ledger.store import Ledger, open_ledger


@pytest.fixture(scope="session")
def bin_(lacking) -> Path:
    """Where PostgreSQL's programs are."""
    found = binaries()
    if found is None:
        lacking("postgresql", "no PostgreSQL here: apt-get install postgresql")
    if find_spec("pg8000") is None:
        lacking("postgresql", "no driver for PostgreSQL here: pip install 'filiation[postgresql]'")
    return found


@pytest.fixture(scope="session")
def postgresql(bin_: Path) -> Iterator[Callable[[], str]]:
    """Give the address of a new, empty database in a real PostgreSQL."""
    numbers = itertools.count(1)
    with server(bin_) as started:
        yield lambda: started.database(f"ledger{next(numbers)}")


@pytest.fixture
def mortal(bin_: Path) -> Iterator[Server]:
    """A server that a test may kill."""
    with server(bin_) as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be made: each test that asks runs on both databases."""
    return str(tmp_path / "ledger.db") if request.param == "sqlite" else request.getfixturevalue("postgresql")()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(place: str, clock: Clock) -> Ledger:
    """An empty ledger on either database."""
    return open_ledger(place, create=True, clock=clock)


@pytest.fixture
def file(tmp_path: Path, clock: Clock) -> Ledger:
    """An empty ledger in a SQLite file."""
    return open_ledger(tmp_path / "ledger.db", create=True, clock=clock)


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Path:
    """A ledger at rest; tests work on copies."""
    path = tmp_path_factory.mktemp("whole") / "ledger.db"
    assert filled(path).verify().intact
    return path


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    path = tmp_path / "copy.db"
    path.write_bytes(whole.read_bytes())
    return path
