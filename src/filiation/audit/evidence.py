"""Where something was read, as people read it: an edge as a sentence, a span of a card by its characters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from filiation.lineage.arrays import Lineage

EDGE = "edge/"
SPAN = "#char="
FILE = "file"
"""The value of evidence that is a file's being there."""


def edge_sentences(
    con: duckdb.DuckDBPyConnection, lineage: Lineage, places: Iterable[str], words: Mapping[str, str]
) -> dict[str, str]:
    """Return what each edge among `places` says, by its place; what is no edge is left out."""
    numbers = {number for place in places if (number := place.removeprefix(EDGE)) != place and number.isdecimal()}
    if not numbers:
        return {}
    rows = con.execute(
        "SELECT edge_id, child, parent, relation::VARCHAR FROM edge WHERE list_contains(?, edge_id)",
        [sorted(map(int, numbers))],
    ).fetchall()
    return {
        f"{EDGE}{number}": edge_sentence(lineage.ref(child), [lineage.ref(parent)], relation, words)
        for number, child, parent, relation in rows
    }


def edge_sentence(child: str, parents: Sequence[str], relation: str, words: Mapping[str, str]) -> str:
    """Return how `child` descends from `parents`, without a full stop."""
    return words[f"edge.{relation}"].format(child=child, parent=", ".join(parents))


def sentences(con: duckdb.DuckDBPyConnection, lineage: Lineage, places: Sequence[str], words: Mapping[str, str]) -> list[str]:
    """Return each of `places` as people read it: an edge as its sentence, a span by its characters, others as they are."""
    edges = edge_sentences(con, lineage, places, words)
    return [edges.get(place) or where(place, words) for place in places]


def where(place: str, words: Mapping[str, str]) -> str:
    """Return a locator as people read it."""
    file, span, range_ = place.partition(SPAN)
    if span:
        start, _, stop = range_.partition(",")
        return words["characters"].format(file=file, start=start, stop=stop)
    return words.get(f"where.{place}", place)


def read(value: str, place: str, words: Mapping[str, str]) -> str:
    """Return what was read, with where; an edge's sentence says both, and a file that is there is its own evidence."""
    if place.startswith(EDGE):
        return value
    return where(place, words) if value == FILE else words["read_in"].format(value=value, where=where(place, words))
