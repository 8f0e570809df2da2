"""What a model's neighbourhood is: the keys that it shares with others, and the values that models declare."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filiation.knowledge import load
from filiation.lineage.arrays import NULL, Lineage


class WitnessRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One who tells of a model.

    Attributes:
        id: Its name.
        en, ja: Who speaks, with a place for the key, or for its parts.
        between: What stands between the two parts of a key.
        query: Rows ``k, key``.
        own: Whether these are the model's own fields, which may be missing with the rest.
        shares: Whose keys it asks about without being one of those who have them.
        kin: Whether those who share a key are of one line of descent.
    """

    id: str
    en: str
    ja: str
    between: str = ""
    query: str = ""
    own: bool = False
    shares: str = ""
    kin: bool = False

    def speaks(self, key: str) -> tuple[str, str]:
        """Return who speaks of those that share `key`, in English and Japanese."""
        parts = key.split(self.between, 1) if self.between and self.between in key else [key, ""]
        return self.en.format(*parts), self.ja.format(*parts)


class AttributeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is predicted, and what may not tell of it because it says the same in other words.

    Attributes:
        id: Its name.
        query: Rows ``node_id, value`` of what is declared; several values of one node are all right.
        tagged: The table of knowledge whose ``types`` are values where a model is tagged so.
        mutes: Witnesses that are not heard.
        prefixes: What keys of the model's own fields begin with that are not heard.
    """

    id: str
    query: str
    tagged: str = ""
    mutes: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


class Keys(NamedTuple):
    """The keys of k subjects: those of subject i are ``start[i]:start[i + 1]``, by witness."""

    start: np.ndarray
    key: np.ndarray
    witness: np.ndarray


class KnownKeys(NamedTuple):
    """What there is to share: keys by their numbers, and the witness of each, int8[keys]; those of one stand together."""

    names: pa.StringArray
    witness: np.ndarray


class Labels(NamedTuple):
    """Values of k subjects, as numbers into `names`: those of subject i are ``start[i]:start[i + 1]``."""

    start: np.ndarray
    value: np.ndarray
    names: list[str]


@dataclass(frozen=True)
class Neighborhood:
    """Who may tell of whom.

    Attributes:
        node: int32[k]; the models, ascending.
        keys: What each shares with others; keys that nobody else has are left out.
        names: What each key is called: the name of a parent or an owner, a word.
        key_witness: int8[keys].
        parent: int32[k]; the row of the first parent, -1 where there is none among the models.
        relation: int8[k]; the relation to it.
    """

    node: np.ndarray
    keys: Keys
    names: pa.StringArray
    key_witness: np.ndarray
    parent: np.ndarray
    relation: np.ndarray


@cache
def witnesses() -> tuple[WitnessRule, ...]:
    """Return them as ``knowledge/prediction.toml`` lists them; the parent's own value is the last."""
    return msgspec.convert(load("prediction")["witness"], tuple[WitnessRule, ...])


@cache
def attributes() -> tuple[AttributeRule, ...]:
    """Return what is predicted, as the same file lists it."""
    return msgspec.convert(load("prediction")["attribute"], tuple[AttributeRule, ...])


def neighborhood(con: duckdb.DuckDBPyConnection, lineage: Lineage, known: KnownKeys | None = None) -> Neighborhood:
    """Return the neighbourhood of every model that the registry holds or that others name.

    Args:
        con: Of an atlas; may make temporary tables.
        lineage: Agrees with its tables.
        known: The keys there are; what else is shared is left out. Then the models are those of the temporary table ``again``
            (node_id) and their first parents. None for the keys that more than one model has, and for all models.
    """
    con.execute(_SUBJECTS)
    if known is not None:
        _keep_asked(con, lineage)
    node = con.sql("SELECT node_id FROM subject ORDER BY k").to_arrow_table()["node_id"].to_numpy()
    parts = []
    for rule in witnesses()[:-1]:
        rows = con.sql(rule.query).to_arrow_table()
        parts.append((rows["k"].to_numpy(), rows["key"].combine_chunks()))
    con.execute("DROP TABLE temp.subject")
    keys, names, key_witness = _merged(parts, len(node), known)
    parent, relation = _first_parents(lineage, node)
    return Neighborhood(node, keys, names, key_witness, parent, relation)


