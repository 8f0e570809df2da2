"""Licences of a whole registry: along edges, by relation, by family, over time, and what does not fit."""

from __future__ import annotations

import duckdb
import msgspec
import numpy as np

from filiation.core.relation import RELATIONS, WEIGHTS
from filiation.licenses import conflict_names
from filiation.licenses.catalog import kind_of
from filiation.licenses.declared import State
from filiation.licenses.masks import FLOWS
from filiation.licenses.node_terms import STATES, NodeTerms
from filiation.licenses.terms import bits_of
from filiation.lineage.acyclic import strong_components
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.columns import month_name, read_columns
from filiation.lineage.fates import FATES, fates

TOP = 12
SAID = """
SELECT child, parent, of_child.license AS child_license, of_parent.license AS parent_license FROM (
    SELECT DISTINCT lower(record.id) AS child, lower(value) AS parent FROM claim JOIN record USING (record_id)
    WHERE predicate = 'base_model' AND record.kind = 'model' AND value <> 'None'
) JOIN written AS of_child ON of_child.id = child JOIN written AS of_parent ON of_parent.id = parent
"""
WRITTEN = """
CREATE OR REPLACE TEMP TABLE written AS
SELECT lower(record.id) AS id, string_agg(DISTINCT value, ', ' ORDER BY value) AS license
FROM record LEFT JOIN claim ON claim.record_id = record.record_id AND predicate = 'license'
WHERE record.kind = 'model' GROUP BY ALL
"""


class Fates(msgspec.Struct, frozen=True):
    """What became of the licence along edges from a parent to its child."""

    edges: int
    same: int
    dropped: int
    changed: int
    newly_declared: int
    both_undeclared: int


