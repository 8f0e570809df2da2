"""What the registry says of each node, as columns beside the lineage's arrays: for figures over all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filiation.knowledge import load
from filiation.lineage.arrays import NULL

FIRST_YEAR = 2018
OTHER, UNDECLARED = "other", "undeclared"


class Declares(IntFlag):
    """What a repository's records declare."""

    LICENSE = 1
    LIBRARY = 2
    TASK = 4
    DATASET = 8
    BASE_MODEL = 16
    LANGUAGE = 32


class Knot(IntFlag):
    """What had to be set aside where a node names its parents."""

    SELF_REFERENCE = 1
    CYCLE = 2


@dataclass(frozen=True)
class Columns:
    """One row for each node, in the order of the lineage.

    Attributes:
        created: int64[n]; seconds since 1970 in UTC, `NULL` where unknown.
        month: int16[n]; months since January of `FIRST_YEAR`, `NULL` where unknown; what is older counts as the first.
        likes: int64[n], `NULL` where unknown.
        task: int32[n]; index into `tasks`, `NULL` where undeclared.
        library: int32[n]; index into `libraries`, `NULL` where undeclared.
        modality: int16[n]; index into `modalities`; the last two are ``other`` and ``undeclared``.
        declares: uint8[n]; bits of `Declares`.
        knots: uint8[n]; bits of `Knot`.
        card_chars: int32[n]; length of the card, `NULL` where the card is not known.
    """

    created: np.ndarray
    month: np.ndarray
    likes: np.ndarray
    task: np.ndarray
    library: np.ndarray
    modality: np.ndarray
    declares: np.ndarray
    knots: np.ndarray
    card_chars: np.ndarray
    tasks: tuple[str, ...]
    libraries: tuple[str, ...]
    modalities: tuple[str, ...]


def read_columns(con: duckdb.DuckDBPyConnection) -> Columns:
    """Return the columns of all nodes."""
    nodes = con.sql(_NODES).to_arrow_table()
    n = len(nodes)
    created = nodes["created"].fill_null(NULL).to_numpy()
    task, tasks = _codes(nodes["pipeline_tag"])
    library, libraries = _codes(nodes["library"])
    modality, modalities = _modalities(task, tasks)
    declares = sum(
        (nodes[name].to_numpy(zero_copy_only=False) * int(flag) for name, flag in _HELD.items()), np.zeros(n, np.uint8)
    ).astype(np.uint8)
    _mark(declares, con.sql(_SAID).to_arrow_table(), _SAYS)
    knots = np.zeros(n, np.uint8)
    _mark(knots, con.sql(_SET_ASIDE).to_arrow_table(), {"self-reference": Knot.SELF_REFERENCE, "cycle": Knot.CYCLE})
    cards = con.sql(_CARDS).to_arrow_table()
    card_chars = np.full(n, NULL, np.int32)
    card_chars[cards["node_id"].to_numpy()] = cards["chars"].to_numpy()
    likes = nodes["likes"].fill_null(NULL).to_numpy()
    return Columns(
        created, _months(created), likes, task, library, modality, declares, knots, card_chars, tasks, libraries, modalities
    )


def month_name(month: int) -> str:
    """Return a month as ``2024-07``."""
    return f"{FIRST_YEAR + month // 12}-{month % 12 + 1:02d}"


def _months(created: np.ndarray) -> np.ndarray:
    months = created.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) - (FIRST_YEAR - 1970) * 12
    return np.where(created == NULL, NULL, np.clip(months, 0, np.iinfo(np.int16).max)).astype(np.int16)


def _codes(column: pa.ChunkedArray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return int32[n] and the words that it points into, the most frequent first."""
    encoded = column.combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(NULL).to_numpy()
    words = encoded.dictionary.to_pylist()
    counts = np.bincount(codes[codes != NULL], minlength=len(words))
    order = np.lexsort((np.array(words, object), -counts)) if words else np.zeros(0, int)
    rank = np.full(len(words) + 1, NULL, np.int64)
    rank[order] = np.arange(len(words))
    return rank[codes].astype(np.int32), tuple(words[i] for i in order)


def _modalities(task: np.ndarray, tasks: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    known = load("modalities")
    names = (*known, OTHER, UNDECLARED)
    belongs = {name: number for number, members in enumerate(known.values()) for name in members}
    of_task = np.array([belongs.get(name, len(known)) for name in tasks] + [len(known) + 1], np.int16)
    return of_task[task], names  # an undeclared task is -1: the last


def _mark(flags: np.ndarray, rows: pa.Table, meaning: Mapping[str, IntFlag]) -> None:
    """Set the bits that `rows`, distinct pairs of a node and a word, mean."""
    nodes = rows["node_id"].to_numpy()
    for word, flag in meaning.items():
        flags[nodes[pc.equal(rows["word"], word).to_numpy(zero_copy_only=False)]] |= int(flag)


_HELD = {"licensed": Declares.LICENSE, "has_library": Declares.LIBRARY, "has_task": Declares.TASK}
_SAYS = {"dataset": Declares.DATASET, "base_model": Declares.BASE_MODEL, "language": Declares.LANGUAGE}

_NODES = """
SELECT epoch(created_at)::BIGINT AS created, likes, library, pipeline_tag,
    license IS NOT NULL AS licensed, library IS NOT NULL AS has_library, pipeline_tag IS NOT NULL AS has_task
FROM node ORDER BY node_id
"""

_SAID = """
SELECT DISTINCT node_id, predicate AS word FROM claim JOIN node USING (record_id)
WHERE predicate IN ('dataset', 'base_model', 'language') AND claim.basis = 'declared'
"""

_SET_ASIDE = "SELECT DISTINCT child AS node_id, set_aside AS word FROM edge WHERE set_aside IS NOT NULL"

_CARDS = """
SELECT node_id, length(card)::INTEGER AS chars FROM (
    SELECT node_id, json_extract_string(files, '$."README.md"') AS card FROM node JOIN record USING (record_id)
    WHERE files IS NOT NULL
) WHERE card IS NOT NULL
"""
