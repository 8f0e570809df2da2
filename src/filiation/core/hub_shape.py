"""What other registries say, in the words of the Hub's API."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

MAX_TEXT_CHARS = 500
_HUB_URL = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/(datasets/)?([^/?#\s]+/[^/?#\s]+)")
_SPDX_LIKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_UNSAID = frozenset({"", "none", "null", "unknown", "not specified", "n/a"})


def without_blanks(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that say something: neither null nor an empty text, list or object."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", [], {})}


def trimmed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a registry's row as it stands, less blanks and unevaluated source code; long texts are cut."""
    kept = {name: _trimmed(value) for name, value in row.items() if not is_expression(value)}
    return without_blanks(kept)


def is_expression(value: object) -> bool:
    """Return whether `value` stands for source code that was not evaluated, such as ``{"$expr": ...}``."""
    return isinstance(value, dict) and any(name.startswith("$") for name in value)


def timestamp(day: object) -> str | None:
    """Return ``2024-07-01`` as the Hub writes it, ``2024-07-01T00:00:00.000Z``; None for anything but a date."""
    try:
        return f"{date.fromisoformat(str(day)[:10]).isoformat()}T00:00:00.000Z"
    except ValueError:
        return None


def license_fields(text: object) -> dict[str, str]:
    """Return `text` as card fields: an identifier as ``license``, a link or a phrase beside ``other``."""
    if not isinstance(text, str) or text.strip().lower() in _UNSAID:
        return {}
    if text.startswith(("http://", "https://")):
        return {"license": "other", "license_link": text}
    if _SPDX_LIKE.fullmatch(text):
        return {"license": text.lower()}
    return {"license": "other", "license_name": text[:MAX_TEXT_CHARS]}


def hub_name(url: object, *, dataset: bool = False) -> str | None:
    """Return the ``owner/name`` of the model, or the `dataset`, that a link to the Hub points at; else None."""
    match = _HUB_URL.match(url) if isinstance(url, str) else None
    return match[2] if match and bool(match[1]) is dataset else None


def _trimmed(value: object) -> object:
    return f"{value[:MAX_TEXT_CHARS]}…" if isinstance(value, str) and len(value) > MAX_TEXT_CHARS else value