class Change(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A change of licence, and along how many edges."""

    from_: str
    to: str
    edges: int


class FamilyLicenses(msgspec.Struct, frozen=True):
    """A root, its licence, and of how many of its descendants by weights the licence is the same, another, or undeclared."""

    root: str
    license: str | None
    descendants: int
    same: int
    other: int
    undeclared: int


class MonthLicenses(msgspec.Struct, frozen=True):
    """Models made in a month, by the kind of the licence that they declare."""

    month: str
    models: int
    kinds: dict[str, int]


class LicenseStats(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/licenses/v1"):
    """Licences of the whole registry.

    Attributes:
        states: How many models declare nothing, "unknown", "other", or licences that we read.
        kinds: Models by the kind of the licence.
        written: Fates along base models as written: names lower-cased, both ends held, no self-references, no edges in circles.
        resolved: Fates along edges of weights after names were resolved, by relation.
        changes: The most frequent changes along resolved edges.
        families: The largest families.
        months: Models by month and kind.
        permissive_with_data: Models under a permissive licence that name data of which we know the terms.
        permissive_with_noncommercial_data: Of these, those that name data that is not for commercial use.
        conflicts: Nodes by kind of conflict.
    """

    states: dict[str, int]
    kinds: dict[str, int]
    written: Fates
    resolved: dict[str, Fates]
    changes: list[Change]
    families: list[FamilyLicenses]
    months: list[MonthLicenses]
    permissive_with_data: int
    permissive_with_noncommercial_data: int
    conflicts: dict[str, int]


def statistics(con: duckdb.DuckDBPyConnection, lineage: Lineage, terms_by_node: NodeTerms) -> LicenseStats:
    """Return the figures of the atlas as it stands."""
    held = lineage.is_model(np.arange(lineage.size)) & (lineage.state == 0)
    kind = _kinds(lineage)
    weights = np.flatnonzero(np.isin(lineage.relation, [RELATIONS.index(item) for item in WEIGHTS]))
    known = weights[lineage.state[lineage.parent[weights]] == 0]
    fate = fates(lineage.license[lineage.child[known]], lineage.license[lineage.parent[known]])
    relation = lineage.relation[known]
    with_data, noncommercial = _data(terms_by_node, held, kind)
    return LicenseStats(
        _tally([str(STATES[code]) for code in range(len(STATES))], terms_by_node.state[held]),
        _tally([*_KINDS, str(State.UNDECLARED)], kind[held]),
        _written(con),
        {str(RELATIONS[code]): _counted(fate[relation == code]) for code in np.unique(relation)},
        _changes(lineage, known[fate == FATES.index("changed")]),
        _families(lineage, weights),
        _months(read_columns(con).month, kind, held),
        with_data,
        noncommercial,
        dict(
            con.execute(
                "SELECT check_name, count(*) FROM finding WHERE list_contains(?, check_name) GROUP BY 1 ORDER BY 2 DESC",
                [conflict_names()],
            ).fetchall()
        ),
    )


_KINDS = (
    "permissive", "public-domain", "weak-copyleft", "strong-copyleft", "share-alike", "non-commercial", "responsible-ai",
    "community", "proprietary", "data", "unknown", "several",
)  # fmt: skip


def _kinds(lineage: Lineage) -> np.ndarray:
    """Return int16[n]: the kind of each node's licence; the last number is undeclared."""
    words = [kind_of(text) if ", " not in text else "several" for text in lineage.licenses]
    return np.array([*(_KINDS.index(word) for word in words), len(_KINDS)], np.int16)[lineage.license]


def _tally(words: list[str], code: np.ndarray) -> dict[str, int]:
    counts = np.bincount(code, minlength=len(words)).tolist()
    return {word: count for word, count in sorted(zip(words, counts, strict=True), key=lambda item: -item[1]) if count}


def _counted(fate: np.ndarray) -> Fates:
    counts = dict(zip(FATES, np.bincount(fate, minlength=len(FATES)).tolist(), strict=True))
    return Fates(
        len(fate), counts["same"], counts["dropped"], counts["changed"], counts["newly declared"], counts["declared by neither"]
    )


def _written(con: duckdb.DuckDBPyConnection) -> Fates:
    con.execute(WRITTEN)
    edges = con.sql(SAID).to_arrow_table()
    con.execute("DROP TABLE written")
    ends = [edges[name].to_numpy(zero_copy_only=False) for name in ("child", "parent")]
    names, number = np.unique(np.concatenate(ends), return_inverse=True)
    child, parent = number[: len(edges)], number[len(edges) :]
    label = strong_components(len(names), child, parent)
    straight = (child != parent) & (label[child] != label[parent])
    codes = _together(*(edges[name].to_pylist() for name in ("child_license", "parent_license")))
    return _counted(fates(codes[0][straight], codes[1][straight]))


def _together(*sides: list[str | None]) -> list[np.ndarray]:
    """Return each side as numbers that mean the same text on all of them, `NULL` for None."""
    number: dict[str, int] = {}
    return [
        np.array([NULL if text is None else number.setdefault(text, len(number)) for text in side], np.int64) for side in sides
    ]


def _changes(lineage: Lineage, edges: np.ndarray) -> list[Change]:
    pairs = np.stack([lineage.license[lineage.parent[edges]], lineage.license[lineage.child[edges]]])
    found, count = np.unique(pairs, axis=1, return_counts=True)
    best = np.lexsort((found[1], found[0], -count))[:TOP]
    return [
        Change(lineage.licenses[above], lineage.licenses[below], int(count[i])) for i in best for above, below in [found[:, i]]
    ]


def _families(lineage: Lineage, weights: np.ndarray) -> list[FamilyLicenses]:
    """Return the roots on which most stand; descendants are those by weights alone."""
    from filiation.lineage.questions import reach  # noqa: PLC0415  # numba, a second to import

    has_parent = np.zeros(lineage.size, bool)
    has_parent[lineage.child[weights]] = True
    roots = np.flatnonzero(~has_parent & lineage.is_model(np.arange(lineage.size)))
    best = roots[np.lexsort((roots, -lineage.descendants[roots]))[:TOP]]
    found = []
    for root in best.tolist():
        below = reach(lineage, root, "down").nodes
        licenses = lineage.license[below[lineage.is_model(below)]]
        own = int(lineage.license[root])
        same = int((licenses == own).sum()) if own != NULL else 0
        undeclared = int((licenses == NULL).sum())
        named = None if own == NULL else lineage.licenses[own]
        found.append(
            FamilyLicenses(lineage.ref(root), named, len(licenses), same, len(licenses) - same - undeclared, undeclared)
        )
    return found


def _months(month: np.ndarray, kind: np.ndarray, held: np.ndarray) -> list[MonthLicenses]:
    words = [*_KINDS, str(State.UNDECLARED)]
    known = np.flatnonzero(held & (month != NULL))
    found, at = np.unique(month[known], return_inverse=True)
    table = np.zeros((len(found), len(words)), np.int64)
    np.add.at(table, (at, kind[known]), 1)
    return [
        MonthLicenses(month_name(number), sum(row), {word: count for word, count in zip(words, row, strict=True) if count})
        for number, row in zip(found.tolist(), table.tolist(), strict=True)
    ]


def _data(terms_by_node: NodeTerms, held: np.ndarray, kind: np.ndarray) -> tuple[int, int]:
    """Return how many permissive models name data whose terms we know, and of these data that is not for commercial use."""
    data = terms_by_node.inherited[FLOWS.index("data")]
    permissive = held & np.isin(kind, [_KINDS.index("permissive"), _KINDS.index("public-domain")])
    limits = np.uint64(bits_of(["non-commercial", "research-only"]))
    return int((permissive & (data != 0)).sum()), int((permissive & ((data & limits) != 0)).sum())
