"""What is observed is kept once, and as it was at the time."""

from __future__ import annotations

import gzip
import json
from datetime import datetime

import msgspec
import pytest

from filiation.core.ref import Kind, Ref
from filiation.lineage.questions import trace
from filiation.pipeline import lineage_as_of
from filiation.store.atlas import Atlas

FIRST, SECOND, THIRD = (datetime(2024, 7, day) for day in (9, 11, 13))  # noqa: DTZ001  # the atlas keeps naive UTC
BASE = {"id": "o/base", "pipeline_tag": "x", "tags": []}
OTHER = {"id": "o/a-longer-name", "tags": []}


class Named(msgspec.Struct):
    id: str


def child(parent: str) -> dict:
    return {"id": "o/child", "tags": [f"base_model:{parent}"]}


def parents(atlas, ref, moment):
    with Atlas.open(atlas, "write") as opened:
        lineage = lineage_as_of(opened, moment)
    return [item.ref for item in trace(lineage, lineage.find(Ref.parse(ref))).nodes]


def test_a_changed_record_adds_a_row_and_the_old_view_stays(tmp_path, dump, chart, rows):
    old = dump(tmp_path / "models_old.jsonl", [BASE, OTHER, child("o/base")])
    new = dump(tmp_path / "models_new.jsonl", [BASE, OTHER, child("o/a-longer-name")])
    atlas = chart(tmp_path / "a", (old, FIRST), (new, SECOND), (new, THIRD))
    assert rows(atlas, "SELECT id, count(*) FROM record GROUP BY id ORDER BY id") == [
        ("o/a-longer-name", 1),
        ("o/base", 1),
        ("o/child", 2),
    ]
    assert rows(atlas, "SELECT seen, added, unchanged FROM snapshot ORDER BY snapshot_id") == [
        (3, 3, 0),
        (3, 1, 2),
        (3, 0, 3),
    ]
    assert parents(atlas, "o/child", FIRST) == ["model:o/base"]
    assert parents(atlas, "o/child", SECOND) == parents(atlas, "o/child", THIRD) == ["model:o/a-longer-name"]
    assert rows(atlas, "SELECT parent.name FROM edge JOIN node AS parent ON node_id = parent") == [("o/a-longer-name",)]


@pytest.mark.xfail(
    strict=True, reason="that a record was seen unchanged is not kept, so a view of between comes out as the last one"
)
def test_a_record_that_went_and_came_back_is_current_in_any_order(tmp_path, dump, chart):
    old = dump(tmp_path / "models_old.jsonl", [BASE, OTHER, child("o/base")])
    new = dump(tmp_path / "models_new.jsonl", [BASE, OTHER, child("o/a-longer-name")])
    atlas = chart(tmp_path / "a", (old, FIRST), (old, THIRD), (new, SECOND))
    assert parents(atlas, "o/child", THIRD) == ["model:o/base"]


@pytest.mark.xfail(strict=True, reason="a record is compared with the one that stands, not with all of its moment")
def test_two_views_of_one_moment_are_not_added_again(tmp_path, dump, chart, rows):
    one = dump(tmp_path / "models_1.jsonl", [BASE, child("o/base")])
    two = dump(tmp_path / "models_2.jsonl", [BASE, child("o/a-longer-name")])
    atlas = chart(tmp_path / "a", *[(path, FIRST) for path in (one, two, one, two, one)])
    assert rows(atlas, "SELECT count(*) FROM record") == [(3,)]
    assert rows(atlas, "SELECT parent.name FROM edge JOIN node AS parent ON node_id = parent") == [("o/a-longer-name",)]


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_records_in_one_dump_the_longer_one_counts(tmp_path, dump, chart, rows, turn):
    twice = [child("o/base"), child("o/a-longer-name")][::turn]
    atlas = chart(tmp_path / "a", dump(tmp_path / "models.jsonl", [BASE, *twice, BASE]))
    assert rows(atlas, "SELECT parent.name FROM edge JOIN node AS parent ON node_id = parent") == [("o/a-longer-name",)]
    assert rows(atlas, "SELECT seen, added, unchanged, skipped FROM snapshot") == [(4, 2, 1, 1)]
    ((line, reason),) = rows(atlas, "SELECT line, reason FROM skipped")
    assert (line, reason.split(";")[0]) == (2 if turn == 1 else 3, "a second, different record of o/child")


def test_kinds_do_not_mix(tmp_path, dump, chart, rows):
    models = dump(tmp_path / "models.jsonl", [BASE])
    datasets = dump(tmp_path / "datasets.jsonl", [{"id": "o/base", "citation": "x"}])
    atlas = chart(tmp_path / "a", models, datasets, datasets)
    assert rows(atlas, "SELECT kind, id FROM record ORDER BY kind") == [("model", "o/base"), ("dataset", "o/base")]


@pytest.mark.shared
def test_the_real_hub_two_days_earlier(tmp_path, shared, chart, rows):
    folder = shared / "hub-2024-07"
    earlier = folder / "models_2024-07-09_changed.jsonl.gz"
    with gzip.open(earlier, "rt", encoding="utf-8") as stream:
        before = {body["id"]: body for body in map(json.loads, stream)}
    name_of = msgspec.json.Decoder(Named).decode
    with gzip.open(folder / "models.jsonl.gz", "rb") as stream:
        now = {name: json.loads(line) for line in stream if (name := name_of(line).id) in before}
    later = tmp_path / "models_2024-07-11.jsonl"
    later.write_text("".join(json.dumps(body) + "\n" for body in now.values()), encoding="utf-8")
    assert len(now) > 200

    def bases(body: dict) -> set[str]:
        words = ("adapter:", "finetune:", "merge:", "quantized:")
        names = (tag.removeprefix("base_model:") for tag in body["tags"] if tag.startswith("base_model:"))
        return {next((name.removeprefix(word) for word in words if name.startswith(word)), name) for name in names}

    changed = [name for name in now if bases(now[name]) != bases(before[name])]
    assert len(changed) > 10
    atlas = chart(tmp_path / "a", (earlier, FIRST), (later, SECOND))
    with Atlas.open(atlas, "write") as opened:
        views = [lineage_as_of(opened, moment) for moment in (FIRST, SECOND)]
    for name in changed:
        for lineage, bodies in zip(views, (before, now), strict=True):
            node = lineage.find(Ref(Kind.MODEL, name))
            edges = [edge.parent for edge in trace(lineage, node, "up", 1).edges if edge.child == f"model:{name}"]
            found = {ref.removeprefix("model:").lower() for ref in edges if ref.startswith("model:")}
            said = {base.lower() for base in bases(bodies[name])} - {name.lower()}
            assert len(found) == len(said)
            assert {ref for ref in said if "/" in ref} <= found
