"""A small charted and drawn atlas, and ways to ask a server over it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from served_registry import models
from starlette.testclient import TestClient

from filiation.pipeline import build
from filiation.server.app import create_app
from filiation.store.atlas import Atlas


@pytest.fixture(scope="session")
def charted(tmp_path_factory, dump, chart) -> Path:
    """An atlas with a map; not to be changed."""
    folder = tmp_path_factory.mktemp("served")
    sources = [
        dump(folder / "models.jsonl", models()),
        dump(folder / "datasets.jsonl", [{"id": "o/data", "downloads": 5, "tags": ["license:cc0-1.0"]}]),
    ]
    atlas = chart(folder / "a", *sources)
    with Atlas.open(atlas, "write") as opened:
        build(opened, lambda *_: None, draw=True)
    return atlas


@pytest.fixture
def own(charted, tmp_path) -> Path:
    """A copy of the atlas that the test may change."""
    return Path(shutil.copytree(charted, tmp_path / "own"))


@pytest.fixture(scope="session")
def client(charted) -> TestClient:
    """Asks the application over the charted atlas."""
    portfolios = {"ours": ("o/chat", "dataset:o/data", "not/there", "..")}
    return TestClient(create_app(charted, portfolios), raise_server_exceptions=False)


@pytest.fixture
def served(command) -> Callable:
    """Serve an atlas in a process of its own: yields its address."""

    @contextmanager
    def served(atlas: Path, *words: str) -> Iterator[str]:
        process = subprocess.Popen(
            [*command, "serve", "--atlas", str(atlas), "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield re.findall(r"http://\S+?(?=/ )", line)[0]
        finally:
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
        assert "Traceback" not in said

    return served
