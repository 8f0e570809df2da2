"""A folder of models is charted by its weights: sketches kept, one more model, contradictions, copies."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from made_family import tuned
from made_source import sketched
from safetensors.numpy import save_file
from test_recover_sketches import DAY, STRENGTH, root

from filiation.lineage.measured import Looked, measure
from filiation.lineage.weighing import weigh
from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas
from filiation.weights import kept_sketches
from filiation.weights.kept_sketches import STAMPS, keep_sketches
from filiation.weights.sketch_folder import SketchFolder

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
EDGES = """
SELECT child.registry || ':' || child.name, parent.registry || ':' || parent.name, relation::VARCHAR, edge.basis::VARCHAR
FROM edge JOIN node AS child ON child.node_id = child JOIN node AS parent ON parent.node_id = parent
WHERE set_aside IS NULL
"""


def written(folder: Path, arrays, **beside: str) -> Path:
    folder.mkdir(parents=True)
    save_file(
        {name: array.astype(min(array.dtype, np.dtype("f4"))) for name, array in arrays.items()}, folder / "model.safetensors"
    )
    for name, text in ({"config.json": "{}"} | beside).items():
        (folder / name).write_text(text)
    return folder


def cached(cache: Path, name: str, arrays) -> None:
    written(cache / f"models--{name.replace('/', '--')}" / "snapshots" / ("0" * 39 + "1"), arrays)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The Hub's listing, its cache, and a folder of our own: a copy of one of the Hub's, and what was made of the copy."""
    top = tmp_path_factory.mktemp("sources")
    base, other = root(1), root(9)
    left, right = tuned(base, 2, STRENGTH), tuned(base, 3, STRENGTH)
    half = {name: array.astype(np.float16) for name, array in left.items()}
    hub = {"o/base": base, "o/left": left, "o/right": right, "q/other": other, "q/half": half}
    says = {"o/left": "o/base", "q/half": "q/other"}
    with (top / "hub.models.jsonl").open("w") as lines:
        for day, (name, arrays) in enumerate(hub.items()):
            cached(top / "cache", name, arrays)
            made = f"{DAY + timedelta(days=day):%Y-%m-%dT00:00:00.000Z}"
            tags = [f"base_model:{says[name]}"] if name in says else []
            lines.write(json.dumps({"id": name, "createdAt": made, "tags": tags}) + "\n")
    written(top / "ours" / "team" / "copy", base)
    written(top / "ours" / "team" / "blend", {name: 0.6 * left[name] + 0.4 * right[name] for name in base})
    written(top / "ours" / "team" / "broken", {"x.weight": np.ones((4, 4))})
    (top / "ours" / "team" / "broken" / "model.safetensors").write_bytes(b"\xff" * 100)
    return top


def charted(atlas: Path, *sources: Path, without=("audit", "search")):
    with Atlas.open(atlas, "create") as opened:
        observe(opened, sources, NOON, None, lambda *_: None)
        weighed = weigh(opened, sources, None, 1.0, lambda *_: None)
        build(opened, lambda *_: None, without=without)
    return weighed


@pytest.fixture(scope="module")
def whole(sources, tmp_path_factory):
    atlas = tmp_path_factory.mktemp("whole") / "a.atlas"
    return atlas, charted(atlas, sources / "hub.models.jsonl", sources / "cache", sources / "ours", without=("search",))


def test_what_weights_tell_stands_beside_what_was_declared(whole, rows):
    atlas, weighed = whole
    assert (weighed.models, weighed.sketched, weighed.known, weighed.asked) == (7, 7, 0, 7)
    [broken] = weighed.skipped
    assert broken.file.endswith("broken")
    edges = set(rows(atlas, EDGES))
    assert edges >= {
        ("hf:o/left", "hf:o/base", "finetune", "declared"),
        ("hf:o/right", "hf:o/base", "finetune", "measured"),
        ("hf:q/half", "hf:o/left", "quantized", "measured"),
        ("hf:q/half", "hf:q/other", "finetune", "declared"),
        ("local:team/copy", "hf:o/base", "converted", "measured"),
        ("local:team/blend", "hf:o/left", "merge", "measured"),
        ("local:team/blend", "hf:o/right", "merge", "measured"),
    }
    contradicted = rows(atlas, "SELECT name FROM finding JOIN node USING (node_id) WHERE check_name = 'weights-contradiction'")
    assert contradicted == [("q/half",)]


