"""How much each repository is used, and how well it is kept up, by ``knowledge/usage.toml``; neither says how good it is."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import duckdb
import msgspec
import numpy as np

from filiation.assess.attributes import Attribute, Evidence, Factor, State
from filiation.assess.columns import columns
from filiation.assess.formula import UNKNOWN_AT_MOST
from filiation.assess.spelling import listed
from filiation.assess.witnesses import witnesses
from filiation.knowledge import load
from filiation.lineage.arrays import NULL, Lineage

Facts = dict[str, np.ndarray]
"""What is known of use and upkeep: a column by each name, a row for each node."""


class FactorRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A factor that gives a share of its points; `half_life_days`, `days` and `phrases` are what it is judged by."""

    id: str
    points: float
    en: str
    ja: str
    half_life_days: float = 0
    days: int = 0
    phrases: tuple[str, ...] = ()


class AttributeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is scored, made of factors."""

    id: str
    en: str
    ja: str
    about_en: str
    about_ja: str
    factor: tuple[FactorRule, ...]

    @property
    def points(self) -> float:
        """What it is worth when everything is there."""
        return sum(factor.points for factor in self.factor)


@cache
def rules() -> tuple[AttributeRule, ...]:
    """Return popularity and upkeep as the file states them."""
    return msgspec.convert(load("usage")["attribute"], tuple[AttributeRule, ...])


def score(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> dict[str, np.ndarray]:
    """Return popularity and upkeep of every node: float64[n], NaN where too little is known, or no registry holds it."""
    with witnesses(con, None):
        return scored(con, lineage)


def scored(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> dict[str, np.ndarray]:
    """Return the same where the tables of `witnesses` are there."""
    shares = _popularity(con, lineage) | _upkeep(con, lineage, None)[0]
    return {rule.id: _quotient(rule, shares) for rule in rules()}


def told(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int) -> list[Attribute]:
    """Return popularity and upkeep of `node` with their factors; of popularity the registry-wide shares are counted for it.

    The tables of `witnesses` must be there.
    """
    shares, facts = _upkeep(con, lineage, node)
    ranks, counts = _ranks(con, lineage, node)
    evidence = {name: Evidence(name, "trait", f"{count:,}") for name, count in counts.items()} | _evidence(facts)
    return [_attribute(rule, ranks | shares, evidence) for rule in rules()]


def _quotient(rule: AttributeRule, shares: dict[str, np.ndarray]) -> np.ndarray:
    points = np.sum([np.nan_to_num(shares[factor.id]) * factor.points for factor in rule.factor], axis=0)
    of = np.sum([~np.isnan(shares[factor.id]) * factor.points for factor in rule.factor], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((of > 0) & (rule.points - of <= UNKNOWN_AT_MOST * rule.points), points / of, np.nan)


def _attribute(rule: AttributeRule, shares: dict[str, np.ndarray], evidence: dict[str, Evidence]) -> Attribute:
    factors = []
    for factor in rule.factor:
        share = float(shares[factor.id][0])
        known = not np.isnan(share)
        points, of = (share * factor.points, factor.points) if known else (0.0, 0.0)
        parts = {factor.id: share > 0 if known else None}
        shown = [evidence[factor.id]] if factor.id in evidence else []
        factors.append(Factor(factor.id, _state(share), points, of, factor.points, parts, shown))
    value = float(_quotient(rule, shares)[0])
    points, of = sum(factor.points for factor in factors), sum(factor.of for factor in factors)
    return Attribute(rule.id, None if np.isnan(value) else value, points, of, rule.points, factors)


def _state(share: float) -> State:
    if np.isnan(share):
        return "unknown"
    return "present" if share == 1 else "partial" if share else "undeclared"


def _popularity(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> dict[str, np.ndarray]:
    """Return for each node and each count the share of its kind that has fewer: float64[n], NaN where unknown."""
    shares = {name: np.full(lineage.size, np.nan) for name in ("downloads", "likes", "descendants")}
    for name, counts in _counts(con, lineage).items():
        for _, _, start, end in lineage.sections:
            known = start + np.flatnonzero(counts[start:end] != NULL)
            ordered = np.sort(counts[known])
            shares[name][known] = np.searchsorted(ordered, counts[known]) / max(len(ordered) - 1, 1)
    return shares


def _ranks(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return the same of one node, float64[1] each, with its counts."""
    start, end = next((start, end) for _, _, start, end in lineage.sections if start <= node < end)
    held = lineage.state[start:end] == 0
    [(likes,)] = con.execute("SELECT likes FROM node WHERE node_id = ? AND state = 'present'", [node]).fetchall() or [(None,)]
    standing = {"likes": (likes, *con.execute(_LIKES, [likes, start, end]).fetchall()[0])}
    for name, column in (("downloads", lineage.downloads[start:end]), ("descendants", lineage.descendants[start:end])):
        value = int(column[node - start])
        known = held & (column != NULL)
        standing[name] = (value if known[node - start] else None), np.count_nonzero(known & (column < value)), known.sum()
    shares, own = {}, {}
    for name in ("downloads", "likes", "descendants"):
        value, below, known = standing[name]
        shares[name] = np.array([np.nan if value is None else below / max(known - 1, 1)])
        own |= {} if value is None else {name: value}
    return shares, own


