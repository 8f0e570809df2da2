"""Small registries, taken through the real stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from filiation.core.record import Record, Sighting, batches_of
from filiation.core.ref import Kind
from filiation.pipeline import build
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest


@pytest.fixture(scope="session")
def charted() -> Callable[..., Path]:
    """Chart records, in batches of (moment, records): `charted(folder, (moment, records), ...)`."""

    def charted(folder: Path, *batches: tuple[datetime, Iterable[Record]]) -> Path:
        with Atlas.open(folder, "create") as atlas:
            for moment, records in batches:
                sightings = [Sighting(line, record, "hub") for line, record in enumerate(records, 1)]
                ingest(atlas, Path("example"), batches_of(sightings, "example"), moment, lambda _: None)
            build(atlas, lambda *_: None)
        return folder

    return charted


@pytest.fixture(scope="session")
def a_model() -> Callable[..., Record]:
    """Make a model's record: `a_model("o/m", card=None, files=None, **body)`; `files` are names, None for no list of them."""

    def a_model(name: str, card: str | None = None, files: Iterable[str] | None = None, **body: Any) -> Record:
        listed = {} if files is None else {"siblings": [{"rfilename": file} for file in files]}
        return Record(Kind.MODEL, name, {"id": name, **listed, **body}, {} if card is None else {"README.md": card})

    return a_model
