"""What `backup` and `restore` say."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from filiation.cli.console import line, print_json
from filiation.export.backup import Contents

Answer = TypeVar("Answer", bound="BackupAnswer")


class BackupAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/backup/v1"):
    """A backup that was made or proved.

    Attributes:
        file: The backup.
        atlas: The atlas's folder; null where only the backup was read.
        files: How many are in it.
        bytes: Of all of them, unpacked.
        made_at: When the backup was made, naive UTC.
        written_by: Version of filiation that made it.
        schema_version: Of the atlas in it.
        has_ledger: Whether decisions of people are in it.
    """

    file: str
    atlas: str | None
    files: int
    bytes: int
    made_at: datetime
    written_by: str
    schema_version: int
    has_ledger: bool


class RestoreAnswer(BackupAnswer, frozen=True, tag_field="schema", tag="filiation/restore/v1"):
    """An atlas that was restored; the fields are those of the backup."""


def answered(shape: type[Answer], file: Path, atlas: Path | None, told: Contents) -> Answer:
    """Return what is said of a backup."""
    where = None if atlas is None else str(atlas)
    about = told.made_at, told.written_by, told.schema_version, told.has_ledger
    return shape(str(file), where, len(told.files), told.bytes, *about)


def show(answer: BackupAnswer, *, as_json: bool) -> None:
    """Print what is said of a backup."""
    if as_json:
        print_json(answer)
        return
    ledger = "with the ledger" if answer.has_ledger else "without a ledger"
    line(f"{answer.file}: {answer.files:,} files, {answer.bytes / 1e6:,.1f} MB unpacked, {ledger}.")
    line(f"Made {answer.made_at} by filiation {answer.written_by}, schema {answer.schema_version}; every digest is right.")
    if answer.atlas:
        line(f"The atlas: {answer.atlas}")
