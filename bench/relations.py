"""How well the relation of an edge is inferred when nobody declares it.

``python bench/relations.py --shared ../shared``. Every tag that starts with ``base_model:`` is hidden. Families are
whole on one side: a family is what has the same topmost ancestor, following the alphabetically first parent, and the
digest of that ancestor's name says on which side it falls.
``--calibrate`` prints the confidences of ``knowledge/relations.toml`` as measured on the training side.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from filiation.knowledge import load
from filiation.lineage.relation import query_of, relation_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HUB = ("finetune", "adapter", "quantized", "merge")
"""What the Hub's labels can say."""
SETTINGS = {
    "edges": "names only, edges-2025-06",
    "trees": "names only, trees-2025-04",
    "record": "names, tags, library; both lists, children with a record",
    "files": "names, tags, library, files; children whose files are known",
}
SCORED_AS = {"converted": ("quantized", "finetune"), "distilled": ("finetune",)}
"""What the Hub calls what it has no word for: these answers are right where the label does not contradict them."""
REAL = {"quantize": "quantized", "RL": "finetune", "convert": "converted", "distill": "distilled"}
"""The words of the people who checked 369 models, in ours."""
SEPARATOR = re.compile(r"\s*(?:,|\r?\n|\band\b)\s*")
Pairs = list[tuple[str, str]]
"""Of each edge, the label and the answer."""

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
    SELECT setting, min(source), child, parent, any_value(relation)
    FROM label JOIN record ON id = child JOIN (VALUES ('record'), ('files')) AS setting(setting)
      ON tags IS NOT NULL AND (setting = 'record' OR files IS NOT NULL)
    GROUP BY setting, child, parent
)
SELECT row_number() OVER () AS edge_id, pair.* EXCLUDE (relation), side, pair.relation AS label,
       CASE WHEN regexp_matches(array_to_string(mine.files, chr(10)), '{adapter}')
             AND NOT regexp_matches(array_to_string(mine.files, chr(10)), '{whole}')
            THEN 'adapter' ELSE pair.relation END AS relation,
       CASE WHEN setting IN ('record', 'files') THEN mine.tags END AS child_tags,
       CASE WHEN setting IN ('record', 'files') THEN mine.library END AS child_library,
       CASE WHEN setting = 'files' THEN mine.files END AS child_files,
       greatest(count.parents, CASE WHEN setting IN ('record', 'files') THEN mine.parents END)::INTEGER AS parents,
       CASE WHEN setting IN ('record', 'files') THEN theirs.tags END AS parent_tags,
       CASE WHEN setting IN ('record', 'files') THEN theirs.library END AS parent_library
FROM pair JOIN count USING (child) JOIN family USING (child)
LEFT JOIN record AS mine ON mine.id = pair.child LEFT JOIN record AS theirs ON theirs.id = pair.parent
"""

ADAPTER = r"adapter_model\.|pytorch_lora_weights\.|learned_embeds\."
WHOLE = (
    r"(?m)(^|/)(model|pytorch_model|diffusion_pytorch_model|tf_model|flax_model)[^/\n]*\.(safetensors|bin|h5|msgpack)$"
    r"|\.gguf$"
)
"""A repository with the first and none of the second holds nothing but an adapter, whatever its label is."""

NAIVE = """
SELECT edge_id, CASE
           WHEN child_library = 'peft' OR list_contains(child_tags, 'peft') THEN 'adapter'
           WHEN child_library = 'gguf' OR list_contains(child_tags, 'gguf') THEN 'quantized'
           WHEN parents > 1 THEN 'merge'
           ELSE 'finetune' END AS relation
FROM edge
"""
"""What the Hub is said to do when a card names parents and no relation."""


AGREES = """CASE theirs.relation WHEN 'converted' THEN edge.{truth} IN ('quantized', 'finetune')
            WHEN 'distilled' THEN edge.{truth} = 'finetune' ELSE theirs.relation = edge.{truth} END"""
"""`SCORED_AS` in SQL."""


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of one relation; `support` is how many edges are labelled so."""

    precision: float
    recall: float
    f1: float
    support: int

    @classmethod
    def of(cls, relation: str, pairs: Pairs) -> Score:
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
    """Return a database with `edge`, `answer`, `naive` and `bayes`; no child that people checked is in them."""
    db = duckdb.connect()
    for statement in LOAD.format(data=data).split(";\n"):
        db.execute(statement)
    held = {row["Model ID"].lower() for row in checked(data)}
    top = ancestors(db.execute("SELECT child, parent FROM label").fetchall())
    rows = [(child, side(family)) for child, family in top.items() if child not in held]
    db.execute("CREATE TABLE family (child VARCHAR, side VARCHAR)")
    db.execute("INSERT INTO family SELECT unnest(?), unnest(?)", [list(column) for column in zip(*rows, strict=True)])
    db.execute(EDGES.format(adapter=ADAPTER, whole=WHOLE))
    db.execute(f"CREATE TABLE answer AS {relation_query('edge')}")
    db.execute(f"CREATE TABLE naive AS {NAIVE}")
    weigh(db)
    return db


