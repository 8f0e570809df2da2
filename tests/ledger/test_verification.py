"""Whatever is done to the log behind our back is found, and the first entry that suffers is named."""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cluster import binaries
from forger import ANN, COLUMNS, ROOT, head, rewritten, unguarded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stopped import Clock

from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.ledger.entry import Row, digest, moment, stamp
from filiation.ledger.errors import BrokenLedgerError, LedgerError
from filiation.ledger.store import Ledger, open_ledger

slow = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


# Laws.


OPERATION = st.tuples(
    st.sampled_from(["sync", "open", "decide", "waive", "override", "assign", "comment", "expire", "token", "revoke", "days"]),
    st.integers(0, 3),
    st.text(st.characters(codec="utf-8"), max_size=12),
)


def _do(ledger: Ledger, clock: Clock, what: str, number: int, text: str) -> None:
    items = [item.id for item in ledger.items()] or [0]
    item = items[number % len(items)]
    match what:
        case "sync":
            words = [(f"{text}{k}",) for k in range(number)]
            ledger.sync([Finding("c", "model:o/a", text, Severity.LOW, 0.5, details=each) for each in words], *ANN)
        case "open":
            ledger.open_item(f"o/m{number}", f"check {text}", *ANN, message=text)
        case "decide":
            ledger.decide(item, ("approve", "reject", "reopen", text)[number], *ANN, why=text)
        case "waive":
            ledger.decide(item, "waive", *ANN, why=text, until=clock.now + timedelta(days=number))
        case "override":
            ledger.override(f"o/m{number}", "task", text, *ANN, why=text)
        case "assign":
            ledger.assign(item, text, *ANN)
        case "comment":
            ledger.comment(item, text, *ANN)
        case "expire":
            ledger.expire(*ANN)
        case "token":
            ledger.add_token(text, "reader", *ROOT)
        case "revoke":
            ledger.revoke_token(text, *ROOT)
        case "days":
            clock.pass_days(number)


@slow
@given(st.lists(OPERATION, max_size=12))
def test_whatever_is_done_in_order_verifies_and_folds_to_the_same(operations):
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        ledger = open_ledger(Path(folder) / "ledger.db", create=True, clock=clock)
        for operation in operations:
            with suppress(FiliationError):
                _do(ledger, clock, *operation)
        assert ledger.verify().intact
        assert ledger.verify().entries == ledger.count
        anew = open_ledger(Path(folder) / "ledger.db", clock=clock)
        at = clock.now
        assert anew.items(at=at) == ledger.items(at=at)
        assert (anew.waivers(at), anew.overrides(at), anew.tokens(at)) == (
            ledger.waivers(at),
            ledger.overrides(at),
            ledger.tokens(at),
        )
        numbers = [made.number for made in ledger.log(limit=1000)]
        assert numbers == list(range(1, len(numbers) + 1))


@given(st.datetimes())
def test_a_time_is_read_as_it_was_written(at):
    assert moment(stamp(at)) == at


@given(st.data())
def test_no_field_can_be_changed_under_a_digest(data):
    texts = st.text(st.characters(codec="utf-8"), max_size=8)
    row = Row(*(data.draw(st.integers(0, 9) if name in ("number", "item") else texts) for name in COLUMNS))
    name = data.draw(st.sampled_from(COLUMNS[:-1]))
    other = data.draw(
        (st.integers(0, 9) if name in ("number", "item") else texts).filter(lambda value: value != getattr(row, name))
    )
    assert digest(row._replace(**{name: other})) != digest(row)


# In the file.


def _stored(path: Path) -> list[tuple] | None:
    """Return what the log says, as bytes and types; None where it cannot be read."""
    columns = ", ".join(f"typeof({name}), CAST({name} AS BLOB)" for name in COLUMNS)
    try:
        with closing(sqlite3.connect(path)) as con:
            return con.execute(f"SELECT {columns} FROM entry ORDER BY number").fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def _cells(path: Path) -> tuple[int, int]:
    """Return where in the file the entries lie, from the first byte of the first to the last of the last."""
    held = path.read_bytes()
    digests = [row[-1] for row in _stored(path)]
    ends = [held.rindex(value) + len(value) for value in digests]
    return min(ends) - 700, max(ends)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_byte_of_an_entry_can_be_changed_unseen(whole, tmp_path, data):
    first, last = _cells(whole)
    offset = data.draw(st.integers(first, last - 1), label="offset")
    held = bytearray(whole.read_bytes())
    held[offset] ^= data.draw(st.integers(1, 255), label="mask")
    _assert_found(whole, tmp_path / "flipped.db", bytes(held))


