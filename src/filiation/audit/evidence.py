"""What was read and where, as people read it: an edge as a sentence, a span of a card by its characters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
import msgspec

from filiation.audit.words import Words
from filiation.lineage.arrays import Lineage

EDGE, CLAIM = "edge/", "claim/"
OWNER = "owner "
"""Begins the place of evidence that is what others make of a publisher's models."""
SPAN = "#char="
SECTION = "section"
"""The kind of place that is a section of a card."""
FILE = "file"
"""The value of evidence that is a file's being there."""
TERM = "license#term"
"""The place of evidence that is a term of a license, whose value is the term's id."""
MAX_VALUE_CHARS = 120


def sentences(con: duckdb.DuckDBPyConnection, lineage: Lineage, places: Sequence[str], words: Words) -> list[str]:
    """Return each of `places` as people read it: an edge as its sentence, a claim by what it says, others by where they are."""
    known = edge_sentences(con, lineage, places, words) | _claim_sentences(con, places, words)
    return [known.get(place) or where(place, words) for place in places]


def edge_sentences(
    con: duckdb.DuckDBPyConnection, lineage: Lineage, places: Iterable[str], words: Mapping[str, str]
) -> dict[str, str]:
    """Return what each edge among `places` says, by its place; what is no edge is left out."""
    numbers = _numbers(places, EDGE)
    if not numbers:
        return {}
    rows = con.execute(
        "SELECT edge_id, child, parent, relation::VARCHAR FROM edge WHERE list_contains(?, edge_id)", [numbers]
    ).fetchall()
    return {
        f"{EDGE}{number}": edge_sentence(lineage.ref(child), [lineage.ref(parent)], relation, words)
        for number, child, parent, relation in rows
    }


def edge_sentence(child: str, parents: Sequence[str], relation: str, words: Mapping[str, str]) -> str:
    """Return how `child` descends from `parents`, without a full stop."""
    return words[f"edge.{relation}"].format(child=child, parent=", ".join(parents))


def _claim_sentences(con: duckdb.DuckDBPyConnection, places: Iterable[str], words: Words) -> dict[str, str]:
    """Return what each claim among `places` says and where that was read, by its place."""
    numbers = _numbers(places, CLAIM)
    if not numbers:
        return {}
    rows = con.execute(
        "SELECT claim_id, value, source || CASE pointer WHEN '' THEN '' ELSE '#' || pointer END"
        " FROM claim WHERE list_contains(?, claim_id)",
        [numbers],
    ).fetchall()
    return {f"{CLAIM}{number}": read(_plain(value), place, words) for number, value, place in rows}


def _numbers(places: Iterable[str], prefix: str) -> list[int]:
    found = {number for place in places if (number := place.removeprefix(prefix)) != place and number.isdecimal()}
    return sorted(map(int, found))


def _plain(value: str) -> str:
    """Return the value of a claim on a line; one of several fields, such as a result, as its fields."""
    try:
        fields: Any = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        fields = None
    told = [f"{name}: {field}" for name, field in fields.items() if field is not None] if isinstance(fields, dict) else [value]
    return " ".join(", ".join(told).split())[:MAX_VALUE_CHARS]


def where(place: str, words: Words) -> str:
    """Return a locator as people read it."""
    file, span, range_ = place.partition(SPAN)
    if span:
        start, _, stop = range_.partition(",")
        return words["characters"].format(file=file, start=start, stop=stop)
    kind, slash, name = place.partition("/")
    sentence = words.get(f"place.{kind}") if slash else None
    if sentence:
        return sentence.format(name=words.title(name) if kind == SECTION else words.get(f"{kind}.{name}", name))
    return words.get(f"where.{place.partition('#')[0]}", place)


def told(value: str, place: str, words: Mapping[str, str]) -> str:
    """Return what stands at a place in words, where it is ours to say: a term by its name, a number in a sentence."""
    if place == TERM:
        return words.get(f"term.{value}", value)
    kind, _, name = place.partition(" ")
    sentence = words.get(f"value.{kind}")
    if sentence is None or not value.isdecimal():
        return value
    return sentence.format(count=f"{int(value):,}", name=name)


def read(value: str, place: str, words: Words) -> str:
    """Return what was read, with where; a sentence says both, and a file that is there is its own evidence."""
    if place.startswith((EDGE, OWNER)):
        return value
    return where(place, words) if value == FILE else words["read_in"].format(value=value, where=where(place, words))
