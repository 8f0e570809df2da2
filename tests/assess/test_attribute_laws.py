"""The laws of the attributes: a sign never lowers a score, parts add up, and not knowing is not the same as lacking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filiation.assess.attributes import Columns, quotient, score
from filiation.assess.formula import Sign, formula
from filiation.licenses.terms import terms
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
RULES = formula()
SIGNS = [(number, sign) for number, part in enumerate(RULES.parts) for sign in part.signs]
OPENS = {name for place in RULES.place for name in (*place.tags, *place.files)}
"""Words that are places too: to see one is to learn that there was something to look for."""
ATTRIBUTES = st.sampled_from(RULES.attribute)


@st.composite
def knowledge(draw: st.DrawFn) -> tuple:
    """An attribute, what is known of a model, and one part more that is filled."""
    attribute = draw(ATTRIBUTES)
    size = len(attribute.parts)
    known = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    filled = known & np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    return attribute, filled, known, draw(st.integers(0, size - 1))


def scored(attribute, filled: np.ndarray, known: np.ndarray) -> float:
    return float(quotient(Columns(filled[None], known[None]), slice(0, len(filled)), attribute)[0])


@given(knowledge())
def test_filling_a_part_never_lowers_a_score(case):
    attribute, filled, known, more = case
    before = scored(attribute, filled, known)
    filled, known = filled.copy(), known.copy()
    filled[more] = known[more] = True
    after = scored(attribute, filled, known)
    assert np.isnan(before) or after >= before - 1e-12


@given(knowledge())
def test_a_score_is_points_by_known_points_or_null(case):
    attribute, filled, known, _ = case
    weights = [part.points for part in attribute.parts]
    points = sum(weight for weight, flag in zip(weights, filled, strict=True) if flag)
    of = sum(weight for weight, flag in zip(weights, known, strict=True) if flag)
    value = scored(attribute, filled, known)
    if 2 * (sum(weights) - of) > sum(weights):
        assert np.isnan(value)
    else:
        assert value == pytest.approx(points / of)
        assert 0 <= value <= 1


@given(knowledge())
def test_what_becomes_unknown_counts_neither_way(case):
    attribute, filled, known, part = case
    hidden_filled, hidden_known = filled.copy(), known.copy()
    hidden_filled[part] = hidden_known[part] = False
    value = scored(attribute, hidden_filled, hidden_known)
    others = [i for i in range(len(known)) if i != part]
    points = sum(attribute.parts[i].points for i in others if filled[i])
    of = sum(attribute.parts[i].points for i in others if known[i])
    assert np.isnan(value) or value == pytest.approx(points / of)


def add_claim(con: duckdb.DuckDBPyConnection, record: int, node: int, sign: Sign) -> None:
    said = {"latency": "latency 3 ms", "seed": "seed: 1", "[0-9": "Transformers 4.26", "blob": f"a/b@{'0' * 40}"}
    value = next((text for word, text in said.items() if word in (sign.like or "")), "something")
    pointer = f"{sign.pointer}/0" if sign.pointer else ""
    con.execute(
        "INSERT INTO claim SELECT max(claim_id) + 1, ?, ?, ?, NULL, NULL, 'stated', 0.9, 'README.md', ? FROM claim",
        [record, sign.claim, value, pointer],
    )


def add_section(con: duckdb.DuckDBPyConnection, record: int, node: int, sign: Sign) -> None:
    con.execute("INSERT INTO section VALUES (?, ?, 'present', 0, 5)", [record, sign.section])


def add_tag(con: duckdb.DuckDBPyConnection, record: int, node: int, sign: Sign) -> None:
    tag = f"{sign.tag}x" if sign.tag.endswith(":") else sign.tag
    con.execute("UPDATE trait SET tags = list_append(tags, ?) WHERE record_id = ?", [tag, record])


def add_file(con: duckdb.DuckDBPyConnection, record: int, node: int, sign: Sign) -> None:
    name = f"deep/{sign.file.replace('*', 'x')}"
    con.execute("UPDATE trait SET file_names = list_append(file_names, ?) WHERE record_id = ?", [name, record])


def add_text(con: duckdb.DuckDBPyConnection, record: int, node: int, sign: Sign) -> None:
    con.execute(
        "UPDATE record SET files = json_object('README.md', json_extract_string(files, '$.\"README.md\"') || ?)::VARCHAR"
        " WHERE record_id = ?",
        [f"\n{sign.text}\n", record],
    )


def add_edge(con: duckdb.DuckDBPyConnection, record: int, node: int, sign: Sign) -> None:
    other = con.execute("SELECT node_id FROM node WHERE name = 'z/other'").fetchall()[0][0]
    ends = (node, other) if sign.parent else (other, node)
    con.execute(
        "INSERT INTO edge SELECT max(edge_id) + 1, ?, ?, ?, 'declared', 1, 'declared', 1, NULL, NULL, NULL FROM edge",
        [*ends, (sign.parent or sign.child)[0]],
    )


def add_term(con: duckdb.DuckDBPyConnection, record: int, node: int, sign: Sign) -> None:
    con.execute("UPDATE term SET certain = certain | ?::UBIGINT WHERE node_id = ?", [terms()[sign.term].mask, node])


ADD: dict[str, Callable] = {
    "claim": add_claim,
    "section": add_section,
    "tag": add_tag,
    "file": add_file,
    "text": add_text,
    "parent": add_edge,
    "child": add_edge,
    "term": add_term,
}
ADDABLE = [(number, sign) for number, sign in SIGNS if sign.kind in ADD and not {sign.tag, sign.file} & OPENS]


@pytest.fixture(scope="module")
def bench(tmp_path_factory, charted, a_model):
    """An atlas with one poor model, everything of which was looked at, and one of which only tags are known."""
    records = [
        a_model("a/poor", "# Poor\n", ["README.md", "config.json"], tags=["license:mit"], config=None),
        a_model("a/tagged", tags=["license:mit"]),
        a_model("z/other", tags=["base_model:a/poor", "license:mit"]),
    ]
    atlas = charted(tmp_path_factory.mktemp("laws") / "atlas", (NOON, records))
    lineage = Lineage.load(atlas)
    with Atlas.open(atlas, "write") as opened:
        yield opened.con, lineage


def scores_of(con, lineage, node: int) -> dict[str, float]:
    return {name: float(values[node]) for name, values in score(con, lineage).items()}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["a/poor", "a/tagged"]), st.lists(st.sampled_from(ADDABLE), min_size=1, max_size=6))
def test_further_evidence_never_lowers_a_score(bench, name, more):
    con, lineage = bench
    node, record = con.execute("SELECT node_id, record_id FROM node WHERE name = ?", [name]).fetchall()[0]
    con.begin()
    try:
        before = scores_of(con, lineage, node)
        for _, sign in more:
            if name == "a/poor" or sign.kind not in ("file", "text"):
                ADD[sign.kind](con, record, node, sign)
        after = scores_of(con, lineage, node)
    finally:
        con.rollback()
    for attribute, value in before.items():
        assert np.isnan(value) or after[attribute] >= value - 1e-12


@pytest.mark.parametrize("kind", ADD)
def test_each_kind_of_sign_raises_what_it_shows(bench, kind):
    con, lineage = bench
    node, record = con.execute("SELECT node_id, record_id FROM node WHERE name = 'a/poor'").fetchall()[0]
    chosen = [(number, sign) for number, sign in ADDABLE if sign.kind == kind]
    assert chosen
    con.begin()
    try:
        if kind == "term":
            con.execute("UPDATE term SET certain = 0")
        before = scores_of(con, lineage, node)
        for _, sign in chosen:
            ADD[kind](con, record, node, sign)
        after = scores_of(con, lineage, node)
    finally:
        con.rollback()
    shown = {number for number, _ in chosen}
    start = 0
    for attribute in RULES.attribute:
        stop = start + len(attribute.parts)
        if shown & set(range(start, stop)):
            assert after[attribute.id] > before[attribute.id] or kind in ("parent", "child")
        else:
            assert after[attribute.id] == before[attribute.id]
        start = stop