def test_no_byte_of_the_last_entry_can_be_changed_unseen(whole, tmp_path):
    held = whole.read_bytes()
    end = held.rindex(_stored(whole)[-1][-1]) + 64
    for offset in range(end - 330, end):
        changed = bytearray(held)
        changed[offset] ^= 1
        _assert_found(whole, tmp_path / "flipped.db", bytes(changed))


def test_a_damaged_head_of_the_file_ends_in_a_sentence(whole, tmp_path):
    held = whole.read_bytes()
    for offset in range(0, 4096, 41):
        changed = bytearray(held)
        changed[offset] ^= 1 << offset % 8
        _assert_found(whole, tmp_path / "flipped.db", bytes(changed))


def _assert_found(whole: Path, path: Path, held: bytes) -> None:
    """Assert that a change is found, or that the log says what it said: the byte was in none of its entries."""
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    path.write_bytes(held)
    try:
        said = open_ledger(path).verify()
    except LedgerError:
        return  # not even a ledger any more, and that was said
    before, after = _stored(whole), _stored(path)
    if after == before:
        return
    assert not said.intact
    if after is not None and said.first_broken is not None:
        differs = next((k for k, (one, other) in enumerate(zip(before, after, strict=False), 1) if one != other), None)
        assert said.first_broken <= (differs or min(len(before), len(after)) + 1)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("number", [1, 4, 8])
def test_a_changed_column_is_found_where_it_is(copy, column, number):
    to = "number + 100" if column == "number" else "item + 1" if column == "item" else f"{column} || ' '"
    unguarded(copy, f"UPDATE entry SET {column} = {to} WHERE number = {number}")
    said = open_ledger(copy).verify()
    assert (said.intact, said.first_broken) == (False, number), said.why
    assert said.entries == number - 1


@pytest.mark.parametrize(
    ("statement", "first_broken"),
    [
        ("DELETE FROM entry WHERE number = 1", 1),
        ("DELETE FROM entry WHERE number = 4", 4),
        ("DELETE FROM entry WHERE number = 8", 8),
        ("DELETE FROM entry WHERE number > 5", 6),
        ("DELETE FROM entry", 1),
        ("INSERT INTO entry SELECT 9, at, who, role, via, action, item, subject, check_name, decision, predicate, value, until,"
         " why, body, previous, digest FROM entry WHERE number = 8", 9),
        ("INSERT INTO entry SELECT 0, at, who, role, via, action, item, subject, check_name, decision, predicate, value, until,"
         " why, body, previous, digest FROM entry WHERE number = 1", 1),
        ("UPDATE entry SET number = CASE number WHEN 4 THEN -5 WHEN 5 THEN -4 ELSE number END WHERE number IN (4, 5)", 1),
        ("UPDATE head SET number = 9", 9),
        ("UPDATE head SET digest = 'x'", 8),
        ("DELETE FROM head", 9),
        ("UPDATE head SET number = 0", 8),
    ],
)  # fmt: skip
def test_what_is_removed_added_or_put_elsewhere_is_found(copy, statement, first_broken):
    unguarded(copy, statement)
    said = open_ledger(copy).verify()
    assert (said.intact, said.first_broken) == (False, first_broken), said.why


def test_two_entries_that_change_places_are_found(copy):
    unguarded(
        copy,
        "UPDATE entry SET number = -4 WHERE number = 4",
        "UPDATE entry SET number = 4 WHERE number = 5",
        "UPDATE entry SET number = 5 WHERE number = -4",
    )
    assert open_ledger(copy).verify().first_broken == 4


def test_a_rewritten_entry_with_its_own_digest_breaks_the_next(copy):
    changed = rewritten(copy, 4, why="never said")
    unguarded(copy, f"UPDATE entry SET why = 'never said', digest = '{changed.digest}' WHERE number = 4")
    said = open_ledger(copy).verify()
    assert (said.first_broken, said.entries) == (5, 4)


