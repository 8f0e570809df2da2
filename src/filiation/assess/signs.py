"""What the atlas holds for each part of the formula, and which places were seen: the same queries for all models or for one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

import duckdb

from filiation.assess.formula import Sign, formula
from filiation.assess.witnesses import chosen, declaring
from filiation.licenses.terms import terms

BEFORE_CHARS, SHOWN_CHARS = 40, 160
"""How much of a card is shown of what stands before words that were found in it, and how much in all."""
Numbered = list[tuple[int, Sign]]
"""Signs of one kind, each with the number of the part that it shows."""


@contextmanager
def asking(con: duckdb.DuckDBPyConnection, node: int | None) -> Iterator[None]:
    """Make the tables that the queries of `signs` read, and ``seen``, which places were seen; drop them afterwards.

    Args:
        con: An atlas, open for reading at least.
        node: The model that is asked about; None for all of them.
    """
    names = [] if node is None else con.execute("SELECT name FROM node WHERE node_id = ?", [node]).fetchall()
    con.execute("SET VARIABLE owner = ?", [f"{names[0][0].partition('/')[0]}/" if names else ""])
    script = files(__package__ or "").joinpath("heard.sql").read_text(encoding="utf-8")
    con.execute(script.format(chosen=chosen(con, node), **_constants()))
    try:
        yield
    finally:
        for table in ("asked", "heard", "carded", "owned", "seen"):
            con.execute(f"DROP TABLE temp.{table}")


@cache
def signs() -> tuple[str, ...]:
    """Return queries for the signs that are there, each of ``node_id, part, locator, value``."""
    kinds: dict[str, Numbered] = {}
    for number, sign in _numbered():
        kinds.setdefault(_branch_of(sign), []).append((number, sign))
    return tuple(_BRANCHES[kind](chosen) for kind, chosen in kinds.items())


def _branch_of(sign: Sign) -> str:
    return "tag prefix" if sign.tag and sign.tag.endswith(":") else sign.kind


def _numbered() -> Numbered:
    return [(number, sign) for number, part in enumerate(formula().parts) for sign in part.signs]


@cache
def _constants() -> dict[str, str]:
    """Return what stands in the braces of ``heard.sql``."""
    made = formula().places()["made-from"]
    tags = {sign.tag for _, sign in _numbered() if sign.tag}
    prefixes = {tag for tag in tags if tag.endswith(":")}
    return {
        "declaring": _list(declaring()),
        "tags": _list([*sorted(tags - prefixes), *made.tags]),
        "prefixes": _text(f"^(?:{'|'.join(map(re.escape, sorted(prefixes)))})"),
        "files": _matches([*(sign.file for _, sign in _numbered() if sign.file), *made.files]),
        "keys": _text(f'"(?:config|{"|".join(sorted({path.split(".")[0] for path in _paths()}))})":'),
        "fields": _list("$" + "".join(map(_step, path.split("."))) for path in _paths()),
        "made_tags": _list(made.tags),
        "made_files": _matches(made.files),
        "made_like": _text(made.like),
    }


@cache
def _paths() -> tuple[str, ...]:
    return tuple(sorted({sign.field for _, sign in _numbered() if sign.field}))


def _claims(chosen: Numbered) -> str:
    """Return one scan for all claims; expressions stand in a CASE each, since those that are constant are compiled once."""
    wanted = _values((number, part, sign.claim) for number, (part, sign) in enumerate(chosen))
    tests = "".join(
        f" WHEN {number} THEN regexp_matches(lower(value), {_text(sign.like)})"
        if sign.like
        else f" WHEN {number} THEN starts_with(pointer, {_text(sign.pointer or '')})"
        for number, (_, sign) in enumerate(chosen)
        if sign.like or sign.pointer
    )
    return f"""
    SELECT node_id, part, claim.source || CASE pointer WHEN '' THEN '' ELSE '#' || pointer END AS locator, value
    FROM asked JOIN claim USING (record_id) JOIN (VALUES {wanted}) AS wanted(number, part, predicate) USING (predicate)
    WHERE CASE number{tests} ELSE true END"""


def _tags(chosen: Numbered) -> str:
    """Return one scan for all parts; lists are asked whole, since DuckDB 2.0 fails where a join follows an unnest."""
    wanted = ", ".join(f"({part}, {_list(names)})" for part, names in _by_part(chosen, "tag").items())
    return f"""
    SELECT node_id, part, 'tags' AS locator, list_filter(tags, lambda tag: list_contains(names, tag))[1] AS value
    FROM heard JOIN (VALUES {wanted}) AS wanted(part, names) ON list_has_any(tags, names)"""


def _tag_prefixes(chosen: Numbered) -> str:
    wanted = _values((part, sign.tag) for part, sign in chosen)
    return f"""
    SELECT node_id, part, 'tags' AS locator, found[1] AS value
    FROM (
        SELECT node_id, part, list_filter(prefixed, lambda tag: starts_with(tag, prefix)) AS found
        FROM heard, (VALUES {wanted}) AS wanted(part, prefix) WHERE len(prefixed) > 0
    ) WHERE len(found) > 0"""


def _files(chosen: Numbered) -> str:
    parts = _by_part(chosen, "file")
    tests = "".join(f" WHEN {part} THEN list_filter(paths, lambda path: {_matches(names)})" for part, names in parts.items())
    return f"""
    SELECT node_id, part, found[1] AS locator, 'file' AS value
    FROM (
        SELECT node_id, part, CASE part{tests} END AS found
        FROM heard, (VALUES {_values((part,) for part in parts)}) AS wanted(part) WHERE len(paths) > 0
    ) WHERE len(found) > 0"""


def _sections(chosen: Numbered) -> str:
    wanted = _values((number, sign.section) for number, sign in chosen)
    return f"""
    SELECT node_id, part, 'README.md#char=' || start || ',' || stop AS locator,
        coalesce(substr(card, start + 1, least(stop - start, {SHOWN_CHARS})), section) AS value
    FROM asked JOIN section USING (record_id) JOIN (VALUES {wanted}) AS wanted(part, section) USING (section)
    LEFT JOIN carded USING (node_id, record_id) WHERE state = 'present'"""


def _texts(chosen: Numbered) -> str:
    """Return the phrases that stand in a card: a search for plain text, quick in any card."""
    wanted = _values((part, sign.text) for part, sign in chosen)
    return f"""
    SELECT node_id, part, 'README.md#char=' || place || ',' || (place + length(words)) AS locator,
        substr(card, greatest(place + 1 - {BEFORE_CHARS}, 1), {SHOWN_CHARS}) AS value
    FROM (
        SELECT node_id, card, part, words, position(words IN card) - 1 AS place
        FROM carded JOIN (VALUES {wanted}) AS wanted(part, words) ON contains(card, words)
    )"""


def _fields(chosen: Numbered) -> str:
    wanted = _values((part, sign.field, _paths().index(sign.field or "") + 1) for part, sign in chosen)
    return f"""
    SELECT node_id, part, path AS locator, fields[place] AS value
    FROM heard, (VALUES {wanted}) AS wanted(part, path, place) WHERE fields[place] IS NOT NULL"""


def _parents(chosen: Numbered) -> str:
    wanted = _values((number, relation, sign.held) for number, sign in chosen for relation in sign.parent)
    return f"""
    SELECT child AS node_id, part, 'edge/' || edge_id AS locator, relation || ' ' || node.name AS value
    FROM (SELECT edge_id, child, parent, relation::VARCHAR AS relation FROM edge SEMI JOIN asked ON child = node_id
          WHERE set_aside IS NULL)
    JOIN node ON node.node_id = parent JOIN (VALUES {wanted}) AS wanted(part, relation, held) USING (relation)
    WHERE CASE WHEN held THEN state = 'present' ELSE state <> 'malformed' END"""


def _children(chosen: Numbered) -> str:
    wanted = _values((number, relation) for number, sign in chosen for relation in sign.child)
    return f"""
    SELECT parent AS node_id, part, 'edge/' || edge_id AS locator, relation || ' ' || node.name AS value
    FROM (SELECT edge_id, child, parent, relation::VARCHAR AS relation FROM edge SEMI JOIN asked ON parent = node_id
          WHERE set_aside IS NULL)
    JOIN node ON node.node_id = child JOIN (VALUES {wanted}) AS wanted(part, relation) USING (relation)
    WHERE state = 'present'"""


def _builders(chosen: Numbered) -> str:
    return "\nUNION ALL\n".join(
        f"""
    SELECT node_id, {number} AS part, 'owner ' || owner AS locator, others || ' other owners' AS value
    FROM owned SEMI JOIN asked USING (node_id) JOIN (
        SELECT owner, count(DISTINCT split_part(child.name, '/', 1)) AS others
        FROM edge JOIN owned ON owned.node_id = parent JOIN node AS child ON child.node_id = edge.child
        WHERE set_aside IS NULL AND child.kind = 'model' AND child.state = 'present' AND split_part(child.name, '/', 1) <> owner
        GROUP BY owner HAVING others >= {sign.builders:d}
    ) USING (owner)"""
        for number, sign in chosen
    )


def _licenses(chosen: Numbered) -> str:
    wanted = _values((number, state) for number, sign in chosen for state in sign.license)
    return f"""
    SELECT node_id, part, 'license' AS locator, said AS value
    FROM term SEMI JOIN asked USING (node_id) JOIN (VALUES {wanted}) AS wanted(part, state) USING (state)"""


def _terms(chosen: Numbered) -> str:
    wanted = _values((number, sign.term, terms()[sign.term or ""].mask) for number, sign in chosen)
    return f"""
    SELECT node_id, part, 'license' AS locator, wanted.term AS value
    FROM term SEMI JOIN asked USING (node_id)
    JOIN (VALUES {wanted}) AS wanted(part, term, mask) ON certain & mask::UBIGINT > 0"""


def _cards(chosen: Numbered) -> str:
    wanted = _values((number,) for number, _ in chosen)
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


def _matches(names: Iterable[str]) -> str:
    """Return the test whether the last part of `path` is one of `names`, in which * and ? stand for what they do in a shell."""
    patterns = "|".join(re.escape(name).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") for name in sorted(set(names)))
    return f"regexp_matches(lower(path), {_text(f'(?:^|/)(?:{patterns})$')})"


def _step(key: str) -> str:
    return f"[{key}]" if key.isdigit() else f'."{key}"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]"


def _values(rows: Iterable[tuple[object, ...]]) -> str:
    """Return rows of our own constants as SQL spells them."""
    return ", ".join("(" + ", ".join(_text(item) if isinstance(item, str) else str(item) for item in row) + ")" for row in rows)
