"""How well the relation of an edge is inferred when nobody declares it: ``python bench/relations.py --shared ../shared``.

Every tag that starts with ``base_model:`` is hidden. Families are whole on one side: a family is what has the same topmost
ancestor, following the alphabetically first parent, and the digest of that ancestor's name says on which side it falls.
``--calibrate`` prints the confidences of ``knowledge/relations.toml`` as measured on the training side.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

import duckdb

from filiation.knowledge import load
from filiation.lineage.relation import relation_query

HUB = ("finetune", "adapter", "quantized", "merge")
"""What the Hub's labels can say."""
SCORED_AS = {"converted": "quantized", "distilled": "finetune"}
"""What the Hub calls what it has no word for."""
REAL = {"quantize": "quantized", "RL": "finetune", "convert": "converted", "distill": "distilled"}
"""The words of the people who checked 369 models, in ours."""
SEPARATOR = re.compile(r"\s*(?:,|\r?\n|\band\b)\s*")
EDGE = (
    "edge_id BIGINT, child VARCHAR, parent VARCHAR, child_tags VARCHAR[], child_library VARCHAR, child_files VARCHAR[],"
    " parents INTEGER, parent_tags VARCHAR[], parent_library VARCHAR"
)

LOAD = """
CREATE TABLE label AS
SELECT 'edges' AS source, lower(child) AS child, lower(parent) AS parent,
       CASE relation WHEN 'finetuned' THEN 'finetune' WHEN 'merged' THEN 'merge' ELSE relation END AS relation
FROM read_csv('{data}/edges-2025-06/edges.csv.gz')
UNION ALL
SELECT 'trees', lower(child), lower(parent), relation FROM read_csv('{data}/trees-2025-04/edges.csv.gz');

CREATE TABLE seen AS
SELECT 1 AS rank, id, info.tags AS tags, info.library_name AS library,
       list_transform(info.siblings, lambda text: regexp_extract(text, 'rfilename=''([^'']*)', 1)) AS files
FROM read_json('{data}/trees-2025-04/models.jsonl.gz', maximum_object_size = 33554432, columns =
     {{id: 'VARCHAR', info: 'STRUCT(tags VARCHAR[], library_name VARCHAR, siblings VARCHAR[])'}}) WHERE info IS NOT NULL
UNION ALL
SELECT 2, id, tags, library_name, list_transform(siblings, lambda file: file.rfilename)
FROM read_json('{data}/hub-2024-07/models_full_8650.jsonl.gz', maximum_object_size = 33554432, columns =
     {{id: 'VARCHAR', tags: 'VARCHAR[]', library_name: 'VARCHAR', siblings: 'STRUCT(rfilename VARCHAR)[]'}})
UNION ALL
SELECT 3, id, tags, library_name, NULL
FROM read_json('{data}/hub-2024-07/models.jsonl.gz', maximum_object_size = 33554432, columns =
     {{id: 'VARCHAR', tags: 'VARCHAR[]', library_name: 'VARCHAR'}});

CREATE TABLE record AS
SELECT lower(id) AS id,
       list_filter(arg_min(tags, rank), lambda tag: NOT starts_with(tag, 'base_model:')) AS tags,
       len(list_filter(arg_min(tags, rank), lambda tag: regexp_matches(tag, '^base_model:[^:]+$'))) AS parents,
       arg_min(library, rank) AS library,
       CASE WHEN min(rank) < 3 THEN arg_min(files, rank) END AS files
FROM seen GROUP BY ALL;
"""