@pytest.mark.parametrize(
    "guard", ["entry_follows", "entry_heads", "entry_stays", "entry_remains", "head_follows", "head_remains"]
)
def test_a_guard_that_is_gone_is_found(copy, guard):
    with closing(sqlite3.connect(copy)) as con:
        con.execute(f"DROP TRIGGER {guard}")
        con.commit()
    said = open_ledger(copy).verify()
    assert (said.intact, said.first_broken) == (False, None)
    assert guard in said.why


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET why = 'x' WHERE number = 2",
        "DELETE FROM entry",
        "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE number = 2",
        "INSERT INTO entry SELECT 99, at, who, role, via, action, item, subject, check_name, decision, predicate, value, until,"
        " why, body, previous, digest FROM entry WHERE number = 2",
        "UPDATE head SET number = 1",
        "UPDATE head SET number = number + 1",
        "DELETE FROM head",
    ],
)
def test_the_guards_of_sqlite_refuse(copy, statement):
    with closing(sqlite3.connect(copy)) as con, pytest.raises(sqlite3.IntegrityError):
        con.execute(statement)


def test_a_broken_log_is_neither_believed_nor_continued(copy):
    unguarded(copy, "UPDATE entry SET value = 'bob' WHERE number = 4")
    ledger = open_ledger(copy)
    for attempt in (ledger.items, ledger.waivers, ledger.overrides, lambda: ledger.open_item("o/a", "c", *ANN)):
        with pytest.raises(BrokenLedgerError, match="entry 4"):
            attempt()


def test_a_log_cut_short_under_an_open_ledger_is_refused(copy):
    ledger = open_ledger(copy)
    assert ledger.count == 8
    unguarded(copy, "DELETE FROM entry WHERE number > 6", *head(copy, 6))
    with pytest.raises(BrokenLedgerError, match="lost"):
        ledger.items()


def test_a_file_that_is_no_ledger_is_said_to_be_none(tmp_path):
    (tmp_path / "text.db").write_text("no database at all, but long enough to be taken for one" * 20)
    with closing(sqlite3.connect(tmp_path / "other.db")) as con:
        con.execute("CREATE TABLE other (x)")
    with pytest.raises(LedgerError, match="no ledger"):
        open_ledger(tmp_path / "other.db").verify()
    assert not open_ledger(tmp_path / "text.db").verify().intact
    with pytest.raises(LedgerError, match="no ledger"):
        open_ledger(tmp_path / "absent.db")


# On PostgreSQL.


def test_what_is_changed_on_postgresql_is_refused_and_found(postgresql):
    address = postgresql()
    ledger = open_ledger(address, create=True, clock=Clock())
    number = ledger.open_item("o/a", "c", *ANN, message="found").id
    for text in ("one", "two", "three"):
        ledger.comment(number, text, *ANN)
    assert ledger.verify().intact
    for statement in (
        "UPDATE filiation.entry SET why = 'x' WHERE number = 3",
        "DELETE FROM filiation.entry WHERE number = 5",
        "TRUNCATE filiation.entry",
        "UPDATE filiation.head SET number = 1",
        "DELETE FROM filiation.head",
        "TRUNCATE filiation.head",
    ):
        assert "append-only" in _psql(address, statement)
    off, on = "ALTER TABLE filiation.{} DISABLE TRIGGER ALL", "ALTER TABLE filiation.{} ENABLE TRIGGER ALL"
    _psql(address, off.format("entry"))
    assert "entry_stays" in ledger.verify().why
    for statement, first_broken in (
        ("UPDATE filiation.entry SET why = 'x' WHERE number = 3", 3),
        ("UPDATE filiation.entry SET why = 'one' WHERE number = 3", None),
        ("DELETE FROM filiation.entry WHERE number = 5", 5),
    ):
        _psql(address, off.format("entry"), statement, on.format("entry"))
        assert ledger.verify().first_broken == first_broken


def _psql(address: str, *statements: str) -> str:
    url = urlsplit(address)
    words = [binaries() / "psql", "-h", parse_qs(url.query)["host"][0], "-p", url.port, "-U", "filiation", url.path[1:]]
    for statement in statements:
        words += ["-c", statement]
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    ).stderr