def _keep_asked(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> None:
    """Leave of the table ``subject`` those who are asked about, and their first parents, numbered anew."""
    asked = con.sql("SELECT node_id FROM again").to_arrow_table()["node_id"].to_numpy()
    first = lineage.parent_start[asked]
    edge = first[first < lineage.parent_start[asked + 1]]
    con.register("wanted", pa.table({"node_id": np.union1d(asked, lineage.parent[edge])}))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE subject AS SELECT * REPLACE ((row_number() OVER (ORDER BY node_id) - 1)::INTEGER AS k)"
        " FROM subject SEMI JOIN wanted USING (node_id) ORDER BY k"
    )
    con.unregister("wanted")


def labels(con: duckdb.DuckDBPyConnection, rule: AttributeRule, near: Neighborhood, values: list[str] | None = None) -> Labels:
    """Return what the models of a neighbourhood declare; a value of one model alone could not be told of another.

    Args:
        con: Of an atlas.
        rule: The attribute.
        near: The models.
        values: The values there are, others are left out; None for those that more than one model declares.
    """
    rows = con.sql(f"SELECT DISTINCT node_id, value FROM ({rule.query}) WHERE value IS NOT NULL").to_arrow_table()
    node, text = rows["node_id"].to_numpy(), rows["value"].combine_chunks()
    types = load(rule.tagged)["types"] if rule.tagged else []
    names = sorted({*text.unique().to_pylist(), *types}) if values is None else values
    code = _place(text, names)
    at = np.minimum(np.searchsorted(near.node, node), max(len(near.node) - 1, 0))
    found = (near.node[at] == node if len(near.node) else np.zeros(len(node), bool)) & (code >= 0)
    pairs = at[found].astype(np.int64) * _MANY + code[found]
    if rule.tagged:
        pairs = np.concatenate([pairs, _tagged(near, names)])
    row, code = np.divmod(np.unique(pairs), _MANY)
    often = np.bincount(code, minlength=len(names)) > 1 if values is None else np.ones(len(names), bool)
    kept = often[code]
    start = np.concatenate([[0], np.cumsum(np.bincount(row[kept], minlength=len(near.node)))]).astype(np.int64)
    value = (np.cumsum(often) - 1)[code[kept]].astype(np.int32)
    return Labels(start, value, [name for name, is_often in zip(names, often, strict=True) if is_often])


def _place(text: pa.Array, names: list[str]) -> np.ndarray:
    """Return where each text stands in `names`, -1 for nowhere: int64[n]."""
    found = pc.call_function("index_in", [text], pc.SetLookupOptions(value_set=pa.array(names, pa.string())))
    return found.fill_null(NULL).to_numpy().astype(np.int64)


def declaring(con: duckdb.DuckDBPyConnection, rule: AttributeRule) -> np.ndarray:
    """Return the nodes that declare the attribute, int32[d], also those with a value that no other has."""
    queries = [f"SELECT node_id FROM ({rule.query}) WHERE value IS NOT NULL"]
    if rule.tagged:
        types = ", ".join(f"'{name}'" for name in load(rule.tagged)["types"])
        queries.append(f"SELECT node_id FROM node SEMI JOIN ({_TAGGED.format(types=types)}) AS tagged USING (record_id)")
    return con.sql(" UNION ".join(queries)).to_arrow_table()["node_id"].to_numpy()


def _tagged(near: Neighborhood, names: list[str]) -> np.ndarray:
    """Return pairs of row and value for the tags that are values."""
    tags = next(number for number, one in enumerate(witnesses()) if one.id == "tags")
    value = np.full(len(near.names), NULL, np.int64)
    is_tag = near.key_witness == tags
    value[is_tag] = _place(near.names.filter(pa.array(is_tag)), names)
    place = np.flatnonzero((near.keys.witness == tags) & (value[near.keys.key] >= 0))
    row = np.searchsorted(near.keys.start, place, side="right") - 1
    return row * _MANY + value[near.keys.key[place]]


