"""How well a repository's card documents it: each section's state, what decided it, and what that is worth.

A section is worth its weight times what its state is worth (``knowledge/card_sections.toml``); the weights add up to 100, and
the score is the sum by 100. A section counts as filled also by what the publisher declares in fields. Where no card is known
there is no score, unless a list of files shows that there is none: that is 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Literal, NamedTuple

import duckdb
import msgspec
import numpy as np

from filiation.assess.spelling import rows
from filiation.assess.witnesses import witnesses
from filiation.cards.template import STATES, Section, State, points, template
from filiation.core.ref import Kind
from filiation.core.relation import WEIGHTS
from filiation.lineage.arrays import Lineage

CARD = "README.md"
MAX_SENTENCE_CHARS = 300
SURE = 0.5
"""A claim of less confidence fills no section."""
Reason = Literal["card", "no-card"]


class SectionScore(msgspec.Struct, frozen=True):
    """A section of one card.

    Attributes:
        section: Its id.
        title: As the template has it.
        title_ja: In Japanese.
        of: The group that it belongs to; null for a group and for a section by itself.
        state: How far it is filled.
        points: What that is worth, of `weight`.
        weight: What it is worth when it is filled; 0 for a group, and for what is shown but not scored.
        sentence: What decided, from the card or a field, at most `MAX_SENTENCE_CHARS` characters; null where it is absent.
        locator: Where that stands.
    """

    section: str
    title: str
    title_ja: str
    of: str | None
    state: State
    points: float
    weight: float
    sentence: str | None
    locator: str | None


class Compared(msgspec.Struct, frozen=True):
    """A score among others: of `nodes` whose score is known, this one excluded, `better_than` is the share with a lower one."""

    nodes: int
    median: float
    better_than: float


class DocumentationScore(msgspec.Struct, frozen=True):
    """The documentation of one repository.

    Attributes:
        score: In [0, 1]; the points of all sections by their weights.
        reason: ``card``: its card was read; ``no-card``: its list of files has none.
        sections: In the order of the template; groups before their parts.
        siblings: Against the other children of its parents; null where none of them has a score.
        registry: Against all of its kind in its registry; null where no other has a score.
    """

    score: float
    reason: Reason
    sections: list[SectionScore]
    siblings: Compared | None
    registry: Compared | None


class Reading(NamedTuple):
    """A state with what decided it."""

    state: State
    sentence: str | None = None
    locator: str | None = None


def score(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> dict[str, np.ndarray]:
    """Return the documentation score of every node: float64[n] in [0, 1], NaN where no card is known.

    Args:
        con: An atlas whose table ``section`` is filled.
        lineage: Agrees with it.
    """
    with witnesses(con, None):
        return scored(con, lineage)


def scored(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> dict[str, np.ndarray]:
    """Return the same where the tables of `witnesses` are there."""
    result = np.full(lineage.size, np.nan)
    with _asking(con):
        found = con.sql(_statement(_SCORES)).to_arrow_table()
    result[found["node_id"].to_numpy()] = found["score"].to_numpy()
    return {"documentation": result}


def portrait(con: duckdb.DuckDBPyConnection, node: int) -> DocumentationScore | None:
    """Return the documentation of `node` section by section; None where its card is not known."""
    with witnesses(con, node):
        return told(con, node)


def told(con: duckdb.DuckDBPyConnection, node: int) -> DocumentationScore | None:
    """Return the same where the tables of `witnesses` are there."""
    with _asking(con):
        found = con.execute("SELECT kind::VARCHAR, record_id FROM known_card").fetchall()
        if found:
            said = con.execute(_statement(_SAID)).fetchall()
        elif con.execute(_LACKING).fetchall():
            found, said = con.execute("SELECT kind::VARCHAR, NULL FROM node WHERE node_id = ?", [node]).fetchall(), []
        else:
            return None
    [(kind, record_id)] = found
    read = _read(con, record_id) if record_id is not None else {}
    for _, section, state, value, locator in sorted(said, key=lambda row: STATES.index(row[2])):
        if STATES.index(state) > STATES.index(read[section].state):
            read[section] = Reading(state, bounded(value), locator)
    sections = scored_sections(Kind(kind), read)
    total = sum(item.points for item in sections) / 100
    siblings, registry = (_compared(con, query, node, total) for query in (_SIBLINGS, _ALL))
    return DocumentationScore(total, "no-card" if record_id is None else "card", sections, siblings, registry)


def scored_sections(kind: Kind, read: dict[str, Reading]) -> list[SectionScore]:
    """Return every section of the template with its points; a group is as its best part, what is not in `read` is absent."""
    worth, of = points(), template(kind)
    best = {
        group: max((read.get(leaf, _ABSENT) for leaf in leaves), key=lambda item: STATES.index(item.state))
        for group, leaves in of.members.items()
    }
    return [_scored(section, best.get(section.id) or read.get(section.id, _ABSENT), worth) for section in of.sections]


def _scored(section: Section, read: Reading, worth: dict[State, float]) -> SectionScore:
    return SectionScore(
        section.id, section.title, section.title_ja, section.of, read.state, worth[read.state] * section.weight, section.weight,
        read.sentence, read.locator,
    )  # fmt: skip


def _read(con: duckdb.DuckDBPyConnection, record_id: int) -> dict[str, Reading]:
    """Return what the card of a record came to, with the text that decided."""
    card = con.execute(f"SELECT json_extract_string(files, '$.\"{CARD}\"') FROM record WHERE record_id = ?", [record_id])
    text = (card.fetchall()[0][0]) or ""
    found = con.execute("SELECT section, state, start, stop FROM section WHERE record_id = ?", [record_id]).fetchall()
    return {
        section: Reading(state) if start is None else Reading(state, bounded(text[start:stop]), f"{CARD}#char={start},{stop}")
        for section, state, start, stop in found
    }


def bounded(text: str) -> str:
    """Return `text` in one line of at most `MAX_SENTENCE_CHARS` characters."""
    short = " ".join(text[: 2 * MAX_SENTENCE_CHARS].split())
    return short if len(short) <= MAX_SENTENCE_CHARS else f"{short[: MAX_SENTENCE_CHARS - 1]}…"


def _compared(con: duckdb.DuckDBPyConnection, query: str, node: int, total: float) -> Compared | None:
    # The table keeps single precision: a score that is equal there must not count as lower.
    nodes, median, lower = con.execute(query, {"node": node, "score": float(np.float32(total))}).fetchall()[0]
    return Compared(nodes, round(median, 4), round(lower / nodes, 4)) if nodes else None


@contextmanager
def _asking(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Make ``known_card``: the card that counts is the one seen last; drop it afterwards."""
    con.execute(_KNOWN)
    try:
        yield
    finally:
        con.execute("DROP TABLE temp.known_card")


