"""A small Hub on loopback, and syncs of it that wait for nothing."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from replayed_hub import Hub as Replayed
from replayed_hub import record, replayed

from filiation.core.ref import Kind
from filiation.live.spool import Spool
from filiation.live.sync import Synced, Wish, sync
from filiation.pipeline import SPARED
from filiation.registry.live.hub import Hub
from filiation.store.atlas import Atlas


def safetensors(**shapes: list[int]) -> bytes:
    """Return a file of zeros."""
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 4 * shape[0] * shape[1]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(at)


class Served(NamedTuple):
    """A Hub that may be changed while it serves, and its address."""

    held: Replayed
    url: str

    def asked(self) -> list[str]:
        """Return the paths that were asked for since the last time."""
        paths = [path for path, _ in self.held.seen]
        self.held.seen.clear()
        return paths


def _family() -> Replayed:
    models = [
        record("o/base", 1, tags=["license:mit"], downloads=9),
        record("o/chat", 2, tags=["base_model:o/base", "license:gemma"], downloads=5),
        record("o/tuned", 3, tags=["base_model:o/chat", "dataset:o/data"]),
        record("o/leaf", 4, tags=["base_model:o/tuned", "base_model:old/name"]),
        record("o/other", 5, tags=["base_model:o/base"]),
    ]
    files = {
        "o/base": {
            "README.md": b"---\nlicense: mit\n---\n# Base\nIt was made with care.",
            "config.json": b'{"model_type": "llama"}',
            "model.safetensors": safetensors(**{"model.embed_tokens.weight": [64, 64]}),
        }
    }
    return Replayed(models, [record("o/data", 1)], files, page=2)


@pytest.fixture
def family() -> Iterator[Served]:
    """A base, its children, and a data set: some with files, two to a page."""
    hub = _family()
    with replayed(hub) as url:
        yield Served(hub, url)


@pytest.fixture(scope="session")
def listed(tmp_path_factory) -> Path:
    """An atlas that was synced with the family, without details."""
    folder = tmp_path_factory.mktemp("listed") / "a.atlas"
    with replayed(_family()) as url:
        sync(folder, Hub(url), Wish(), lambda *_: None, without=SPARED)
    return folder


@pytest.fixture
def known(listed, family, tmp_path) -> Served:
    """The family, with the test's atlas synced already."""
    shutil.copytree(listed, tmp_path / "a.atlas")
    (spool,) = (tmp_path / "a.atlas" / "live").iterdir()
    spool.rename(Spool(tmp_path / "a.atlas", "hf", family.url, Kind.MODEL).folder.parent)
    return family


@pytest.fixture
def synced(tmp_path, monkeypatch) -> Callable[..., Synced]:
    """Sync the test's atlas with what is served: `synced(served, details=3)`; the stages run where a test asks for them."""

    def synced(served: Served, stages: bool = False, audited: bool = False, **wish: object) -> Synced:
        hub = Hub(served.url, sleep=lambda _: None)
        with monkeypatch.context() as patched:
            if not stages:
                patched.setattr("filiation.live.sync.build", lambda *_, **__: [])
            return sync(tmp_path / "a.atlas", hub, Wish(**wish), lambda *_: None, without=() if audited else SPARED)

    return synced


@pytest.fixture
def ask(tmp_path) -> Callable[..., list[tuple]]:
    """Ask the test's atlas."""

    def ask(query: str) -> list[tuple]:
        with Atlas.open(Path(tmp_path / "a.atlas")) as atlas:
            return atlas.con.execute(query).fetchall()

    return ask
