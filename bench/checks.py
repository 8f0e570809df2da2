"""How often each check finds something, how long it takes, and random findings to judge by hand.

    python bench/checks.py --atlas hub.atlas                      # counts and seconds, a table
    python bench/checks.py --atlas hub.atlas --sample 10 --seed 1 # random findings of each check, as JSON Lines
    python bench/checks.py --judged                               # what people said of such findings, a table

Charts of the real dumps, below ``../shared/data``: ``filiation chart`` of ``hub-2024-07/models.jsonl.gz`` with
``hub-2024-07/datasets.jsonl.gz``, of ``hub-2024-07/models_full_8650.jsonl.gz`` with ``trees-2025-04/models.jsonl.gz``, and
of ``hub-2022-02/repos.tar.gz``. ``bench/labels/checks_judged.jsonl`` has one line for each finding that was judged: the check,
the chart (``listing``, ``full`` and ``cards``, in the order above), the repository, ``right``, ``wrong`` or ``unclear``, and
why. A column of the first table says how many of those judged right and wrong are still found in that atlas.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from pathlib import Path

import duckdb

from filiation.checks import checks
from filiation.checks.run import LEAST_CONFIDENCE, prepare, run
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

JUDGED = Path(__file__).parent / "labels" / "checks_judged.jsonl"
VERDICTS = ("right", "wrong", "unclear")


def main() -> None:
    """Print a table, or a sample."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--atlas", type=Path)
    parser.add_argument("--judged", action="store_true")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="append", help="only this one; may be repeated")
    given = parser.parse_args()
    if given.judged:
        print_judged()
        return
    if given.atlas is None:
        parser.error("name an atlas, or ask for what was --judged")
    if given.sample:
        with Atlas.open(given.atlas) as atlas:
            sample(atlas.con, given.sample, given.seed, given.check)
    else:
        with Atlas.open(given.atlas, "write") as atlas:
            measure(atlas, Lineage.load(given.atlas), given.check)


def measure(atlas: Atlas, lineage: Lineage, only: list[str] | None) -> None:
    """Run the checks one by one, then all at once; nothing is kept."""
    con = atlas.con
    con.begin()
    clock = time.perf_counter()
    prepare(con, lineage)
    print(f"prepare {time.perf_counter() - clock:.2f} s")
    print("| check | findings | mean confidence | seconds | judged and found here: right, wrong |\n|---|--:|--:|--:|--:|")
    labels = judged()
    for check in checks():
        if only and check.name not in only:
            continue
        seconds = 0.0
        if check.made_by == "checks":
            clock = time.perf_counter()
            con.execute(f"CREATE OR REPLACE TEMP TABLE timed AS FROM ({check.query}) WHERE confidence >= {LEAST_CONFIDENCE}")
            seconds = time.perf_counter() - clock
            found = "timed"
        else:
            found = f"(FROM finding WHERE check_name = '{check.name}')"
        count, mean = con.execute(f"SELECT count(*), avg(confidence) FROM {found}").fetchall()[0]
        again = [
            held(con, found, [row["name"] for row in labels[check.name] if row["verdict"] == said]) for said in VERDICTS[:2]
        ]
        print(f"| `{check.name}` | {count:,} | {mean or 0:.2f} | {seconds:.2f} | {again[0]}, {again[1]} |")
    if not only:
        clock = time.perf_counter()
        found = run(con, lineage)
        print(f"all at once: {found:,} findings of {lineage.size:,} nodes in {time.perf_counter() - clock:.1f} s")
    con.rollback()


def held(con: duckdb.DuckDBPyConnection, found: str, names: list[str]) -> int:
    """Return how many of the repositories `names` are among what was `found`."""
    query = f"SELECT count(DISTINCT node_id) FROM {found} JOIN node USING (node_id) WHERE list_contains(?::VARCHAR[], name)"
    return con.execute(query, [names]).fetchall()[0][0]


def judged() -> dict[str, list[dict]]:
    """Return what people said of findings, by check; empty for a check of which nobody said anything."""
    rows: dict[str, list[dict]] = defaultdict(list)
    for line in JUDGED.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        rows[row["check"]].append(row)
    return rows


def print_judged() -> None:
    """Print how many findings of each check were judged to be what."""
    print("| check | right | wrong | unclear |\n|---|--:|--:|--:|")
    for name, rows in sorted(judged().items()):
        counts = Counter(row["verdict"] for row in rows)
        print(f"| `{name}` | " + " | ".join(str(counts[said]) for said in VERDICTS) + " |")


def sample(con: duckdb.DuckDBPyConnection, size: int, seed: int, only: list[str] | None) -> None:
    """Print random findings of each check, with what a person needs to judge them."""
    rows = con.execute(
        """
        SELECT check_name, kind::VARCHAR, name, message, confidence, locations, node.library, node.pipeline_tag, tags[:12],
            file_names[:12]
        FROM finding JOIN node USING (node_id) LEFT JOIN trait USING (record_id)
        WHERE ? IS NULL OR list_contains(?, check_name)
        QUALIFY row_number() OVER (PARTITION BY check_name ORDER BY hash(check_name || name || ?)) <= ?
        ORDER BY check_name, hash(check_name || name || ?)
        """,
        [only, only, str(seed), size, str(seed)],
    ).fetchall()
    names = "check", "kind", "name", "message", "confidence", "locations", "library", "task", "tags", "files"
    for row in rows:
        print(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False))


if __name__ == "__main__":
    main()
