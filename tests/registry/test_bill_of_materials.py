"""Bills of materials of others: written by the formats' own libraries, read as records; hostile ones say so."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType, Pedigree
from cyclonedx.model.license import DisjunctiveLicense, LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from filiation.core.record import ReadOptions, Skipped
from filiation.registry import source_for
from filiation.registry.bill_of_materials import SOURCE

SHA = "ab" * 32


def read(path):
    """Return bodies by (registry, kind, id), the sources that speak, and what was skipped."""
    rows, sources, skipped = {}, set(), []
    for batch in SOURCE.read(path, ReadOptions()):
        if isinstance(batch, Skipped):
            skipped.append(batch.reason)
            continue
        sources.add(batch.source)
        for row in batch.table.to_pylist():
            body = json.loads(row["body"])
            rows[batch.registry, str(batch.kind), body["id"]] = body
    return rows, sources, skipped


def hub(name, version=None, **qualifiers):
    owner, _, bare = name.partition("/")
    return PackageURL("huggingface", owner, bare, version, qualifiers or None)


def model(name, **more):
    return Component(type=ComponentType.MACHINE_LEARNING_MODEL, name=name, bom_ref=name, purl=hub(name), **more)


@pytest.fixture
def cyclonedx(tmp_path):
    declared = DisjunctiveLicense(id="Apache-2.0", acknowledgement=LicenseAcknowledgement.DECLARED)
    concluded = DisjunctiveLicense(id="MIT", acknowledgement=LicenseAcknowledgement.CONCLUDED)
    weights = Component(
        type=ComponentType.FILE, name="model.safetensors", hashes=[HashType(alg=HashAlgorithm.SHA_256, content=SHA)]
    )
    tuned = model(
        "ada/tuned", licenses=[declared, concluded], pedigree=Pedigree(ancestors=[model("meta/llama")]), components=[weights]
    )
    data = Component(type=ComponentType.DATA, name="lab/facts", bom_ref="d", purl=hub("lab/facts", repository_type="dataset"))
    small, torch = model("bob/tuned-gguf"), Component(name="torch", purl=PackageURL("pypi", None, "torch", "2"))
    bom = Bom(components=[tuned, data, small, torch])
    bom.register_dependency(small, [tuned, torch])
    bom.register_dependency(tuned, [data])
    path = tmp_path / "app.cdx.json"
    path.write_text(JsonV1Dot6(bom).output_as_string(), encoding="utf-8")
    return path


def test_a_bill_of_cyclonedx_becomes_records(cyclonedx):
    assert source_for(cyclonedx) is SOURCE
    rows, sources, skipped = read(cyclonedx)
    assert sources == {f"bill {cyclonedx.parent.name}/app.cdx.json"}
    assert skipped == []
    assert set(rows) == {
        ("hf", "model", "ada/tuned"),
        ("hf", "model", "bob/tuned-gguf"),
    }  # of the others it says no more than a name
    tuned = rows["hf", "model", "ada/tuned"]
    assert tuned["cardData"] == {"license": ["Apache-2.0"], "datasets": ["lab/facts"]}  # what the bill concludes stays out
    assert tuned["base_models"] == [{"id": "meta/llama", "relation": "unknown"}]
    assert tuned["siblings"] == [{"rfilename": "model.safetensors", "lfs": {"sha256": SHA}}]
    assert rows["hf", "model", "bob/tuned-gguf"]["base_models"] == [{"id": "ada/tuned", "relation": "unknown"}]


def test_what_a_bill_of_ours_only_evaluates_on_is_not_what_it_was_trained_on(tmp_path):
    related = {"parent": "dataset:lab/bench", "told": [["relation", "evaluated_on"], ["link", "declared 0.95"]]}
    properties = [{"name": "filiation:related", "value": json.dumps(related)}, {"name": "filiation:related", "value": "{"}]
    datasets = [{"type": "dataset", "name": "lab/facts"}, {"type": "dataset", "name": "lab/bench"}]
    tuned = {"type": "machine-learning-model", "name": "ada/tuned", "modelCard": {"modelParameters": {"datasets": datasets}}}
    path = tmp_path / "x.json"
    path.write_text(
        json.dumps({"bomFormat": "CycloneDX", "components": [tuned | {"properties": properties}]}), encoding="utf-8"
    )
    assert read(path)[0]["hf", "model", "ada/tuned"]["cardData"]["datasets"] == ["lab/facts"]


def test_a_packed_bill_is_the_same(cyclonedx, tmp_path):
    packed = tmp_path / "app.json.gz"
    packed.write_bytes(gzip.compress(cyclonedx.read_bytes()))
    assert source_for(packed) is SOURCE
    assert read(packed)[0] == read(cyclonedx)[0]


def test_a_document_of_spdx_becomes_records(tmp_path):
    spdx = pytest.importorskip("spdx_python_model").v3_0_1
    info = spdx.CreationInfo(created=datetime(2026, 1, 1, tzinfo=UTC), specVersion="3.0.1")
    info.createdBy = ["https://a.example/me"]

    def made(kind, name, **more):
        return kind(spdxId=f"https://a.example/{name}", name=name, creationInfo=info, **more)

    ada = made(spdx.ai_AIPackage, "ada/tuned", software_packageUrl="pkg:huggingface/ada/tuned@abc")
    meta, data = made(spdx.ai_AIPackage, "meta/llama"), made(spdx.dataset_DatasetPackage, "lab/facts")
    data.dataset_datasetType = [spdx.dataset_DatasetType.text]
    terms = made(spdx.simplelicensing_LicenseExpression, "terms", simplelicensing_licenseExpression="MIT")
    ties = [
        made(spdx.Relationship, f"r{number}", from_=ada, to=[to], relationshipType=getattr(spdx.RelationshipType, how), **more)
        for number, (to, how, more) in enumerate(
            [
                (meta, "descendantOf", {"comment": "finetune: declared"}),
                (data, "trainedOn", {}),
                (terms, "hasDeclaredLicense", {}),
            ]
        )
    ]
    objects = spdx.SHACLObjectSet([ada, meta, data, terms, *ties])
    path = tmp_path / "app.spdx.json"
    with path.open("wb") as file:
        spdx.JSONLDSerializer().write(objects, file)
    assert source_for(path) is SOURCE
    rows, _, skipped = read(path)
    assert skipped == []
    assert rows == {
        ("hf", "model", "ada/tuned"): {
            "id": "ada/tuned",
            "sha": "abc",
            "base_models": [{"id": "meta/llama", "relation": "finetune"}],
            "cardData": {"license": ["MIT"], "datasets": ["lab/facts"]},
        }
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"bomFormat":"CycloneDX","components":[', "cannot be read"),
        ('{"bomFormat":"CycloneDX","components":7,"metadata":[],"dependencies":{"a":1}}', "says nothing of models"),
        ('{"bomFormat":"CycloneDX","components":[{"type":"library","name":"torch"}]}', "says nothing of models"),
        ('{"bomFormat":"CycloneDX","components":[{"type":"data","name":"../../etc"}]}', "not a repository name"),
        (
            '{"@context":"https://spdx.org/rdf/3.0.1/x","@graph":[{"type":["a"],"spdxId":"i"},{"spdxId":"j"},{"type":"Relationship","to":9}]}',
            "says nothing",
        ),
    ],
)
def test_what_is_no_bill_of_models_is_said(tmp_path, text, reason):
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert source_for(path) is SOURCE
    rows, _, skipped = read(path)
    assert not rows
    assert reason in skipped[0]


def test_parts_of_any_shape_end_no_reading(tmp_path):
    deep: dict = {"type": "machine-learning-model", "name": "o/deep"}
    for level in range(60):
        inner = {"components": [deep]} if level % 2 else {"pedigree": {"ancestors": [deep]}}
        deep = {"type": "machine-learning-model", "name": "o/m"} | inner
    odd = [
        {"licenses": 3},
        {"licenses": [{"license": "MIT"}]},
        {"modelCard": []},
        {"modelCard": {"modelParameters": 1}},
        {"purl": 5},
    ]
    odd += [{"pedigree": [1]}, {"hashes": {}}, {"modelCard": {"quantitativeAnalysis": {"performanceMetrics": [{"type": 1}]}}}]
    odd += [{"purl": "pkg:huggingface/"}, {"type": ["a"]}, {"bom-ref": {}}]
    parts = [deep, *({"type": "machine-learning-model", "name": "o/odd"} | one for one in odd)]
    bill = {"bomFormat": "CycloneDX", "components": parts, "dependencies": [{"ref": [], "dependsOn": [{}]}]}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(bill), encoding="utf-8")
    rows, _, skipped = read(path)
    assert set(rows) <= {("hf", "model", "o/m"), ("hf", "model", "o/odd")}
    assert all("Traceback" not in reason for reason in skipped)
