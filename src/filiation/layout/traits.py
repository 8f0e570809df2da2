"""What the map shows of each node beside its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import duckdb
import numpy as np

from filiation.core.finding import Severity
from filiation.licenses import conflict_names
from filiation.lineage.arrays import NULL
from filiation.lineage.defects import defects_of
from filiation.lineage.ground import Ground

WORDS = 254
"""Most different words of a column that keep a code of their own; the rest share "other"."""
OTHER = "other"
SEVERITIES = ("none", *(str(severity) for severity in Severity))
UNDECLARED = 255
UNKNOWN_MONTH = 65535


class Coded(NamedTuple):
    """A column of words: `code` is uint8[n], index into `words`, which come most frequent first; 255 where undeclared."""

    code: np.ndarray
    words: tuple[str, ...]


class Traits(NamedTuple):
    """Columns by node.

    Attributes:
        task, library, license: Words.
        month: uint16[n]; since 2018-01, 65535 where unknown.
        documented: uint8[n]; how many of license, library, task, dataset, base model and language are declared.
        defects: uint8[n]; how many of the defects that the overview counts.
        conflict: uint8[n]; how bad the worst conflict of licences is, index into `SEVERITIES`; 0 where there is none.
    """

    task: Coded
    library: Coded
    license: Coded
    month: np.ndarray
    documented: np.ndarray
    defects: np.ndarray
    conflict: np.ndarray


def traits_of(con: duckdb.DuckDBPyConnection, ground: Ground) -> Traits:
    """Return the traits of the nodes of a lineage; `con` agrees with it."""
    lineage, columns = ground.lineage, ground.columns
    defects = np.zeros(lineage.size, np.uint8)
    for mask in defects_of(ground).values():
        defects += mask
    return Traits(
        coded(columns.task, columns.tasks),
        coded(columns.library, columns.libraries),
        coded(np.asarray(lineage.license), lineage.licenses),
        np.where(columns.month == NULL, UNKNOWN_MONTH, columns.month).astype(np.uint16),
        np.bitwise_count(columns.declares).astype(np.uint8),
        defects,
        _conflicts(con, lineage.size),
    )


def _conflicts(con: duckdb.DuckDBPyConnection, n: int) -> np.ndarray:
    rows = con.execute(
        "SELECT node_id, max(list_position(?, severity)) AS worst FROM finding WHERE list_contains(?, check_name)"
        " GROUP BY node_id",
        [list(SEVERITIES), conflict_names()],
    ).fetchnumpy()
    result = np.zeros(n, np.uint8)
    result[np.asarray(rows["node_id"], np.int64)] = np.asarray(rows["worst"], np.int64) - 1
    return result


def coded(code: np.ndarray, words: Sequence[str]) -> Coded:
    """Return words as codes of a byte, the most frequent first, of equals the first by name.

    Args:
        code: int[n]; index into `words`, `NULL` where undeclared.
        words: Distinct.
    """
    count = np.bincount(code[code != NULL], minlength=len(words))
    by_count = sorted(range(len(words)), key=lambda word: (-count[word], words[word]))
    kept = [words[word] for word in by_count[:WORDS]]
    if len(words) > WORDS and OTHER not in kept:
        kept.append(OTHER)
    code_of = np.full(len(words) + 1, UNDECLARED, np.uint8)  # the last is that of `NULL`
    place = {word: number for number, word in enumerate(kept)}
    code_of[: len(words)] = [place.get(word, place.get(OTHER, UNDECLARED)) for word in words]
    return Coded(code_of[code], tuple(kept))
