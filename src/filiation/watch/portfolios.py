"""Portfolios: lists of adopted models with their owners, in a file that people write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec

from filiation.core.errors import FiliationError
from filiation.core.portfolio import Portfolio
from filiation.core.ref import HUB, Ref
from filiation.formats.toml_file import TomlFile
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate

MAX_BYTES = 4 << 20
MAX_MODELS = 100_000


class PortfolioFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of portfolios."""

    portfolio: list[Portfolio] = []


FILE = TomlFile(
    PortfolioFile,
    "a file of portfolios",
    MAX_BYTES,
    "Write [[portfolio]] tables with name, owner and models = ['owner/name'].",
)


def load_portfolios(path: Path) -> list[Portfolio]:
    """Return the portfolios in a file.

    Raises:
        FiliationError: If it cannot be read, is none, names one list twice, or names what is no model.
    """
    found = FILE.read(path).portfolio
    names = [item.name for item in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not all(names):
        raise FiliationError(
            f"{path}: {'two portfolios are called ' + repr(twice[0]) if twice else 'a portfolio has no name'}."
        )
    if sum(len(item.models) for item in found) > MAX_MODELS:
        raise FiliationError(f"{path} names more than {MAX_MODELS:,} models: split it into several files.")
    for item in found:
        for text in item.models:
            try:
                Ref.parse(text)
            except FiliationError as error:
                raise FiliationError(f"{path}: in the portfolio {item.name!r}: {error}") from error
    return found


class Adopted(msgspec.Struct, frozen=True):
    """A model of a portfolio where the lineage has it."""

    portfolio: Portfolio
    node: int
    ref: str


def find_adopted(
    con: duckdb.DuckDBPyConnection, lineage: Lineage, portfolios: Sequence[Portfolio]
) -> tuple[list[Adopted], list[tuple[str, str]]]:
    """Return the models of the portfolios, by their names now; model and portfolio of each that is not there."""
    found, missing = [], []
    for portfolio in portfolios:
        for text in portfolio.models:
            node = locate(lineage, text).node
            if node == NULL:
                node = _renamed(con, lineage, Ref.parse(text))
            if node == NULL:
                missing.append((text, portfolio.name))
            else:
                found.append(Adopted(portfolio, node, lineage.ref(node)))
    return found, missing


def _renamed(con: duckdb.DuckDBPyConnection, lineage: Lineage, ref: Ref) -> int:
    """Return the node of a repository by a name that it had before, as the registry's own number tells; `NULL` for none."""
    names = con.execute(_LATER_NAMES, [ref.registry, str(ref.kind), ref.name]).fetchall()
    return lineage.find(Ref(ref.kind, names[0][0], ref.registry)) if names else NULL


def priority_refs(portfolios: Sequence[Portfolio]) -> list[str]:
    """Return the refs of all portfolios' models, each once, without revisions."""
    refs = [Ref.parse(text) for portfolio in portfolios for text in portfolio.models]
    plain = [f"{'' if ref.registry == HUB else ref.registry + ':'}{ref.kind}:{ref.name}" for ref in refs]
    return list(dict.fromkeys(plain))


_LATER_NAMES = """
WITH asked AS (SELECT registry, kind, source, repo_id FROM record
    WHERE registry = ? AND kind = ?::kind AND id = ? AND repo_id IS NOT NULL ORDER BY seen_at DESC LIMIT 1)
SELECT id FROM record SEMI JOIN asked USING (registry, kind, source, repo_id) ORDER BY seen_at DESC, id LIMIT 1
"""