def weigh(db: duckdb.DuckDBPyConnection) -> None:
    """Create the table `bayes`: the same evidence weighed by naive Bayes, each rule a feature.

    It learns on the training side. The settings are learned apart, for what a silent rule says depends on what was
    there to be read.
    """
    rules = load("relations")["rule"]
    otherwise = {"name": "", "relation": "unknown", "confidence": 1.0}
    rows = db.execute("SELECT edge_id, setting, side, relation FROM edge ORDER BY edge_id").fetchall()
    ids, settings, sides, labels = (np.array(column) for column in zip(*rows, strict=True))
    fires = np.empty((len(ids), len(rules)), dtype=bool)
    for number, rule in enumerate(rules):
        names = db.execute(f"SELECT rule FROM ({query_of([rule, otherwise], 'edge')}) ORDER BY edge_id").fetchall()
        fires[:, number] = [name != "" for (name,) in names]
    answers = np.empty(len(ids), dtype=object)
    for setting in SETTINGS:
        mine = settings == setting
        scores = []
        for relation in HUB:
            seen = fires[mine & (sides == "train") & (labels == relation)]
            share = (seen.sum(axis=0) + 1) / (len(seen) + 2)
            scores.append(np.log(len(seen) + 1) + fires[mine] @ np.log(share) + ~fires[mine] @ np.log(1 - share))
        answers[mine] = np.array(HUB, dtype=object)[np.argmax(scores, axis=0)]
    db.execute("CREATE TABLE bayes (edge_id BIGINT, relation VARCHAR)")
    db.execute("INSERT INTO bayes SELECT unnest(?), unnest(?)", [ids.tolist(), answers.tolist()])


def pairs_of(db: duckdb.DuckDBPyConnection, answers: str, where: str, truth: str) -> Pairs:
    """Return labels and answers of the edges for which `where` holds; a word foreign to the Hub becomes its label."""
    rows = db.execute(
        f"SELECT edge.{truth}, theirs.relation FROM edge JOIN {answers} AS theirs USING (edge_id) WHERE {where}"
    ).fetchall()
    return [(label, label if label in SCORED_AS.get(answer, ()) else answer) for label, answer in rows]


def print_scores(title: str, methods: dict[str, Pairs], relations: Sequence[str] = HUB) -> None:
    """Print a table with a block of columns for each method."""
    pairs = next(iter(methods.values()))
    print(f"\n### {title}\n")
    print("| relation | n | " + " | ".join(f"{name} P | R | F1" for name in methods) + " |")
    print("|---|--:|" + "--:|--:|--:|" * len(methods))
    present = [relation for relation in relations if any(label == relation for label, _ in pairs)]
    for relation in present:
        scores = [Score.of(relation, answered) for answered in methods.values()]
        cells = " | ".join(f"{score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f}" for score in scores)
        print(f"| {relation} | {scores[0].support:,} | {cells} |")
    cells = []
    for answered in methods.values():
        macro = sum(Score.of(relation, answered).f1 for relation in present) / len(present)
        cells.append(f"{sum(label == answer for label, answer in answered) / len(answered):.3f} | | {macro:.3f}")
    print(f"| share right, macro F1 | {len(pairs):,} | {' | '.join(cells)} |")


def print_setting(db: duckdb.DuckDBPyConnection, title: str, where: str, truth: str = "relation") -> None:
    """Print how each method does on the edges for which `where` holds."""
    ours = pairs_of(db, "answer", where, truth)
    methods = {
        "rules": ours,
        "Bayes": pairs_of(db, "bayes", where, truth),
        "naive": pairs_of(db, "naive", where, truth),
        "always finetune": [(label, "finetune") for label, _ in ours],
    }
    print_scores(title, methods)
    shares = []
    for name, table in (("rules", "answer"), ("Bayes", "bayes"), ("naive", "naive")):
        votes = f"""SELECT avg({AGREES.format(truth=truth)}::INTEGER) AS vote
                    FROM edge JOIN {table} AS theirs USING (edge_id) WHERE {where} GROUP BY split_part(child, '/', 1)"""
        shares.append(f"{name} {db.execute(f'SELECT avg(vote) FROM ({votes})').fetchall()[0][0]:.3f}")
    print(f"\nShare right, one owner one vote: {', '.join(shares)}.")


