"""Versions of risk files, kept in the atlas's folder: ``risk/<subject>/<version>-<digest>.toml``. None is ever overwritten."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import duckdb

from filiation.core.errors import FiliationError
from filiation.core.ref import Ref
from filiation.governance.risk.file import RiskFile, parse, read

FOLDER = "risk"
DIGEST_CHARS = 16
MAX_VERSIONS = 1000


def folder_of(con: duckdb.DuckDBPyConnection) -> Path | None:
    """Return the folder of the atlas that `con` is open on; None for one that is in memory."""
    rows = con.execute("SELECT path FROM duckdb_databases() WHERE database_name = current_database()").fetchall()
    return Path(rows[0][0]).parent if rows and rows[0][0] else None


def kept(atlas: Path, subject: str) -> list[RiskFile]:
    """Return the versions kept of a subject, the latest first.

    Raises:
        FiliationError: If one is not as it was kept: its name says its digest.
    """
    found = []
    paths = sorted(_folder(atlas, subject).glob("*.toml"), key=_number, reverse=True)
    for path in paths[:MAX_VERSIONS]:
        version = read(path)
        if path.name != _name(version) or _about(version) != subject:
            raise FiliationError(f"{path} is not as it was kept: put the file back from a copy, or take it away.")
        found.append(version)
    return found


def keep(atlas: Path, subject: str, body: bytes, name: str) -> RiskFile:
    """Keep a version, and return it; the same one twice is kept once.

    Args:
        atlas: The atlas's folder.
        subject: What it must be about, in full.
        body: The file.
        name: Stands for it in messages.

    Raises:
        FiliationError: If it is about something else, no later than what is kept, or names another version before it.
    """
    file = parse(body, name)
    if _about(file) != subject:
        raise FiliationError(f"{name} is about {file.subject}, and not about {subject}: name another file.")
    before = kept(atlas, subject)
    if before and before[0].digest == file.digest:
        return file
    if before and file.version <= before[0].version:
        raise FiliationError(f"{name} says version {file.version}, and {before[0].version} is kept already: count on.")
    if file.supersedes and (not before or not before[0].digest.startswith(file.supersedes)):
        raise FiliationError(f"{name} supersedes {file.supersedes}, which is not the version kept last: compare them first.")
    path = _folder(atlas, subject) / _name(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as out:
            out.write(body)
    except OSError as error:
        raise FiliationError(f"{path} cannot be written: {error.strerror}.") from error
    return file


def _about(file: RiskFile) -> str:
    """Return what a file is about, in full: ``o/a`` is ``model:o/a``."""
    return str(Ref.parse(file.subject))


def _folder(atlas: Path, subject: str) -> Path:
    return atlas / FOLDER / quote(subject, safe="")


def _name(file: RiskFile) -> str:
    return f"{file.version}-{file.digest[:DIGEST_CHARS]}.toml"


def _number(path: Path) -> int:
    head = path.name.partition("-")[0]
    return int(head) if head.isdecimal() and len(head) < 10 else -1
