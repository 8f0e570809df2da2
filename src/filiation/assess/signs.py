"""What the atlas holds for each part of the formula, and which places were seen: the same queries for all models or for one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

import duckdb
import numpy as np

from filiation.assess.columns import columns
from filiation.assess.descent_signs import KINDS
from filiation.assess.formula import Numbered, Sign, formula, numbered
from filiation.assess.spelling import listed, matches, rows, text
from filiation.assess.witnesses import asked_fields
from filiation.licenses.terms import terms

BEFORE_CHARS, SHOWN_CHARS = 40, 160
"""How much of a card is shown of what stands before words that were found in it, and how much in all."""


@contextmanager
def asking(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Make the table ``heard``, which `signs` and `seen` are read from; drop it afterwards.

    Args:
        con: Has the tables of `witnesses`.
    """
    con.execute(_script("heard.sql"))
    try:
        yield
    finally:
        con.execute("DROP TABLE temp.heard")


def seen(con: duckdb.DuckDBPyConnection, node: int | None) -> dict[str, np.ndarray]:
    """Return which places were seen, one row for each node: ``node_id`` and a column for each place; `node` as in `columns`."""
    return columns(con, _script("seen.sql"), node)


def asked(con: duckdb.DuckDBPyConnection, node: int | None) -> list[str]:
    """Return those of `signs` that may find anything of `node`, or of all: to plan one costs as much as to answer it.

    What descent shows of one node is left to `descent_signs`.
    """
    held = dict(zip(_HOLDS, con.execute(_HELD).fetchall()[0], strict=True))
    for kind in KINDS:
        held[kind] = held["edges"] and node is None
    return [query for kind, query in signs().items() if held.get(kind, True)]


@cache
def signs() -> dict[str, str]:
    """Return queries for the signs that are there by their kinds, each of ``node_id, part, locator, value``."""
    kinds: dict[str, Numbered] = {}
    for number, sign in numbered():
        kinds.setdefault(_branch_of(sign), []).append((number, sign))
    return {kind: _BRANCHES[kind](chosen) for kind, chosen in kinds.items()}


