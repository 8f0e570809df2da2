"""The graph, the tables and the findings as files, read back by others' own readers."""

from __future__ import annotations

import gzip
import json

import duckdb
import networkx as nx
import pytest

from filiation.core.errors import FiliationError
from filiation.export.findings import chosen_findings
from filiation.export.graphml import write_graphml
from filiation.export.openlineage import last_told, write_openlineage
from filiation.export.parquet import MARK, export_parquet
from filiation.export.part import part_of
from filiation.export.sink import written
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

EVIL = "ev\x0bil\u202e<script>]]>&"
REGISTRY = [
    {"id": "meta/llama", "tags": ["license:mit"], "sha": "a" * 40, "createdAt": "2024-01-02T03:04:05.000Z", "downloads": 7},
    {"id": "ada/tuned", "tags": ["base_model:finetune:meta/llama", "dataset:lab/facts"], "library_name": EVIL},
    {"id": "bob/tuned-gguf", "tags": ["base_model:quantized:ada/tuned"]},
    {"id": "cy/alone", "tags": []},
]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory, dump, chart):
    folder = tmp_path_factory.mktemp("others")
    return chart(folder / "a.atlas", dump(folder / "models.jsonl", REGISTRY))


@pytest.fixture
def opened(atlas):
    with Atlas.open(atlas) as held:
        yield held.con, Lineage.load(atlas)


def _node(lineage, name):
    return next(node for node in range(lineage.size) if lineage.name(node) == name)


def test_networkx_reads_the_same_graph(opened, tmp_path):
    con, lineage = opened
    with written(tmp_path / "g.graphml") as sink:
        write_graphml(lineage, con, part_of(lineage, []), sink)
    graph = nx.read_graphml(tmp_path / "g.graphml")
    label = nx.get_node_attributes(graph, "label")
    assert set(label.values()) == set(lineage.refs(range(lineage.size)))
    edges = {(label[a], label[b]): told["relation"] for a, b, told in graph.edges(data=True)}
    assert edges == {
        ("model:ada/tuned", "model:meta/llama"): "finetune",
        ("model:ada/tuned", "dataset:lab/facts"): "trained_on",
        ("model:bob/tuned-gguf", "model:ada/tuned"): "quantized",
    }
    by_label = {told["label"]: told for _, told in graph.nodes(data=True)}
    assert by_label["model:meta/llama"]["downloads"] == 7
    assert by_label["model:meta/llama"]["created_at"] == "2024-01-02T03:04:05Z"
    assert "<script>]]>&" in by_label["model:ada/tuned"]["library"]  # as it is, and no markup


@pytest.mark.parametrize(
    ("around", "names"),
    [
        ("none", {"ada/tuned"}),
        ("up", {"ada/tuned", "meta/llama", "lab/facts"}),
        ("down", {"ada/tuned", "bob/tuned-gguf"}),
        ("both", {"ada/tuned", "meta/llama", "lab/facts", "bob/tuned-gguf"}),
    ],
)
def test_a_part_is_what_is_around(opened, around, names):
    _, lineage = opened
    part = part_of(lineage, [_node(lineage, "ada/tuned")], around)
    assert {lineage.name(node) for node in part.nodes.tolist()} == names
    assert all(lineage.child[edge] in part.nodes and lineage.parent[edge] in part.nodes for edge in part.edges)
    assert len(part.edges) == len(names) - 1


def test_events_are_those_of_the_standards_own_client(opened, tmp_path):
    base = pytest.importorskip("openlineage.client.generated.base", reason="openlineage-python is not installed")
    from openlineage.client.generated import dataset_version_dataset, job_type_job, ownership_dataset
    from openlineage.client.serde import Serde

    con, lineage = opened
    with written(tmp_path / "o.jsonl") as sink:
        assert write_openlineage(lineage, con, part_of(lineage, []), last_told(con), sink) == 2
    events = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
    [tuned] = [event for event in events if event["outputs"][0]["name"] == "ada/tuned"]
    base.set_producer(tuned["producer"])

    def dataset(kind, name, version=None):
        facets = {
            "ownership": ownership_dataset.OwnershipDatasetFacet([ownership_dataset.Owner(name.split("/")[-2], "NAMESPACE")])
        }
        if version:
            facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(version)
        return kind(namespace="hf", name=name, facets=facets)

    how = job_type_job.JobTypeJobFacet("NONE", "FILIATION", "FINETUNE+TRAINED_ON")
    inputs = [dataset(base.InputDataset, "datasets/lab/facts"), dataset(base.InputDataset, "meta/llama", "a" * 40)]
    theirs = base.JobEvent(
        eventTime=tuned["eventTime"],
        job=base.Job("hf", "make ada/tuned", {"jobType": how}),
        inputs=inputs,
        outputs=[dataset(base.OutputDataset, "ada/tuned")],
    )
    ours = sorted(tuned["inputs"], key=lambda item: item["name"])
    facets = [item["inputFacets"]["filiation_descent"] for item in ours]
    assert [facet["relation"] for facet in facets] == ["trained_on", "finetune"]
    assert all(facet["_schemaURL"] == base.InputDatasetFacet()._get_schema() for facet in facets)
    bare = {"inputs": [item | {"inputFacets": {}} for item in ours], "outputs": [tuned["outputs"][0] | {"outputFacets": {}}]}
    assert tuned | bare == json.loads(Serde.to_json(theirs))


def test_tables_come_back_from_parquet(opened, tmp_path):
    con, _ = opened
    answer = export_parquet(con, tmp_path / "t")
    assert "override" not in {table.name for table in answer.tables}
    for table in answer.tables:
        read = duckdb.sql(f"SELECT * FROM read_parquet('{tmp_path}/t/{table.name}/**/*.parquet', hive_partitioning = false)")
        assert read.columns == con.sql(f'SELECT * FROM "{table.name}"').columns
        assert len(read.fetchall()) == table.rows
    assert (tmp_path / "t" / "node" / "kind=dataset").is_dir()
    assert [table.name for table in export_parquet(con, tmp_path / "t", ["edge"]).tables] == ["edge"]  # replaced as a whole
    assert not (tmp_path / "t" / "node").exists()


def test_what_cannot_be_written_is_said_and_nothing_is_lost(opened, tmp_path):
    con, lineage = opened
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(FiliationError, match="was not written by this export"):
        export_parquet(con, tmp_path / "mine")
    with pytest.raises(FiliationError, match="no table 'nodes': name one of"):
        export_parquet(con, tmp_path / "t", ["nodes"])
    with pytest.raises(FiliationError, match="Nothing in this atlas was checked"):
        chosen_findings(con, lineage)
    kept = tmp_path / "kept.graphml"
    kept.write_text("before")
    with pytest.raises(TypeError), written(kept) as sink:
        sink.writelines([b"half", None])
    assert kept.read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "kept.graphml"}
    assert not (tmp_path / "t" / MARK).exists()
    with pytest.raises(FiliationError, match="cannot be written"), written(tmp_path / "no" / "g"):
        pass


def test_a_name_that_ends_in_gz_is_packed(tmp_path):
    for name in ("a.gz", "b.gz"):
        with written(tmp_path / name) as sink:
            sink.write(b"the same")
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == b"the same"
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
