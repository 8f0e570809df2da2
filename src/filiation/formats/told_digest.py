"""The SHA-256 of a file on this machine, as the Hub's client noted it when it fetched the file; nothing is read of the file.

Source:
    https://huggingface.co/docs/huggingface_hub/guides/manage-cache (blobs are named by the Hub's etag, which of a large file is
    its SHA-256), and ``huggingface_hub/_local_folder.py``: ``read_download_metadata``.
"""

from __future__ import annotations

import re
from pathlib import Path

SHA256 = re.compile(r"[0-9a-f]{64}")
BLOBS = "blobs"
NOTES = Path(".cache", "huggingface", "download")
"""Beside what ``hf download --local-dir`` fetched: for each file its commit, etag and time, one a line."""
MAX_NOTE_BYTES = 512
SLACK_SECONDS = 1
"""As much later than the note a file may have been written, as the client has it."""


def told_sha256(path: Path, folder: Path) -> str:
    """Return the digest of the file at `path` as 64 hex digits; empty where nobody noted it, or the file was changed since.

    Args:
        path: Within `folder`, or a link from there to a blob of the Hub's cache.
        folder: The repository's, or a snapshot of it.
    """
    if path.is_symlink():
        blob = path.resolve()
        return blob.name if blob.parent.name == BLOBS and SHA256.fullmatch(blob.name) else ""
    note = folder / NOTES / f"{path.relative_to(folder).as_posix()}.metadata"
    try:
        with note.open("rb") as stream:
            _, etag, time = stream.read(MAX_NOTE_BYTES).decode("ascii", "replace").splitlines()[:3]
        untouched = path.stat().st_mtime - SLACK_SECONDS <= float(time)
    except (OSError, ValueError):  # no note, or none that can be understood
        return ""
    return etag if untouched and SHA256.fullmatch(etag) else ""
