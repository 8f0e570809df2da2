"""What a stage goes by is in its digest: else a new line of knowledge would change nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from filiation import extract, lineage

ROOT = Path(__file__).parent.parent / "src" / "filiation"
LOADED = re.compile(r'load\("([a-z_]+)"\)')


@pytest.mark.parametrize(
    ("rooms", "known"),
    [(("extract", "cards"), extract.KNOWLEDGE), (("lineage",), lineage.KNOWLEDGE)],
    ids=["extract", "lineage"],
)
def test_every_table_that_is_read_is_in_the_digest(rooms, known):
    texts = [path.read_text(encoding="utf-8") for room in rooms for path in (ROOT / room).glob("*.*")]
    read = {name for text in texts for name in LOADED.findall(text)}
    assert read
    assert read <= set(known)
    assert all((ROOT / "knowledge" / f"{name}.toml").exists() for name in known)
