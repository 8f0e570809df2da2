"""Bills of materials: valid in every format, every reference resolves, what was written is read back, the same each time."""

from __future__ import annotations

import json
import shutil
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schemas_of_bills import check_cyclonedx, check_spdx, schema

from filiation.bill.bill import Bill, Component, Energy, Evidence, Fact, File, Gap, License, Link, Metric, Relation, Said
from filiation.bill.making import Maker
from filiation.bill.opening import opening
from filiation.bill.properties import spelled, unspelled
from filiation.core.decision import Override
from filiation.core.errors import FiliationError
from filiation.core.record import Batch, ReadOptions
from filiation.export.cyclonedx import SPECS, cyclonedx
from filiation.export.cyclonedx_read import read_cyclonedx
from filiation.export.spdx import spdx
from filiation.export.spdx_read import read_spdx
from filiation.licenses.build import build_terms
from filiation.licenses.catalog import catalog
from filiation.lineage.arrays import Lineage
from filiation.lineage.lookup import locate
from filiation.registry.bill_of_materials import SOURCE
from filiation.store.atlas import Atlas

AT = datetime(2024, 7, 12, 8, 30)  # noqa: DTZ001  # bills keep naive UTC, as the atlas does
FIRST = datetime(2000, 1, 1)  # noqa: DTZ001  # the same
NAMES = [("odd/lies",), ("ada/other",), ("eve/rich-lora", "odd/lies", "dataset:ada/data")]


@pytest.mark.parametrize("names", NAMES)
def test_what_an_atlas_tells_is_valid_in_every_format(billed, names):
    bill = billed(*names)
    for spec in SPECS:
        check_cyclonedx(cyclonedx(bill, spec))
        assert read_cyclonedx(json.loads(json.dumps(cyclonedx(bill, spec)))) == bill
    check_spdx(spdx(bill))
    assert read_spdx(json.loads(json.dumps(spdx(bill)))) == bill