def _merged(
    parts: list[tuple[np.ndarray, pa.Array]], k: int, known: KnownKeys | None
) -> tuple[Keys, pa.StringArray, np.ndarray]:
    """Return all witnesses' keys in one numbering, by subject, then witness, then number."""
    chosen, texts, key_witness = [], [], []
    place: dict[str, tuple[int, pa.Array]] = {}
    offset = 0
    for number, (rule, (rows, text)) in enumerate(zip(witnesses(), parts, strict=False)):
        if rule.shares:
            first, dictionary = place[rule.shares]
        else:
            first, dictionary = offset, _keys_of(rule, number, text, known)
            place[rule.id] = first, dictionary
            texts.append(dictionary)
            key_witness.append(np.full(len(dictionary), number, np.int8))
            offset += len(dictionary)
        code = pc.call_function("index_in", [text], pc.SetLookupOptions(value_set=dictionary))
        having, key = rows[code.is_valid()], first + code.drop_null().to_numpy()
        order = np.lexsort((key, having))
        chosen.append((having[order], key[order]))
    return _by_subject(chosen, k), pa.concat_arrays(texts), np.concatenate(key_witness)


def _keys_of(rule: WitnessRule, number: int, text: pa.Array, known: KnownKeys | None) -> pa.Array:
    """Return the keys of a witness: those that are known, or else those of `text` that more than one has."""
    if known is not None:
        return known.names.filter(pa.array(known.witness == number))
    coded = text.dictionary_encode()
    often = np.bincount(coded.indices.to_numpy(), minlength=len(coded.dictionary)) > (0 if rule.id in _shared() else 1)
    return coded.dictionary.filter(pa.array(often))


def _shared() -> set[str]:
    return {rule.shares for rule in witnesses()}


def _by_subject(chosen: list[tuple[np.ndarray, np.ndarray]], k: int) -> Keys:
    counts = [np.bincount(rows, minlength=k) for rows, _ in chosen]
    start = np.concatenate([[0], np.cumsum(np.sum(counts, axis=0))]).astype(np.int64)
    key, witness = np.empty(start[-1], np.int32), np.empty(start[-1], np.int8)
    before = start[:-1].copy()
    for number, ((rows, code), count) in enumerate(zip(chosen, counts, strict=True)):
        at = before[rows] + np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        key[at], witness[at] = code, number
        before += count
    return Keys(start, key, witness)


def _first_parents(lineage: Lineage, node: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first = lineage.parent_start[node]
    has = first < lineage.parent_start[node + 1]
    edge = np.where(has, first, 0)
    of = lineage.parent[edge] if len(lineage.parent) else np.zeros(len(node), np.int32)
    row = np.searchsorted(node, of)
    found = has & (row < len(node))
    found[found] = node[row[found]] == of[found]
    relation = lineage.relation[edge] if len(lineage.parent) else np.zeros(len(node), np.uint8)
    return np.where(found, row, NULL).astype(np.int32), np.where(has, relation, 0).astype(np.int8)


# A tag at a time: looking for hundreds of words in each list of tags takes twenty times as long.
_TAGGED = "SELECT record_id FROM (SELECT record_id, unnest(tags) AS tag FROM trait) WHERE tag IN ({types})"
_MANY = 1 << 24
"""More values than an attribute has."""
_SUBJECTS = """
CREATE OR REPLACE TEMP TABLE subject AS
SELECT (row_number() OVER (ORDER BY node_id) - 1)::INTEGER AS k, node_id, name, split_part(name, '/', -1) AS own_name,
    CASE WHEN contains(name, '/') THEN split_part(name, '/', 1) END AS owner,
    node.library, node.pipeline_tag, node.license, trait.tags
FROM node LEFT JOIN trait USING (record_id)
WHERE kind = 'model' AND state IN ('present', 'missing') ORDER BY k
"""
