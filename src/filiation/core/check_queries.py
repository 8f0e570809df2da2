"""Queries that several checks put, each with its own condition; what they read stands in ``docs/checks.md``."""

from __future__ import annotations

from collections.abc import Iterable

NOT_OVERRULED = "(basis = 'declared' OR child NOT IN (SELECT child FROM named_edge WHERE of_weights AND basis = 'declared'))"
"""A condition on ``named_edge``: what is declared counts, and what is only said elsewhere where nothing is declared."""


def words(texts: Iterable[str]) -> str:
    """Return texts of ours as a SQL list."""
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "]"


def unfilled(*sections: str, confidence: float = 0.85, unless: str = "false") -> str:
    """Return the query that finds the model cards in which none of `sections` says anything.

    Args:
        sections: Ids in ``knowledge/card_sections.toml``; the first is where the finding points.
        confidence: That it is so, for a card that was read.
        unless: A condition on ``subject`` under which nothing is to be said.
    """
    return f"""
        SELECT node_id, []::VARCHAR[] AS details, ['section/{sections[0]}'] AS locations, {confidence} AS confidence
        FROM subject JOIN section USING (record_id)
        WHERE kind = 'model' AND has_card AND list_contains({words(sections)}, section) AND NOT coalesce({unless}, false)
        GROUP BY node_id HAVING bool_and(section.state IN ('absent', 'placeholder'))
    """


def undeclared(column: str, claimed: str, field: str, unless: str = "false") -> str:
    """Return the query that finds the models that no source gives a value.

    Args:
        column: Of ``subject``, where the value would stand.
        claimed: The predicate of a claim of it.
        field: What the publisher should fill in; there the finding points.
        unless: A condition on ``subject`` under which nothing is to be said.
    """
    return f"""
        SELECT node_id, []::VARCHAR[] AS details, ['field/{field}'] AS locations, 0.9 AS confidence
        FROM subject WHERE kind = 'model' AND knows_fields AND {column} IS NULL AND NOT coalesce({unless}, false)
            AND record_id NOT IN (SELECT record_id FROM claim WHERE predicate = '{claimed}')
    """


def files_like(pattern: str, confidence: float = 0.95, of: str = "true") -> str:
    """Return the query that finds repositories with files of a kind; the detail names up to three of them.

    Args:
        pattern: RE2, over a file's path in lower case.
        confidence: That a file of that name is what it seems.
        of: A condition on ``subject``.
    """
    return f"""
        SELECT node_id, [array_to_string(found[:3], ', ')] AS details,
            list_transform(found, lambda file: 'file/' || file) AS locations, {confidence} AS confidence
        FROM (
            SELECT node_id, list_filter(file_names, lambda file: regexp_matches(lower(file), '{pattern}')) AS found
            FROM subject WHERE file_names IS NOT NULL AND {of}
        ) WHERE len(found) > 0
    """


def parents_read_as(*how: str, confidence: float) -> str:
    """Return the query that finds declared parents by how their names were resolved.

    The details are what stands there, and what we took it for.

    Args:
        how: Values of ``reference.how``.
        confidence: That they were meant so.
    """
    return f"""
        SELECT child AS node_id, [min(trim(claim.value)), arg_min(node.name, trim(claim.value))] AS details,
            ['claim/' || min(claim_id)] AS locations, {confidence} AS confidence
        FROM reference JOIN claim USING (claim_id) JOIN node ON node_id = parent
        WHERE predicate = 'base_model' AND basis = 'declared' AND list_contains({words(how)}, how) GROUP BY child
    """


def parent_that(condition: str, *, source: str = "named_edge", sure: str = "sure", severity: str = "") -> str:
    """Return the query that finds, of each child, the first parent by name whose weights went into it and that fits.

    Args:
        condition: On `source`.
        source: ``named_edge``, or what it is joined with.
        sure: How sure one edge is; the surest counts.
        severity: Of the child's edges together, where it may differ from the check's.
    """
    rated = f", {severity} AS severity" if severity else ""
    return f"""
        SELECT child AS node_id, [min(parent_name)] AS details, ['edge/' || arg_min(edge_id, parent_name)] AS locations,
            max({sure}) AS confidence{rated}
        FROM {source} WHERE of_weights AND {condition} GROUP BY child
    """


def data_that(condition: str, *, source: str = "named_edge", sure: str = "sure") -> str:
    """Return the query that finds, of each child, all the datasets that went into it and fit.

    Args:
        condition: On `source`.
        source: ``named_edge``, or what it is joined with.
        sure: How sure one edge is; the surest counts.
    """
    return f"""
        SELECT child AS node_id, [string_agg(DISTINCT parent_name, ', ' ORDER BY parent_name)] AS details,
            list('edge/' || edge_id ORDER BY edge_id) AS locations, max({sure}) AS confidence
        FROM {source} WHERE relation IN ('trained_on', 'derived_from') AND {condition} GROUP BY child
    """


def contradicted(*topics: str, severity: str = "") -> str:
    """Return the query that finds the models whose names something else contradicts, the surest first.

    The details are what the name says, and what else says otherwise; the second location is where.

    Args:
        topics: Of the table ``name_statement``.
        severity: A SQL expression over its rows, where it differs from the check's.
    """
    rated = f", arg_max({severity}, (confidence, topic)) AS severity" if severity else ""
    return f"""
        SELECT node_id, [arg_max(said, (confidence, topic)), arg_max(known, (confidence, topic))] AS details,
            arg_max(locations, (confidence, topic)) AS locations, max(confidence) AS confidence{rated}
        FROM name_statement WHERE judgement = 'contradicted' AND list_contains({words(topics)}, topic) GROUP BY node_id
    """
