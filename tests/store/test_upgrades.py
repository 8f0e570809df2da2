"""Atlases and a ledger that earlier versions of this program wrote open in this one.

``old/schema-N.tar.xz`` are atlases as the last commits with schema N wrote them from the two files beside them; that of
schema 3 has a ledger of the first version.
"""

from __future__ import annotations

import tarfile
from datetime import datetime
from pathlib import Path

import pytest

from filiation.core.errors import AtlasError
from filiation.ledger.store import open_ledger
from filiation.pipeline import build
from filiation.store.atlas import SCHEMA_VERSION, Atlas

OLD = Path(__file__).parent / "old"
SEEN = datetime(2024, 7, 11, 23, 59, 59)  # noqa: DTZ001  # the atlas keeps naive UTC
LEDGER_VERSION = 3
SAID = {
    "edges": """SELECT below.name, above.name, relation, edge.basis, round(confidence, 4), set_aside
        FROM edge JOIN node AS below ON child = below.node_id JOIN node AS above ON parent = above.node_id""",
    "nodes": "SELECT kind, name, state, downloads, library, pipeline_tag, license FROM node",
    "claims": """SELECT id, predicate, value, relation, basis, round(confidence, 4), claim.source, pointer
        FROM claim JOIN record USING (record_id)""",
    "terms": "SELECT name, term.* EXCLUDE (node_id) FROM term JOIN node USING (node_id)",
    "findings": "SELECT check_name, name, severity, message FROM finding JOIN node USING (node_id)",
    "names": "SELECT name, position, element, value FROM name_element JOIN node USING (node_id)",
    "scores": "SELECT name, documentation, provenance, portability FROM score JOIN node USING (node_id)",
}


@pytest.fixture
def old(tmp_path):
    def unpacked(version: int) -> Path:
        with tarfile.open(OLD / f"schema-{version}.tar.xz") as archive:
            archive.extractall(tmp_path, filter="data")
        return tmp_path / "old.atlas"

    return unpacked


@pytest.fixture(scope="module")
def fresh(tmp_path_factory, chart, rows):
    atlas = tmp_path_factory.mktemp("fresh") / "a"
    chart(atlas, OLD / "models.jsonl", OLD / "datasets.jsonl", at=SEEN, audited=True)
    return {what: sorted(map(repr, rows(atlas, query))) for what, query in SAID.items()}


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_an_older_atlas_is_brought_up_to_date_and_says_what_a_new_one_says(old, fresh, rows, version):
    atlas = old(version)
    with pytest.raises(AtlasError, match=r"run 'filiation build --atlas .*' to bring it up to date"):
        Atlas.open(atlas)
    with Atlas.open(atlas, "write") as opened:
        build(opened, lambda *_: None)
    assert rows(atlas, "SELECT schema_version FROM atlas") == [(SCHEMA_VERSION,)]
    assert {what: sorted(map(repr, rows(atlas, query))) for what, query in SAID.items()} == fresh


def test_every_older_schema_has_its_atlas():
    assert {path.name for path in OLD.glob("*.xz")} == {f"schema-{version}.tar.xz" for version in range(1, SCHEMA_VERSION)}


def test_a_ledger_of_the_first_version_stands_and_goes_on(old):
    ledger = open_ledger(old(LEDGER_VERSION) / "ledger.db")
    assert ledger.verify().intact
    (decided,) = ledger.overrides()
    assert (decided.value, decided.why) == ("apache-2.0", "Their counsel says so")