EDGES = """
CREATE TABLE edge AS
WITH count AS (SELECT child, count(DISTINCT parent) AS parents FROM label GROUP BY child),
pair AS (
    SELECT source AS setting, source, child, parent, relation FROM label
    UNION ALL
    SELECT 'record', min(source), child, parent, any_value(relation) FROM label
    WHERE child IN (SELECT id FROM record WHERE tags IS NOT NULL) GROUP BY child, parent
)
SELECT row_number() OVER () AS edge_id, pair.*, side,
       CASE WHEN setting = 'record' THEN mine.tags END AS child_tags,
       CASE WHEN setting = 'record' THEN mine.library END AS child_library,
       CASE WHEN setting = 'record' THEN mine.files END AS child_files,
       greatest(count.parents, CASE WHEN setting = 'record' THEN mine.parents ELSE 0 END)::INTEGER AS parents,
       CASE WHEN setting = 'record' THEN theirs.tags END AS parent_tags,
       CASE WHEN setting = 'record' THEN theirs.library END AS parent_library
FROM pair JOIN count USING (child) JOIN family USING (child)
LEFT JOIN record AS mine ON mine.id = pair.child LEFT JOIN record AS theirs ON theirs.id = pair.parent
"""

NAIVE = """
SELECT edge_id, CASE
           WHEN child_library = 'peft' OR list_contains(child_tags, 'peft') THEN 'adapter'
           WHEN child_library = 'gguf' OR list_contains(child_tags, 'gguf') THEN 'quantized'
           WHEN parents > 1 THEN 'merge'
           ELSE 'finetune' END AS relation
FROM edge
"""
"""What the Hub is said to do when a card names parents and no relation."""


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of one relation; `support` is how many edges are labelled so."""

    precision: float
    recall: float
    f1: float
    support: int

    @classmethod
    def of(cls, relation: str, pairs: Sequence[tuple[str, str]]) -> Score:
        """Return the score of `relation` over (label, answer) pairs; 0.0 where nothing was answered or labelled so."""
        right = sum(label == answer == relation for label, answer in pairs)
        support = sum(label == relation for label, _ in pairs)
        answered = sum(answer == relation for _, answer in pairs)
        precision, recall = right / max(answered, 1), right / max(support, 1)
        return cls(precision, recall, 2 * right / max(answered + support, 1), support)


def ancestors(edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the topmost ancestor of each child; on a cycle, its alphabetically first member."""
    first: dict[str, str] = {}
    for child, parent in edges:
        first[child] = min(parent, first.get(child, parent))
    top = {}
    for child in first:
        path = [child]
        while (parent := first.get(path[-1])) and parent not in path:
            path.append(parent)
        top[child] = path[-1] if parent is None else min(path[path.index(parent) :])
    return top


def side(family: str) -> str:
    """Return the side on which a family falls."""
    return "train" if int(md5(family.encode(), usedforsecurity=False).hexdigest(), 16) % 2 else "test"


