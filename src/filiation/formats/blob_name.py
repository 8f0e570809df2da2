"""The SHA-256 of a file in the Hub's cache, by the name of the blob that it is a link to: nothing is read of the file.

Source:
    https://huggingface.co/docs/huggingface_hub/guides/manage-cache (blobs are named by the Hub's etag, which of a large file
    is its SHA-256)
"""

from __future__ import annotations

import re
from pathlib import Path

SHA256 = re.compile(r"[0-9a-f]{64}")


def blob_sha256(path: Path, blobs: Path) -> str:
    """Return the digest that names the blob in `blobs` behind the link at `path`: 64 hex digits; empty where there is none."""
    blob = path.resolve()
    return blob.name if blob.parent == blobs.resolve() and SHA256.fullmatch(blob.name) else ""
