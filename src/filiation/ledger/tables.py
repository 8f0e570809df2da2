"""The two tables of a ledger, and the triggers that keep their rows as they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from filiation.ledger.entry import NOTHING, Row

if TYPE_CHECKING:
    import sqlalchemy as sa

SCHEMA = "filiation"
"""The tables' own room in a PostgreSQL database; a SQLite file needs none."""
NUMBERS = ("number", "item")
LOCK = 0x66696C69
"""Key of the PostgreSQL lock that writers wait for, one behind the other; to wait for a row has no order."""


@cache
def tables(dialect: str) -> tuple[sa.Table, sa.Table]:
    """Return the tables entry and head for a dialect; head has one row, which names the last entry."""
    import sqlalchemy as sa  # noqa: PLC0415  # a quarter of a second that only the ledger pays

    metadata = sa.MetaData(schema=SCHEMA if dialect == "postgresql" else None)
    # INTEGER in SQLite, not BIGINT: the key is then the row's own number, and no index stands beside the table.
    whole = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    number = sa.Column("number", whole, primary_key=True, autoincrement=False)
    columns = [
        sa.Column(name, whole if name in NUMBERS else sa.Text, nullable=False) for name in Row._fields if name != "number"
    ]
    entry = sa.Table("entry", metadata, number, *columns, sqlite_strict=True)
    head = sa.Table(
        "head",
        metadata,
        sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
        sa.Column("number", whole, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    return entry, head


_REFUSAL = "the ledger is append-only"
_ORDER = "an entry must follow the last one"
_SQLITE = {
    "entry_follows": f"""BEFORE INSERT ON entry
        WHEN NOT EXISTS (SELECT 1 FROM head WHERE NEW.number = head.number + 1 AND NEW.previous = head.digest)
        BEGIN SELECT RAISE(ABORT, '{_ORDER}'); END""",
    "entry_heads": """AFTER INSERT ON entry
        BEGIN UPDATE head SET number = NEW.number, digest = NEW.digest; END""",
    "entry_stays": f"BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    "entry_remains": f"BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    "head_follows": f"""BEFORE UPDATE ON head
        WHEN NOT EXISTS (
            SELECT 1 FROM entry WHERE entry.number = OLD.number + 1 AND entry.number = NEW.number
            AND entry.previous = OLD.digest AND entry.digest = NEW.digest
        )
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    "head_remains": f"BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
}
_FUNCTIONS = {
    "refuse": f"BEGIN RAISE EXCEPTION '{_REFUSAL}'; END",
    "entry_follows": f"""BEGIN
        IF NOT EXISTS (SELECT 1 FROM filiation.head WHERE NEW.number = head.number + 1 AND NEW.previous = head.digest)
        THEN RAISE EXCEPTION '{_ORDER}'; END IF;
        RETURN NEW; END""",
    "entry_heads": "BEGIN UPDATE filiation.head SET number = NEW.number, digest = NEW.digest; RETURN NULL; END",
    "head_follows": f"""BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM filiation.entry WHERE entry.number = OLD.number + 1 AND entry.number = NEW.number
            AND entry.previous = OLD.digest AND entry.digest = NEW.digest
        ) THEN RAISE EXCEPTION '{_REFUSAL}'; END IF;
        RETURN NEW; END""",
}
_POSTGRESQL = {
    "entry_follows": "BEFORE INSERT ON filiation.entry FOR EACH ROW EXECUTE FUNCTION filiation.entry_follows()",
    "entry_heads": "AFTER INSERT ON filiation.entry FOR EACH ROW EXECUTE FUNCTION filiation.entry_heads()",
    "entry_stays": "BEFORE UPDATE OR DELETE ON filiation.entry FOR EACH ROW EXECUTE FUNCTION filiation.refuse()",
    "entry_remains": "BEFORE TRUNCATE ON filiation.entry FOR EACH STATEMENT EXECUTE FUNCTION filiation.refuse()",
    "head_follows": "BEFORE UPDATE ON filiation.head FOR EACH ROW EXECUTE FUNCTION filiation.head_follows()",
    "head_stays": "BEFORE DELETE ON filiation.head FOR EACH ROW EXECUTE FUNCTION filiation.refuse()",
    "head_remains": "BEFORE TRUNCATE ON filiation.head FOR EACH STATEMENT EXECUTE FUNCTION filiation.refuse()",
}


def create(con: sa.Connection) -> None:
    """Make the tables where they are not, with their guards; two that try at once make them once."""
    import sqlalchemy as sa  # noqa: PLC0415  # see tables()

    dialect = con.dialect.name
    entry, head = tables(dialect)
    lock(con)
    if sa.inspect(con).has_table("entry", schema=entry.schema):
        return
    if dialect == "postgresql":
        con.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    entry.metadata.create_all(con, checkfirst=False)
    con.execute(head.insert().values(one=1, number=0, digest=NOTHING))
    for statement in _guards(dialect):
        con.exec_driver_sql(statement)


def lock(con: sa.Connection) -> None:
    """Wait until no other writer is at work, and keep them waiting until the transaction ends; in SQLite its begin does it."""
    if con.dialect.name == "postgresql":
        con.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def noted(con: sa.Connection) -> tuple[int, str] | None:
    """Return number and digest of the last entry, as noted in head; None where that says nothing of the kind."""
    _, head = tables(con.dialect.name)
    rows = con.execute(head.select()).all()
    if len(rows) != 1 or not isinstance(rows[0].number, int) or not isinstance(rows[0].digest, str):
        return None
    return rows[0].number, rows[0].digest


def missing_guards(con: sa.Connection) -> list[str]:
    """Return the triggers that are not there as they were made, in the order of their names."""
    if con.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        there = {row[0]: row[1] for row in con.exec_driver_sql(query)}
        return sorted(name for name in _SQLITE if there.get(name) != _sqlite_guard(name))
    query = f"""SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = '{SCHEMA}' AND t.tgenabled IN ('O', 'A')"""
    there = {row[0]: row[1] for row in con.exec_driver_sql(query)}
    return sorted(name for name in _POSTGRESQL if there.get(name) != _FUNCTIONS.get(name, _FUNCTIONS["refuse"]))


def _guards(dialect: str) -> Iterator[str]:
    if dialect == "sqlite":
        yield from map(_sqlite_guard, _SQLITE)
        return
    for name, text in _FUNCTIONS.items():
        yield f"CREATE OR REPLACE FUNCTION {SCHEMA}.{name}() RETURNS trigger LANGUAGE plpgsql AS $${text}$$"
    for name, text in _POSTGRESQL.items():
        yield f"CREATE TRIGGER {name} {text}"


def _sqlite_guard(name: str) -> str:
    return f"CREATE TRIGGER {name} {_SQLITE[name]}"
