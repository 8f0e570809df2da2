"""Licences along the lineage of a real registry: ``python bench/license_flow.py --shared ../shared [--atlas ATLAS]``.

Four parts: what becomes of licences along edges, beside independent figures; terms through the whole graph, beside a recursive
query for the same in one run; permissive models with non-commercial data; and the uses of models in applications, by a matrix
of open-source licences alone and by ours, with the clauses that make the difference. The last reads a spreadsheet: pip install
openpyxl.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import time
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np

from filiation.core.relation import RELATIONS
from filiation.knowledge import load
from filiation.licenses.application import misfits
from filiation.licenses.build import as_built, build_terms
from filiation.licenses.catalog import kind_of, license_of
from filiation.licenses.declared import declared
from filiation.licenses.masks import FLOWS, masks_of
from filiation.licenses.node_terms import NodeTerms, node_terms, spread, ways
from filiation.licenses.statistics import WRITTEN, statistics
from filiation.licenses.terms import bits_of, names_of
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

OUT = Path(__file__).parent / "out" / "hub.atlas"
INDEPENDENT = {
    "edges": 105_414,
    "same": 62_731,
    "dropped": 18_489,
    "changed": 12_600,
    "newly_declared": 1_409,
    "both_undeclared": 10_185,
}
RESTRICTIVE = {
    "non-commercial",
    "responsible-ai",
    "community",
    "proprietary",
    "weak-copyleft",
    "strong-copyleft",
    "share-alike",
    "unknown",
}


def fates(con: duckdb.DuckDBPyConnection, lineage: Lineage, terms: NodeTerms) -> None:
    """Print what becomes of licences along edges."""
    found = statistics(con, lineage, terms)
    print("along base models as written        ours    independent")
    for name, figure in INDEPENDENT.items():
        print(f"  {name:<30}{getattr(found.written, name):>9,}{figure:>12,}")
    print(
        "resolved, by relation"
        + "".join(f"{word:>18}" for word in ("edges", "same", "dropped", "changed", "newly declared", "undeclared"))
    )
    for relation, fate in found.resolved.items():
        row = (fate.edges, fate.same, fate.dropped, fate.changed, fate.newly_declared, fate.both_undeclared)
        print(f"  {relation:<19}" + "".join(f"{figure:>18,}" for figure in row))
    relicensed(con)
    direct(lineage, terms)


def relicensed(con: duckdb.DuckDBPyConnection) -> None:
    """Print restrictive parents with declared children, and how many of these are permissive; legacy names resolved."""
    con.execute(WRITTEN)
    aliases = [(old.lower(), new.lower()) for old, new in load("aliases")["model"].items()]
    con.execute("CREATE OR REPLACE TEMP TABLE legacy (old VARCHAR, new VARCHAR)")
    con.executemany("INSERT INTO legacy VALUES (?, ?)", aliases)
    rows = con.execute(
        "SELECT of_child.license, of_parent.license, count(*) FROM ("
        " SELECT DISTINCT lower(record.id) AS child, coalesce(held.id, new) AS parent FROM claim JOIN record USING (record_id)"
        " LEFT JOIN written AS held ON held.id = lower(value) LEFT JOIN legacy ON old = lower(value)"
        " WHERE predicate = 'base_model' AND record.kind = 'model' AND value <> 'None'"
        ") JOIN written AS of_child ON of_child.id = child JOIN written AS of_parent ON of_parent.id = parent"
        " WHERE child <> parent GROUP BY ALL"
    ).fetchall()
    edges = sum(count for *_, count in rows)
    both = [(child, parent, count) for child, parent, count in rows if child and parent and kind_of(parent) in RESTRICTIVE]
    of = sum(count for *_, count in both)
    permissive = sum(count for child, _, count in both if kind_of(child) in {"permissive", "public-domain"})
    print(
        f"legacy names resolved: {edges:,} edges; restrictive parent, declared child {of:,}, of it permissive {permissive:,}",
        end="",
    )
    print("   (independent, with coarser classes: 119,255; 25,965; 5,256)")


def direct(lineage: Lineage, terms: NodeTerms) -> None:
    """Print permissive models that name data with a licence themselves, and of these those whose data is not commercial."""
    edges = np.flatnonzero(lineage.relation == RELATIONS.index("trained_on"))
    child, data = lineage.child[edges], lineage.parent[edges]
    permissive = np.array([kind_of(text) in {"permissive", "public-domain"} for text in lineage.licenses] + [False])[
        lineage.license[child]
    ]
    licensed = permissive & (lineage.license[data] >= 0)
    limits = np.uint64(bits_of(["non-commercial", "research-only"]))
    bound = licensed & ((terms.possible[data] & limits) != 0)
    print(
        f"permissive models that name licensed data {len(np.unique(child[licensed])):,}, of it not for commercial use"
        f" {len(np.unique(child[bound])):,}   (the study's own files: 36,825; 2,601)"
    )


def flow(con: duckdb.DuckDBPyConnection, lineage: Lineage, terms: NodeTerms) -> None:
    """Print how long terms take through the graph: ours, and a recursive query for the same along derivation."""
    spread(lineage, terms.travels)
    seconds = []
    for _ in range(5):
        clock = time.perf_counter()
        inherited = spread(lineage, terms.travels)
        seconds.append(time.perf_counter() - clock)
    heirs = sum(int((row != 0).sum()) for row in inherited)
    print(f"64 terms, four flows, {lineage.size:,} nodes: {min(seconds):.3f} s ({heirs:,} times something is inherited)")
    edges = np.flatnonzero(ways(lineage) == FLOWS.index("derivative"))
    con.execute("CREATE OR REPLACE TEMP TABLE down (parent INTEGER, child INTEGER)")
    con.execute("CREATE OR REPLACE TEMP TABLE own (node INTEGER, bits UBIGINT)")
    held = np.flatnonzero(terms.travels[0])
    for table, columns in (
        ("down", {"parent": lineage.parent[edges], "child": lineage.child[edges]}),
        ("own", {"node": held, "bits": terms.travels[0][held]}),
    ):
        import pyarrow as pa

        con.register("arrow", pa.table(columns))
        con.execute(f"INSERT INTO {table} SELECT * FROM arrow")
        con.unregister("arrow")
    clock = time.perf_counter()
    rows = con.execute(
        "WITH RECURSIVE heir AS (SELECT child, bits FROM own JOIN down ON node = parent"
        " UNION SELECT down.child, bits FROM heir JOIN down ON heir.child = down.parent)"
        " SELECT child, bit_or(bits) FROM heir GROUP BY child"
    ).fetchnumpy()
    took = time.perf_counter() - clock
    same = np.array_equal(np.sort(rows["child"]), np.flatnonzero(inherited[0]))
    print(
        f"a recursive query, along derivation alone: {took:.2f} s, {took / min(seconds):.0f} times as long (same heirs: {same})"
    )
    clock = time.perf_counter()
    con.begin()
    rows = build_terms(con, lineage)
    con.rollback()
    print(f"the whole licence stage: {time.perf_counter() - clock:.1f} s, {rows:,} nodes with terms")


def applications(folder: Path) -> None:
    """Print the uses of models in applications that do not fit, by the matrix and by ours."""
    projects = json.loads(gzip.decompress((folder / "app_repo_licenses_36884.json.gz").read_bytes()))
    with gzip.open(folder / "app_to_model_uses_22861.csv.gz", "rt", encoding="utf-8") as file:
        uses = [(row[0].removeprefix("github.com/"), row[1], row[3]) for row in csv.reader(file)]
    matrix = read_matrix(folder / "lf_oss_compatibility.xlsx")
    by_matrix, ours, clauses, states = Counter(), Counter(), Counter(), Counter()
    both = 0
    for project, _, license_ in uses:
        named = projects.get(project)
        verdict = matrix_says(matrix, license_, named)
        by_matrix[verdict] += 1
        found = ours_says(license_, named)
        states[found if isinstance(found, str) else "misfit" if found else "fits"] += 1
        both += verdict == "no" and not isinstance(found, str) and bool(found)
        for kind, terms in found if not isinstance(found, str) else ():
            ours[kind] += 1
            for term in names_of(terms):
                clauses[license_, term] += 1
    print(f"{len(uses):,} uses of models in applications")
    print(
        "  by the matrix of open-source licences: " + ", ".join(f"{word} {count:,}" for word, count in by_matrix.most_common())
    )
    print("  by ours: " + ", ".join(f"{word} {count:,}" for word, count in states.most_common()))
    print(f"  misfits by kind: {dict(ours.most_common())}; the matrix's that are ours too: {both} of {by_matrix['no']}")
    print("  what they come from, by licence and clause:")
    for (license_, term), count in clauses.most_common(16):
        found = license_of(license_)
        clause = found.clause(term) if found else None
        print(f"    {count:>6,}  {license_:<28}{term:<28}{clause.clause if clause else '?'}")


def ours_says(license_: str, named: list[str] | None) -> str | list[tuple[str, int]]:
    """Return the misfits of a model under `license_` in a project under `named`, or why there is no answer."""
    model = declared([license_])
    if model.expression is None:
        return f"model {model.state}"
    if not named:
        return "project undeclared"
    project = declared(named)
    if project.expression is None:
        return f"project {project.state}"
    return [tuple(item) for item in misfits(masks_of(model.expression).possible, project.expression)]


def matrix_says(matrix: dict[tuple[str, str], str], license_: str, named: list[str] | None) -> str:
    """Return yes, no or ? of the matrix, or that it does not know the licences."""
    if not named:
        return "project undeclared"
    answers = {matrix.get((spelled(matrix, license_), spelled(matrix, name)), "not in it") for name in named}
    if license_.lower() in {name.lower() for name in named}:
        return "same"
    return answers.pop() if len(answers) == 1 else "several"


def spelled(matrix: dict[tuple[str, str], str], name: str) -> str:
    """Return the matrix's name of a licence, which says of each version whether later ones are meant."""
    name = name.lower()
    return name if (name, "apache-2.0") in matrix else f"{name}-only"


def read_matrix(path: Path) -> dict[tuple[str, str], str]:
    """Return (licence of the part, licence of the whole) to yes, no or ?."""
    from openpyxl import load_workbook

    rows = [
        [str(cell or "").strip() for cell in row]
        for row in load_workbook(path, read_only=True).active.iter_rows(values_only=True)
    ]
    heads = rows[0][1:]
    return {
        (head.lower(), row[0].lower()): cell.lower()
        for row in rows[1:]
        for head, cell in zip(heads, row[1:], strict=False)
        if row[0] and head
    }


def main() -> None:
    """Print all parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--atlas", type=Path, default=OUT)
    options = parser.parse_args()
    lineage = Lineage.load(options.atlas)
    with Atlas.open(options.atlas, "write") as atlas:
        terms = node_terms(lineage, as_built(atlas.con))
        fates(atlas.con, lineage, terms)
        flow(atlas.con, lineage, terms)
    applications(options.shared / "data" / "licenses")


if __name__ == "__main__":
    main()