@cache
def _statement(query: str) -> str:
    """Return `query` with the tables of knowledge in it."""
    kinds = [(kind, section) for kind in Kind for section in template(kind).leaves]
    weights = rows((str(kind), section.id, section.weight) for kind, section in kinds)
    claims = rows(
        (str(kind), section.id, str(item.predicate), item.state) for kind, section in kinds for item in section.claims
    )
    return f"""
    WITH card_weight AS (SELECT kind::kind AS kind, section, weight FROM (VALUES {weights}) AS _(kind, section, weight)),
    card_claim AS (
        SELECT kind::kind AS kind, section, predicate, state FROM (VALUES {claims}) AS _(kind, section, predicate, state)
    ),
    state_worth(state, worth) AS (VALUES {rows(points().items())})
    {query}"""


_ABSENT = Reading("absent")

_KNOWN = """
CREATE OR REPLACE TEMP TABLE known_card AS
SELECT node_id, kind, max_by(record_id, (seen_at, record_id)) AS record_id
FROM witness
SEMI JOIN (SELECT record_id FROM section WHERE record_id IN (SELECT record_id FROM witness)) AS read USING (record_id)
GROUP BY ALL
"""

_LACKING = """
SELECT DISTINCT node_id FROM witness SEMI JOIN latest USING (record_id) ANTI JOIN known_card USING (node_id)
WHERE declares AND file_names IS NOT NULL
    AND NOT list_contains(list_transform(file_names, lambda name: lower(name)), 'readme.md')
"""
"""Where no card was seen, a list of files without one says that there is none."""

_SAID = f"""
SELECT node_id, section, card_claim.state AS state, any_value(value ORDER BY claim_id) AS value,
    any_value(claim.source || CASE WHEN pointer = '' THEN '' ELSE '#' || pointer END ORDER BY claim_id) AS locator
FROM known_card JOIN latest USING (node_id)
JOIN claim ON claim.record_id = latest.record_id
JOIN card_claim USING (kind, predicate)
WHERE (basis = 'declared' OR claim.source = '{CARD}') AND confidence >= {SURE}
GROUP BY node_id, section, card_claim.state
"""
"""What the publisher's own fields and sentences say of a section, the most telling first."""

_SCORES = f"""
SELECT node_id, sum(weight * greatest(coalesce(card.worth, 0), coalesce(said.worth, 0))) / 100 AS score
FROM known_card JOIN card_weight USING (kind)
LEFT JOIN (SELECT record_id, section, worth FROM section JOIN state_worth USING (state)) AS card USING (record_id, section)
LEFT JOIN (
    SELECT node_id, section, max(worth) AS worth FROM ({_SAID}) JOIN state_worth USING (state) GROUP BY ALL
) AS said USING (node_id, section)
WHERE weight > 0 GROUP BY node_id
UNION ALL
SELECT node_id, 0 FROM ({_LACKING})
"""

_KIN = ", ".join(f"'{relation}'" for relation in (*sorted(WEIGHTS), "derived_from"))

_SIBLINGS = f"""
SELECT count(*), median(documentation), count(*) FILTER (documentation < $score)
FROM score WHERE documentation IS NOT NULL AND node_id <> $node AND node_id IN (
    SELECT other.child FROM edge AS own JOIN edge AS other USING (parent)
    WHERE own.child = $node AND own.set_aside IS NULL AND other.set_aside IS NULL
        AND own.relation IN ({_KIN}) AND other.relation IN ({_KIN})
)
"""

_ALL = """
SELECT count(*), median(documentation), count(*) FILTER (documentation < $score)
FROM score JOIN node USING (node_id)
WHERE documentation IS NOT NULL AND node_id <> $node
    AND (registry, kind) = (SELECT (registry, kind) FROM node WHERE node_id = $node)
"""
