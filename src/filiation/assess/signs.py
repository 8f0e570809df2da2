"""What the atlas holds for each part of the formula, and which places were seen: the same queries for all models or for one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

import duckdb

from filiation.assess.formula import Sign, formula
from filiation.knowledge import load
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
    con.execute(script.format(chosen="true" if node is None else f"node_id = {node:d}", **_constants()))
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
    if sign.like or sign.pointer:
        return "claim like"
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
        "declaring": _list(name for name, row in load("witnesses").items() if row["basis"] == "declared"),
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
    wanted = _values((number, sign.claim) for number, sign in chosen)
    return f"""
    SELECT node_id, part, claim.source || CASE pointer WHEN '' THEN '' ELSE '#' || pointer END AS locator, value
    FROM asked JOIN claim USING (record_id) JOIN (VALUES {wanted}) AS wanted(part, predicate) USING (predicate)"""


def _claims_like(chosen: Numbered) -> str:
    """Return one branch for each expression, since those that are constant are compiled once."""
    tests = [
        f"regexp_matches(lower(value), {_text(sign.like)})"
        if sign.like
        else f"starts_with(pointer, {_text(sign.pointer or '')})"
        for _, sign in chosen
    ]
    return "\nUNION ALL\n".join(
        f"""
    SELECT node_id, {number} AS part, claim.source || '#' || pointer AS locator, value
    FROM asked JOIN claim USING (record_id) WHERE predicate = '{sign.claim}' AND {test}"""
        for (number, sign), test in zip(chosen, tests, strict=True)
    )


def _tags(chosen: Numbered) -> str:
    """Return one branch for each part; lists are asked whole, since DuckDB 2.0 fails where a join follows an unnest."""
    return "\nUNION ALL\n".join(
        f"""
    SELECT node_id, {number} AS part, 'tags' AS locator, list_filter(tags, lambda tag: tag IN {_list(names)})[1] AS value
    FROM heard WHERE list_has_any(tags, {_list(names)})"""
        for number, names in _by_part(chosen, "tag").items()
    )


def _tag_prefixes(chosen: Numbered) -> str:
    return "\nUNION ALL\n".join(
        f"""
    SELECT node_id, {number} AS part, 'tags' AS locator, found[1] AS value
    FROM (SELECT node_id, list_filter(prefixed, lambda tag: starts_with(tag, {_text(sign.tag or "")})) AS found FROM heard)
    WHERE len(found) > 0"""
        for number, sign in chosen
    )


def _files(chosen: Numbered) -> str:
    return "\nUNION ALL\n".join(
        f"""
    SELECT node_id, {number} AS part, found[1] AS locator, 'file' AS value
    FROM (SELECT node_id, list_filter(paths, lambda path: {_matches(names)}) AS found FROM heard WHERE len(paths) > 0)
    WHERE len(found) > 0"""
        for number, names in _by_part(chosen, "file").items()
    )


def _sections(chosen: Numbered) -> str:
    wanted = _values((number, sign.section) for number, sign in chosen)
    return f"""
    SELECT node_id, part, 'README.md#char=' || start || ',' || stop AS locator,
        coalesce(substr(card, start + 1, least(stop - start, {SHOWN_CHARS})), section) AS value
    FROM asked JOIN section USING (record_id) JOIN (VALUES {wanted}) AS wanted(part, section) USING (section)
    LEFT JOIN carded USING (node_id, record_id) WHERE state = 'present'"""


def _texts(chosen: Numbered) -> str:
    """Return one branch for each phrase: a search for plain text, quick in any card."""
    return "\nUNION ALL\n".join(
        f"""
    SELECT node_id, {number} AS part, 'README.md#char=' || place || ',' || (place + {len(words)}) AS locator,
        substr(card, greatest(place + 1 - {BEFORE_CHARS}, 1), {SHOWN_CHARS}) AS value
    FROM (SELECT *, position({_text(words)} IN card) - 1 AS place FROM carded WHERE contains(card, {_text(words)}))"""
        for number, words in ((number, sign.text or "") for number, sign in chosen)
    )


def _fields(chosen: Numbered) -> str:
    return "\nUNION ALL\n".join(
        f"""
    SELECT node_id, {number} AS part, {_text(path)} AS locator, fields[{_paths().index(path) + 1}] AS value
    FROM heard WHERE value IS NOT NULL"""
        for number, path in ((number, sign.field or "") for number, sign in chosen)
    )


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
    "claim like": _claims_like,
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