def _counts(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> dict[str, np.ndarray]:
    """Return the counts of all nodes, `NULL` where unknown; of what no registry holds nothing is known."""
    likes = (
        con.sql("SELECT coalesce(likes, -1)::BIGINT AS likes FROM node ORDER BY node_id").to_arrow_table()["likes"].to_numpy()
    )
    counts = {"downloads": lineage.downloads, "likes": likes, "descendants": lineage.descendants}
    held = lineage.state == 0
    return {name: np.where(held, np.asarray(column, np.int64), NULL) for name, column in counts.items()}


def _upkeep(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int | None) -> tuple[dict[str, np.ndarray], Facts]:
    """Return the shares of each factor of upkeep, of all nodes or of one, and what they follow from."""
    factors = {factor.id: factor for factor in rules()[1].factor}
    phrases = listed(factors["supported"].phrases)
    script = files(__package__ or "").joinpath("usage.sql").read_text(encoding="utf-8")
    parent = "true" if node is None else f"parent = {node:d}"
    facts = columns(con, script.format(days=factors["released"].days, phrases=phrases, parent=parent), node)
    age = np.maximum(_floats(facts, "age_days"), 0)
    tended = np.where(
        _floats(facts, "existed_days") >= factors["tended"].days,
        _indicator(_floats(facts, "tended_days"), factors["tended"].days),
        np.nan,
    )
    values = {
        "fresh": 0.5 ** (age / factors["fresh"].half_life_days),
        "tended": tended,
        "current": np.where(facts["is_followed"], 0.0, np.where(facts["has_fields"], 1.0, np.nan)),
        "supported": np.where(facts["is_given_up"], 0.0, np.where(facts["has_card"], 1.0, np.nan)),
        "released": _floats(facts, "changed"),
    }
    k, first = (lineage.size, 0) if node is None else (1, node)
    shares = {name: np.full(k, np.nan) for name in values}
    at = np.asarray(facts["node_id"], np.int64) - first
    for name, column in values.items():
        shares[name][at] = column
    return shares, facts


def _evidence(facts: Facts) -> dict[str, Evidence]:
    """Return what decided each factor of upkeep of the one node in `facts`, by the factor."""
    if not len(facts["node_id"]):
        return {}
    row = {name: column[0] for name, column in facts.items()}
    changed, tended = row["modified_at"], row["tended_days"]
    said = {
        "fresh": ("lastModified", None if changed is None else f"{changed:%Y-%m-%d}"),
        "tended": ("createdAt", None if tended is None else f"{tended:.0f}"),
        "current": ("new_version", row["successor"]),
        "supported": ("README.md", row["given_up"]),
    }
    return {name: Evidence(name, locator, value) for name, (locator, value) in said.items() if value}


def _indicator(values: np.ndarray, least: float) -> np.ndarray:
    return np.where(np.isnan(values), np.nan, values >= least)


def _floats(facts: Facts, name: str) -> np.ndarray:
    return np.asarray(facts[name], np.float64)


_LIKES = "SELECT count(*) FILTER (likes < ?), count(likes) FROM node WHERE node_id >= ? AND node_id < ? AND state = 'present'"
"""How many of a kind have fewer likes, and of how many they are known."""