@dataclass(frozen=True)
class Outcome:
    """How a rule did: of `n` edges `right` agree with their label; of `owners` owners `votes` do, each by its share."""

    n: int = 0
    right: int = 0
    owners: int = 0
    votes: float = 0.0

    def __str__(self) -> str:
        return f"{self.n:,} | {self.right / self.n:.3f}" if self.n else "0 |"


def outcomes(db: duckdb.DuckDBPyConnection, half: str, grouping: str) -> dict[tuple[str, ...], Outcome]:
    """Return how each rule did on that side, in all or, where `grouping` says so, in each setting."""
    query = f"""
        WITH owner AS (
            SELECT {grouping}, split_part(child, '/', 1), count(*) AS n,
                   count(*) FILTER ({AGREES.format(truth="relation")}) AS agree
            FROM edge JOIN answer AS theirs USING (edge_id) WHERE side = ? GROUP BY ALL
        )
        SELECT {grouping}, sum(n), sum(agree), count(*), sum(agree / n) FROM owner GROUP BY ALL
    """
    return {tuple(row[:-4]): Outcome(*row[-4:]) for row in db.execute(query, [half]).fetchall()}


def print_calibration(db: duckdb.DuckDBPyConnection) -> None:
    """Print, for each rule, the confidence that it claims beside the share that was right on the test side."""
    found, parts = outcomes(db, "test", "rule"), outcomes(db, "test", "rule, setting")
    edge_error = edges = owner_error = owners = 0.0
    print("\n### Confidence claimed, and share right on the test side\n")
    settings = " | ".join(f"{name} n | right" for name in SETTINGS)
    print(f"| rule | relation | claimed | owners | right | edges n | right | {settings} |")
    print("|---|---|--:|--:|--:|--:|--:|" + "--:|--:|" * len(SETTINGS))
    for rule in load("relations")["rule"]:
        name, claimed = rule["name"], rule["confidence"]
        total = found.get((name,), Outcome())
        edge_error, edges = edge_error + abs(total.right - total.n * claimed), edges + total.n
        owner_error, owners = owner_error + abs(total.votes - total.owners * claimed), owners + total.owners
        votes = f"{total.owners:,} | {total.votes / total.owners:.3f}" if total.owners else "0 |"
        cells = " | ".join(str(parts.get((name, setting), Outcome())) for setting in SETTINGS)
        print(f"| {name} | {rule['relation']} | {claimed:.3f} | {votes} | {total} | {cells} |")
    by_owner, by_edge = owner_error / owners, edge_error / edges
    print(f"\nMean distance of claimed and right: {by_owner:.3f} over owners, {by_edge:.3f} over edges.")


def calibrate(db: duckdb.DuckDBPyConnection) -> None:
    """Print the confidence of each rule as measured on the training side: one owner, one vote."""
    found, parts = outcomes(db, "train", "rule"), outcomes(db, "train", "rule, setting")
    for rule in load("relations")["rule"]:
        name = rule["name"]
        total = found.get((name,), Outcome())
        counts = ", ".join(f"{key[1]} {part.right}/{part.n}" for key, part in sorted(parts.items()) if key[0] == name)
        claimed = (total.votes + 1) / (total.owners + 2)
        by_edge = (total.right + 1) / (total.n + 2)
        print(f"{name:28} confidence = {claimed:.3f}  # {total.owners} owners; by edges {by_edge:.3f}: {counts}")


