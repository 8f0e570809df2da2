"""The laws of the whole pipeline, on registries of a few repositories that name one another in every form."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import networkx as nx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from filiation.core.ref import HUB, Kind, Ref, is_name
from filiation.lineage.arrays import Lineage, folded
from filiation.store.atlas import Atlas

NAMES = st.from_regex(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,5}/)?[A-Za-z0-9_.-]{0,6}[A-Za-z0-9_-]", fullmatch=True).filter(is_name)
REVISIONS = st.none() | st.text(st.characters(categories=("L", "N"), include_characters="/.-:@"), min_size=1, max_size=10)


@given(st.sampled_from(Kind), NAMES, st.sampled_from([HUB, "timm", "open_clip"]), REVISIONS)
def test_a_ref_is_what_it_spells(kind, name, registry, revision):
    ref = Ref(kind, name, registry, revision)
    assert Ref.parse(str(ref)) == ref


WORDS = [
    "o/a",
    "O/A",
    "o/A-b",
    "o/b",
    "p/b",
    "p/c.gguf",
    "gpt2",
    "openai-community/gpt2",
    "_/x",
    "o/é",
    "b",
    "None",
    "a b",
    "p//",
]
IDS = [word for word in WORDS if is_name(word) and word != "None"]
DAY = timedelta(days=1)
START = datetime(2024, 1, 1)  # noqa: DTZ001  # the atlas keeps naive UTC
few = settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an atlas takes half a second: no hunt for the smallest one
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(IDS))
    relation = st.sampled_from(["", "", "adapter:", "quantized:", "merge:", "finetune:"])
    bases = draw(st.lists(st.tuples(relation, st.sampled_from(WORDS)), max_size=3))
    tags = [f"base_model:{word}{base}" for word, base in bases]
    tags += [f"dataset:{data}" for data in draw(st.lists(st.sampled_from(["squad", "o/d", "O/D"]), max_size=1))]
    body: dict[str, Any] = {"_id": f"{IDS.index(name):024x}", "id": name, "tags": tags, "pipeline_tag": "x"}
    body |= draw(st.sampled_from([{}, {"downloads": 5}, {"createdAt": "2024-01-01T00:00:00.000Z"}]))
    if draw(st.booleans()):
        body["cardData"] = {"base_model": draw(st.sampled_from(WORDS)), "license": "mit"}
    return body


REGISTRIES = st.lists(records(), min_size=1, max_size=7, unique_by=lambda body: body["id"])
TYPED = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), min_size=1, max_size=4)


def content(atlas: Path) -> dict[str, list[tuple]]:
    """Return what the atlas believes, whatever the numbers of its rows."""
    queries = {
        "node": "SELECT node_id, registry, kind, name, state, created_at, downloads, likes, library, pipeline_tag, license"
        " FROM node ORDER BY node_id",
        "edge": "SELECT edge_id, child, parent, relation, basis, confidence, relation_basis, relation_confidence, weight,"
        " set_aside, because FROM edge ORDER BY edge_id",
        "reference": "SELECT child, parent, how, predicate, value, basis, source, pointer FROM reference"
        " JOIN claim USING (claim_id) ORDER BY ALL",
        "finding": r"SELECT * REPLACE (list_transform(locations, lambda place: regexp_replace(place, '^claim/\d+$', 'claim'))"
        " AS locations) FROM finding ORDER BY ALL",
    }
    with Atlas.open(atlas) as opened:
        return {name: opened.con.execute(query).fetchall() for name, query in queries.items()}


def write(folder: Path, name: str, bodies: list[dict[str, Any]]) -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(body) + "\n" for body in bodies), encoding="utf-8")
    return path


@few
@given(first=REGISTRIES, second=REGISTRIES, typed=TYPED)
def test_the_order_of_ingests_does_not_matter(chart, first, second, typed):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        edges = folder / "edges.csv"
        edges.write_text("child,parent,relation\n" + "".join(f"{c},{p},finetuned\n" for c, p in typed), encoding="utf-8")
        sources = [
            (write(folder, "models_1.jsonl", first), START),
            (write(folder, "models_2.jsonl", second), START + DAY),
            (edges, START),
        ]
        atlases = [
            chart(folder / f"{i}.atlas", *order, audited=True)
            for i, order in enumerate(permutations(sources))
            if i in (0, 3, 5)
        ]
        contents = [content(atlas) for atlas in atlases]
        assert contents[0] == contents[1] == contents[2]


@few
@given(bodies=REGISTRIES)
def test_ingesting_twice_is_ingesting_once(chart, bodies):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write(folder, "models.jsonl", bodies)
        once = content(chart(folder / "once", (source, START)))
        atlas = chart(folder / "twice", (source, START), (source, START), (source, START + DAY))
        assert content(atlas) == once
        with Atlas.open(atlas) as opened:
            assert opened.con.execute("SELECT count(*) FROM record").fetchall() == [(len(bodies),)]


@few
@given(bodies=REGISTRIES)
def test_what_the_pipeline_builds_is_whole(chart, bodies):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        atlas = chart(folder / "a", write(folder, "models.jsonl", bodies))
        lineage, rows = Lineage.load(atlas), content(atlas)
    # Found by its name in any case; an exact spelling wins.
    assert lineage.size == len(rows["node"])
    for node, (_, registry, kind, spelled, state, *_) in enumerate(rows["node"]):
        assert lineage.name(node) == spelled
        assert lineage.find(Ref(Kind(kind), spelled, registry)) == node
        for variant in (spelled.upper(), spelled.lower(), spelled.swapcase()):
            if folded(variant) == folded(spelled):
                found = lineage.find(Ref(Kind(kind), variant, registry))
                assert folded(lineage.name(found)) == folded(spelled)
        assert (state == "present") == (spelled in {body["id"] for body in bodies} and kind == "model")
    # Arrays and table tell the same; without cycles; the counts are those of the twin.
    stands = [row for row in rows["edge"] if row[9] is None and row[3] not in ("evaluated_on", "new_version")]
    pairs = list(zip(lineage.child.tolist(), lineage.parent.tolist(), strict=True))
    assert sorted(pairs) == pairs == [(row[1], row[2]) for row in stands]
    twin = nx.DiGraph()
    twin.add_nodes_from(range(lineage.size))
    twin.add_edges_from((parent, child) for child, parent in pairs)
    assert nx.is_directed_acyclic_graph(twin)
    assert lineage.descendants.tolist() == [len(nx.descendants(twin, node)) for node in range(lineage.size)]
    aside = {(row[1], row[2]) for row in rows["edge"] if row[9] == "self-reference"}
    assert aside == {(row[1], row[2]) for row in rows["edge"] if row[1] == row[2]}