def checked(data: Path) -> list[dict[str, str]]:
    """Return the rows of the 369 that people checked."""
    with (data / "lineage-truth/declared_vs_real_369.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def prepare(data: Path) -> duckdb.DuckDBPyConnection:
    """Return a database with the tables `edge` and `answer`; no child that people checked is in them."""
    db = duckdb.connect()
    for statement in LOAD.format(data=data).split(";\n"):
        db.execute(statement)
    held = {row["Model ID"].lower() for row in checked(data)}
    top = ancestors(db.execute("SELECT child, parent FROM label").fetchall())
    db.execute("CREATE TABLE family (child VARCHAR, side VARCHAR)")
    rows = [(child, side(family)) for child, family in top.items() if child not in held]
    db.execute("INSERT INTO family SELECT unnest(?), unnest(?)", [list(column) for column in zip(*rows, strict=True)])
    db.execute(EDGES)
    db.execute(f"CREATE TABLE answer AS {relation_query('edge')}")
    db.execute(f"CREATE TABLE naive AS {NAIVE}")
    return db


def pairs_of(db: duckdb.DuckDBPyConnection, answers: str, where: str) -> list[tuple[str, str]]:
    """Return (label, answer in the Hub's words) of the edges for which `where` holds."""
    rows = db.execute(
        f"SELECT edge.relation, theirs.relation FROM edge JOIN {answers} AS theirs USING (edge_id) WHERE {where}"
    ).fetchall()
    return [(label, SCORED_AS.get(answer, answer)) for label, answer in rows]


def print_scores(title: str, methods: dict[str, list[tuple[str, str]]]) -> None:
    """Print a table with a block of columns for each method."""
    print(f"\n### {title}\n")
    print("| relation | n | " + " | ".join(f"{name} P | R | F1" for name in methods) + " |")
    print("|---|--:|" + "--:|--:|--:|" * len(methods))
    macro: dict[str, list[float]] = {name: [] for name in methods}
    for relation in HUB:
        scores = {name: Score.of(relation, pairs) for name, pairs in methods.items()}
        support = next(iter(scores.values())).support
        if not support:
            continue
        for name, score in scores.items():
            macro[name].append(score.f1)
        cells = " | ".join(f"{score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f}" for score in scores.values())
        print(f"| {relation} | {support:,} | {cells} |")
    cells = " | ".join(
        f"{sum(label == answer for label, answer in pairs) / len(pairs):.3f} | | {sum(macro[name]) / len(macro[name]):.3f}"
        for name, pairs in methods.items()
    )
    print(f"| right, macro F1 | {len(next(iter(methods.values()))):,} | {cells} |")


def print_setting(db: duckdb.DuckDBPyConnection, setting: str, title: str) -> None:
    """Print how each method does on both sides of one setting."""
    for half in ("train", "test"):
        where = f"setting = '{setting}' AND side = '{half}'"
        ours = pairs_of(db, "answer", where)
        always = [(label, "finetune") for label, _ in ours]
        print_scores(
            f"{title}, {half}", {"rules": ours, "naive": pairs_of(db, "naive", where), "always finetune": always}
        )


CALIBRATION = """
SELECT rule, setting, side, count(*) AS n,
       count(*) FILTER (CASE answer.relation WHEN 'converted' THEN 'quantized' WHEN 'distilled' THEN 'finetune'
                        ELSE answer.relation END = edge.relation) AS right
FROM edge JOIN answer USING (edge_id) GROUP BY ALL
"""


def print_calibration(db: duckdb.DuckDBPyConnection) -> None:
    """Print, for each rule, the confidence that it claims beside the share that was right on the test side."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for rule, setting, half, n, right in db.execute(CALIBRATION).fetchall():
        if half == "test":
            counts[rule, setting] = (n, right)
    settings = ("edges", "trees", "record")
    print("\n### Confidence claimed and share right on the test side\n")
    print("| rule | relation | claimed | " + " | ".join(f"{name} n | right" for name in settings) + " |")
    print("|---|---|--:|" + "--:|--:|" * len(settings))
    for rule in load("relations")["rule"]:
        cells = []
        for setting in settings:
            n, right = counts.get((rule["name"], setting), (0, 0))
            cells.append(f"{n:,} | {right / n:.3f}" if n else "0 | ")
        print(f"| {rule['name']} | {rule['relation']} | {rule['confidence']:.3f} | {' | '.join(cells)} |")


def calibrate(db: duckdb.DuckDBPyConnection) -> None:
    """Print the confidence of each rule as measured on the training side, and what else the label was."""
    totals: dict[str, list[int]] = {}
    parts: dict[str, list[str]] = {}
    for rule, setting, half, n, right in sorted(db.execute(CALIBRATION).fetchall()):
        if half == "train":
            total = totals.setdefault(rule, [0, 0])
            total[0] += n
            total[1] += right
            parts.setdefault(rule, []).append(f"{setting} {right}/{n}")
    for rule in load("relations")["rule"]:
        n, right = totals.get(rule["name"], (0, 0))
        print(f"{rule['name']:28} confidence = {(right + 1) / (n + 2):.3f}  # {', '.join(parts.get(rule['name'], []))}")


def main() -> None:
    """Print the tables of ``docs/relations.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder with data/")
    parser.add_argument("--calibrate", action="store_true", help="print the confidences measured on the training side")
    options = parser.parse_args()
    data = options.shared / "data"
    db = prepare(data)
    if options.calibrate:
        calibrate(db)
        return
    print_setting(db, "edges", "Names only, edges-2025-06")
    print_setting(db, "trees", "Names only, trees-2025-04")
    print_setting(db, "record", "Names, tags, library, files")
    print_calibration(db)


if __name__ == "__main__":
    main()
