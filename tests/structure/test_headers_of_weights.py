"""Headers of weights: kept beside records as a small text, read back, and held against names."""

from __future__ import annotations

import json
import struct
from math import prod
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_structures import Structure, bert, llama, stranger

from filiation.core.claim import Basis, Predicate
from filiation.core.extractor import UnreadableError
from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.extract.structure import extract
from filiation.lineage.prediction.witnesses import attributes
from filiation.names.statements import statements_of
from filiation.store.atlas import Atlas
from filiation.structure.headers import FILE, Group, Headers, decoded, encoded, grouped, headers_of, headers_of_sketch, tensors
from filiation.structure.identity import structure_of
from filiation.weights.checkpoint import open_checkpoint
from filiation.weights.sketching import sketch_of

NAMES = st.text(alphabet="ab.0129_\u00e9", min_size=1, max_size=12)
SHAPES = st.lists(st.integers(0, 5), max_size=3).map(tuple)


def write(path: Path, held: Structure, dtype: str = "F16") -> Path:
    """Write a safetensors file of these tensors; what would be values is a hole in the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header, at = {}, 0
    for name, shape in held:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + 2 * prod(shape)]}
        at += 2 * prod(shape)
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + at)
    return path


def told(held: Structure, **more) -> dict[str, list[str]]:
    """Return what the extractor claims of such headers, by predicate."""
    headers = Headers("safetensors", ("model.safetensors",), tuple(grouped(held)), **more)
    claims: dict[str, list[str]] = {}
    for claim in extract(Record(Kind.MODEL, "o/m", {"id": "o/m"}, {FILE: encoded(headers)})):
        assert (claim.basis, str(claim.locator)) == (Basis.MEASURED, "model.safetensors#header")
        assert 0 < claim.confidence <= 1
        claims.setdefault(claim.predicate, []).append(claim.value)
    return claims


@given(st.dictionaries(NAMES, SHAPES, max_size=12))
def test_grouped_names_and_shapes_come_back_as_they_were(held):
    headers = Headers("safetensors", (), tuple(grouped(held.items())))
    assert tensors(decoded(encoded(headers))) == sorted(held.items())


def test_headers_are_small_and_those_of_the_checkpoint(tmp_path):
    held = llama(layers=24, width=64, inner=172, keys=64, tokens=100)
    path = write(tmp_path / "model.safetensors", held)
    (tmp_path / "config.json").write_text('{"model_type": "mistral"}')
    with open_checkpoint(path) as checkpoint:
        headers = headers_of(checkpoint)
        assert tensors(headers) == sorted(structure_of(checkpoint))
        assert checkpoint.bytes_read < 2 * path.stat().st_size - sum(2 * prod(shape) for _, shape in held)
    assert (headers.files, headers.stated, headers.is_whole, headers.is_packed) == (
        ("model.safetensors",),
        "mistral",
        True,
        False,
    )
    assert len(headers.groups) == 12
    assert len(encoded(headers)) < 1500


@pytest.mark.parametrize(
    "groups",
    [
        '[["a.\\u0000.\\u0000", [1], [[0, 999999], [0, 999999]], []]]',
        '[["a.\\u0000", [1], [], [[1, 2]]]]',
        '[["a", "b", [], []]]',
        "7",
    ],
)
def test_hostile_headers_are_a_reason(groups):
    text = f'{{"format": "safetensors", "files": [], "groups": {groups}}}'
    with pytest.raises(UnreadableError, match="cannot be read"):
        list(extract(Record(Kind.MODEL, "o/m", {}, {FILE: text})))


def test_claims_of_a_known_structure():
    found = told(llama(layers=4), stated="mistral")
    assert found[Predicate.MODEL_TYPE] == ["mistral"]  # the configuration decides between those of the same names
    assert "llama" in found[Predicate.SAME_STRUCTURE]
    assert found[Predicate.LAYERS] == ["4"]
    assert found[Predicate.HIDDEN_SIZE] == ["4096"]
    assert found[Predicate.PARAMETERS] == [str(sum(prod(shape) for _, shape in llama(layers=4)))]
    assert told(llama(layers=4), stated="bert")[Predicate.MODEL_TYPE] == ["llama"]  # of others nothing is believed


def test_nothing_is_named_of_strangers_and_nothing_said_of_adapters():
    assert not {Predicate.MODEL_TYPE, Predicate.ARCHITECTURE, Predicate.SAME_STRUCTURE} & told(stranger()).keys()
    assert told(llama(), is_adapter=True) == {}
    assert Predicate.PARAMETERS not in told(llama(), is_packed=True)
    assert Predicate.PARAMETERS not in told(llama(), is_whole=False)
    assert told([]) == {}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory, chart) -> Path:
    """An atlas of folders: one that lies, one that does not, one of the same names, a stranger, a damaged file."""
    root = tmp_path_factory.mktemp("shelf") / "models"
    lying = write(root / "o" / "bert-base-12-layers" / "model.safetensors", llama(24, 256, 688, 256, 1000)).parent
    (lying / "config.json").write_text('{"model_type": "bert", "num_hidden_layers": 12}')
    write(root / "o" / "bert-base-uncased" / "model.safetensors", bert(12))
    write(root / "o" / "roberta-base-fine" / "model.safetensors", bert(12))
    write(root / "o" / "llama-7b-12-layers" / "model.safetensors", stranger())
    broken = root / "o" / "bert-broken" / "model.safetensors"
    broken.parent.mkdir()
    broken.write_bytes(b"\xff" * 64)
    return chart(root.parent / "a", root, root, audited=True)


def asked(atlas: Path, query: str) -> list[tuple]:
    with Atlas.open(atlas) as opened:
        return opened.con.execute(query).fetchall()


def test_a_folder_whose_name_lies_is_found_though_its_configuration_lies_too(shelf):
    found = asked(
        shelf,
        "SELECT name, check_name, details, locations FROM finding JOIN node USING (node_id) WHERE check_name LIKE 'name-c%'",
    )
    assert {name for name, *_ in found} == {"o/bert-base-12-layers"}
    by_check = {check: (details, locations) for _, check, details, locations in found}
    assert by_check["name-contradicts-architecture"][0] == ["bert", "llama"]
    assert by_check["name-contradicts-layers"][0] == ["12", "24"]
    claim = int(by_check["name-contradicts-layers"][1][1].removeprefix("claim/"))
    assert asked(shelf, f"SELECT source || '#' || pointer FROM claim WHERE claim_id = {claim}") == [
        ("model.safetensors#header",)
    ]


def test_honest_names_are_confirmed_and_strangers_left_open(shelf):
    nodes = dict(asked(shelf, "SELECT name, node_id FROM node"))
    with Atlas.open(shelf) as opened:
        held = statements_of(opened.con, nodes.values())
    judged = {name: {item.topic: item.judgement for item in held[node]} for name, node in nodes.items()}
    assert judged["o/bert-base-uncased"] == {"architecture": "confirmed", "size": "confirmed"}
    assert judged["o/roberta-base-fine"] == {"architecture": "confirmed", "size": "confirmed"}
    assert set(judged["o/llama-7b-12-layers"].values()) <= {"unverifiable"}
    assert judged["o/bert-broken"] == {}


def test_where_the_structure_is_unknown_the_configuration_counts(tmp_path, chart):
    folder = write(tmp_path / "m" / "o" / "bert-12-layers" / "model.safetensors", stranger()).parent
    (folder / "config.json").write_text('{"model_type": "llama", "num_hidden_layers": 4}')
    atlas = chart(tmp_path / "a", tmp_path / "m")
    with Atlas.open(atlas) as opened:
        held = statements_of(opened.con, [0])[0]
    told = {item.topic: (item.judgement, item.locations[1]) for item in held}
    assert told == {"architecture": ("contradicted", "field/config"), "layers": ("contradicted", "field/config")}


def test_headers_are_observed_once_and_what_cannot_be_read_has_a_reason(shelf):
    assert asked(shelf, "SELECT count(*) FROM record WHERE source = 'headers'") == [(4,)]
    ((file, reason),) = set(asked(shelf, "SELECT file, reason FROM skipped"))
    assert file.endswith("bert-broken")
    assert reason.startswith("the headers of its weights cannot be read")
    assert asked(shelf, "SELECT count(*) FROM node") == [(5,)]


def test_prediction_learns_from_what_is_measured_before_what_is_declared(shelf):
    rule = next(rule for rule in attributes() if rule.id == "model_type")
    known = dict(asked(shelf, f"SELECT name, value FROM ({rule.query}) JOIN node USING (node_id)"))
    assert known == {"o/bert-base-12-layers": "llama", "o/bert-base-uncased": "bert", "o/roberta-base-fine": "bert"}


def test_what_a_sketch_remembers_counts_for_a_model_of_which_a_dump_tells(tmp_path, dump, chart):
    path = write(tmp_path / "model.safetensors", llama(2, 64, 172, 64, 100))
    sketch = sketch_of(str(path), 1.0)
    with open_checkpoint(path) as checkpoint:
        assert headers_of_sketch(sketch).groups == headers_of(checkpoint).groups
    assert headers_of_sketch(sketch.gather(4, any_kind=True)) is None
    lying = Headers("safetensors", ("model.safetensors",), tuple(grouped(llama(24))))
    told = {"schema": "filiation/weights-recover/v1", "models": 1, "edges": [], "abstained": ["o/bert-12-layers"]}
    told |= {"headers": {"o/bert-12-layers": msgspec.to_builtins(lying), "o/other": 7}}
    models = dump(
        tmp_path / "models.jsonl", [{"id": "o/bert-12-layers", "config": {"model_type": "bert", "num_hidden_layers": 12}}]
    )
    atlas = chart(tmp_path / "a", models, dump(tmp_path / "recovered.json", [told]))
    ((node, state),) = asked(atlas, "SELECT node_id, state FROM node")
    with Atlas.open(atlas) as opened:
        held = statements_of(opened.con, [node])[node]
    assert (state, {item.topic: (item.judgement, item.known) for item in held}) == (
        "present",
        {"architecture": ("contradicted", "llama"), "layers": ("contradicted", "24")},
    )


def test_a_group_is_an_array():
    assert msgspec.json.encode(Group("a.\0", (2, 3), ((0, 4),))) == b'["a.\\u0000",[2,3],[[0,4]],[]]'
