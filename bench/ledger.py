"""Measure and try the ledger: writers at once, some killed; every byte of its file changed; how long it takes to open.

    python bench/ledger.py                 # SQLite, and PostgreSQL where Debian's package is installed
    python bench/ledger.py --bytes         # change each byte of a ledger's file, and say what was found

Prints one line for each run. Exits with 1 where an acknowledged entry is lost, the chain is broken, or a change of an entry is
not found.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests" / "ledger"
sys.path.insert(0, str(TESTS))

from cluster import binaries, server  # noqa: E402  # the tests' own server
from writers import acknowledged  # noqa: E402  # the tests' own writers

from filiation.ledger.entry import Action, Draft, Row  # noqa: E402
from filiation.ledger.errors import LedgerError  # noqa: E402
from filiation.ledger.person import LOCAL, Person, Role  # noqa: E402
from filiation.ledger.store import open_ledger  # noqa: E402

ME = Person("bench", Role.ADMINISTRATOR, LOCAL)


def many_writers(name: str, location: str, writers: int, each: int, killed: int) -> bool:
    """Let them write, kill some, and compare what they were told with what stands there."""
    ledger = open_ledger(location, create=True)
    ledger.begin("chief", "root")
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, TESTS / "writers.py", location, folder, writers, each, killed, 11]
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
        told, noted = json.loads(done.stdout), acknowledged(Path(folder))
    said = ledger.verify()
    subjects = {item.id: item.subject for item in ledger.items()}
    lost = [item for item, subject, _ in noted if subjects.get(item) != subject]
    seconds = told["seconds"]
    print(
        f"{name}: {writers} writers at once, {told['killed']} killed (SIGKILL), {told['failed']} failed: {len(noted):,} entries"
        f" acknowledged in {seconds:.1f} s ({len(noted) / seconds:.0f}/s, longest wait {told['longest']:.1f} s);"
        f" {len(lost)} lost; {said.entries:,} stand, chain {'intact' if said.intact else 'BROKEN: ' + said.why}"
    )
    return said.intact and not lost and not told["failed"]


def one_writer(name: str, location: str, entries: int) -> None:
    """Write one after another, then open anew and verify."""
    ledger = open_ledger(location, create=True)
    item = ledger.open_item("o/a", "license-missing", ME.name, ME.role)
    start = time.perf_counter()
    for number in range(100):
        ledger.comment(item.id, f"comment {number}", ME.name, ME.role)
    alone = 100 / (time.perf_counter() - start)
    for begin in range(0, entries, 1000):
        ledger.append([Draft(Action.COMMENT, item.id, why=f"comment {begin + k}") for k in range(1000)], ME)
    start = time.perf_counter()
    count = open_ledger(location).count
    opened = time.perf_counter() - start
    start = time.perf_counter()
    state = "intact" if ledger.verify().intact else "BROKEN"
    print(
        f"{name}: one writer {alone:.0f} entries/s; {count:,} entries open in {opened:.2f} s and verify ({state}) in"
        f" {time.perf_counter() - start:.2f} s"
    )


def every_byte(folder: Path, step: int) -> bool:
    """Change each byte of a ledger's file; every change that touches an entry must be found."""
    path, changed = folder / "ledger.db", folder / "changed.db"
    ledger = open_ledger(path, create=True, clock=lambda: datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None))
    item = ledger.open_item("o/a", "license-missing", ME.name, ME.role, message="The card names no license.")
    for number in range(8):
        ledger.comment(item.id, f"comment {number}", ME.name, ME.role)
    ledger.decide(item.id, "approve", ME.name, ME.role, "seen")
    held, before = path.read_bytes(), stored(path)
    found = harmless = missed = 0
    for offset in range(0, len(held), step):
        for leftover in folder.glob("changed.db*"):
            leftover.unlink()
        changed.write_bytes(held[:offset] + bytes([held[offset] ^ (1 << offset % 8)]) + held[offset + 1 :])
        if not verified(changed):
            found += 1
        elif stored(changed) == before:
            harmless += 1
        else:
            missed += 1
            print(f"  missed at byte {offset}")
    print(
        f"every {'byte' if step == 1 else f'{step}th byte'} of a file of {len(held):,}, one bit each: {found:,} changes found,"
        f" {harmless:,} in no entry (free space, counters) that changed nothing the log says, {missed} missed"
    )
    return not missed


def verified(path: Path) -> bool:
    """Return whether the ledger passes for intact."""
    try:
        return open_ledger(path).verify().intact
    except LedgerError:
        return False


def stored(path: Path) -> list[tuple] | None:
    """Return what the log says, byte by byte."""
    columns = ", ".join(f"typeof({name}), CAST({name} AS BLOB)" for name in Row._fields)
    try:
        with closing(sqlite3.connect(path)) as con:
            return con.execute(f"SELECT {columns} FROM entry ORDER BY number").fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=100)
    parser.add_argument("--each", type=int, default=10, help="Entries that each of them writes.")
    parser.add_argument("--killed", type=int, default=40)
    parser.add_argument("--entries", type=int, default=20_000, help="Size of the ledger that is opened and verified.")
    parser.add_argument("--bytes", action="store_true")
    parser.add_argument("--step", type=int, default=1, help="Change every so many bytes.")
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.bytes:
            return int(not every_byte(folder, given.step))
        fine = many_writers("SQLite", str(folder / "many.db"), given.writers, given.each, given.killed)
        one_writer("SQLite", str(folder / "one.db"), given.entries)
        if binaries() is None:
            print("no PostgreSQL here: apt-get install postgresql")
            return int(not fine)
        with server(binaries()) as started:
            fine &= many_writers("PostgreSQL", started.address, given.writers, given.each, given.killed)
            one_writer("PostgreSQL", started.database("one"), given.entries)
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main())
