"""Which source a path is, and a folder of several."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from filiation.core.errors import SourceError
from filiation.core.record import ReadOptions, Skipped
from filiation.registry import read, source_for, sources

SNAPSHOT = Path(str(files("filiation") / "snapshot"))


def test_those_that_look_inside_go_first():
    order = [source.fallback for source in sources()]
    assert order == sorted(order)
    assert len({source.name for source in sources()}) == len(order) >= 12


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("llmfit-1.1.17_models.jsonl.gz", "llmfit package"),
        ("mteb-2.26.24_modelmeta.jsonl.gz", "mteb package"),
        ("open_clip-3.3.0_pretrained.json.gz", "open_clip package"),
        ("timm-1.0.31_pretrained_cfgs.jsonl.gz", "timm package"),
        ("unsloth-2026.10.9_mapper.json.gz", "unsloth package"),
    ],
)
def test_each_file_of_the_snapshot_is_what_it_is(file, name):
    source = source_for(SNAPSHOT / file)
    assert source is not None
    assert source.name == name


def test_the_snapshot_is_read_whole():
    items = list(read(SNAPSHOT, ReadOptions()))
    assert not [item for item in items if isinstance(item, Skipped)]
    assert sum(len(item.table) for item in items) > 20_000
    assert {item.source for item in items} == {"llmfit", "mteb", "open_clip", "timm", "timm_tag", "unsloth"}


def test_a_folder_says_what_it_could_not_read(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "models.jsonl").write_text('{"id": "o/m", "pipeline_tag": "x"}\n')
    (tmp_path / "picture.png").write_bytes(b"x")
    (tmp_path / "README.md").write_text("# about")
    batches = list(read(tmp_path, ReadOptions()))
    assert [item.file for item in batches if isinstance(item, Skipped)] == [str(tmp_path / "picture.png")]
    assert [item.source for item in batches if not isinstance(item, Skipped)] == ["hub"]


def test_nothing_to_read_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="not there"):
        list(read(tmp_path / "x", ReadOptions()))
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(SourceError, match="no kind that can be read"):
        list(read(tmp_path, ReadOptions()))
