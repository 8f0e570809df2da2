from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from filiation.core.ref import Kind
from filiation.registry.parquet_dump import SOURCE

MOMENT = datetime(2024, 7, 1, 12, 30, 5, 250_000, tzinfo=UTC)


def rows(n: int = 3) -> list[dict]:
    return [
        {
            "id": f"o/m{i}",
            "tags": ["a", None, "b"],
            "createdAt": MOMENT,
            "likes": i,
            "pipeline_tag": None if i else "fill-mask",
            "cardData": json.dumps({"license": "mit", "base_model": ["x/y"]}) if i else "not json",
            "safetensors": {"total": 7, "parameters": {"F32": 7, "BF16": None}},
        }
        for i in range(n)
    ]


def test_rows_come_back_in_the_shape_of_the_api(tmp_path, look):
    path = tmp_path / "models.parquet"
    pq.write_table(pa.Table.from_pylist(rows()), path)
    seen = look(SOURCE, path)
    assert seen.bodies["o/m1"] == {
        "id": "o/m1",
        "tags": ["a", None, "b"],
        "createdAt": "2024-07-01T12:30:05.250Z",
        "likes": 1,
        "cardData": {"license": "mit", "base_model": ["x/y"]},
        "safetensors": {"total": 7, "parameters": {"F32": 7}},
    }
    assert seen.bodies["o/m0"]["cardData"] == "not json"
    assert seen.lines == {"o/m0": 1, "o/m1": 2, "o/m2": 3}
    assert seen.batches[0].kind is Kind.MODEL


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
def test_times_are_utc_whatever_the_column(tmp_path, look, unit, zone):
    column = pa.array([MOMENT.replace(microsecond=0)], pa.timestamp("s", "UTC")).cast(pa.timestamp(unit, zone))
    path = tmp_path / "models.parquet"
    pq.write_table(pa.table({"id": ["o/m"], "lastModified": column, "pipeline_tag": ["x"]}), path)
    assert look(SOURCE, path).bodies["o/m"]["lastModified"] == "2024-07-01T12:30:05.000Z"


def test_a_cut_file_is_skipped(tmp_path, look):
    path = tmp_path / "models.parquet"
    pq.write_table(pa.Table.from_pylist(rows(100)), path)
    path.write_bytes(path.read_bytes()[:-50])
    seen = look(SOURCE, path)
    assert seen.bodies == {}
    assert len(seen.skipped) == 1


def test_damage_in_the_middle_keeps_the_rows_before(tmp_path, look):
    path = tmp_path / "models.parquet"
    table = pa.table({"id": [f"o/m{i}" for i in range(20_000)], "pipeline_tag": ["x"] * 20_000})
    pq.write_table(table, path, row_group_size=5_000, compression="zstd", use_dictionary=False, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    start = pq.read_metadata(path).row_group(2).column(0).data_page_offset
    content[start : start + 400] = b"\xff" * 400
    path.write_bytes(content)
    seen = look(SOURCE, path)
    assert 0 < len(seen.bodies) < 20_000
    assert seen.skipped


def test_without_an_id_it_is_no_listing(tmp_path, look):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1]}), path)
    assert "no column is named id" in look(SOURCE, path).skipped[0].reason


def test_the_magic_decides(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"hello")
    assert not SOURCE.recognises(path)