def test_a_model_with_all_that_can_be_said(billed):
    written = cyclonedx(billed("eve/rich-lora"), "1.6")
    component = written["metadata"]["component"]
    assert component["purl"] == f"pkg:huggingface/eve/rich-lora@{'ab' * 20}"
    assert (component["group"], component["name"], component["version"]) == ("eve", "rich-lora", "ab" * 20)
    card = component["modelCard"]
    assert card["modelParameters"] == {
        "task": "text-generation", "architectureFamily": "llama", "modelArchitecture": "LlamaForCausalLM",
        "datasets": [{"ref": "dataset:winogrande"}, {"ref": "dataset:ada/data"}, {"ref": "dataset:gone/data"}],
        "inputs": [{"format": "text"}], "outputs": [{"format": "text"}],
    }  # fmt: skip
    metrics = card["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics[0] == {"type": "acc", "slice": "winogrande, xl, test", "value": "74.11"}
    files = {item["name"]: item for item in component["components"]}
    assert files["adapter_model.safetensors"]["hashes"] == [{"alg": "SHA-256", "content": "e" * 64}]
    assert "swhid" not in files["adapter_model.safetensors"]  # what git keeps of a large file is a pointer
    assert files["README.md"]["swhid"] == [f"swh:1:cnt:{'c' * 40}"]
    links = {item["type"]: item["url"] for item in component["externalReferences"]}
    assert links["documentation"] == "https://arxiv.org/abs/2210.11416"
    assert links["model-card"].endswith(f"/blob/{'ab' * 20}/README.md")


def test_energy_has_its_unit_and_carbon_alone_is_no_energy(billed):
    told = cyclonedx(billed("eve/rich-lora"))["metadata"]["component"]["modelCard"]["considerations"]
    (spent,) = told["environmentalConsiderations"]["energyConsumptions"]
    assert (spent["activity"], spent["activityEnergyCost"]) == ("fine-tuning", {"value": 364.75, "unit": "kWh"})
    assert spent["co2CostEquivalent"] == {"value": 0.01459, "unit": "tCO2eq"}
    bare = cyclonedx(billed("ada/other"))["metadata"]["component"]["modelCard"]["considerations"]["environmentalConsiderations"]
    assert bare == {"properties": [{"name": "filiation:co2-equivalent-grams:training", "value": "100.0"}]}
    package = next(item for item in spdx(billed("eve/rich-lora"))["@graph"] if item["type"] == "ai_AIPackage")
    (amount,) = package["ai_energyConsumption"]["ai_finetuningEnergyConsumption"]
    assert (amount["ai_energyQuantity"], amount["ai_energyUnit"]) == ("364.75", "kilowattHour")


def test_the_pedigree_says_how_it_is_known(billed):
    component = cyclonedx(billed("eve/rich-lora"))["metadata"]["component"]
    (ancestor,) = component["pedigree"]["ancestors"]
    assert ancestor["purl"] == f"pkg:huggingface/ada/base@{'1' * 40}"
    told = [(item["name"], item["value"]) for item in ancestor["properties"]][:4]
    assert told[:2] == [("filiation:component", "model:ada/base"), ("filiation:relation", "adapter")]
    assert told[2][1].startswith("declared 0.")
    identity = ancestor["evidence"]["identity"][0]
    assert {"manifest-analysis"} == {method["technique"] for method in identity["methods"]}
    assert any(method["value"] == "tags#/1: ada/base" for method in identity["methods"])
    kinds = {item["relationshipType"] for item in spdx(billed("eve/rich-lora"))["@graph"] if item["type"] == "Relationship"}
    assert {"descendantOf", "trainedOn", "testedOn", "hasDeclaredLicense", "hasConcludedLicense", "contains"} <= kinds


def test_declared_and_concluded_licenses_stand_apart(billed):
    bill = billed("eve/rich-lora")
    llama = "LicenseRef-filiation-llama3"
    of_role = {item.role: item for item in bill.component("model:eve/rich-lora").licenses}
    assert of_role["declared"].expression == "Apache-2.0"
    assert of_role["concluded"].expression == f"Apache-2.0 AND {llama}"
    assert (of_role["inherited"].expression, of_role["inherited"].inherited_from) == (llama, ("model:ada/base",))
    newer, older = (cyclonedx(bill, spec)["metadata"]["component"]["licenses"] for spec in ("1.7", "1.6"))
    declared = {"license": {"id": "Apache-2.0", "acknowledgement": "declared"}}
    assert newer == [declared, {"expression": f"Apache-2.0 AND {llama}", "acknowledgement": "concluded"}]
    assert older == [declared, {"license": {"name": f"Apache-2.0 AND {llama}", "acknowledgement": "concluded"}}]


def test_what_is_not_understood_is_not_concluded(billed):
    component = billed("ada/other").component("model:ada/other")
    (only,) = component.licenses
    assert (only.role, only.text, only.expression) == ("declared", "ours", None)
    assert only.url == "https://huggingface.co/ada/other/blob/main/LICENSE"
    graph = spdx(billed("ada/other"))["@graph"]
    concluded = next(item for item in graph if item.get("relationshipType") == "hasConcludedLicense")
    assert concluded["to"][0].endswith("/NoAssertionLicense")


def test_what_is_absent_is_said(billed):
    written = cyclonedx(billed("odd/lies"))
    incomplete = [ref for item in written["compositions"] if item["aggregate"] == "incomplete" for ref in item["dependencies"]]
    assert "model:odd/lies" in incomplete  # its parent is itself, and another that is no name
    gaps = [item["value"] for item in written["metadata"]["properties"] if item["name"] == "filiation:gap"]
    assert any("self-reference" in text for text in gaps)


def test_a_card_describes_its_model_in_its_first_paragraph():
    card = (
        "---\nlicense: mit\n---\n# Bert\n\n![x](y)\n\n[More Information Needed]\n\nWe present **Bert**, a [model](z) of text.\n"
    )
    assert opening(card) == "We present Bert, a model of text."
    assert opening("# Bert\n\n```\nimport a very long line of code indeed\n```\n") is None


def test_every_license_that_we_know_is_spelled_as_the_schemas_do():
    listed = set(schema("spdx.SNAPSHOT.schema.json")["enum"])
    assert {item.spdx for item in catalog().licenses.values() if item.spdx} <= listed


def test_the_same_bill_gives_the_same_document(billed):
    first, second = (cyclonedx(billed("eve/rich-lora", name="x")) for _ in range(2))
    assert first == second
    assert first["serialNumber"] != cyclonedx(billed("ada/other"))["serialNumber"]
    assert spdx(billed("eve/rich-lora")) == spdx(billed("eve/rich-lora"))


@pytest.mark.parametrize("read", [read_cyclonedx, read_spdx])
@pytest.mark.parametrize(
    "document", [{}, {"metadata": 3}, {"@graph": [{"type": "x"}]}, {"@graph": 1, "metadata": {"timestamp": "x"}}]
)
def test_documents_of_others_are_refused_in_a_sentence(read, document):
    with pytest.raises(FiliationError, match="no bill of materials that filiation wrote"):
        read(document)


text = st.text(st.characters(codec="utf-8"), max_size=12)
word = st.text("abcXYZ09-_.", min_size=1, max_size=8).filter(lambda name: name.strip(".") == name)
share = st.integers(0, 1000).map(lambda n: n / 1000)
said = st.builds(Said, st.sampled_from(["declared", "stated", "inferred", "measured"]), share, text, text)
moment = st.datetimes(min_value=FIRST).map(lambda at: at.replace(microsecond=0))
maybe = st.one_of(st.none(), text.filter(bool))


@st.composite
def bills(draw) -> Bill:
    """Draw a bill that an atlas could tell."""
    names = draw(st.lists(word, min_size=1, max_size=4, unique_by=str.lower))
    kinds = draw(st.lists(st.sampled_from(["model", "dataset"]), min_size=len(names), max_size=len(names)))
    refs = [f"{kind}:o/{name}" for kind, name in zip(kinds, names, strict=True)]
    components = [draw(_component(ref)) for ref in refs]
    ends = st.sampled_from(refs)
    relation = st.sampled_from(["finetune", "merge", "trained_on", "evaluated_on", "derived_from", "unknown"])
    evidence = st.lists(st.builds(Evidence, text, said, maybe), max_size=2).map(tuple)
    basis = st.sampled_from(["declared", "inferred"])
    drawn = draw(st.lists(
        st.builds(Relation, ends, ends, relation, basis, share, basis, share, maybe, st.none() | share, evidence),
        max_size=4, unique_by=lambda item: (item.child, item.relation, item.parent),
    ))  # fmt: skip
    relations = tuple(sorted(drawn, key=lambda item: (item.child, item.relation, item.parent)))
    gaps = tuple(draw(st.lists(st.builds(Gap, ends, text), max_size=2)))
    subjects = tuple(refs[: draw(st.integers(1, len(refs)))])
    return Bill(draw(text), "repositories", subjects, tuple(components), relations, gaps, draw(moment))


def _component(ref: str):
    digest = st.none() | st.text("0123456789abcdef", min_size=64, max_size=64)
    blob = st.none() | st.text("0123456789abcdef", min_size=40, max_size=40)
    role = st.sampled_from(["declared", "concluded", "inherited"])
    licenses = st.builds(License, role, text, st.sampled_from([None, "MIT", "MIT OR LicenseRef-x"]), st.none(), said)
    files = st.lists(
        st.builds(File, word, st.none() | st.integers(0, 9), digest, blob, said), max_size=3, unique_by=lambda f: f.path
    )
    fact = st.builds(Fact, st.sampled_from(["task", "language", "limitation"]), text, said)
    is_model = ref.startswith("model:")
    metric = st.builds(Metric, text, text, maybe, maybe, maybe, maybe, st.none() | st.booleans(), said)
    energy = st.builds(Energy, st.just("training"), st.none() | share, st.none() | share, text, said)
    link = st.builds(Link, st.sampled_from(["website", "distribution"]), st.just("https://x.y/z"), maybe, said)
    several = lambda items, most=3: st.lists(items, max_size=most).map(tuple)  # noqa: E731  # shorter than five functions
    return st.builds(
        Component, st.just(ref), st.just(ref.partition(":")[0]), st.sampled_from(["present", "missing"]),
        st.sampled_from([None, "pkg:huggingface/o/a"]), st.sampled_from([None, "ab" * 20]), maybe, st.none() | moment,
        st.none() | moment, maybe, several(licenses), files.map(tuple), st.integers(0, 3), several(fact),
        several(metric) if is_model else st.just(()), several(energy, 2) if is_model else st.just(()), several(link),
    )  # fmt: skip


@pytest.mark.parametrize("witness", ["", "-", "%2D", "a b%20c"])
def test_who_said_it_is_read_back_whatever_it_is_called(witness):
    said = Said("declared", 0.5, witness, "config.json")
    assert unspelled(spelled(said)) == said


@settings(max_examples=12)
@given(bills())
def test_what_was_written_is_read_back(bill):
    for spec in SPECS:
        assert read_cyclonedx(json.loads(json.dumps(cyclonedx(bill, spec)))) == bill
    assert read_spdx(json.loads(json.dumps(spdx(bill)))) == bill


@settings(max_examples=4)
@given(bills())
def test_what_was_written_is_valid(bill):
    check_cyclonedx(cyclonedx(bill, "1.7"))
    check_cyclonedx(cyclonedx(bill, "1.6"))


@pytest.mark.parametrize(("name", "write"), [("a.cdx.json", cyclonedx), ("a.spdx.json", spdx)])
def test_a_bill_is_a_source_to_chart(billed, tmp_path, name, write):
    (tmp_path / name).write_text(json.dumps(write(billed("eve/rich-lora"))), encoding="utf-8")
    assert SOURCE.recognises(tmp_path / name)
    batches = [item for item in SOURCE.read(tmp_path / name, ReadOptions()) if isinstance(item, Batch)]
    bodies = [json.loads(row["body"]) for batch in batches for row in batch.table.to_pylist()]
    rich = next(body for body in bodies if body["id"] == "eve/rich-lora")
    assert rich["base_models"] == [{"id": "ada/base", "relation": "adapter"}]
    assert rich["sha"] == "ab" * 20


def test_what_a_reviewer_decided_is_concluded(told, tmp_path):
    atlas_path = shutil.copytree(told, tmp_path / "decided.atlas")
    lineage = Lineage.load(atlas_path)
    decided = Override("model:ada/other", "license", "mit", "ann", AT, None, "The publisher wrote to us.", 7)
    with Atlas.open(atlas_path, "write") as atlas:
        with atlas.transaction() as con:
            build_terms(con, lineage, [decided])
        (bill,) = Maker(atlas.con, lineage, AT, [decided]).each([locate(lineage, "ada/other").node])
    concluded = next(item for item in bill.component("model:ada/other").licenses if item.role == "concluded")
    assert (concluded.expression, concluded.said.witness, concluded.said.locator) == ("MIT", "reviewer ann", "ledger#entry/7")
    assert read_cyclonedx(json.loads(json.dumps(cyclonedx(bill)))) == bill
