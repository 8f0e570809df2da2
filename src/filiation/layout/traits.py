"""What the map shows of each node beside its place, joined from the atlas's tables."""

from __future__ import annotations

from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

WORDS = 254
"""Most different words of a column that keep a code of their own; the rest share "other"."""
OTHER = "other"
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
    """

    task: Coded
    library: Coded
    license: Coded
    month: np.ndarray
    documented: np.ndarray


def traits_of(con: duckdb.DuckDBPyConnection) -> Traits:
    """Return the traits of the nodes in the atlas, in the order of their numbers."""
    table = con.sql(_TRAITS).to_arrow_table()
    return Traits(
        coded(table["pipeline_tag"]),
        coded(table["library"]),
        coded(table["license"]),
        table["month"].to_numpy(),
        table["documented"].to_numpy(),
    )


def coded(column: pa.ChunkedArray) -> Coded:
    """Return `column` of texts or nulls as codes, the most frequent words first, of equals the first by name."""
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    words = encoded.dictionary.to_pylist()
    index = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    count = np.bincount(index[index >= 0], minlength=len(words))
    by_count = sorted(range(len(words)), key=lambda word: (-count[word], words[word]))
    kept = [words[word] for word in by_count[:WORDS]]
    if len(words) > WORDS and OTHER not in kept:
        kept.append(OTHER)
    code_of = np.full(len(words) + 1, UNDECLARED, np.uint8)  # the last is index -1
    place = {word: code for code, word in enumerate(kept)}
    code_of[: len(words)] = [place.get(word, place.get(OTHER, UNDECLARED)) for word in words]
    return Coded(code_of[index], tuple(kept))


_TRAITS = f"""
SELECT pipeline_tag, library, license,
    coalesce(CASE WHEN created_at >= TIMESTAMP '2018-01-01'
        THEN (year(created_at) - 2018) * 12 + month(created_at) - 1 END, {UNKNOWN_MONTH})::USMALLINT AS month,
    ((license IS NOT NULL)::INT + (library IS NOT NULL)::INT + (pipeline_tag IS NOT NULL)::INT + coalesce(said, 0))::UTINYINT
        AS documented
FROM node LEFT JOIN (
    SELECT record_id, count(DISTINCT CASE predicate WHEN 'source_dataset' THEN 'dataset' ELSE predicate END) AS said
    FROM claim WHERE predicate IN ('dataset', 'source_dataset', 'base_model', 'language') AND basis = 'declared'
    GROUP BY record_id
) USING (record_id)
ORDER BY node_id
"""
