"""A ledger, and the tools of somebody who would change it behind our back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from stopped import Clock

from filiation.core.finding import Finding, Severity
from filiation.ledger.entry import Row, digest
from filiation.ledger.store import Ledger, open_ledger

ANN, ROOT = ("ann", "reviewer"), ("root", "administrator")
COLUMNS = Row._fields


def filled(path: Path, *, signed: bool = False) -> Ledger:
    """Return a ledger of eight entries, of which the sixth is a checkpoint where asked."""
    ledger = open_ledger(path, create=True, clock=Clock())
    found = [Finding(f"check-{k}", "model:o/a", f"finding {k}", Severity.HIGH, 0.9, (f"README.md#{k}",)) for k in range(3)]
    numbers = ledger.sync(found, *ANN).opened
    ledger.decide(numbers[0], "approve", *ANN, why="seen")
    if signed:
        ledger.checkpoint(path.parent / "key", *ROOT)
    else:
        ledger.comment(numbers[0], "well", *ANN)
    ledger.comment(numbers[1], "a question", *ANN)
    ledger.comment(numbers[2], "an answer", *ANN)
    return ledger


def unguarded(path: Path, *statements: str) -> None:
    """Change a SQLite file as somebody would who knows how: the guards are taken away, and put back."""
    with closing(sqlite3.connect(path)) as con:
        guards = con.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            con.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            con.execute(statement)
        for _, text in guards:
            con.execute(text)
        con.commit()


def rows(path: Path) -> list[Row]:
    with closing(sqlite3.connect(path)) as con:
        return [Row(*row) for row in con.execute(f"SELECT {', '.join(COLUMNS)} FROM entry ORDER BY number")]


def rewritten(path: Path, number: int, **changes: str) -> Row:
    row = rows(path)[number - 1]._replace(**changes)
    return row._replace(digest=digest(row))


def head(path: Path, number: int) -> list[str]:
    return [f"UPDATE head SET number = {number}, digest = '{rows(path)[number - 1].digest}'"]


def rewrite_from(path: Path, number: int) -> None:
    """Write all entries from `number` on anew, with another author and a chain that fits."""
    stored = rows(path)
    previous, statements = stored[number - 2].digest, []
    for row in stored[number - 1 :]:
        changed = row._replace(who="somebody else", previous=previous)
        previous = digest(changed)
        statements.append(
            f"UPDATE entry SET who = '{changed.who}', previous = '{changed.previous}', digest = '{previous}'"
            f" WHERE number = {row.number}"
        )
    unguarded(path, *statements, f"UPDATE head SET digest = '{previous}'")
