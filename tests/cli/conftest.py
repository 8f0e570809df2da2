"""One small atlas that many tests ask."""

from __future__ import annotations

from pathlib import Path

import pytest

SOURCES = Path(__file__).parent / "small"


@pytest.fixture(scope="session")
def family() -> Path:
    """A dump of nine models: a merge of three and what is above and below it, a cycle of two, a ghost."""
    return SOURCES / "family.models.jsonl"


@pytest.fixture(scope="session")
def small(tmp_path_factory, chart) -> Path:
    """An atlas of the family, and of a chain of datasets."""
    return chart(tmp_path_factory.mktemp("small") / "small.atlas", *sorted(SOURCES.iterdir()), audited=True)