def test_what_did_not_change_is_neither_read_nor_asked_again(whole, sources, monkeypatch):
    atlas, _ = whole
    monkeypatch.setattr(kept_sketches, "sketch_of", None)
    again = charted(atlas, sources / "cache")
    assert (again.models, again.sketched, again.known, again.asked, again.edges) == (7, 0, 5, 0, 0)


def test_one_more_model_makes_the_graph_that_all_at_once_make(whole, sources, tmp_path, rows):
    atlas = tmp_path / "b.atlas"
    shutil.copytree(sources / "cache", tmp_path / "cache")
    later = tmp_path / "later"
    later.mkdir()
    shutil.move(tmp_path / "cache" / "models--o--right", later)
    first = charted(atlas, sources / "hub.models.jsonl", tmp_path / "cache", sources / "ours")
    assert first.models == 6
    second = charted(atlas, later)
    assert (second.models, second.sketched) == (7, 1)
    assert set(rows(atlas, EDGES)) == set(rows(whole[0], EDGES))


def test_models_that_come_one_by_one_have_the_parents_that_they_have_together(tmp_path):
    base = root(1)
    left, right = tuned(base, 2, STRENGTH), tuned(base, 3, STRENGTH)
    merge = {name: 0.6 * left[name] + 0.4 * right[name] for name in base}
    models = {"a/root": base, "b/left": left, "d/merge": merge, "c/right": right, "g/stranger": root(9), "f/copy": left}
    dates = {f"model:{name}": NOON + timedelta(days=day) for day, name in enumerate(sorted(models))}
    before: dict[str, Looked] = {}
    for name, arrays in models.items():
        with SketchFolder(tmp_path) as kept:
            kept.add(f"model:{name}", sketched(arrays))
        before |= told(measure(SketchFolder(tmp_path), dates, before))
    assert before == told(measure(SketchFolder(tmp_path), dates, {}))
    assert measure(SketchFolder(tmp_path), dates, before).asked == 0


def told(found):
    texts = {f"model:{one.record.id}": one.record.files["measured-lineage.json"] for one in found.sightings}
    return {ref: msgspec.json.decode(text, type=Looked) for ref, text in texts.items()}


def test_a_sketch_is_made_again_where_a_file_changed_or_its_line_is_lost(tmp_path, sources):
    from filiation.core.record import ReadOptions
    from filiation.registry import places

    ours = tmp_path / "ours"
    shutil.copytree(sources / "ours", ours)
    shutil.rmtree(ours / "team" / "broken")

    def kept():
        return keep_sketches(places(ours, ReadOptions()), tmp_path / "sketches", 1.0)[:2]

    assert kept() == (2, 0)
    (ours / "team" / "copy" / "README.md").write_text("a word")
    assert kept() == (0, 2)
    written(ours / "team" / "new", root(4))
    shutil.copy(ours / "team" / "new" / "model.safetensors", ours / "team" / "copy")
    assert kept() == (2, 1)
    lines = (tmp_path / "sketches" / STAMPS).read_bytes()
    (tmp_path / "sketches" / STAMPS).write_bytes(lines[:-5])
    assert kept() == (1, 2)


def test_of_several_files_the_largest_speaks_for_a_repository(tmp_path):
    from filiation.core.record import Place
    from filiation.core.ref import Ref

    folder = tmp_path / "many"
    for step, arrays in (("checkpoint-1", {"x.weight": np.ones((8, 8))}), ("checkpoint-2", root(1))):
        written(folder / step, arrays)
    assert keep_sketches([Place(Ref.parse("o/many"), folder)], tmp_path / "sketches", 1.0).sketched == 1
    [line] = SketchFolder(tmp_path / "sketches").lines()
    assert (line.ref, line.tensors) == ("model:o/many", len(root(1)))
