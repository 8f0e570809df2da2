"""Hold names against what else an atlas knows of the same models: a table of statements, each with its judgement."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib.resources import files
from typing import NamedTuple

import duckdb
import pyarrow as pa

from filiation.knowledge import load
from filiation.names.judging import Judgement, exceptions, judge
from filiation.store.inputs import changed, forget

TABLE = "name_statement"
TEMPORARY = (
    "asked",
    "name_word",
    "name_inherited",
    "name_says",
    "name_line",
    "name_parent",
    "name_field",
    "name_measured",
    "name_total",
    "name_type",
    "name_held",
    "name_judged",
)


class Statement(NamedTuple):
    """What a name says of a topic, what is known of it from elsewhere, and whether the two agree."""

    topic: str
    said: str
    known: str
    judgement: Judgement
    confidence: float
    locations: list[str]


def prepare_statements(con: duckdb.DuckDBPyConnection, nodes: Collection[int] | None = None) -> int:
    """Make the temporary table ``name_statement``; return how many statements there are.

    A row is something that the name of a model says and that something else says as well: ``node_id``, ``topic``, ``said`` and
    ``known`` as texts, ``judgement``, ``confidence``, ``locations``. What the same two sides say of many models is judged once.

    Args:
        con: Of an atlas in which the stage ``names`` ran.
        nodes: The models to ask about; None for all.
    """
    subject, also = "state = 'present'", "true"
    if nodes is not None:
        listed = ", ".join(map(str, map(int, nodes))) or "NULL"
        subject = f"state = 'present' AND node_id IN ({listed})"
        also = f"(node_id IN ({listed}) OR node_id IN (SELECT parent FROM edge WHERE child IN ({listed})))"
    _judge(con, subject, also)
    return con.execute(f"SELECT count(*) FROM temp.{TABLE}").fetchall()[0][0]


def renew_statements(con: duckdb.DuckDBPyConnection, *, afresh: bool) -> None:
    """Make the temporary table ``name_statement`` of all models; what is held against a model as before is not looked at again.

    Law: it is as `prepare_statements` makes it. What was found is kept in the table ``name_judgement``.

    Args:
        con: Of an atlas in which the stage ``names`` ran, in a transaction that the caller commits or rolls back.
        afresh: Whether what was found is of no use.
    """
    again = changed(con, "statements", _INPUTS, afresh=afresh)
    forget(con, "statements", "name_judgement")
    if again:
        subject = "state = 'present' AND node_id IN (FROM again)"
        _judge(con, subject, "(node_id IN (FROM again) OR node_id IN (SELECT parent FROM edge WHERE child IN (FROM again)))")
        con.execute(_KEEP)
    con.execute("DROP TABLE temp.again")
    con.execute(_KEPT)


def _judge(con: duckdb.DuckDBPyConnection, subject: str, also: str) -> None:
    """Make the temporary table ``name_statement`` of those for whom `subject` holds; `also` holds for whom they need too."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE asked AS SELECT node_id, record_id, {subject} AS is_subject,"
        " lower(split_part(name, '/', -1)) AS base,"
        " regexp_replace('/' || lower(split_part(name, '/', -1)), '[^a-z0-9]+', '-', 'g') AS word FROM node"
        f" WHERE kind = 'model' AND state <> 'malformed' AND {also}"
    )
    con.execute(_script())
    pairs = con.execute("SELECT DISTINCT topic, said, known FROM name_held").fetchall()
    sure = load("name_exceptions")["confidence"]
    told = [judge(topic, tuple(said), tuple(known)) for topic, said, known in pairs]
    columns = list(zip(*pairs, strict=True)) or [(), (), ()]
    table = pa.table(
        {
            "topic": pa.array(columns[0], pa.string()),
            "said": pa.array(columns[1], pa.list_(pa.string())),
            "known": pa.array(columns[2], pa.list_(pa.string())),
            "judgement": pa.array(told, pa.string()),
            "confidence": pa.array([sure[pair[0]] for pair in pairs], pa.float64()),
        }
    )
    con.register("judged_pairs", table)
    con.execute(_JUDGED)
    con.unregister("judged_pairs")
    for name in TEMPORARY:
        con.execute(f"DROP TABLE IF EXISTS temp.{name}")


