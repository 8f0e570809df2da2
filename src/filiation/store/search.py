"""Find names, what they say, and card text: a full-text index beside the database."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tantivy

from filiation.core.errors import AtlasError

FOLDER = "search"
NODES = "node.npy"
WRITER_BYTES = 128 << 20
CARD_CHARS = 20_000
CANDIDATES = 200
_WORDS = re.compile(r"[^\W_]+")


class Document(NamedTuple):
    """A node as it is found: by words of `text` and `card`, by `terms` as they are; `downloads` order what words do not.

    `number` is its own, whatever number the node has; one that is written again has another.
    """

    number: int
    text: str
    card: str | None
    terms: Sequence[str]
    downloads: int


class NameIndex(NamedTuple):
    """An open index, and by a document's number the node that it is: int32[d], -1 for none."""

    documents: tantivy.Index
    node: np.ndarray


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in ("name", "card"):
        builder.add_text_field(field, stored=False, index_option="freq")  # nobody asks for phrases: positions would lie idle
    builder.add_unsigned_field("number", stored=True, indexed=True)
    builder.add_text_field("term", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("downloads", stored=False, fast=True)
    return builder.build()


def write_index(
    atlas: Path,
    token: str,
    documents: Iterable[Document],
    node: np.ndarray,
    before: str | None = None,
    gone: Iterable[int] = (),
) -> None:
    """Write the index of a lineage.

    The weight of a word in a ranking counts documents that were replaced, until all are written afresh.

    Args:
        atlas: The folder.
        token: Of the lineage.
        documents: Those that are new or changed where there is an index before, or else all.
        node: int32[d]; the node of each document by its number, -1 for one that is no more.
        before: The token of the index that is taken over; None to begin with none.
        gone: Numbers of documents of it that are no more.
    """
    folder, partial = atlas / FOLDER / token, atlas / FOLDER / f"{token}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    if before is None:
        partial.mkdir(parents=True)
    else:
        shutil.copytree(atlas / FOLDER / before, partial, ignore=shutil.ignore_patterns("*.lock"))
    schema = _schema()
    writer = tantivy.Index(schema, path=str(partial)).writer(WRITER_BYTES, num_threads=2)
    for number in gone:  # by a query, since a term of Python's would be a signed number, and none of ours
        writer.delete_documents_by_query(tantivy.Query.term_query(schema, "number", number))
    for number, name, card, terms, downloads in documents:
        document = tantivy.Document()
        document.add_unsigned("number", number)
        document.add_unsigned("downloads", max(downloads, 0))
        document.add_text("name", name)
        for term in terms:
            document.add_text("term", term)
        if card:
            document.add_text("card", card[:CARD_CHARS])
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    np.save(partial / NODES, node)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def nodes_of(atlas: Path, token: str) -> np.ndarray | None:
    """Return the node of each document of an index by its number, as `write_index` had it; None where there is no index."""
    try:
        return np.load(atlas / FOLDER / token / NODES)
    except (OSError, ValueError):
        return None


def drop_others(atlas: Path, token: str) -> None:
    """Remove the indexes of earlier lineages."""
    for old in (atlas / FOLDER).iterdir():
        if old.name != token:
            shutil.rmtree(old, ignore_errors=True)


def open_index(atlas: Path, token: str) -> NameIndex:
    """Return the index of the lineage of that token; it stays readable when its folder is dropped.

    Raises:
        AtlasError: If there is none, or it is damaged.
    """
    folder = atlas / FOLDER / token
    try:
        return NameIndex(tantivy.Index.open(str(folder)), np.load(folder / NODES, mmap_mode="r"))
    except (OSError, ValueError) as error:
        raise AtlasError(f"There is no search index in {atlas}: run 'filiation build --from search'.") from error


def search(
    index: NameIndex, text: str, downloads: np.ndarray, limit: int, terms: Sequence[Sequence[str]] = ()
) -> list[tuple[int, float]]:
    """Return up to `limit` (node, score) whose name or card has every word of `text` and a term of each of `terms`, best first.

    Among the best by text, a node's downloads raise its score by their logarithm; without words, that alone is the score.

    Args:
        index: Of the lineage whose nodes are meant.
        text: Words; of each the beginning is enough.
        downloads: int64[n] by node, -1 where unknown.
        limit: At least 1.
        terms: Of each group one must be among the terms of the node.
    """
    words = [word.lower() for word in _WORDS.findall(text)]
    if not words and not terms:
        return []
    schema = _schema()
    parts = [(tantivy.Occur.Must, _anywhere(schema, word)) for word in words]
    parts += [(tantivy.Occur.Must, _any_of(schema, group)) for group in terms]
    searcher, query = index.documents.searcher(), tantivy.Query.boolean_query(parts)
    if words:
        hits = searcher.search(query, CANDIDATES + limit).hits
    else:
        hits = [(1.0, address) for _, address in searcher.search(query, limit, order_by_field="downloads").hits]
    scored = []
    for score, address in hits:
        node = int(index.node[searcher.doc(address)["number"][0]])
        scored.append((node, round(score * float(np.log10(10 + max(int(downloads[node]), 0))), 3)))
    return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:limit]


def _any_of(schema: tantivy.Schema, group: Sequence[str]) -> tantivy.Query:
    """Return the query for any of the terms, which weighs all alike."""
    wanted = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, "term", term)) for term in group]
    return tantivy.Query.const_score_query(tantivy.Query.boolean_query(wanted), 1.0)


def _anywhere(schema: tantivy.Schema, word: str) -> tantivy.Query:
    name = tantivy.Query.boost_query(tantivy.Query.term_query(schema, "name", word), 4.0)
    begun = tantivy.Query.regex_query(schema, "name", f"{word}.*")
    card = tantivy.Query.term_query(schema, "card", word)
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in (name, begun, card)])
