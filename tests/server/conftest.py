"""A small charted and drawn atlas, and ways to ask a server over it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from served_registry import datasets, models
from starlette.testclient import TestClient

from filiation.server.app import create_app


@pytest.fixture(scope="session")
def charted(tmp_path_factory, dump, chart) -> Path:
    """An atlas with a map; not to be changed."""
    folder = tmp_path_factory.mktemp("served")
    return chart(folder / "a", dump(folder / "models.jsonl", models()), dump(folder / "datasets.jsonl", datasets()), draw=True)


@pytest.fixture
def own(charted, tmp_path) -> Path:
    """A copy of the atlas that the test may change."""
    return Path(shutil.copytree(charted, tmp_path / "own"))


@pytest.fixture(scope="session")
def client(charted) -> TestClient:
    """Asks the application over the charted atlas."""
    portfolios = {"ours": ("o/chat", "dataset:o/data", "not/there", "..")}
    return TestClient(create_app(charted, portfolios), raise_server_exceptions=False)