def names_held(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return what contradicts names, as a check's `needs` says it: ``name size`` where a size does."""
    rows = con.execute(f"SELECT DISTINCT topic FROM temp.{TABLE} WHERE judgement = 'contradicted'").fetchall()
    return {f"name {topic}" for (topic,) in rows} | ({"name"} if rows else set())


def drop_statements(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what `prepare_statements` made, if it did."""
    con.execute(f"DROP TABLE IF EXISTS temp.{TABLE}")


def _script() -> str:
    words = load("name_exceptions")
    quantization = words["quantization"]
    ambiguous = exceptions("ambiguous_tags")["types"]
    said = [*quantization["methods"].split(), *quantization["bits_4"].split(), *quantization["bits_8"].split(), *_LEVELS]
    filled = {
        "{types}": _list(name for name in load("name_architectures")["architecture"] if name not in ambiguous),
        "{packings}": _list(quantization["tags"].split()),
        "{quantized}": _list(said),
        "{tasks}": _list(_task_words()),
        "{vague_tasks}": _list(exceptions("ambiguous_tasks")["words"]),
        "{vague_data}": _list(words["ambiguous_datasets"]["texts"].split()),
        "{idle_parts}": _list(words["ambiguous_datasets"]["idle_parts"].split()),
        "{plain_versions}": _list(words["plain_versions"]["architectures"].split()),
        "{tasks_of}": _list(f"{name} {tag}" for name, tags in words["task_of"].items() for tag in tags.split()),
        "{packed}": _list(words["packed"]["words"].split()),
        "{part}": "'-(" + "|".join(words["packed"]["parts"].split()) + ")[a-z]?[0-9]*-'",
        "{unsized}": _list(words["unsized"]["architectures"].split()),
        "{without_language}": _list(words["without_language"]["tasks"].split()),
        "{least}": str(words["least"]["confidence"]),
        "{least_structure}": str(words["least"]["structure"]),
    }
    text = files("filiation.names").joinpath("statements.sql").read_text(encoding="utf-8")
    for place, value in filled.items():
        text = text.replace(place, value)
    return text


def _task_words() -> set[str]:
    """Return the words that name a task, by their letters."""
    table = load("name_tasks")["task"]
    return {word.replace("-", "") for value, text in table.items() for word in (value, *text.split())}


_LEVELS = [f"q{n}{rest}" for n in range(2, 9) for rest in ("", "_k", "_k_s", "_k_m", "_k_l", "_0", "_1")]


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in sorted(texts)) + "]"


_JUDGED = f"""
CREATE OR REPLACE TEMP TABLE {TABLE} AS
SELECT node_id, topic, replace(array_to_string(list_filter(said, lambda word: word <> '|'), ', '), '?', '') AS said,
    CASE WHEN topic IN ('parameters', 'size') THEN format('{{:.3g}}b', TRY_CAST(replace(known[1], '?', '') AS DOUBLE) / 1e9)
        WHEN topic = 'architecture' THEN replace(known[1], '?', '')
        ELSE replace(array_to_string(known, ', '), '?', '') END AS known,
    judgement, confidence, list_concat(['name'], places) AS locations
FROM name_held JOIN judged_pairs USING (topic, said, known) JOIN asked USING (node_id) WHERE is_subject
"""


# All that is held against a name: its elements and its parents', its record and what the records of that name measured. Whole
# numbers of 128 bits take a hundred times as long to write as identifiers of as many.
_INPUTS = """
SELECT node.node_id, json_array(node.name, node.record_id, mine.digest, said.claims, measured.claims, above.parents) AS input
FROM node
LEFT JOIN (SELECT node_id, digest::UUID AS digest FROM made_from WHERE stage = 'names') AS mine USING (node_id)
LEFT JOIN (
    SELECT record_id, list(claim_id ORDER BY claim_id) AS claims FROM claim
    WHERE basis = 'declared' AND predicate IN ('dataset', 'language') GROUP BY record_id
) AS said USING (record_id)
LEFT JOIN (
    SELECT registry, kind, id, list([claim_id, record_id] ORDER BY seen_at, record_id, claim_id) AS claims
    FROM claim JOIN record USING (record_id) WHERE basis = 'measured' GROUP BY ALL
) AS measured ON (measured.registry, measured.kind, measured.id) = (node.registry, node.kind, node.name)
LEFT JOIN (
    SELECT child, list(json_array(node.name, digest, relation, basis, set_aside) ORDER BY node.name, relation) AS parents
    FROM edge JOIN node ON node.node_id = edge.parent
    LEFT JOIN (SELECT node_id, digest::UUID AS digest FROM made_from WHERE stage = 'names') AS read USING (node_id)
    GROUP BY child
) AS above ON above.child = node.node_id
WHERE node.kind = 'model' AND node.state = 'present'
"""
# Edges have other numbers in every lineage: a place among them is kept as the parent, and found again.
_KEEP = f"""
INSERT INTO name_judgement
SELECT node_id, topic, said, known, judgement, held.confidence,
    CASE WHEN parent IS NULL THEN locations ELSE locations[:1] END, parent
FROM temp.{TABLE} AS held LEFT JOIN (SELECT 'edge/' || edge_id AS place, parent FROM edge) ON place = locations[2]
"""
_KEPT = f"""
CREATE OR REPLACE TEMP TABLE {TABLE} AS
SELECT node_id, topic, said, known, judgement, name_judgement.confidence,
    CASE WHEN name_judgement.parent IS NULL THEN locations ELSE [locations[1], 'edge/' || edge_id] END AS locations
FROM name_judgement LEFT JOIN (
    SELECT child, parent, edge_id FROM edge
    WHERE relation IN ('finetune', 'adapter', 'quantized', 'converted', 'unknown') AND set_aside IS NULL
) AS held ON held.child = node_id AND held.parent = name_judgement.parent
"""


def statements_of(con: duckdb.DuckDBPyConnection, nodes: Collection[int]) -> dict[int, list[Statement]]:
    """Return what is held against the names of some models, contradictions first.

    Args:
        con: Of an atlas in which the stage ``names`` ran; it is not changed.
        nodes: The models.
    """
    prepare_statements(con, nodes)
    found: dict[int, list[Statement]] = {node: [] for node in nodes}
    rows = con.execute(
        f"SELECT node_id, topic, said, known, judgement, confidence, locations FROM temp.{TABLE}"
        " ORDER BY node_id, judgement <> 'contradicted', judgement, topic, said, known"
    ).fetchall()
    for node, *row in rows:
        found[node].append(Statement(*row))
    drop_statements(con)
    return found
