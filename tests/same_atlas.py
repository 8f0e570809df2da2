"""Whether two atlases that observed the same hold the same: tables as sets of rows, arrays as they are.

Numbers that only one atlas gives (of a claim, by the order in which records were extracted) stand here as what they number.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

from filiation.store.atlas import DATABASE

CLAIM = "SELECT claim_id, concat_ws(' ', record_id, predicate, value, pointer) AS said FROM {0}.claim"
FINDING = (
    "SELECT * EXCLUDE (number) FROM ("
    " SELECT number, node_id, check_name, severity, confidence, message, remedy, details,"
    " list_sort(list(coalesce(said, place))) AS places FROM ("
    "  SELECT * EXCLUDE (locations), unnest(CASE WHEN len(locations) > 0 THEN locations ELSE [''] END) AS place"
    "  FROM (SELECT *, row_number() OVER () AS number FROM {0}.finding)"
    f" ) LEFT JOIN (SELECT 'claim/' || claim_id AS place, said FROM ({CLAIM})) USING (place) GROUP BY ALL)"
)
PLAIN = (
    "record",
    "trait",
    "section",
    "node",
    "edge",
    "term",
    "score",
    "name_element",
    "name_convention",
    "prediction",
)
QUERIES = {table: f"FROM {{0}}.{table}" for table in PLAIN} | {
    "name_judgement": "SELECT * EXCLUDE (locations), len(locations) FROM {0}.name_judgement",  # of claims by their numbers
    "claim": "SELECT * EXCLUDE (claim_id) FROM {0}.claim",
    "reference": f"SELECT said, child, parent, how FROM {{0}}.reference JOIN ({CLAIM}) USING (claim_id)",
    "finding": FINDING,
}


def differences(one: Path, other: Path, tables: tuple[str, ...] = tuple(QUERIES)) -> dict[str, list]:
    """Return how many rows of each table stand in one atlas alone, and examples; nothing where the two are the same."""
    found: dict[str, list] = {}
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{one / DATABASE}' AS one (READ_ONLY); ATTACH '{other / DATABASE}' AS other (READ_ONLY)")
        for table in tables:
            query = QUERIES[table]
            for name, here, there in (("one", "one", "other"), ("other", "other", "one")):
                rows = f"({query.format(here)}) EXCEPT ALL ({query.format(there)})"
                count = con.execute(f"SELECT count(*) FROM ({rows})").fetchall()[0][0]
                if count:
                    found[f"{table}, only in {name}"] = [count, *map(str, con.execute(f"{rows} LIMIT 3").fetchall())]
    return found | _arrays(one, other)


def _arrays(one: Path, other: Path) -> dict[str, list]:
    found: dict[str, list] = {}
    folders = [atlas / "lineage" / (atlas / "lineage" / "CURRENT").read_text().strip() for atlas in (one, other)]
    for path in sorted(folders[0].glob("*.npy")):
        if not np.array_equal(np.load(path), np.load(folders[1] / path.name)):
            found[f"array {path.stem}"] = [1]
    return found