@cache
def _script(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text(encoding="utf-8").format(**_constants())


def _branch_of(sign: Sign) -> str:
    return "tag prefix" if sign.tag and sign.tag.endswith(":") else sign.kind


@cache
def _constants() -> dict[str, str]:
    """Return what stands in the braces of ``heard.sql`` and ``seen.sql``."""
    made = formula().places()["made-from"]
    tags = {sign.tag for _, sign in numbered() if sign.tag}
    prefixes = {tag for tag in tags if tag.endswith(":")}
    return {
        "tags": listed([*sorted(tags - prefixes), *made.tags]),
        "prefixes": text(f"^(?:{'|'.join(map(re.escape, sorted(prefixes)))})"),
        "files": matches([*(sign.file for _, sign in numbered() if sign.file), *made.files]),
        "made_tags": listed(made.tags),
        "made_files": matches(made.files),
        "made_like": text(made.like),
    }


def _claims(chosen: Numbered) -> str:
    """Return one scan for all claims; expressions stand in a CASE each, since those that are constant are compiled once."""
    wanted = rows((number, part, sign.claim) for number, (part, sign) in enumerate(chosen))
    tests = "".join(
        f" WHEN {number} THEN regexp_matches(lower(value), {text(sign.like)})"
        if sign.like
        else f" WHEN {number} THEN starts_with(pointer, {text(sign.pointer or '')})"
        for number, (_, sign) in enumerate(chosen)
        if sign.like or sign.pointer
    )
    return f"""
    SELECT node_id, part, claim.source || CASE pointer WHEN '' THEN '' ELSE '#' || pointer END AS locator, value
    FROM heard JOIN claim USING (record_id) JOIN (VALUES {wanted}) AS wanted(number, part, predicate) USING (predicate)
    WHERE CASE number{tests} ELSE true END"""


def _tags(chosen: Numbered) -> str:
    """Return one scan for all parts; lists are asked whole, since DuckDB 2.0 fails where a join follows an unnest."""
    wanted = ", ".join(f"({part}, {listed(names)})" for part, names in _by_part(chosen, "tag").items())
    return f"""
    SELECT node_id, part, 'tags' AS locator, list_filter(tags, lambda tag: list_contains(names, tag))[1] AS value
    FROM heard JOIN (VALUES {wanted}) AS wanted(part, names) ON list_has_any(tags, names)"""


def _tag_prefixes(chosen: Numbered) -> str:
    wanted = rows((part, sign.tag) for part, sign in chosen)
    return f"""
    SELECT node_id, part, 'tags' AS locator, found[1] AS value
    FROM (
        SELECT node_id, part, list_filter(prefixed, lambda tag: starts_with(tag, prefix)) AS found
        FROM heard, (VALUES {wanted}) AS wanted(part, prefix) WHERE len(prefixed) > 0
    ) WHERE len(found) > 0"""


def _files(chosen: Numbered) -> str:
    parts = _by_part(chosen, "file")
    tests = "".join(f" WHEN {part} THEN list_filter(paths, lambda path: {matches(names)})" for part, names in parts.items())
    return f"""
    SELECT node_id, part, found[1] AS locator, 'file' AS value
    FROM (
        SELECT node_id, part, CASE part{tests} END AS found
        FROM heard, (VALUES {rows((part,) for part in parts)}) AS wanted(part) WHERE len(paths) > 0
    ) WHERE len(found) > 0"""


def _sections(chosen: Numbered) -> str:
    wanted = rows((number, sign.section) for number, sign in chosen)
    return f"""
    SELECT node_id, part, 'README.md#char=' || start || ',' || stop AS locator,
        coalesce(substr(card, start + 1, least(stop - start, {SHOWN_CHARS})), section) AS value
    FROM heard JOIN section USING (record_id) JOIN (VALUES {wanted}) AS wanted(part, section) USING (section)
    LEFT JOIN carded USING (node_id, record_id) WHERE state = 'present'"""


def _texts(chosen: Numbered) -> str:
    """Return the phrases that stand in a card: a search for plain text, quick in any card."""
    wanted = rows((part, sign.text) for part, sign in chosen)
    return f"""
    SELECT node_id, part, 'README.md#char=' || place || ',' || (place + length(words)) AS locator,
        substr(card, greatest(place + 1 - {BEFORE_CHARS}, 1), {SHOWN_CHARS}) AS value
    FROM (
        SELECT node_id, card, part, words, position(words IN card) - 1 AS place
        FROM carded SEMI JOIN heard USING (record_id) JOIN (VALUES {wanted}) AS wanted(part, words) ON contains(card, words)
    )"""


def _fields(chosen: Numbered) -> str:
    wanted = rows((part, sign.field, asked_fields().index(sign.field or "") + 1) for part, sign in chosen)
    return f"""
    SELECT node_id, part, path AS locator, fields[place] AS value
    FROM heard, (VALUES {wanted}) AS wanted(part, path, place) WHERE fields[place] IS NOT NULL"""


def _parents(chosen: Numbered) -> str:
    wanted = rows((number, relation, sign.held) for number, sign in chosen for relation in sign.parent)
    return f"""
    SELECT child AS node_id, part, 'edge/' || edge_id AS locator, node.name AS value
    FROM (SELECT edge_id, child, parent, relation::VARCHAR AS relation FROM edge SEMI JOIN heard ON child = node_id
          WHERE set_aside IS NULL)
    JOIN node ON node.node_id = parent JOIN (VALUES {wanted}) AS wanted(part, relation, held) USING (relation)
    WHERE CASE WHEN held THEN state = 'present' ELSE state <> 'malformed' END"""


def _children(chosen: Numbered) -> str:
    wanted = rows((number, relation) for number, sign in chosen for relation in sign.child)
    return f"""
    SELECT parent AS node_id, part, 'edge/' || edge_id AS locator, node.name AS value
    FROM (SELECT edge_id, child, parent, relation::VARCHAR AS relation FROM edge SEMI JOIN heard ON parent = node_id
          WHERE set_aside IS NULL)
    JOIN node ON node.node_id = child JOIN (VALUES {wanted}) AS wanted(part, relation) USING (relation)
    WHERE state = 'present'"""


def _builders(chosen: Numbered) -> str:
    owned = """
    SELECT node_id, split_part(name, '/', 1) AS owner FROM node
    WHERE state = 'present' AND kind = 'model' AND contains(name, '/')"""
    branches = "\nUNION ALL\n".join(
        f"""
    SELECT node_id, {number} AS part, 'owner ' || owner AS locator, others::VARCHAR AS value
    FROM owned SEMI JOIN heard USING (node_id) JOIN (
        SELECT owner, count(DISTINCT split_part(child.name, '/', 1)) AS others
        FROM edge JOIN owned ON owned.node_id = parent JOIN node AS child ON child.node_id = edge.child
        WHERE set_aside IS NULL AND child.kind = 'model' AND child.state = 'present' AND split_part(child.name, '/', 1) <> owner
        GROUP BY owner HAVING others >= {sign.builders:d}
    ) USING (owner)"""
        for number, sign in chosen
    )
    return f"WITH owned AS MATERIALIZED ({owned}) {branches}"


def _licenses(chosen: Numbered) -> str:
    wanted = rows((number, state) for number, sign in chosen for state in sign.license)
    return f"""
    SELECT node_id, part, 'license' AS locator, said AS value
    FROM term SEMI JOIN heard USING (node_id) JOIN (VALUES {wanted}) AS wanted(part, state) USING (state)"""


def _terms(chosen: Numbered) -> str:
    wanted = rows((number, sign.term, terms()[sign.term or ""].mask) for number, sign in chosen)
    return f"""
    SELECT node_id, part, 'license#term' AS locator, wanted.term AS value
    FROM term SEMI JOIN heard USING (node_id)
    JOIN (VALUES {wanted}) AS wanted(part, term, mask) ON certain & mask::UBIGINT > 0"""


def _cards(chosen: Numbered) -> str:
    wanted = rows((number,) for number, _ in chosen)
    return f"""
    SELECT node_id, part, 'README.md' AS locator, 'file' AS value
    FROM heard, (VALUES {wanted}) AS wanted(part) WHERE coalesce(lists_card, false) OR has_card"""


_BRANCHES: dict[str, Callable[[Numbered], str]] = {
    "claim": _claims,
    "tag": _tags,
    "tag prefix": _tag_prefixes,
    "file": _files,
    "section": _sections,
    "text": _texts,
    "field": _fields,
    "parent": _parents,
    "child": _children,
    "builders": _builders,
    "license": _licenses,
    "term": _terms,
    "card": _cards,
}


def _by_part(chosen: Numbered, kind: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for number, sign in chosen:
        found.setdefault(number, []).append(getattr(sign, kind))
    return found


_HOLDS = ("tag", "tag prefix", "file", "text", "field", "card", "section", "edges")
_HELD = """
SELECT coalesce(bool_or(len(tags) > 0), false), coalesce(bool_or(len(prefixed) > 0), false),
    coalesce(bool_or(len(paths) > 0), false), coalesce(bool_or(has_card), false), count(fields) > 0,
    coalesce(bool_or(lists_card OR has_card), false), EXISTS (FROM section), EXISTS (FROM edge)
FROM heard
"""
