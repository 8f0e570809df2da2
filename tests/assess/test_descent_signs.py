"""What the arrays show of one model is what the queries find of all: parents, children, and who builds on a publisher."""

from __future__ import annotations

from datetime import datetime

import pytest

from filiation.assess.descent_signs import KINDS, descent_signs, owned_by
from filiation.assess.formula import numbered
from filiation.assess.signs import asking, signs
from filiation.assess.witnesses import witnesses
from filiation.core.relation import DESCENT
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
MANY = 100


@pytest.fixture(scope="module")
def opened(tmp_path_factory, charted, a_model):
    """A publisher on whose models four others build, one of them only by what supersedes a model."""
    records = [
        a_model("Acme/base", tags=[]),
        a_model("Acme/chat", tags=["base_model:finetune:Acme/base", "dataset:acme/letters"]),
        a_model("acme/base-copy", tags=["base_model:finetune:Acme/base"]),
        a_model("Acme-2/other", tags=["base_model:gone/away"]),
        a_model("Acme/old", tags=[], cardData={"new_version": "zed/new"}),
        a_model("zed/new", tags=[]),
        a_model("b/GGUF", tags=["gguf", "base_model:quantized:Acme/chat"]),
        a_model("b/second-GGUF", tags=["gguf", "base_model:quantized:Acme/chat"]),
        a_model("c/merge", tags=["base_model:merge:Acme/chat", "base_model:merge:b/GGUF"]),
        a_model("d/lora", tags=["base_model:adapter:Acme/base"]),
        a_model("bare", tags=["base_model:quantized:bare"]),
    ]
    atlas = charted(tmp_path_factory.mktemp("descent") / "atlas", (NOON, records))
    with Atlas.open(atlas) as opened:
        yield opened.con, Lineage.load(atlas)


def test_they_are_what_the_queries_find(opened):
    con, lineage = opened
    queries = [signs()[kind] for kind in KINDS]
    found = set()
    for node in range(lineage.size):
        told = set(descent_signs(con, lineage, node, numbered(), MANY))
        with witnesses(con, None), asking(con):
            rows = [row for query in queries for row in con.execute(f"FROM ({query}) WHERE node_id = {node}").fetchall()]
        assert told == {(part, locator, value) for _, part, locator, value in rows}
        found |= {value for _, locator, value in told if locator == "owner Acme"}
    assert found == {"5"}


def test_the_formula_asks_for_no_edge_that_the_arrays_do_not_have():
    assert {relation for _, sign in numbered() for relation in (*sign.parent, *sign.child)} <= DESCENT


def test_an_owner_has_what_is_spelled_so(opened):
    _, lineage = opened
    models = next(range(start, end) for _, kind, start, end in lineage.sections if kind == "model")
    assert [lineage.name(at) for at in owned_by(lineage, "Acme", models)] == ["Acme/base", "Acme/chat", "Acme/old"]
    assert [lineage.name(at) for at in owned_by(lineage, "acme", models)] == ["acme/base-copy"]
    assert owned_by(lineage, "gone", models) == []