def print_checked(db: duckdb.DuckDBPyConnection, data: Path) -> None:
    """Print how the rules do on the models that people checked and found to descend from something."""
    rows = [row for row in checked(data) if row["Real Type"] != "/"]
    truth = [REAL.get(row["Real Type"], row["Real Type"]) for row in rows]
    parents = [[name for name in SEPARATOR.split(row["Real base model"].lower()) if name] for row in rows]
    db.execute("CREATE TABLE checked (edge_id BIGINT, child VARCHAR, parent VARCHAR, parents INTEGER)")
    db.execute(
        "INSERT INTO checked SELECT unnest(?), unnest(?), unnest(?), unnest(?)",
        [
            list(range(len(rows))),
            [row["Model ID"].lower() for row in rows],
            [(names or [""])[0] for names in parents],
            [len(names) for names in parents],
        ],
    )
    db.execute("""CREATE VIEW checked_name AS SELECT *, NULL::VARCHAR[] AS child_tags, NULL::VARCHAR AS child_library,
                  NULL::VARCHAR[] AS child_files FROM checked""")
    db.execute("""CREATE VIEW checked_record AS SELECT checked.*, tags AS child_tags, library AS child_library,
                  files AS child_files FROM checked JOIN record ON id = child WHERE tags IS NOT NULL""")
    for table, title in (
        ("checked_name", "names only"),
        ("checked_record", "names, tags, library; those with a record"),
    ):
        answers = db.execute(f"SELECT edge_id, relation FROM ({relation_query(table)}) ORDER BY edge_id").fetchall()
        ours = [(truth[number], answer) for number, answer in answers]
        hub = [(truth[number], REAL.get(rows[number]["Type"], rows[number]["Type"]) or "unknown") for number, _ in answers]
        methods = {"rules": ours, "declared": hub, "always finetune": [(label, "finetune") for label, _ in ours]}
        print_scores(f"Checked by people: {title}", methods, (*HUB, "converted", "distilled"))


def print_doubts(db: duckdb.DuckDBPyConnection) -> None:
    """Print what can be said about the labels themselves."""
    print("\n### The labels\n")
    query = "SELECT count(*), count(*) FILTER (relation <> label) FROM edge WHERE setting = 'files' AND label = 'finetune'"
    n, adapters = db.execute(query).fetchall()[0]
    print(f"Labelled finetune, with a list of files: {n:,}; of these {adapters:,} hold adapter weights and no others.")
    for name, pattern in (("exl2, exl3, bpw", "exl[23]|bpw"), ("mlx", "mlx"), ("onnx", "onnx")):
        query = """SELECT label, count(*) FROM edge WHERE setting IN ('edges', 'trees') AND parents = 1
                   AND regexp_matches(split_part(child, '/', 2), ?) GROUP BY label ORDER BY 2 DESC"""
        counts = ", ".join(f"{label} {count:,}" for label, count in db.execute(query, [pattern]).fetchall())
        print(f"Names with {name}, one parent: {counts}.")


def print_speed(db: duckdb.DuckDBPyConnection) -> None:
    """Print how long the query takes on every edge that the listing of 2024-07 declares."""
    db.execute("""CREATE TABLE declared AS
        WITH pair AS (SELECT DISTINCT lower(id) AS child, lower(tag[12:]) AS parent
                      FROM (SELECT id, unnest(tags) AS tag FROM seen WHERE rank = 3)
                      WHERE starts_with(tag, 'base_model:'))
        SELECT row_number() OVER () AS edge_id, pair.*, tags AS child_tags, library AS child_library,
               files AS child_files, count(*) OVER (PARTITION BY child)::INTEGER AS parents
        FROM pair JOIN record ON id = child""")
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        n = len(db.sql(relation_query("declared")).to_arrow_table())
        seconds.append(time.perf_counter() - start)
    print(f"\n{n:,} edges declared in hub-2024-07 in {min(seconds):.2f} s (best of 5).")


def main() -> None:
    """Print the tables of ``docs/relations.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder with data/")
    parser.add_argument("--calibrate", action="store_true", help="print the confidences measured on the training side")
    options = parser.parse_args()
    db = prepare(options.shared / "data")
    if options.calibrate:
        calibrate(db)
        return
    for setting, title in SETTINGS.items():
        for half in ("train", "test"):
            print_setting(db, f"{half}: {title}", f"setting = '{setting}' AND side = '{half}'")
    stranger = "split_part(child, '/', 1) NOT IN (SELECT split_part(child, '/', 1) FROM edge WHERE side = 'train')"
    for setting in ("edges", "record"):
        where = f"setting = '{setting}' AND side = 'test' AND {stranger}"
        print_setting(db, f"test, owners that training has not seen: {SETTINGS[setting]}", where)
    for setting in ("record", "files"):
        where = f"setting = '{setting}' AND side = 'test'"
        print_setting(db, f"test, labels as the Hub has them: {SETTINGS[setting]}", where, "label")
    print_calibration(db)
    print_checked(db, options.shared / "data")
    print_doubts(db)
    print_speed(db)


if __name__ == "__main__":
    main()
